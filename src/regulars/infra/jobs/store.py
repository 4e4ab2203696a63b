"""Jobs in the database: one typed function per statement."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from regulars.infra.db import Transaction, load_queries
from regulars.infra.jobs.model import (
    QUEUE_DEFAULT,
    TRIES_MAX_DEFAULT,
    ClaimedJob,
    Job,
    JobUnknown,
    QueueCounts,
)

queries = load_queries(__package__)

# The channel on which workers hear that a queue has work; the payload is the queue's name.
CHANNEL = "regulars_jobs"


async def enqueue(
    tx: Transaction,
    kind: str,
    payload: Any,
    *,
    now: datetime,
    due_at: datetime | None = None,
    key: str | None = None,
    program_id: int | None = None,
    queue: str = QUEUE_DEFAULT,
    tries_max: int = TRIES_MAX_DEFAULT,
) -> int | None:
    """Add a job that exists when this transaction commits, due at `due_at` or now; return its id.

    None when a job of this kind with this key is open already. Each commit that wakes a worker passes through one lock
    of the server, so this is for coarse work, not for something per event.
    """
    job_id: int | None = await tx.value(
        queries.insert_job,
        queue=queue,
        kind=kind,
        key=key,
        program_id=program_id,
        payload=msgspec.json.encode(payload).decode(),
        tries_max=tries_max,
        due_at=due_at or now,
        now=now,
    )
    if job_id is not None:
        await tx.run(queries.notify_queue, queue=queue)
    return job_id


async def claim_jobs(
    tx: Transaction, queue: str, kinds: Sequence[str], *, limit: int, lease_s: int, now: datetime
) -> list[ClaimedJob]:
    """Take at most `limit` due jobs of a queue; those that had used up their tries come back parked."""
    return await tx.all(
        queries.claim_jobs,
        row=ClaimedJob,
        queue=queue,
        kinds=list(kinds),
        limit=limit,
        lease_s=lease_s,
        now=now,
    )


async def extend_leases(tx: Transaction, held: Sequence[tuple[int, int, int]]) -> list[tuple[int, bool]]:
    """Lengthen leases given as (id, fence, seconds); return (id, cancelled) of those that must stop."""
    ids, fences = [job[0] for job in held], [job[1] for job in held]
    await tx.run(queries.extend_leases, ids=ids, fences=fences, leases_s=[job[2] for job in held])
    return [(row[0], row[1]) for row in await tx.all(queries.select_interrupted, ids=ids, fences=fences)]


async def finish_job(tx: Transaction, job: ClaimedJob, status: str, now: datetime) -> bool:
    """End a job as `done` or `cancelled`; False when its lease was lost."""
    return bool(await tx.run(queries.finish_job, id=job.id, fence=job.fence, status=status, now=now))


async def fail_job(
    tx: Transaction, job: ClaimedJob, error: str, *, final: bool, next_at: datetime, now: datetime
) -> str | None:
    """Note a failed attempt; return the job's new status, None when its lease was lost."""
    status: str | None = await tx.value(
        queries.fail_job, id=job.id, fence=job.fence, error=error, final=final, next_at=next_at, now=now
    )
    return status


async def release_job(tx: Transaction, job: ClaimedJob) -> None:
    """Give a job back, its attempt not counted."""
    await tx.run(queries.release_job, id=job.id, fence=job.fence)


async def cancel_job(tx: Transaction, job_id: int, now: datetime) -> bool:
    """Cancel an open job; False when it is not open."""
    return bool(await tx.run(queries.cancel_job, id=job_id, now=now))


async def retry_job(tx: Transaction, job_id: int, now: datetime) -> bool:
    """Begin a parked or cancelled job again; False when it is neither."""
    queue = await tx.value(queries.retry_job, id=job_id, now=now)
    if queue is not None:
        await tx.run(queries.notify_queue, queue=queue)
    return queue is not None


async def select_job(tx: Transaction, job_id: int) -> Job:
    """Read a job. Raises JobUnknown."""
    job = await tx.maybe(queries.select_job, row=Job, id=job_id)
    if job is None:
        raise JobUnknown(job=job_id)
    return job


async def select_jobs(
    tx: Transaction,
    *,
    status: str | None = None,
    kind: str | None = None,
    program_id: int | None = None,
    before: int | None = None,
    limit: int = 100,
) -> list[Job]:
    """Read a page of jobs, newest first, older than the id `before`."""
    return await tx.all(
        queries.select_jobs,
        row=Job,
        status=status,
        kind=kind,
        program_id=program_id,
        before=before,
        limit=limit,
    )


async def delete_finished(tx: Transaction, before: datetime) -> int:
    """Forget jobs that ended well before an instant; return how many. Parked ones stay."""
    return await tx.run(queries.delete_finished, before=before)


async def count_jobs(tx: Transaction, now: datetime) -> list[QueueCounts]:
    """Count the open and parked jobs of each queue."""
    return await tx.all(queries.count_jobs, row=QueueCounts, now=now)
