"""Jobs, schedules and tasks as values."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import msgspec

from regulars.kit.errors import Conflict, NotFound

if TYPE_CHECKING:
    from regulars.infra.jobs.context import JobContext

JobStatus: TypeAlias = Literal["waiting", "running", "done", "parked", "cancelled"]
# What becomes of ticks that nobody was there for: a job for each, one job for the last of them, or none.
Missed: TypeAlias = Literal["all", "last", "skip"]

QUEUE_DEFAULT = "jobs"
TRIES_MAX_DEFAULT = 5
# A worker that is killed is replaced after this long; it says that it lives three times as often.
LEASE_S_DEFAULT = 30
RETRY_S_DEFAULT = (5, 30, 300, 1_800)


class JobUnknown(NotFound):
    """There is no such job."""


class JobNotOpen(Conflict):
    """The job is over already; there is nothing to cancel."""


class JobNotOver(Conflict):
    """Only a job that was parked or cancelled can be tried again."""


class LeaseLost(Exception):
    """Another worker took this job over; what this one was about to write is rolled back."""


class JobCancelled(Exception):
    """Somebody cancelled this job; it stops here."""


class Hopeless(Exception):
    """Raised by a task when trying again cannot help: the job is parked at once."""


@dataclass(frozen=True, slots=True)
class Task:
    """What is done for the jobs of one kind, `<owner>.<verb>`.

    `run(context, payload)` gets the payload decoded as `payload`. It may run more than once for one job: what it writes
    goes through `context.transaction()`, and how far it came through `context.report`.
    """

    kind: str
    run: Callable[[JobContext, Any], Awaitable[None]]
    payload: Any = dict[str, Any]
    lease_s: int = LEASE_S_DEFAULT
    retry_s: tuple[int, ...] = RETRY_S_DEFAULT


class ClaimedJob(msgspec.Struct, frozen=True):
    """A job as its worker holds it. `fence` proves to the database that the worker still does."""

    id: int
    queue: str
    kind: str
    key: str | None
    program_id: int | None
    payload: str
    status: JobStatus
    attempts: int
    tries_max: int
    fence: int
    progress: str | None


class Job(msgspec.Struct, frozen=True):
    """A job as operators see it; payload and progress are JSON text."""

    id: int
    queue: str
    kind: str
    key: str | None
    program_id: int | None
    payload: str
    status: JobStatus
    attempts: int
    tries_max: int
    next_at: datetime
    cancelled: bool
    progress: str | None
    error: str | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


class Schedule(msgspec.Struct, frozen=True):
    """When a kind of job is made; payload is JSON text."""

    name: str
    program_id: int | None
    kind: str
    payload: str
    cron: str
    zone: str
    missed: Missed
    last_tick: datetime | None
    next_tick: datetime
    enabled: bool


class QueueCounts(msgspec.Struct, frozen=True):
    """How much lies in a queue, and how many seconds its oldest due job has waited."""

    queue: str
    waiting: int
    running: int
    parked: int
    oldest_due_s: int
