"""REST: /api/v1/jobs and /api/v1/schedules: what runs, what gave up and why; cancel it or let it try again."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from fastapi import Depends, Path, Query, Request
from pydantic import BaseModel

from regulars.infra.clock import Clock
from regulars.infra.db import Database, Transaction
from regulars.infra.jobs import store
from regulars.infra.jobs.model import Job, JobNotOpen, JobNotOver, JobUnknown
from regulars.infra.jobs.schedules import select_schedules
from regulars.infra.web import Page, PageQuery, Subject, api_router, route_roles

router = api_router("/api/v1", tag="jobs")

Reader = Annotated[Subject, Depends(route_roles("owner", "operator", "analyst", scope="jobs:read"))]
Writer = Annotated[Subject, Depends(route_roles("owner", "operator", scope="jobs:write"))]
JobId = Annotated[int, Path(ge=1, le=2**62)]
Status = Literal["waiting", "running", "done", "parked", "cancelled"]


class JobAnswer(BaseModel):
    """A job: `progress` is how far it came, `error` why its last attempt failed; parked = it gave up."""

    id: int
    queue: str
    kind: str
    key: str | None
    payload: Any
    status: Status
    attempts: int
    tries_max: int
    next_at: datetime | None
    cancelled: bool
    progress: Any
    error: str | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


class ScheduleAnswer(BaseModel):
    """When a kind of job is made: five cron fields in an IANA zone, and what becomes of missed ticks."""

    name: str
    kind: str
    payload: Any
    cron: str
    zone: str
    missed: str
    last_tick: datetime | None
    next_tick: datetime
    enabled: bool


@router.get("/jobs", operation_id="list_jobs")
async def list_jobs(
    request: Request,
    subject: Reader,
    page: Annotated[PageQuery, Depends()],
    status: Annotated[Status | None, Query()] = None,
    kind: Annotated[str | None, Query(max_length=100)] = None,
) -> Page[JobAnswer]:
    """List jobs, newest first; a caller of one program sees those of that program."""
    (before,) = page.after(int) or (None,)
    async with _db(request).transaction(read_only=True) as tx:
        found = await store.select_jobs(
            tx, status=status, kind=kind, program_id=subject.program_id, before=before, limit=page.rows
        )
    return page.page([_answer(job) for job in found], lambda job: (job.id,))


@router.get("/jobs/{job_id}", operation_id="get_job")
async def get_job(request: Request, subject: Reader, job_id: JobId) -> JobAnswer:
    """Read a job, to see how far it is."""
    async with _db(request).transaction(read_only=True) as tx:
        return _answer(await _visible(tx, subject, job_id))


@router.post("/jobs/{job_id}/cancel", operation_id="cancel_job")
async def cancel_job(request: Request, subject: Writer, job_id: JobId) -> JobAnswer:
    """Cancel a job: at once when it waits, at its next step when it runs."""
    async with _db(request).transaction() as tx:
        await _visible(tx, subject, job_id)
        if not await store.cancel_job(tx, job_id, _clock(request).now()):
            raise JobNotOpen
        return _answer(await _visible(tx, subject, job_id))


@router.post("/jobs/{job_id}/retry", operation_id="retry_job")
async def retry_job(request: Request, subject: Writer, job_id: JobId) -> JobAnswer:
    """Give a parked or cancelled job a new round of tries; it goes on from its progress."""
    async with _db(request).transaction() as tx:
        await _visible(tx, subject, job_id)
        if not await store.retry_job(tx, job_id, _clock(request).now()):
            raise JobNotOver
        return _answer(await _visible(tx, subject, job_id))


@router.get("/schedules", operation_id="list_schedules")
async def list_schedules(request: Request, subject: Reader) -> list[ScheduleAnswer]:
    """List the schedules with their last and next ticks; a caller of one program sees its own."""
    async with _db(request).transaction(read_only=True) as tx:
        found = await select_schedules(tx)
    return [
        ScheduleAnswer(
            name=one.name,
            kind=one.kind,
            payload=msgspec.json.decode(one.payload),
            cron=one.cron,
            zone=one.zone,
            missed=one.missed,
            last_tick=one.last_tick,
            next_tick=one.next_tick,
            enabled=one.enabled,
        )
        for one in found
        if subject.program_id in (None, one.program_id)
    ]


async def _visible(tx: Transaction, subject: Subject, job_id: int) -> Job:
    job = await store.select_job(tx, job_id)
    if subject.program_id not in (None, job.program_id):
        raise JobUnknown(job=job_id)
    return job


def _db(request: Request) -> Database:
    db: Database = request.app.state.db
    return db


def _clock(request: Request) -> Clock:
    clock: Clock = request.app.state.clock
    return clock


def _answer(job: Job) -> JobAnswer:
    return JobAnswer(
        id=job.id,
        queue=job.queue,
        kind=job.kind,
        key=job.key,
        payload=msgspec.json.decode(job.payload),
        status=job.status,
        attempts=job.attempts,
        tries_max=job.tries_max,
        next_at=job.next_at if job.status == "waiting" else None,
        cancelled=job.cancelled,
        progress=None if job.progress is None else msgspec.json.decode(job.progress),
        error=job.error,
        created_at=job.created_at,
        started_at=job.started_at,
        finished_at=job.finished_at,
    )
