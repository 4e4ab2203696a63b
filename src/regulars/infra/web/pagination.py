"""Pages of lists: `?limit=&cursor=` in, `{"data": […], "next_cursor": …}` out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, Any, Generic, TypeVar

from fastapi import Query
from pydantic import BaseModel

from regulars.kit.cursor import decode_cursor, encode_cursor
from regulars.kit.errors import FieldError, Invalid

T = TypeVar("T")

PAGE_ROWS_DEFAULT = 50
# A page is answered in one statement and one piece of memory; an export is the way to read everything.
PAGE_ROWS_MAX = 200


class Page(BaseModel, Generic[T]):
    """One page of a list. `next_cursor` is null on the last page."""

    data: list[T]
    next_cursor: str | None = None


class PageQuery:
    """The page that is asked for. As a dependency: `page: Annotated[PageQuery, Depends()]`."""

    def __init__(
        self,
        limit: Annotated[
            int, Query(ge=1, le=PAGE_ROWS_MAX, description="Rows of a page")
        ] = PAGE_ROWS_DEFAULT,
        cursor: Annotated[str | None, Query(description="next_cursor of the page before")] = None,
    ) -> None:
        """Take both from the query string."""
        self.limit = limit
        self.cursor = cursor

    @property
    def rows(self) -> int:
        """How many rows to select: one more than the page, to know whether another follows."""
        return self.limit + 1

    def after(self, *kinds: type[str | int]) -> tuple[Any, ...] | None:
        """Return the sort keys after which the page begins, None for the first page. Raises Invalid."""
        if not self.cursor:
            return None
        try:
            return decode_cursor(self.cursor, *kinds)
        except ValueError as mistake:
            raise Invalid(
                str(mistake), errors=[FieldError("cursor", "invalid_cursor", str(mistake))]
            ) from None

    def page(self, rows: Sequence[T], keys: Callable[[T], tuple[str | int, ...]]) -> Page[T]:
        """Return the page made of the selected `rows`; `keys` gives the sort keys of a row."""
        shown = list(rows[: self.limit])
        more = len(rows) > self.limit
        return Page(data=shown, next_cursor=encode_cursor(*keys(shown[-1])) if more else None)
