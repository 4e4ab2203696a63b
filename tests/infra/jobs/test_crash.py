"""SIGKILL in the middle of a job: another worker takes it up within the lease, and each step is done once."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.infra.jobs.crashing import STEPS, TASK, queries

from regulars.infra.clock import FixedClock
from regulars.infra.db import Database
from regulars.infra.jobs import Worker, enqueue, select_job

ROOT = Path(__file__).parents[3]
# Long after the dead worker's clock: only the lease, which is on the database's clock, decides.
LATER = datetime(2100, 1, 1, tzinfo=UTC)


@pytest.mark.crash
@pytest.mark.parametrize(
    ("failpoint", "steps_before"),
    [("after_claim_before_run", 0), ("in_the_middle_of_a_job", STEPS // 2), ("after_run_before_done", STEPS)],
)
async def test_a_killed_worker_is_replaced(
    db: Database, database_url: str, failpoint: str, steps_before: int
) -> None:
    """What was committed stays, what was not is done by the next worker, and nothing is done twice."""
    async with db.transaction() as tx:
        await tx.run(queries.create_steps)
        job = await enqueue(tx, TASK.kind, {}, now=datetime(2020, 1, 1, tzinfo=UTC))
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.infra.jobs.crashing",
        database_url,
        cwd=ROOT,
        env={**os.environ, "REGULARS_TEST_MODE": "1", "REGULARS_FAILPOINTS": f"{failpoint}=kill"},
    )
    async with asyncio.timeout(30):
        assert await process.wait() == -signal.SIGKILL
    assert len(await steps(db)) == steps_before
    replacement = Worker(db, FixedClock(LATER), [TASK])
    async with asyncio.timeout(10):
        while not await replacement.drain():
            pass  # the lease of one second still runs
    assert await steps(db) == list(range(STEPS))
    async with db.transaction() as tx:
        found = await select_job(tx, job or 0)
    assert (found.status, found.attempts) == ("done", 2)


async def steps(db: Database) -> list[int]:
    """Return the steps that were committed."""
    async with db.transaction() as tx:
        return [row[0] for row in await tx.all(queries.select_steps)]
