"""One person said by many at once: exactly one merge, nothing lost, and never of somebody who has a name."""

from __future__ import annotations

import asyncio
from pathlib import Path

import msgspec
import pytest
from tests.flows.accrual.setting import Shop, open_shop, wallet

from regulars.app.system_events import UniteBrowsers
from regulars.core.events import Event, EventKind
from regulars.features.programs import load_config
from regulars.flows import books
from regulars.flows.accrual import Receipt, accrue
from regulars.flows.merging import merge_browser
from regulars.infra.clock import FixedClock
from regulars.infra.db import Database, load_queries

CLIENTS = 8
queries = load_queries(__package__)


@pytest.fixture
async def shop(db: Database, clock: FixedClock, tmp_path: Path) -> Shop:
    return await open_shop(db, clock, tmp_path)


def anonymous(event: Event, browser: str) -> Event:
    return msgspec.structs.replace(event, user_id=None, anonymous_id=browser)


def introduced(shop: Shop, browser: str, user: str = "anna") -> Event:
    return msgspec.structs.replace(
        shop.event("Identify", user), anonymous_id=browser, kind=EventKind.IDENTIFY
    )


async def send(shop: Shop, *events: Event) -> Receipt:
    unite = UniteBrowsers(shop.db, shop.rulebooks)
    return await accrue(shop.db, shop.rulebooks, shop.program_id, shop.items(list(events)), shop.now, unite)


async def merges(shop: Shop) -> int:
    async with shop.db.transaction() as tx:
        return int(await tx.value(queries.count_merges))


async def test_said_by_many_at_once_it_is_done_once(shop: Shop) -> None:
    await send(shop, shop.order("1", "10.00"))
    await send(shop, anonymous(shop.order("2", "20.00"), "b1"), anonymous(shop.order("3", "5.00"), "b2"))
    events = [[introduced(shop, f"b{n % 2 + 1}"), shop.order(f"o{n}", "1.00")] for n in range(CLIENTS)]
    await asyncio.gather(*[send(shop, *pair) for pair in events])
    receipt = await send(shop, shop.event("Page Seen"))
    # Each had 100 on entering Bronze and 50 for a first purchase; those of a browser come along.
    assert wallet(receipt) == (3 * 150 + 10 + 20 + 5 + CLIENTS, 0)
    assert await merges(shop) == 2
    async with shop.db.transaction() as tx:
        assert [check for check in (await books.verify(tx, shop.program_id)).checks if check.bad] == []


async def test_who_has_a_name_by_now_is_left_alone(shop: Shop) -> None:
    anna = (await send(shop, shop.order("1", "10.00"))).answers[0].member_id
    browser = (await send(shop, anonymous(shop.order("2", "20.00"), "b1"))).answers[0].member_id
    assert anna
    assert browser
    await send(shop, introduced(shop, "b1", "berta"))
    async with shop.db.transaction() as tx:
        config = await load_config(tx, shop.program_id)
        assert await merge_browser(tx, config, browser, anna, now=shop.clock.now(), review=None) is None
    await send(shop, introduced(shop, "b1", "anna"))
    assert await merges(shop) == 0
