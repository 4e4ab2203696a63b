"""The engine's own housekeeping, as a job like any other."""

from __future__ import annotations

from datetime import timedelta

from regulars.infra.jobs.context import JobContext
from regulars.infra.jobs.model import Task
from regulars.infra.jobs.schedules import Tick
from regulars.infra.jobs.store import delete_finished

# Finished jobs can be looked at for this long; parked ones stay until somebody deals with them.
RETENTION = timedelta(days=14)


async def forget_finished(context: JobContext, tick: Tick) -> None:
    """Delete the jobs that ended before the retention."""
    async with context.transaction() as tx:
        await delete_finished(tx, tick.tick - RETENTION)
        await context.finish(tx)


FORGET_FINISHED = Task("jobs.forget_finished", forget_finished, payload=Tick)
