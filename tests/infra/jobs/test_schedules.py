"""Ticks: each once, however many schedulers there are and whoever dies; missed ones as the policy says."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest

from regulars.infra.clock import FixedClock
from regulars.infra.db import Database
from regulars.infra.jobs import Job, disable_schedule, select_jobs, set_schedule
from regulars.infra.jobs.model import Missed
from regulars.infra.jobs.schedules import select_schedules, tick_schedules


async def schedule(db: Database, clock: FixedClock, name: str = "nightly", **options: Any) -> None:
    chosen = {"cron": "0 * * * *", "zone": "Europe/Berlin", "now": clock.now(), **options}
    async with db.transaction() as tx:
        await set_schedule(tx, name, "test.work", **chosen)


async def tick(db: Database, clock: FixedClock) -> int:
    async with db.transaction() as tx:
        return await tick_schedules(tx, clock.now())


async def made(db: Database) -> list[Job]:
    async with db.transaction() as tx:
        return list(reversed(await select_jobs(tx, limit=1000)))


async def ticks_made(db: Database) -> list[datetime]:
    return [
        datetime.fromisoformat(msgspec.json.decode(job.payload)["tick"].replace("Z", "+00:00"))
        for job in await made(db)
    ]


async def test_three_schedulers_make_each_tick_once(db: Database, clock: FixedClock) -> None:
    """They tick at the same instant over 24 ticks; every tick has one job."""
    for name in ("a", "b", "c"):
        await schedule(db, clock, name)
    for _ in range(24):
        clock.advance(timedelta(hours=1))
        await asyncio.gather(*(tick(db, clock) for _ in range(3)))
        await tick(db, clock)
    found = await made(db)
    assert len(found) == 3 * 24
    assert len({job.key for job in found}) == 3 * 24


async def test_a_scheduler_passes_over_what_another_one_is_at(db: Database, clock: FixedClock) -> None:
    """Nobody waits for a slow scheduler, and its ticks are not made twice when it is done."""
    await schedule(db, clock)
    clock.advance(timedelta(hours=1))
    async with db.transaction() as slow:
        assert await tick_schedules(slow, clock.now()) == 1
        async with asyncio.timeout(1):
            assert await tick(db, clock) == 0
    assert await tick(db, clock) == 0


async def test_a_scheduler_that_dies_in_the_middle_leaves_the_tick_to_the_next(
    db: Database, clock: FixedClock
) -> None:
    """Jobs and the note that the tick is done are one transaction."""
    await schedule(db, clock)
    clock.advance(timedelta(hours=1))
    with pytest.raises(RuntimeError):
        async with db.transaction() as tx:
            assert await tick_schedules(tx, clock.now()) == 1
            raise RuntimeError("killed before the commit")
    assert await tick(db, clock) == 1
    assert await tick(db, clock) == 0
    assert len(await made(db)) == 1


@pytest.mark.parametrize(("missed", "jobs"), [("all", 40 * 24), ("last", 1), ("skip", 0)])
async def test_forty_days_down(db: Database, clock: FixedClock, missed: Missed, jobs: int) -> None:
    """A job for each missed tick, one for the last, or none; afterwards the schedule goes on as before."""
    await schedule(db, clock, missed=missed)
    clock.advance(timedelta(days=40, minutes=25))
    assert await tick(db, clock) == jobs
    assert await tick(db, clock) == 0
    clock.advance(timedelta(minutes=30))
    assert await tick(db, clock) == 1
    found = await ticks_made(db)
    assert len(found) == jobs + 1 == len(set(found))
    assert found == sorted(found)


async def test_a_job_knows_its_tick_and_the_one_before(db: Database, clock: FixedClock) -> None:
    """A daily task reads from `since` to `tick`: nothing between two jobs is left out, also after an outage."""
    await schedule(db, clock, payload={"list": 7})
    for hours in (1, 1, 5):
        clock.advance(timedelta(hours=hours))
        await tick(db, clock)
    notes = [msgspec.json.decode(job.payload) for job in await made(db)]
    assert [note["list"] for note in notes] == [7, 7, 7]
    assert notes[0]["since"] is None
    assert [note["since"] for note in notes[1:]] == [note["tick"] for note in notes[:-1]]


async def test_a_wall_clock_day_of_25_hours_ticks_once(db: Database, clock: FixedClock) -> None:
    """02:30 comes twice in Berlin on 25 October 2026."""
    clock.move_to(datetime.fromisoformat("2026-10-24T12:00+02:00"))
    await schedule(db, clock, cron="30 2 * * *")
    end = datetime.fromisoformat("2026-10-26T12:00+01:00")
    while clock.now() < end:
        clock.advance(timedelta(minutes=10))
        await tick(db, clock)
    assert await ticks_made(db) == [
        datetime.fromisoformat("2026-10-25T02:30+02:00"),
        datetime.fromisoformat("2026-10-26T02:30+01:00"),
    ]


async def test_changed_and_disabled(db: Database, clock: FixedClock) -> None:
    """Writing the same schedule again moves nothing; another time does; a disabled one is silent."""
    await schedule(db, clock)
    before = clock.now()
    clock.advance(timedelta(minutes=50))
    await schedule(db, clock)
    async with db.transaction() as tx:
        [found] = await select_schedules(tx)
    assert before < found.next_tick < before + timedelta(hours=1)
    await schedule(db, clock, cron="30 4 * * *")
    async with db.transaction() as tx:
        [found] = await select_schedules(tx)
        assert found.next_tick > clock.now() + timedelta(hours=10)
        assert await disable_schedule(tx, "nightly")
    clock.advance(timedelta(days=3))
    assert await tick(db, clock) == 0
