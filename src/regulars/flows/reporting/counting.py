"""Counting members: their statuses, joining days and tiers change under one, so they are counted anew, in one reading.

It is done when something happened to members since, and so seldom that it takes at most a twentieth of one processor.
"""

from __future__ import annotations

import time

from regulars.infra.clock import Clock
from regulars.infra.db import Database, load_queries

queries = load_queries(__package__)

# How old the counts may be where counting is cheap; it rises to 20 times of what counting takes.
COUNT_PAUSE_S = 10.0


class MemberCount:
    """Keeps the counts of members up to date. One counts at a time."""

    def __init__(self, db: Database, clock: Clock, pause_s: float = COUNT_PAUSE_S) -> None:
        """Count at most every `pause_s` seconds."""
        self._db = db
        self._clock = clock
        self._pause_s = pause_s

    async def step(self) -> bool:
        """Count if something happened since the last time and it was long enough ago; never asks to go on at once."""
        now = self._clock.now()
        async with self._db.transaction() as tx:
            held = await tx.maybe(queries.lock_members_progress, now=now, pause_s=self._pause_s)
            if held is None:
                await tx.run(queries.insert_progress)
                return False
            changes = int(await tx.value(queries.select_member_changes))
            if changes == held[0] and changes:
                return False
            await tx.run(queries.allow_long)
            begun = time.perf_counter()
            await tx.run(queries.count_members)
            await tx.run(queries.count_tiers)
            took_ms = round((time.perf_counter() - begun) * 1000)
            await tx.run(queries.move_members_progress, changes=changes, now=now, took_ms=took_ms)
        return False
