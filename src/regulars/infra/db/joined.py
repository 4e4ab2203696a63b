"""A transaction whose BEGIN goes to the server with its first statements, for the busiest: a round trip less.

Its plans are kept: making them for each batch of tills' requests cost a third of what PostgreSQL did for it. A plan for
an empty table reads all of it, and is still there when it has grown; so plans are made anew whenever a session has used
them twice as often, and after some time.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final, TypeAlias
from weakref import WeakKeyDictionary

from psycopg import AsyncConnection, AsyncCursor

from regulars.infra.db.errors import DatabaseUnavailable
from regulars.infra.db.exchange import Call, Outcome
from regulars.infra.db.queries import Query, load_queries
from regulars.infra.db.transaction import STREAM_ROWS_DEFAULT, Row, Transaction

# After so many transactions of a session, at the latest, its plans are made anew: a few milliseconds once in seconds.
PLANS_KEPT_TRANSACTIONS: Final = 1_024
# The same in seconds, for sessions that have little to do while others fill tables.
PLANS_KEPT_S: Final = 60.0

queries = load_queries(__package__)
_plans: WeakKeyDictionary[AsyncConnection[Any], Plans] = WeakKeyDictionary()

Another: TypeAlias = Callable[[AsyncConnection[Row]], Awaitable[AsyncConnection[Row]]]


class Plans:
    """How often the plans of a session were used, and since when."""

    __slots__ = ("made_at", "used")

    def __init__(self, now: float) -> None:
        """Note plans that are made now (seconds)."""
        self.used = 0
        self.made_at = now

    def are_old(self, now: float) -> bool:
        """Whether to make them anew for the transaction that begins now; if so, they are noted as new."""
        self.used += 1
        doubled = self.used & (self.used - 1) == 0 or self.used % PLANS_KEPT_TRANSACTIONS == 0
        if not doubled and now - self.made_at < PLANS_KEPT_S:
            return False
        self.made_at = now
        return True


def beginning(connection: AsyncConnection[Any]) -> list[Call]:
    """Return the statements with which a joined transaction of a connection begins."""
    now = asyncio.get_running_loop().time()
    begin = [Call(queries.begin, {}), Call(queries.keep_plans, {})]
    plans = _plans.setdefault(connection, Plans(now))
    return [*begin, Call(queries.discard_plans, {})] if plans.are_old(now) else begin


class Joined(Transaction):
    """Begins with whatever is done first."""

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

    async def exchange(self, calls: Sequence[Call], *, last: bool = False) -> list[Outcome]:
        """Run statements in one round trip; `last`: and commit, unless one fails."""
        begin, self._begin = self._begin, []
        whole = [*begin, *calls]
        while True:
            try:
                return (await super().exchange(whole, last=last))[len(begin) :]
            except DatabaseUnavailable:
                # After a restart of the server those in the pool are dead. What was to be committed may have been.
                if last or not begin or not self._tries:
                    raise
            self._tries -= 1
            self.gone = True
            self._connection = await self._another(self._connection)
            self.gone = False

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

    async def _execute(self, query: Query, params: dict[str, Any]) -> AsyncCursor[Row]:
        await self._begun()
        return await super()._execute(query, params)

    async def _begun(self) -> None:
        if self._begin:
            await self.exchange([])
