"""The parameters that every list and every search takes."""

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


class PageParams(RequestOptions, total=False):
    """`limit` is the size of a page, 1 to 100; the cursors are ids of objects in the list."""

    ending_before: str
    expand: List[str]
    limit: int
    starting_after: str


class ListParams(PageParams, total=False):
    """A page of a list that can be narrowed to a time."""

    created: Union[Moment, TimeRange]


class SearchParams(RequestOptions, total=False):
    """`query` is in Stripe's search language; `page` is the `next_page` of the page before."""

    query: str
    expand: List[str]
    limit: int
    page: str
