"""What a page of a list and a page of a search have in common: they are sequences of their items and read other pages.

A page reads another one with the filters and the options of the request it came from.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Dict, Generic, Iterator, List, Mapping, Optional, TypeVar

from ._object import IStripeObject
from .error import APIError

if TYPE_CHECKING:
    from typing_extensions import Self

    from ._object import Fetch

T = TypeVar("T")


class Page(IStripeObject, Generic[T]):
    """Iterate it, index it, or ask for its length: the items of this page alone."""

    data: List[T]
    has_more: bool
    url: str

    _fetch: Optional[Fetch]
    _params: Dict[str, Any]

    def __init__(self, values: Mapping[str, Any], fetch: Optional[Fetch] = None) -> None:
        super().__init__(values, fetch)
        self.__dict__.update(_fetch=fetch, _params={})

    @property
    def is_empty(self) -> bool:
        """Whether this page has no items."""
        return not self.data

    def _read(self, params: Mapping[str, Any]) -> Self:
        if self._fetch is None:
            raise RuntimeError("This page was copied or unpickled, so it cannot read further pages; ask again.")
        page = self._fetch(self.url, params)
        if not isinstance(page, type(self)):
            raise APIError(f"The answer to {self.url!r} is not a {type(self).__name__}.")
        return page

    def _stuck(self) -> APIError:
        return APIError(f"{self.url} says there is more, but sends the same page again and again.")

    def __getitem__(self, key: Any) -> Any:
        return self.data[key] if isinstance(key, (int, slice)) else super().__getitem__(key)

    def __iter__(self) -> Iterator[T]:
        return iter(self.data)

    def __len__(self) -> int:
        return len(self.data)

    def __contains__(self, item: Any) -> bool:
        return item in self.data

    def __bool__(self) -> bool:
        return bool(self.data)
