"""A database with the demo's year lives by the shop's clock: commands and servers started later as well."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.app.conftest import Run

from regulars.app.output import Exit
from regulars.app.shop_clock import (
    CLOCK_VARIABLE,
    ShopClock,
    clock_at,
    hand_on,
    keep_clock,
    served_clock,
    told,
)
from regulars.infra.clock import FixedClock, SystemClock
from regulars.infra.db import Database

EXAMPLE = Path(__file__).parents[3] / "examples" / "coffee-shop.yaml"
MORNING = datetime(2011, 12, 10, 9, tzinfo=UTC)


async def test_another_database_lives_by_the_machine(db: Database) -> None:
    clock = await clock_at(db)
    assert isinstance(clock, SystemClock)
    assert told(clock) is None


async def test_the_clock_goes_on_while_nobody_looks(db: Database) -> None:
    clock = ShopClock(MORNING)
    clock.let_go()
    async with db.transaction() as tx:
        await keep_clock(tx, clock)
    first, second = await clock_at(db), await clock_at(db)
    assert MORNING <= first.now() <= second.now() < MORNING + timedelta(hours=1)
    assert "10 December 2011" in (told(first) or "")


def test_processes_of_a_server_live_by_the_clock_that_was_handed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(CLOCK_VARIABLE, "")
    assert isinstance(served_clock(), SystemClock)
    hand_on(SystemClock())
    assert isinstance(served_clock(), SystemClock)
    clock = ShopClock(MORNING)
    clock.let_go()
    hand_on(clock)
    assert MORNING <= served_clock().now() < MORNING + timedelta(hours=1)


async def _let_go(url: str) -> None:
    clock = ShopClock(MORNING)
    clock.let_go()
    async with Database.open(url, min_size=1, max_size=1, name="cli") as db, db.transaction() as tx:
        await keep_clock(tx, clock)


def test_what_is_applied_holds_at_the_time_of_the_database(run: Run, database_url: str) -> None:
    asyncio.run(_let_go(database_url))
    code, _, errors = run("apply", EXAMPLE, "--yes")
    assert code == Exit.DONE
    assert "it is 10 December 2011" in errors
    code, out, _ = run("--json", "rules", "versions", "--program", "coffee-shop")
    (version,) = json.loads(out)
    assert version["in force from"].startswith("2011-12-10")
    code, _, errors = run("--json", "apply", EXAMPLE, "--yes")
    assert (code, errors) == (Exit.DONE, "")


def test_who_is_sent_something_compares_it_with_the_time_outside_of_the_shop() -> None:
    wall = FixedClock(MORNING + timedelta(days=5_000))
    clock = ShopClock(MORNING, wall)
    clock.let_go()
    assert (clock.now(), clock.wall()) == (MORNING, wall.now())
    assert wall.wall() == wall.now()
