"""Tier sets that were published for later take force at their instant, whoever looks when."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.flows.upkeep.town import START, Town, a_lively_start, open_town

from regulars.features import tiers
from regulars.flows.apply import apply_document, decode_document, export_program, schedule_tiers
from regulars.infra.clock import FixedClock
from regulars.infra.db import Database

# Midnight in Berlin ten days after the start: silver needs 5 from then on, not 50.
INSTANT = datetime(2026, 3, 11, 23, 0, tzinfo=UTC)


@pytest.fixture
async def town(db: Database, clock: FixedClock, tmp_path: Path) -> Town:
    opened = await open_town(db, clock, tmp_path)
    await a_lively_start(opened)
    return opened


async def easier(town: Town, at: datetime = INSTANT) -> None:
    async with town.db.transaction() as tx:
        program = await export_program(tx, town.config)
        [club] = [one for one in program["tier_sets"] if one["code"] == "club"]
        club = {**club, "tiers": [dict(one) for one in club["tiers"]], "in_force_from": at.isoformat()}
        club["tiers"][1]["threshold"] = "5"
        await schedule_tiers(tx, town.config.id, club, now=town.clock.now())


async def standings(town: Town) -> list[tuple[Any, ...]]:
    return sorted(row for row in await town.ask("select_tiers") if row[1] == "club")


async def test_it_takes_force_at_its_instant_and_moves_who_is_concerned(town: Town) -> None:
    await easier(town)
    await town.run(INSTANT - timedelta(minutes=1))
    assert await town.tier("emil") == "bronze"
    async with town.db.transaction() as tx:
        assert (await tiers.tier_set_of(tx, town.config.id, "club")).version == 1
    await town.run(INSTANT + timedelta(hours=1))
    assert await town.tier("emil") == "silver"
    async with town.db.transaction() as tx:
        found = await tiers.tier_set_of(tx, town.config.id, "club")
        assert (found.version, found.in_force_from) == (2, INSTANT)
        assert await tiers.select_scheduled(tx, town.config.id) == []


async def test_looking_late_is_looking_every_day(db: Database, clock: FixedClock, tmp_path: Path) -> None:
    found = []
    for code, days in (("daily", range(1, 41)), ("late", [40])):
        clock.move_to(START)
        town = await open_town(db, clock, tmp_path, code=code)
        await a_lively_start(town)
        await easier(town)
        for day in days:
            await town.run(START + timedelta(days=day))
        found.append((await standings(town), await town.wallets()))
    assert found[0] == found[1]


async def test_what_has_become_invalid_waits_with_its_problem(town: Town) -> None:
    await easier(town)
    async with town.db.transaction() as tx:
        await tx.run(tiers.store.queries.update_problem, program_id=town.config.id, code="club", problem="x")
    await town.run(INSTANT + timedelta(hours=1))
    async with town.db.transaction() as tx:
        assert (await tiers.tier_set_of(tx, town.config.id, "club")).version == 1
        [waiting] = await tiers.select_scheduled(tx, town.config.id)
        assert waiting.problem == "x"


async def test_a_point_type_that_is_gone_is_named(town: Town) -> None:
    await easier(town)
    async with town.db.transaction() as tx:
        found = await tiers.publish_due(tx, town.config.id, {}, 2, due=INSTANT, now=INSTANT)
        assert found == []
        assert "net" in (await tiers.scheduled_of(tx, town.config.id, "club")).problem


async def test_the_past_is_refused(town: Town) -> None:
    with pytest.raises(tiers.NotAhead):
        await easier(town, town.clock.now())


async def test_a_document_says_what_is_to_come(town: Town) -> None:
    await easier(town)
    async with town.db.transaction() as tx:
        whole = await export_program(tx, town.config)
        assert whole["scheduled_tier_sets"][0]["in_force_from"] == "2026-03-11T23:00:00Z"
        again = decode_document({"scheduled_tier_sets": whole["scheduled_tier_sets"]})
        now = town.clock.now()
        assert (await apply_document(tx, again, town.config.code, now=now)).plan.changes == ()
        await tiers.cancel_scheduled(tx, town.config.id, "club")
        [back] = (await apply_document(tx, again, town.config.code, now=now)).plan.changes
        assert (back.kind, back.code, back.action) == ("scheduled tier set", "club", "create")
        nothing = decode_document({"scheduled_tier_sets": []})
        [gone] = (await apply_document(tx, nothing, town.config.code, now=now)).plan.changes
        assert gone.action == "cancel"
        assert await tiers.select_scheduled(tx, town.config.id) == []
