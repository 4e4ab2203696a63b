"""A tier set that is new, was inactive for a while, or counts something else now, finds everybody by the next day."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from tests.flows.upkeep.town import TOWN, Town, a_lively_start, open_town

from regulars.flows.apply import apply_document, read_source
from regulars.infra.clock import FixedClock
from regulars.infra.db import Database

SEASON = "  - code: season\n    name: Season\n"


async def changed(town: Town, folder: Path, old: str, new: str) -> None:
    text = TOWN.replace("CODE", "town").replace("ZONE", "Europe/Berlin")
    assert old in text
    path = folder / "changed.yaml"
    path.write_text(text.replace(old, new))
    async with town.db.transaction() as tx:
        await apply_document(tx, read_source(path).document, "town", may_create=False, now=town.clock.now())


async def test_what_was_bought_while_a_set_was_inactive_counts_when_it_is_active_again(
    db: Database, clock: FixedClock, tmp_path: Path
) -> None:
    town = await open_town(db, clock, tmp_path)
    await a_lively_start(town)
    assert await town.tier("emil", "season") == "guest"
    await changed(town, tmp_path, SEASON, SEASON + "    status: inactive\n")
    clock.advance(timedelta(days=1))
    await town.order("emil-2", "70.00", "emil")
    await town.run()
    assert await town.tier("emil", "season") == "guest"
    await changed(town, tmp_path, SEASON, SEASON + "    status: active\n")
    clock.advance(timedelta(days=1))
    await town.run()
    assert await town.tier("emil", "season") == "friend"
    assert await town.tier("anna", "season") == "friend"
    clock.advance(timedelta(days=1))
    assert (await town.run()).events.get("Tier Reviewed", 0) == 0


async def test_a_set_that_counts_something_else_finds_everybody(
    db: Database, clock: FixedClock, tmp_path: Path
) -> None:
    town = await open_town(db, clock, tmp_path)
    await a_lively_start(town)
    spend = "metric: {of: spend}\n    window: {calendar: month}"
    tail = TOWN[TOWN.index(spend) + len(spend) : TOWN.index("rules:")]
    counted = spend.replace("spend", "purchases") + tail.replace('"60.00"', "1")
    await changed(town, tmp_path, spend + tail, counted)
    clock.advance(timedelta(days=1))
    await town.run()
    assert await town.tier("emil", "season") == "friend"


async def test_a_new_set_finds_everybody(db: Database, clock: FixedClock, tmp_path: Path) -> None:
    town = await open_town(db, clock, tmp_path)
    await a_lively_start(town)
    new = """  - code: league
    metric: {of: purchases}
    tiers: [{code: one, threshold: 1, award: {point_type: points, points: 500}}, {code: two, threshold: 2}]
"""
    await changed(town, tmp_path, "tier_sets:\n", "tier_sets:\n" + new)
    before = await town.wallets()
    clock.advance(timedelta(days=1))
    assert (await town.run()).events["Tier Reviewed"] == 5
    assert await town.tier("emil", "league") == "one"
    after = await town.wallets()
    assert after["emil", "points"][0] == before["emil", "points"][0] + 500
    clock.advance(timedelta(days=1))
    assert (await town.run()).events.get("Tier Reviewed", 0) == 0
