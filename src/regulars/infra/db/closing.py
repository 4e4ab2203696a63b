"""Numbers of a sequence that are closed: everybody who took one up to there has committed or is gone.

Rows are numbered when a transaction begins and seen when it commits, so a reader who remembers the highest number
passes over late ones. `nextval` holds a lock on its sequence until the transaction ends (lock_and_open_sequence in
PostgreSQL's sequence.c), and pg_locks shows it to everybody: so we read the last number taken, look who holds such a
lock, and once those have ended, everything up to that number is decided for ever. A long transaction that took no
number is waited for by nobody.
"""

from __future__ import annotations

from regulars.infra.db.queries import load_queries
from regulars.infra.db.transaction import Transaction

queries = load_queries(__package__, "closing.sql")


class ClosedNumbers:
    """Follows one sequence. Keep it for as long as you read: what is waited for is remembered between calls."""

    def __init__(self, sequence: str) -> None:
        """Follow `sequence`, named with its schema."""
        self._sequence = sequence
        self._closed = 0
        self._last: int | None = None
        self._takers: set[str] = set()

    async def closed(self, tx: Transaction) -> int:
        """Return the greatest number up to which every taker has ended; never falls.

        What those takers committed is visible to the statements that follow in `tx`, which must be READ COMMITTED.
        """
        if self._last is not None:
            self._takers &= await self._now(tx)
            if not self._takers:
                self._closed, self._last = max(self._closed, self._last), None
        if self._last is None:
            self._last = await self.last(tx)
            self._takers = await self._now(tx)
            if not self._takers:
                self._closed, self._last = max(self._closed, self._last), None
        return self._closed

    async def last(self, tx: Transaction) -> int:
        """Return the last number that was taken by anybody until now."""
        return int(await tx.value(queries.select_last_number, sequence=self._sequence))

    async def _now(self, tx: Transaction) -> set[str]:
        rows = await tx.all(queries.select_takers, sequence=self._sequence)
        return {taker for (taker,) in rows}
