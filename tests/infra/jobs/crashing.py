"""A worker of its own for crash tests: `python -m tests.infra.jobs.crashing <database url>`; killed at a fail-point."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

from regulars.infra.clock import SystemClock
from regulars.infra.db import Database, failpoint, load_queries
from regulars.infra.jobs import JobContext, Task, Worker

queries = load_queries("tests.infra.jobs")
STEPS = 6


async def count(context: JobContext, payload: Any) -> None:
    """Write one row per step; after a crash it goes on behind the last row that was committed."""
    for step in range(context.progress or 0, STEPS):
        async with context.transaction() as tx:
            await tx.run(queries.insert_step, job=context.job.id, step=step)
            await context.report(tx, step + 1)
            if step == STEPS // 2 and context.job.attempts == 1:
                failpoint("in_the_middle_of_a_job")


TASK = Task("test.count", count, lease_s=1)


async def main(url: str) -> None:
    """Run the due jobs once and leave."""
    async with Database.open(url, name="worker", max_size=3) as db:
        await Worker(db, SystemClock(), [TASK]).drain()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
