"""Transactions that begin later than they are opened, or never: what `Joined` and `Reading` share."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeAlias, TypeVar

from psycopg import AsyncConnection

from regulars.infra.db.errors import DatabaseUnavailable
from regulars.infra.db.exchange import Call, exchange
from regulars.infra.db.queries import Query
from regulars.infra.db.transaction import STREAM_ROWS_DEFAULT, Row, Transaction

T = TypeVar("T")
Another: TypeAlias = Callable[[AsyncConnection[Row]], Awaitable[AsyncConnection[Row]]]


class Late(Transaction):
    """A transaction on an idle connection that the statements `_begin` open, once something needs one."""

    def __init__(
        self, connection: AsyncConnection[Row], begin: Sequence[Call], another: Another, tries: int
    ) -> None:
        """Work on an idle `connection`, where the statements `begin` open the transaction.

        `another` takes a connection that turns out to be dead and gives a new one, so many times at most.
        """
        super().__init__(connection)
        self._begin = list(begin)
        self._another = another
        self._tries = tries

    async def copy(self, query: Query, data: bytes) -> int:
        """Send rows; the transaction is begun first."""
        await self._begun()
        return await super().copy(query, data)

    async def copy_in(self, query: Query, blocks: Iterable[bytes]) -> int:
        """Send a stream; the transaction is begun first."""
        await self._begun()
        return await super().copy_in(query, blocks)

    async def copy_out(self, query: Query, **params: Any) -> AsyncIterator[bytes]:
        """Yield what the statement says; the transaction is begun first."""
        await self._begun()
        async for block in super().copy_out(query, **params):
            yield block

    async def stream(
        self, query: Query, *, size: int = STREAM_ROWS_DEFAULT, **params: Any
    ) -> AsyncIterator[list[Row]]:
        """Yield rows; the transaction is begun first."""
        await self._begun()
        async for rows in super().stream(query, size=size, **params):
            yield rows

    @asynccontextmanager
    async def savepoint(self) -> AsyncIterator[None]:
        """Undo what is done inside when it raises; the transaction is begun first."""
        await self._begun()
        async with super().savepoint():
            yield

    async def _begun(self) -> None:
        """Begin, unless that is done."""
        begin, self._begin = self._begin, []
        if begin:
            await self._on_a_living(lambda: exchange(self._connection, begin))

    async def _on_a_living(self, first: Callable[[], Awaitable[T]]) -> T:
        """Do what comes first on this connection, on another one when it is dead.

        After a restart of the server, all those in the pool are.
        """
        while True:
            try:
                return await first()
            except DatabaseUnavailable:
                if not self._tries or not self._connection.closed:
                    raise
            self._tries -= 1
            self.gone = True
            self._connection = await self._another(self._connection)
            self.gone = False
