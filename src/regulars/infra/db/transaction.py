"""One transaction: named statements in, tuples or structs out. It is opened at the edge and passed on explicitly."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeAlias, TypeVar, overload

from psycopg import AsyncConnection, AsyncCopy, AsyncCursor
from psycopg.abc import PQGen

from regulars.infra.db.errors import translated
from regulars.infra.db.exchange import Call, Outcome, exchange
from regulars.infra.db.queries import Query, load_queries
from regulars.kit.errors import Bug

Row: TypeAlias = tuple[Any, ...]
T = TypeVar("T")

# How many rows travel per round trip when a result is streamed.
STREAM_ROWS_DEFAULT = 1_000
# Rows of a COPY that are handed out together: each turn of the event loop costs as much as four rows.
COPY_BLOCK_BYTES = 65_536

queries = load_queries(__package__)


def _some_rows(copy: AsyncCopy) -> PQGen[bytes]:
    """Gather rows until there are enough; nothing when there are no more."""
    rows: list[bytes] = []
    size = 0
    while size < COPY_BLOCK_BYTES:
        row = yield from copy._read_gen()  # noqa: SLF001 - what AsyncCopy.read waits for, row by row
        if not row:
            break
        rows.append(bytes(row))
        size += len(row)
    return b"".join(rows)


class Transaction:
    """A transaction in progress. `statements` counts the round trips made so far."""

    def __init__(self, connection: AsyncConnection[Row]) -> None:
        """Work on an open transaction of `connection`."""
        self._connection = connection
        self._savepoints = 0
        # Whether the connection was given back already, because it was dead, and there was no other.
        self.gone = False
        self.statements = 0

    @property
    def connection(self) -> AsyncConnection[Row]:
        """The connection it is on now."""
        return self._connection

    @overload
    async def all(self, query: Query, *, row: Callable[..., T], **params: Any) -> list[T]: ...
    @overload
    async def all(self, query: Query, **params: Any) -> list[Row]: ...
    async def all(
        self, query: Query, *, row: Callable[..., T] | None = None, **params: Any
    ) -> list[T] | list[Row]:
        """Return every row, as a tuple or as `row(*columns)`."""
        rows = await self._rows(query, params)
        return rows if row is None else [row(*columns) for columns in rows]

    @overload
    async def maybe(self, query: Query, *, row: Callable[..., T], **params: Any) -> T | None: ...
    @overload
    async def maybe(self, query: Query, **params: Any) -> Row | None: ...
    async def maybe(
        self, query: Query, *, row: Callable[..., T] | None = None, **params: Any
    ) -> T | Row | None:
        """Return the only row, or None when there is none. Two rows are our mistake: Bug."""
        rows = await self.all(query, **params)
        if len(rows) > 1:
            raise Bug(f"{query.name} was expected to find one row and found {len(rows)}.")
        if not rows:
            return None
        return rows[0] if row is None else row(*rows[0])

    @overload
    async def one(self, query: Query, *, row: Callable[..., T], **params: Any) -> T: ...
    @overload
    async def one(self, query: Query, **params: Any) -> Row: ...
    async def one(self, query: Query, *, row: Callable[..., T] | None = None, **params: Any) -> T | Row:
        """Return the only row. None or two are our mistake: Bug."""
        found = await self.maybe(query, **params)
        if found is None:
            raise Bug(f"{query.name} was expected to find one row and found none.")
        return found if row is None else row(*found)

    async def value(self, query: Query, **params: Any) -> Any:
        """Return the first column of the only row, or None when there is no row."""
        found = await self.maybe(query, **params)
        return None if found is None else found[0]

    async def run(self, query: Query, **params: Any) -> int:
        """Run a statement whose rows nobody reads; return how many rows it touched."""
        return await self._touched(query, params)

    async def run_exactly(
        self, query: Query, touched: int, otherwise: Callable[[], Exception], **params: Any
    ) -> None:
        """Run a statement that shall touch so many rows; what `otherwise` returns is raised when it did not."""
        if await self._touched(query, params) != touched:
            raise otherwise()

    async def copy(self, query: Query, data: bytes) -> int:
        """Send `data`, already in the format that the COPY … FROM STDIN statement names; return the rows written."""
        self.statements += 1
        cursor = self._connection.cursor()
        with translated(query.name):
            async with cursor.copy(query.sql.encode()) as copy:
                await copy.write(data)
        return cursor.rowcount

    async def copy_in(self, query: Query, blocks: Iterable[bytes]) -> int:
        """Send a stream of bytes, already in the format that the COPY … FROM STDIN statement names, in constant
        memory.
        """
        self.statements += 1
        cursor = self._connection.cursor()
        with translated(query.name):
            async with cursor.copy(query.sql.encode()) as copy:
                for block in blocks:
                    await copy.write(block)
        return cursor.rowcount

    async def copy_out(self, query: Query, **params: Any) -> AsyncIterator[bytes]:
        """Yield what a COPY … TO STDOUT statement says in blocks of whole rows, of about COPY_BLOCK_BYTES."""
        self.statements += 1
        with translated(query.name):
            async with self._connection.cursor().copy(query.sql.encode(), params or None) as copy:
                while block := await self._connection.wait(_some_rows(copy)):
                    yield block

    async def stream(
        self, query: Query, *, size: int = STREAM_ROWS_DEFAULT, **params: Any
    ) -> AsyncIterator[list[Row]]:
        """Yield the result in lists of at most `size` rows, in constant memory, through a server-side cursor."""
        with translated(query.name):
            async with self._connection.cursor(name=f"stream_{self.statements}") as cursor:
                self.statements += 1
                await cursor.execute(query.sql.encode(), params or None)
                while True:
                    self.statements += 1
                    rows = await cursor.fetchmany(size)
                    if not rows:
                        return
                    yield rows

    @asynccontextmanager
    async def savepoint(self) -> AsyncIterator[None]:
        """Undo what is done inside when it raises, and keep the transaction usable. The error goes on."""
        self.statements += 2
        async with self._connection.transaction():
            yield

    async def exchange(self, calls: Sequence[Call], *, last: bool = False) -> list[Outcome]:
        """Run statements in one round trip; `Together` notes them. `last`: and commit, unless one fails."""
        if not last:
            return await exchange(self._connection, calls)
        self.statements += 1
        return (await exchange(self._connection, [*calls, Call(queries.commit, {})]))[:-1]

    async def _rows(self, query: Query, params: dict[str, Any]) -> list[Row]:
        cursor = await self._execute(query, params)
        with translated(query.name):
            return await cursor.fetchall()

    async def _touched(self, query: Query, params: dict[str, Any]) -> int:
        return (await self._execute(query, params)).rowcount

    async def _execute(self, query: Query, params: dict[str, Any]) -> AsyncCursor[Row]:
        self.statements += 1
        cursor = self._connection.cursor()
        with translated(query.name):
            await cursor.execute(query.sql.encode(), params or None)
        return cursor
