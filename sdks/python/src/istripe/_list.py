"""A page of a list, and the way to the pages after and before it.

A page reads the next one with the filters and the options of the request it came from, and a server that does not
advance is an error, not an endless loop.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Dict, Generic, Iterator, List, Mapping, Optional, TypeVar

from ._object import IStripeObject
from .error import APIError

if TYPE_CHECKING:
    from ._object import Fetch

T = TypeVar("T")
_CURSORS = ("starting_after", "ending_before")


class ListObject(IStripeObject, Generic[T]):
    """One page: iterate it for its items, or `auto_paging_iter()` for all items of all pages."""

    object: str
    data: List[T]
    has_more: bool
    url: str

    _fetch: Optional[Fetch]
    _params: Dict[str, Any]

    def __init__(self, values: Mapping[str, Any], fetch: Optional[Fetch] = None) -> None:
        super().__init__(values, fetch)
        self.__dict__.update(_fetch=fetch, _params={})

    def auto_paging_iter(self) -> Iterator[T]:
        """Yields every item, asking for further pages as it goes.

        A list read with `ending_before` is walked backwards: towards newer items, away from the cursor.
        """
        backwards = "ending_before" in self._params and "starting_after" not in self._params
        page = self
        while page.data:
            yield from reversed(page.data) if backwards else page.data
            if not page.has_more:
                return
            following = page.previous_page() if backwards else page.next_page()
            edge = 0 if backwards else -1
            if following.data and _id_of(following.data[edge]) == _id_of(page.data[edge]):
                raise APIError(f"The list {self.url} says there is more, but sends the same page again and again.")
            page = following

    def next_page(self, **changed: Any) -> ListObject[T]:
        """Reads the page after this one; after the last page it is an empty list."""
        return self._turn("starting_after", -1, changed)

    def previous_page(self, **changed: Any) -> ListObject[T]:
        """Reads the page before this one; before the first page it is an empty list."""
        return self._turn("ending_before", 0, changed)

    @property
    def is_empty(self) -> bool:
        """Whether this page has no items."""
        return not self.data

    def _turn(self, cursor: str, edge: int, changed: Mapping[str, Any]) -> ListObject[T]:
        if not self.data:
            return self
        if self._fetch is None:
            raise RuntimeError("This list was copied or unpickled, so it cannot read further pages; list again.")
        filters = {key: value for key, value in self._params.items() if key not in _CURSORS}
        return self._fetch(self.url, {**filters, **changed, cursor: _id_of(self.data[edge])})

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


def _id_of(item: Any) -> str:
    return str(item["id"])
