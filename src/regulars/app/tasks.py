"""Everything a worker does, in one place: the tasks of jobs, and the loops beside them. Slices add theirs here."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from regulars.app.settings import Settings
from regulars.infra.clock import Clock
from regulars.infra.db import Database
from regulars.infra.jobs import FORGET_FINISHED, Loop, Standing, Task, Worker, keep_standing

TASKS: tuple[Task, ...] = (FORGET_FINISHED,)

# Schedules that every installation has; those that people make are rows of their own.
SCHEDULES: tuple[Standing, ...] = (Standing(FORGET_FINISHED.kind, "17 3 * * *"),)

# Seconds that running jobs get to end when the process is told to stop; requests have had theirs before.
GRACE_S = 3.0


@asynccontextmanager
async def open_worker(settings: Settings, db: Database, clock: Clock) -> AsyncIterator[Worker]:
    """Build the worker of this installation with all its tasks and loops."""
    async with db.transaction() as tx:
        await keep_standing(tx, SCHEDULES, clock.now())
    loops: list[Loop] = []
    yield Worker(db, clock, TASKS, loops=loops, grace_s=GRACE_S)
