"""What fails in one program stays there: the others are followed up, and so are its own wallets."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from tests.flows.upkeep.town import START, Town, a_lively_start, open_town

from regulars.flows.upkeep import Raised, Upkeep
from regulars.infra.clock import FixedClock
from regulars.infra.db import Database, DatabaseUnavailable

UNTIL = START + timedelta(days=40)


async def two_towns(db: Database, clock: FixedClock, folder: Path) -> tuple[Town, Town]:
    broken = await open_town(db, clock, folder, "broken")
    whole = await open_town(db, clock, folder, "whole")
    for town in (broken, whole):
        clock.move_to(START)
        await a_lively_start(town)
    return broken, whole


class Failing:
    """Rates what time raises, but for the birthdays of one program."""

    def __init__(self, town: Town, error: Exception) -> None:
        self.town, self.error = town, error

    async def __call__(self, program_id: int, events: list[Raised], now: datetime) -> None:
        if program_id == self.town.config.id and events[0].type == "Birthday":
            raise self.error
        await self.town.accrue(program_id, events, now)


async def test_what_fails_in_one_program_stays_there_and_is_made_up_for(
    db: Database, clock: FixedClock, tmp_path: Path
) -> None:
    broken, whole = await two_towns(db, clock, tmp_path)
    heard: list[str] = []
    failing = Failing(broken, ZeroDivisionError("a rule"))
    done = await Upkeep(db.transaction, failing, heard.append).run(UNTIL, UNTIL)
    assert [(one.program, one.error) for one in done.failures] == [("broken", "ZeroDivisionError: a rule")]
    assert "birthday" in done.failures[0].step
    assert [line for line in heard if "broken" in line and "birthday" in line]
    assert [row for row in await whole.ask("select_events") if row[1] == "Birthday"]
    ended = [row for row in await broken.ask("select_story") if row[1:3] == (4, "points")]
    assert ended
    assert (await broken.run(UNTIL)).failures == []
    assert await broken.wallets() == await whole.wallets()
    assert await broken.ask("select_events") == await whole.ask("select_events")


async def test_a_lost_database_ends_the_run(db: Database, clock: FixedClock, tmp_path: Path) -> None:
    broken, _ = await two_towns(db, clock, tmp_path)
    with pytest.raises(DatabaseUnavailable):
        await Upkeep(db.transaction, Failing(broken, DatabaseUnavailable())).run(UNTIL, UNTIL)


async def test_a_version_with_a_day_that_never_comes_is_in_force_and_never_ticks(
    db: Database, clock: FixedClock, tmp_path: Path
) -> None:
    town = await open_town(db, clock, tmp_path)
    await town.tell("publish_a_day_that_never_comes")
    await a_lively_start(town)
    done = await town.run(UNTIL)
    assert done.failures == []
    assert (await town.wallets())["anna", "net"][0] == 120
    ticks = [row for row in await town.ask("select_events") if row[1] == "Schedule"]
    assert {row[3]["rule"] for row in ticks} == {"dawn"}
