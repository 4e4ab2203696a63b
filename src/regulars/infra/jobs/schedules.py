"""Schedules: rows that say when jobs are made. Any number of schedulers may tick them; each tick counts once."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import islice, takewhile
from typing import Any

import msgspec

from regulars.infra.db import Transaction, failpoint, load_queries
from regulars.infra.jobs.cron import check_cron, next_tick, ticks
from regulars.infra.jobs.model import Missed, Schedule
from regulars.infra.jobs.store import enqueue

queries = load_queries(__package__)

# A tick that is noticed this late was missed; workers look every second, so this is an outage.
LATE_AFTER = timedelta(minutes=5)
SCHEDULES_PER_TICK_MAX = 100
# 40 days of an hourly schedule; more missed ticks than this are made up in the next rounds.
TICKS_PER_ROUND_MAX = 1_000


class Tick(msgspec.Struct, frozen=True):
    """What a scheduled job's payload holds beside the schedule's own: its tick, and the tick of the job before it.

    A job that stands for several missed ticks has `since` further back; None at the first tick of all.
    """

    schedule: str
    tick: datetime
    since: datetime | None = None


class Standing(msgspec.Struct, frozen=True):
    """A schedule that every installation has, named after its kind; it makes up one missed tick."""

    kind: str
    cron: str
    zone: str = "UTC"


async def keep_standing(tx: Transaction, standing: Iterable[Standing], now: datetime) -> None:
    """Write the schedules that every installation has; done by each worker when it starts."""
    for one in sorted(standing, key=lambda schedule: schedule.kind):
        await set_schedule(tx, one.kind, one.kind, cron=one.cron, zone=one.zone, now=now)


async def set_schedule(
    tx: Transaction,
    name: str,
    kind: str,
    *,
    cron: str,
    zone: str,
    now: datetime,
    payload: dict[str, Any] | None = None,
    missed: Missed = "last",
    program_id: int | None = None,
) -> None:
    """Add the schedule `name` or change it; an unchanged one keeps its next tick. Raises ScheduleNotValid."""
    check_cron(cron, zone)
    await tx.run(
        queries.upsert_schedule,
        name=name,
        kind=kind,
        cron=cron,
        zone=zone,
        missed=missed,
        program_id=program_id,
        payload=msgspec.json.encode(payload or {}).decode(),
        next_tick=next_tick(cron, zone, now),
    )


async def disable_schedule(tx: Transaction, name: str) -> bool:
    """Stop a schedule; False when there is none that runs."""
    return bool(await tx.run(queries.disable_schedule, name=name))


async def select_schedules(tx: Transaction) -> list[Schedule]:
    """Read all schedules by name."""
    return await tx.all(queries.select_schedules, row=Schedule)


async def tick_schedules(tx: Transaction, now: datetime) -> int:
    """Make the jobs of all ticks that have come and note them as done with; return how many jobs were made."""
    made = 0
    for schedule in await tx.all(
        queries.lock_due_schedules, row=Schedule, now=now, limit=SCHEDULES_PER_TICK_MAX
    ):
        made += await _tick(tx, schedule, now)
        failpoint("after_tick_before_commit")
    return made


async def _tick(tx: Transaction, schedule: Schedule, now: datetime) -> int:
    due = due_ticks(schedule, now)
    made = due if schedule.missed != "skip" else [tick for tick in due if now - tick < LATE_AFTER]
    own = msgspec.json.decode(schedule.payload)
    since = schedule.last_tick
    for tick in made:
        note = msgspec.to_builtins(Tick(schedule.name, tick, since))
        key = f"{schedule.name}@{tick.isoformat()}"
        await enqueue(tx, schedule.kind, {**own, **note}, now=now, key=key, program_id=schedule.program_id)
        since = tick
    await tx.run(
        queries.advance_schedule,
        name=schedule.name,
        last_tick=due[-1],
        next_tick=next_tick(schedule.cron, schedule.zone, due[-1]),
    )
    return len(made)


def due_ticks(schedule: Schedule, now: datetime) -> list[datetime]:
    """Return the ticks to make up, in order: with `all` each of them up to a bound, else the last one alone.

    The schedule must be due, so there is at least one.
    """
    if schedule.missed == "all":
        later = ticks(schedule.cron, schedule.zone, schedule.next_tick)
        following = takewhile(lambda tick: tick <= now, islice(later, TICKS_PER_ROUND_MAX - 1))
        return [schedule.next_tick, *following]
    last = schedule.next_tick
    # Look near the present first: a year of minutes is half a million steps.
    for window in (timedelta(hours=2), timedelta(days=2), timedelta(days=62), now - schedule.next_tick):
        start = max(schedule.next_tick, now - window)
        for tick in takewhile(lambda tick: tick <= now, ticks(schedule.cron, schedule.zone, start)):
            last = tick
        if last > schedule.next_tick:
            break
    return [last]
