"""Reading without a transaction around it: each statement is one of its own, and neither BEGIN nor COMMIT travels.

At READ COMMITTED every statement sees what was committed when it began, in a transaction or out of it. That a reader
writes nothing is what its session says (`configure_session`): whoever writes says so with BEGIN.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence
from functools import cache
from typing import Any, Final

from psycopg import AsyncCursor

from regulars.infra.db.exchange import Call, Outcome
from regulars.infra.db.late import Late, T
from regulars.infra.db.queries import Query
from regulars.infra.db.transaction import Row

# What holds until a transaction ends, and what is of one that is open.
_OF_A_TRANSACTION: Final = re.compile(
    r"\bset_config\(|\bxact_|_xact_|^\s*(?:SET LOCAL|SAVEPOINT|LOCK)\b", re.MULTILINE
)


class Reading(Late):
    """Begins only for what takes a transaction: a cursor, a local setting, a lock."""

    async def exchange(self, calls: Sequence[Call], *, last: bool = False) -> list[Outcome]:
        """Run statements in one round trip."""
        if any(_takes_a_transaction(call.query) for call in calls):
            await self._begun()
        return await self._sent(lambda: super(Reading, self).exchange(calls, last=last and not self._begin))

    async def _execute(self, query: Query, params: dict[str, Any]) -> AsyncCursor[Row]:
        if _takes_a_transaction(query):
            await self._begun()
        return await self._sent(lambda: super(Reading, self)._execute(query, params))

    async def _sent(self, ask: Callable[[], Awaitable[T]]) -> T:
        # What was begun is gone with its connection; what was not can be asked again.
        return await (self._on_a_living(ask) if self._begin else ask())


@cache
def _takes_a_transaction(query: Query) -> bool:
    return _OF_A_TRANSACTION.search(query.sql) is not None
