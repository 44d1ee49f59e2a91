"""A page of what a search found, and the way to the page after it.

A search is walked by the server's page tokens, forwards only. A page may be empty although more follow: the server
ends a long search early and says where to go on.
"""

from __future__ import annotations

from typing import Any, Iterator, Optional, TypeVar

from ._page import Page
from .error import APIError

T = TypeVar("T")


class SearchResultObject(Page[T]):
    """One page of a search: iterate it for its items, or `auto_paging_iter()` for all items of all pages.

    `next_page` is the token of the page after this one, None on the last. `total_count` is sent only where
    `expand=["total_count"]` asks for it, and is exact up to 10,000.
    """

    object: str
    next_page: Optional[str]
    total_count: int

    def auto_paging_iter(self) -> Iterator[T]:
        """Yields every item that was found, asking for further pages as it goes."""
        page = self
        while True:
            yield from page.data
            if not page.has_more:
                return
            following = page.next_search_result_page()
            if following.has_more and following.next_page == page.next_page:
                raise self._stuck()
            page = following

    def next_search_result_page(self, **changed: Any) -> SearchResultObject[T]:
        """Reads the page after this one. Raises APIError where there is none, so ask `has_more` first."""
        token = self.get("next_page")
        if token is None:
            raise APIError(f"{self.url} named no page after this one.")
        return self._read({**self._params, **changed, "page": token})
