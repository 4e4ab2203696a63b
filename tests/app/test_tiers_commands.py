"""Tier sets on the command line: who would move, before anybody does."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from tests.flows.accrual.setting import open_shop

from regulars.app.cli import main
from regulars.infra.clock import FixedClock
from regulars.infra.db import Database

SHOP = """
program: {code: corner, name: Corner, currency: EUR, zone: Europe/Vilnius, region: LT}
sources: [{code: till, name: Till, enrol: true}]
point_types: [{code: points, name: Points}]
tier_sets:
  - {code: club, name: Club, metric: {of: spend}, tiers: [{code: a, threshold: 0}, {code: c, threshold: 100}]}
rules: [{code: buy, trigger: {event: Order Completed}, then: [{award: {point_type: points, points: 1}}]}]
publish: true
"""
INSERTED = """
code: club
name: Club
metric: {of: spend}
tiers: [{code: a, threshold: 0}, {code: b, threshold: 50}, {code: c, threshold: 100}]
"""


def test_who_would_move_is_told_and_nobody_moves(
    database_url: str,
    clock: FixedClock,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    async def prepare() -> None:
        async with Database.open(database_url, name="cli") as db:
            shop = await open_shop(db, clock, tmp_path, SHOP)
            for user, amount in (("ann", "20.00"), ("bea", "60.00"), ("cleo", "120.00")):
                await shop.send(shop.order(user, amount, user=user))

    asyncio.run(prepare())
    monkeypatch.setenv("REGULARS_DATABASE_URL", database_url)
    monkeypatch.setenv("REGULARS_PROGRAM", "corner")
    file = tmp_path / "club.yaml"
    file.write_text(INSERTED)
    for _ in range(2):
        with pytest.raises(SystemExit) as left:
            main(["tiers", "preview", str(file), "--json"])
        assert left.value.code == 0
        told = {(row["from"], row["to"]): row["members"] for row in json.loads(capsys.readouterr().out)}
        assert told == {("a", "a"): 1, ("a", "b"): 1, ("c", "c"): 1}
    with pytest.raises(SystemExit):
        main(["tiers", "preview", str(file)])
    assert "1 of 3 members would move." in capsys.readouterr().out
