"""When keys were last used: noted in memory by each request, written for all keys together.

A till's key comes with every order. A write per request would queue all of them for one row; here a use costs an entry
in a set, and whoever looks for the key that nobody needs any more is told the minute.
"""

from __future__ import annotations

import asyncio
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from typing import Final

import structlog

from regulars.app.beside import beside
from regulars.features.programs import note_uses
from regulars.infra.clock import Clock
from regulars.infra.db import Database, Transaction
from regulars.kit.errors import Unavailable

log = structlog.get_logger("regulars.keys")

# How soon the first use of a key is seen: somebody who has just connected a shop looks for it.
WRITE_EVERY_S: Final = 5.0
# A key that is always in use is written this often.
SAME_KEY_EVERY: Final = timedelta(minutes=1)


class KeyUses:
    """The keys that came since they were last written down, by prefix."""

    def __init__(self, db: Database, clock: Clock) -> None:
        """Nobody has come yet."""
        self._db = db
        self._clock = clock
        self._came: set[str] = set()
        self._written: dict[str, datetime] = {}
        self.note = self._came.add  # the hot path's one call: a valid key of this prefix came

    async def write(self, *, everything: bool = False) -> int:
        """Write down who came, `everything` also what was written within the minute; return how many keys that were."""
        now = self._clock.now()
        self._written = {prefix: at for prefix, at in self._written.items() if now - at < SAME_KEY_EVERY}
        due = [prefix for prefix in self._came if everything or prefix not in self._written]
        if not due:
            return 0

        async def work(tx: Transaction) -> None:
            await note_uses(tx, due, now)

        await self._db.attempt(work)
        self._came.difference_update(due)
        self._written.update(dict.fromkeys(due, now))
        return len(due)

    def written(self) -> AbstractAsyncContextManager[None]:
        """Write every few seconds while the block runs, and at its end what is left."""
        return beside(self._write_until, "uses of keys")

    async def _write_until(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            try:
                await asyncio.wait_for(stop.wait(), WRITE_EVERY_S)
            except TimeoutError:
                await self._try_to_write()
        await self._try_to_write(everything=True)

    async def _try_to_write(self, *, everything: bool = False) -> None:
        """A database that is away is no reason to stop: the keys stay noted."""
        try:
            await self.write(everything=everything)
        except Unavailable as error:
            log.warning("uses of keys not written", reason=type(error).__name__)
