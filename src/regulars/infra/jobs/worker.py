"""The worker: takes due jobs of each queue, keeps their leases, ticks schedules, and runs other loops beside them."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import timedelta
from typing import Final

import msgspec
import structlog

from regulars.infra.clock import Clock
from regulars.infra.db import Database, acting, failpoint
from regulars.infra.jobs import store
from regulars.infra.jobs.context import JobContext
from regulars.infra.jobs.loops import Loop
from regulars.infra.jobs.model import ClaimedJob, Hopeless, JobCancelled, LeaseLost, Task
from regulars.infra.jobs.schedules import tick_schedules
from regulars.kit.errors import Bug

log = structlog.get_logger(__name__)

# How many jobs of a queue one worker runs at a time. A full queue delays nobody but itself.
QUEUES_DEFAULT: Final = {"intake": 2, "jobs": 2}
# Wakened by a notification, workers look this seldom; it is also how late a job may be when one was lost.
POLL_S: Final = 1.0
# How long running jobs may go on after a stop was asked for. Orchestrators kill after 10 s at the earliest.
GRACE_S: Final = 8.0
ERROR_LETTERS_MAX: Final = 2_000


class Worker:
    """Runs the jobs of known kinds. Any number of workers may share a database."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        tasks: Iterable[Task],
        *,
        loops: Iterable[Loop] = (),
        queues: Mapping[str, int] = QUEUES_DEFAULT,
        grace_s: float = GRACE_S,
    ) -> None:
        """Know `tasks` by their kind; run at most `queues[name]` jobs of a queue at a time, and `loops` beside them."""
        self._db = db
        self._clock = clock
        self._grace_s = grace_s
        self._tasks: dict[str, Task] = {}
        for task in tasks:
            if self._tasks.setdefault(task.kind, task) is not task:
                raise Bug(f"Two tasks are of the kind {task.kind!r}.")
        self._room = dict(queues)
        self._running: dict[int, tuple[JobContext, asyncio.Task[None]]] = {}
        self._queues = {name: Loop(name, self._step(name), POLL_S) for name in queues}
        self._loops = [*self._queues.values(), Loop("schedules", self._tick, POLL_S), *loops]

    @property
    def loops(self) -> tuple[str, ...]:
        """Return the names of everything this worker repeats."""
        return tuple(loop.name for loop in self._loops)

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set; then let running jobs end, and give back those that do not in time."""
        helpers = [asyncio.create_task(self._listen()), asyncio.create_task(self._keep_leases())]
        try:
            await asyncio.gather(*(loop.run(stop) for loop in self._loops))
            await asyncio.gather(self._wind_down(), *(loop.close(self._grace_s) for loop in self._loops))
        finally:
            for helper in helpers:
                helper.cancel()
            await asyncio.gather(*helpers, return_exceptions=True)

    async def drain(self) -> int:
        """Run every job that is due, one after another, until none is left; return how many ran."""
        ran = 0
        while True:
            await self._tick()
            claimed = [job for queue in self._queues for job in await self._claim(queue, 1)]
            for job in claimed:
                await self._run(JobContext(self._db, self._clock, self._tasks[job.kind], job))
            if not claimed:
                return ran
            ran += len(claimed)

    async def _tick(self) -> bool:
        async with self._db.transaction() as tx:
            made = await tick_schedules(tx, self._clock.now())
        return made > 0

    def _step(self, queue: str) -> Callable[[], Awaitable[bool]]:
        async def step() -> bool:
            free = self._room[queue]
            if free <= 0:
                return False
            claimed = await self._claim(queue, free)
            for job in claimed:
                self._start(queue, job)
            return len(claimed) == free

        return step

    async def _claim(self, queue: str, limit: int) -> list[ClaimedJob]:
        shortest = min((task.lease_s for task in self._tasks.values()), default=1)
        async with self._db.transaction() as tx:
            claimed = await store.claim_jobs(
                tx, queue, list(self._tasks), limit=limit, lease_s=shortest, now=self._clock.now()
            )
        for job in claimed:
            if job.status == "parked":
                log.error("job_parked", job=job.id, kind=job.kind, reason="its worker stopped each time")
        if claimed:
            failpoint("after_claim_before_run")
        return [job for job in claimed if job.status == "running"]

    def _start(self, queue: str, job: ClaimedJob) -> None:
        context = JobContext(self._db, self._clock, self._tasks[job.kind], job)
        self._room[queue] -= 1

        def ended(task: asyncio.Task[None]) -> None:
            self._running.pop(job.id, None)
            if not task.cancelled() and (error := task.exception()):
                # Its end could not be noted; when its lease runs out, somebody takes it up again.
                log.warning("job_end_not_noted", job=job.id, kind=job.kind, error=str(error))
            self._room[queue] += 1
            self._queues[queue].wake()

        running = asyncio.create_task(self._run(context), name=f"job {job.id}")
        self._running[job.id] = (context, running)
        running.add_done_callback(ended)

    async def _run(self, context: JobContext) -> None:
        """Make one attempt at a job and note how it ended."""
        job = context.job
        try:
            payload = msgspec.json.decode(job.payload, type=context.task.payload)
            with acting(f"job:{job.kind}"):
                await context.task.run(context, payload)
            failpoint("after_run_before_done")
            if not context.finished:
                await self._finish(job, "done")
        except JobCancelled:
            await self._finish(job, "cancelled")
        except LeaseLost:
            log.warning("job_taken_over", job=job.id, kind=job.kind)
        except Exception as error:
            await self._fail(context, error)

    async def _finish(self, job: ClaimedJob, status: str) -> None:
        async with self._db.transaction() as tx:
            if not await store.finish_job(tx, job, status, self._clock.now()):
                log.warning("job_taken_over", job=job.id, kind=job.kind)

    async def _fail(self, context: JobContext, error: Exception) -> None:
        job, now = context.job, self._clock.now()
        delays = context.task.retry_s
        delay = delays[min(job.attempts, len(delays)) - 1] * random.uniform(0.9, 1.1)  # noqa: S311 - jitter
        final = isinstance(error, Hopeless | msgspec.ValidationError | msgspec.DecodeError)
        message = f"{type(error).__name__}: {error}"[:ERROR_LETTERS_MAX]
        log.warning("job_failed", job=job.id, kind=job.kind, attempt=job.attempts, exc_info=error)
        async with self._db.transaction() as tx:
            status = await store.fail_job(
                tx, job, message, final=final, next_at=now + timedelta(seconds=delay), now=now
            )
        if status == "parked":
            log.error("job_parked", job=job.id, kind=job.kind, reason=message)

    async def _keep_leases(self) -> None:
        """Say three times per lease that the running jobs live; stop those that were taken over or cancelled."""
        pause = min((task.lease_s for task in self._tasks.values()), default=30) / 3
        while True:
            await asyncio.sleep(pause)
            held = [(job_id, ctx.job.fence, ctx.task.lease_s) for job_id, (ctx, _) in self._running.items()]
            if not held:
                continue
            try:
                async with self._db.transaction() as tx:
                    interrupted = await store.extend_leases(tx, held)
                for job_id, cancelled in interrupted:
                    if job_id in self._running:
                        await self._interrupt(*self._running[job_id], cancelled=cancelled)
            except Exception as error:
                log.warning("leases_not_extended", error=str(error))

    async def _interrupt(self, context: JobContext, task: asyncio.Task[None], *, cancelled: bool) -> None:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        if cancelled and task.cancelled():
            await self._finish(context.job, "cancelled")

    async def _listen(self) -> None:
        """Wake the loops that notifications name. While the database is away the loops' own polling has to do."""
        by_name = {loop.name: loop for loop in self._loops}
        while True:
            try:
                async for queue in self._db.listen(store.CHANNEL, wait_s=60.0):
                    if queue in by_name:
                        by_name[queue].wake()
            except Exception as error:
                log.warning("not_listening", error=str(error))
                await asyncio.sleep(POLL_S)

    async def _wind_down(self) -> None:
        """Wait for the running jobs; give back what does not end in time."""
        running = list(self._running.values())
        if not running:
            return
        await asyncio.wait([task for _, task in running], timeout=self._grace_s)
        late = [(context, task) for context, task in running if not task.done()]
        for _, task in late:
            task.cancel()
        await asyncio.gather(*(task for _, task in late), return_exceptions=True)
        async with self._db.transaction() as tx:
            for context, _ in late:
                await store.release_job(tx, context.job)
