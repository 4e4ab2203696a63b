"""Work that is done later: durable jobs with leases, schedules that tick once, and the worker that runs them.

Owns jobs.job and jobs.schedule. A slice exports its tasks (`Task(kind, run)`), `app` gives them to a
`Worker`; whoever wants something done calls `enqueue(tx, kind, payload, now=…)` inside its own transaction.
"""

from __future__ import annotations

from regulars.infra.jobs.api import router
from regulars.infra.jobs.context import JobContext
from regulars.infra.jobs.cron import ticks
from regulars.infra.jobs.loops import Loop
from regulars.infra.jobs.model import Hopeless, Job, JobCancelled, LeaseLost, Task
from regulars.infra.jobs.schedules import Standing, Tick, disable_schedule, keep_standing, set_schedule
from regulars.infra.jobs.store import cancel_job, count_jobs, enqueue, retry_job, select_job, select_jobs
from regulars.infra.jobs.upkeep import FORGET_FINISHED
from regulars.infra.jobs.worker import Worker

__all__ = [
    "FORGET_FINISHED",
    "Hopeless",
    "Job",
    "JobCancelled",
    "JobContext",
    "LeaseLost",
    "Loop",
    "Standing",
    "Task",
    "Tick",
    "Worker",
    "cancel_job",
    "count_jobs",
    "disable_schedule",
    "enqueue",
    "keep_standing",
    "retry_job",
    "router",
    "select_job",
    "select_jobs",
    "set_schedule",
    "ticks",
]
