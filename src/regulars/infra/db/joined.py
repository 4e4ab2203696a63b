"""A transaction whose BEGIN goes to the server with its first statements, for the busiest: a round trip less.

Its plans are kept: making them for each batch of tills' requests cost a third of what PostgreSQL did for it. A plan for
an empty table reads all of it, and is still there when it has grown; so plans are made anew whenever a session has used
them twice as often, and after some time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, Final
from weakref import WeakKeyDictionary

from psycopg import AsyncConnection, AsyncCursor

from regulars.infra.db.exchange import Call, Outcome
from regulars.infra.db.late import Late
from regulars.infra.db.queries import Query, load_queries
from regulars.infra.db.transaction import Row

# After so many transactions of a session, at the latest, its plans are made anew: a few milliseconds once in seconds.
PLANS_KEPT_TRANSACTIONS: Final = 1_024
# The same in seconds, for sessions that have little to do while others fill tables.
PLANS_KEPT_S: Final = 60.0

queries = load_queries(__package__)
_plans: WeakKeyDictionary[AsyncConnection[Any], Plans] = WeakKeyDictionary()


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


class Joined(Late):
    """Begins with whatever is done first."""

    async def exchange(self, calls: Sequence[Call], *, last: bool = False) -> list[Outcome]:
        """Run statements in one round trip; `last`: and commit, unless one fails."""
        begin, self._begin = self._begin, []
        whole = [*begin, *calls]

        async def together() -> list[Outcome]:
            return (await super(Joined, self).exchange(whole, last=last))[len(begin) :]

        # What was to be committed may have been: only a beginning is made again.
        return await (self._on_a_living(together) if begin and not last else together())

    async def _execute(self, query: Query, params: dict[str, Any]) -> AsyncCursor[Row]:
        await self._begun()
        return await super()._execute(query, params)
