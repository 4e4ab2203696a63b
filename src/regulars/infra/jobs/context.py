"""What a running task holds: its job, and transactions that only commit while the job is still its own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec

from regulars.infra.clock import Clock
from regulars.infra.db import Database, Transaction, load_queries
from regulars.infra.jobs.model import ClaimedJob, JobCancelled, LeaseLost, Task

queries = load_queries(__package__)


class JobContext:
    """The surroundings of one attempt at one job."""

    def __init__(self, db: Database, clock: Clock, task: Task, job: ClaimedJob) -> None:
        """Work on `job`, which this worker has claimed."""
        self.db = db
        self.clock = clock
        self.task = task
        self.job = job
        self.progress: Any = msgspec.json.decode(job.progress) if job.progress else None
        self.finished = False

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        """Open a transaction that begins by proving the lease and keeps others from taking the job until it ends.

        Raises LeaseLost when another worker has the job, JobCancelled when somebody cancelled it.
        """
        async with self.db.transaction() as tx:
            held = await tx.maybe(
                queries.hold_job, id=self.job.id, fence=self.job.fence, lease_s=self.task.lease_s
            )
            if held is None:
                raise LeaseLost
            if held[0]:
                raise JobCancelled
            yield tx

    async def report(self, tx: Transaction, progress: Any) -> None:
        """Note how far the job has come, in the same transaction as the work: after a crash it goes on from there."""
        await tx.run(
            queries.update_progress,
            id=self.job.id,
            fence=self.job.fence,
            progress=msgspec.json.encode(progress).decode(),
        )
        self.progress = progress

    async def finish(self, tx: Transaction) -> None:
        """End the job in the same transaction as its last effect, so that it cannot happen twice."""
        ended = await tx.run(
            queries.finish_job, id=self.job.id, fence=self.job.fence, status="done", now=self.clock.now()
        )
        if not ended:
            raise LeaseLost
        self.finished = True
