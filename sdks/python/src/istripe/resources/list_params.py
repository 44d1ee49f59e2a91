"""The parameters that every list takes."""

from __future__ import annotations

import datetime
from typing import List, TypedDict, Union

from .._resource import RequestOptions

#: A moment: Unix seconds or a datetime.
Moment = Union[int, datetime.datetime]


class TimeRange(TypedDict, total=False):
    """Moments between bounds; `gt` and `lt` exclude their bound."""

    gt: Moment
    gte: Moment
    lt: Moment
    lte: Moment


class ListParams(RequestOptions, total=False):
    """`limit` is the size of a page, 1 to 100; the cursors are ids of objects in the list."""

    created: Union[Moment, TimeRange]
    ending_before: str
    expand: List[str]
    limit: int
    starting_after: str
