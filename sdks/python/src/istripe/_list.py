"""A page of a list, and the way to the pages after and before it.

The pages follow one another by the ids at their edges, and a server that does not advance is an error, not an endless
loop.
"""

from __future__ import annotations

from typing import Any, Iterator, Mapping, TypeVar

from ._page import Page

T = TypeVar("T")
_CURSORS = ("starting_after", "ending_before")


class ListObject(Page[T]):
    """One page: iterate it for its items, or `auto_paging_iter()` for all items of all pages."""

    object: str

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
                raise self._stuck()
            page = following

    def next_page(self, **changed: Any) -> ListObject[T]:
        """Reads the page after this one; after the last page it is an empty list."""
        return self._turn("starting_after", -1, changed)

    def previous_page(self, **changed: Any) -> ListObject[T]:
        """Reads the page before this one; before the first page it is an empty list."""
        return self._turn("ending_before", 0, changed)

    def _turn(self, cursor: str, edge: int, changed: Mapping[str, Any]) -> ListObject[T]:
        if not self.data:
            return self
        filters = {key: value for key, value in self._params.items() if key not in _CURSORS}
        return self._read({**filters, **changed, cursor: _id_of(self.data[edge])})


def _id_of(item: Any) -> str:
    return str(item["id"])
