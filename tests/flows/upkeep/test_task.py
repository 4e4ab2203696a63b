"""Upkeep as the worker does it: by the schedule that every installation has."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from tests.flows.upkeep.town import a_lively_start, open_town

from regulars.app.system_events import TimePasses
from regulars.flows.upkeep import STANDING, upkeep_task
from regulars.infra.clock import FixedClock
from regulars.infra.db import Database
from regulars.infra.jobs import Worker, keep_standing


async def test_the_worker_follows_time_up_by_itself(db: Database, clock: FixedClock, tmp_path: Path) -> None:
    town = await open_town(db, clock, tmp_path)
    await a_lively_start(town)
    async with db.transaction() as tx:
        await keep_standing(tx, [STANDING], clock.now())
    worker = Worker(db, clock, [upkeep_task(TimePasses(db))])
    assert await worker.drain() == 0
    clock.advance(timedelta(days=40))
    assert await worker.drain() == 1
    assert (await town.wallets())["bert", "fading"] == (0, 0, 0, 0)
    assert [row[0] for row in await town.ask("select_events") if row[1] == "Birthday"]
    clock.advance(timedelta(minutes=5))
    assert await worker.drain() == 1
