"""One job's way through the worker: done, failed, parked, cancelled, taken over."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from regulars.infra.clock import FixedClock
from regulars.infra.db import Database, load_queries
from regulars.infra.jobs import (
    Hopeless,
    Job,
    JobContext,
    Task,
    Worker,
    cancel_job,
    count_jobs,
    enqueue,
    retry_job,
    select_job,
    store,
)
from regulars.infra.jobs.model import LeaseLost

queries = load_queries("tests.infra.jobs")


async def add(db: Database, clock: FixedClock, payload: Any = None, **options: Any) -> int | None:
    async with db.transaction() as tx:
        return await enqueue(tx, "test.work", payload or {}, now=clock.now(), **options)


async def read(db: Database, job_id: int | None) -> Job:
    assert job_id is not None
    async with db.transaction() as tx:
        return await select_job(tx, job_id)


def worker(
    db: Database, clock: FixedClock, run: Callable[[JobContext, Any], Awaitable[None]], **options: Any
) -> Worker:
    return Worker(db, clock, [Task("test.work", run, **options)])


async def test_a_job_runs_once_with_its_payload(db: Database, clock: FixedClock) -> None:
    """A job that was committed runs, and not again."""
    seen = []

    async def run(context: JobContext, payload: dict[str, int]) -> None:
        seen.append((payload, context.job.attempts))

    job = await add(db, clock, {"n": 1})
    tested = worker(db, clock, run)
    assert await tested.drain() == 1
    assert await tested.drain() == 0
    assert seen == [({"n": 1}, 1)]
    assert (await read(db, job)).status == "done"


async def test_a_job_that_was_rolled_back_never_runs(db: Database, clock: FixedClock) -> None:
    """The job belongs to the transaction that enqueued it."""
    with pytest.raises(RuntimeError):
        async with db.transaction() as tx:
            await enqueue(tx, "test.work", {}, now=clock.now())
            raise RuntimeError

    async def run(context: JobContext, payload: Any) -> None:
        raise AssertionError("It was rolled back.")

    assert await worker(db, clock, run).drain() == 0


async def test_one_open_job_per_key(db: Database, clock: FixedClock) -> None:
    """A key is free again when its job has ended."""

    async def run(context: JobContext, payload: Any) -> None:
        return

    assert await add(db, clock, key="a") is not None
    assert await add(db, clock, key="a") is None
    assert await add(db, clock, key="b") is not None
    await worker(db, clock, run).drain()
    assert await add(db, clock, key="a") is not None


async def test_a_job_due_later_waits(db: Database, clock: FixedClock) -> None:
    """due_at is on the given clock."""

    async def run(context: JobContext, payload: Any) -> None:
        return

    await add(db, clock, due_at=clock.now() + timedelta(hours=1))
    tested = worker(db, clock, run)
    assert await tested.drain() == 0
    clock.advance(timedelta(hours=1))
    assert await tested.drain() == 1


async def test_tries_are_bounded_then_parked_visibly_and_can_be_retried(
    db: Database, clock: FixedClock
) -> None:
    """A job that always fails stops after its tries, says why, and takes up again on request."""
    healthy = False

    async def run(context: JobContext, payload: Any) -> None:
        if not healthy:
            raise ValueError("the moon is in the wrong house")

    job = await add(db, clock, tries_max=3)
    tested = worker(db, clock, run, retry_s=(10,))
    for _ in range(5):
        await tested.drain()
        clock.advance(timedelta(seconds=20))
    parked = await read(db, job)
    assert (parked.status, parked.attempts) == ("parked", 3)
    assert parked.error == "ValueError: the moon is in the wrong house"
    async with db.transaction() as tx:
        assert [counts.parked for counts in await count_jobs(tx, clock.now())] == [1]
        assert await retry_job(tx, parked.id, clock.now())
    healthy = True
    assert await tested.drain() == 1
    assert (await read(db, job)).status == "done"


async def test_a_hopeless_job_is_parked_at_once(db: Database, clock: FixedClock) -> None:
    """Neither Hopeless nor a payload that cannot be read is tried again."""

    async def run(context: JobContext, payload: Any) -> None:
        raise Hopeless("no such file")

    hopeless, unreadable = await add(db, clock), await add(db, clock, "text")
    await worker(db, clock, run).drain()
    assert (await read(db, hopeless)).status == "parked"
    assert (await read(db, unreadable)).status == "parked"


async def test_a_job_goes_on_from_its_last_report(db: Database, clock: FixedClock) -> None:
    """Progress commits with the work, so a retry neither repeats nor skips."""
    done = []

    async def run(context: JobContext, payload: Any) -> None:
        for number in range(context.progress or 0, 5):
            async with context.transaction() as tx:
                await context.report(tx, number + 1)
            done.append(number)
            if number == 2 and context.job.attempts == 1:
                raise RuntimeError("half-way")

    job = await add(db, clock)
    tested = worker(db, clock, run)
    await tested.drain()
    clock.advance(timedelta(minutes=1))
    await tested.drain()
    assert done == [0, 1, 2, 3, 4]
    assert (await read(db, job)).progress == "5"


async def test_cancelled_while_waiting_and_while_running(db: Database, clock: FixedClock) -> None:
    """A waiting job is cancelled at once, a running one at its next transaction, whose work is undone."""

    async def run(context: JobContext, payload: Any) -> None:
        async with db.transaction() as tx:
            assert await cancel_job(tx, context.job.id, clock.now())
        async with context.transaction():
            raise AssertionError("It was cancelled.")

    waiting, running = await add(db, clock, due_at=clock.now() + timedelta(1)), await add(db, clock)
    async with db.transaction() as tx:
        assert await cancel_job(tx, waiting or 0, clock.now())
    await worker(db, clock, run).drain()
    assert (await read(db, waiting)).status == "cancelled"
    assert (await read(db, running)).status == "cancelled"


async def test_a_worker_that_lost_its_lease_cannot_write(db: Database, clock: FixedClock) -> None:
    """The fencing token is checked in the effect's own transaction."""
    attempts, written = [], []

    async def run(context: JobContext, payload: Any) -> None:
        attempts.append(context.job.fence)
        if len(attempts) == 1:
            async with db.transaction() as tx:
                await tx.run(queries.expire_leases)
            await worker(db, clock, run).drain()
        async with context.transaction():
            written.append(context.job.fence)

    job = await add(db, clock)
    await worker(db, clock, run).drain()
    assert attempts == [1, 2]
    assert written == [2]
    assert (await read(db, job)).status == "done"


async def test_the_fence_keeps_out_a_worker_whose_job_is_running_elsewhere(
    db: Database, clock: FixedClock
) -> None:
    """Both hold the job at the same time; only the one that claimed it last can write."""
    lost = []

    async def run(context: JobContext, payload: Any) -> None:
        async with db.transaction() as tx:
            await tx.run(queries.expire_leases)
            [other] = await store.claim_jobs(tx, "jobs", ["test.work"], limit=1, lease_s=60, now=clock.now())
        assert other.fence == context.job.fence + 1
        with pytest.raises(LeaseLost):
            async with context.transaction():
                pass
        lost.append(other.id)

    job = await add(db, clock)
    await worker(db, clock, run).drain()
    assert lost == [job]
    assert (await read(db, job)).status == "running"


async def test_finish_in_the_same_transaction_as_the_effect(db: Database, clock: FixedClock) -> None:
    """After finish() a failure does not bring the job back, and a lost lease undoes the effect."""

    async def run(context: JobContext, payload: Any) -> None:
        async with context.transaction() as tx:
            await context.finish(tx)
        with pytest.raises(LeaseLost):
            async with context.transaction():
                pass
        raise RuntimeError("too late to matter")

    job = await add(db, clock)
    tested = worker(db, clock, run)
    await tested.drain()
    clock.advance(timedelta(hours=1))
    assert await tested.drain() == 0
    assert (await read(db, job)).status == "done"


async def test_a_job_whose_worker_dies_each_time_is_parked(db: Database, clock: FixedClock) -> None:
    """Attempts count when a job is claimed, so one that kills its worker cannot do so for ever."""

    async def run(context: JobContext, payload: Any) -> None:
        async with db.transaction() as tx:
            await tx.run(queries.expire_leases)
        raise asyncio.CancelledError

    job = await add(db, clock, tries_max=2)
    for _ in range(2):
        with pytest.raises(asyncio.CancelledError):
            await worker(db, clock, run).drain()
    assert await worker(db, clock, run).drain() == 0
    assert (await read(db, job)).status == "parked"


async def test_run_wakes_on_notification_and_gives_back_on_stop(db: Database, clock: FixedClock) -> None:
    """The loop takes a job as it comes; a stop hands a job that does not end back, untried."""
    stop, began = asyncio.Event(), asyncio.Event()

    async def run(context: JobContext, payload: Any) -> None:
        began.set()
        await asyncio.Event().wait()

    tested = Worker(db, clock, [Task("test.work", run)], grace_s=0.01)
    running = asyncio.create_task(tested.run(stop))
    job = await add(db, clock)
    async with asyncio.timeout(10):
        await began.wait()
        stop.set()
        await running
    found = await read(db, job)
    assert (found.status, found.attempts) == ("waiting", 0)


async def test_cancel_reaches_a_job_that_is_waiting_for_something(db: Database, clock: FixedClock) -> None:
    """The keeper of leases hears of the cancellation and stops the task."""
    stop, began = asyncio.Event(), asyncio.Event()

    async def run(context: JobContext, payload: Any) -> None:
        began.set()
        await asyncio.Event().wait()

    tested = Worker(db, clock, [Task("test.work", run, lease_s=1)])
    running = asyncio.create_task(tested.run(stop))
    job = await add(db, clock)
    async with asyncio.timeout(10):
        await began.wait()
        async with db.transaction() as tx:
            await cancel_job(tx, job or 0, clock.now())
        while (await read(db, job)).status != "cancelled":
            await asyncio.wait([running], timeout=0.05)
        stop.set()
        await running
