"""Sixteen clients on one block over a slow wire: drawn to the last point above the reserve, and never beyond."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from tests.flows.accrual.setting import Shop
from tests.flows.funding.coalition import agree, funded, open_coalition
from tests.hammer import mutants
from tests.hammer.delay import far_away
from tests.hammer.gate import CLIENTS, together
from tests.hammer.scenarios import queries, send

from regulars.features.partners import Agreement
from regulars.features.programs import load_config
from regulars.flows.accrual import Item
from regulars.flows.funding import buy_block, check_blocks, withdraw_from_block
from regulars.infra.clock import FixedClock
from regulars.infra.db import Database

ORDERS = 3
SHARE = 60
RESERVE = 100
BOUGHT = 1000


@pytest.fixture
async def shop(db: Database, database_url: str, clock: FixedClock, tmp_path: Path) -> AsyncIterator[Shop]:
    shop = await open_coalition(db, clock, tmp_path)
    await agree(shop, Agreement("brand-points", "partner:brand", "points", mode="prepaid", reserve=RESERVE))
    await entry(shop, buy_block, BOUGHT)
    async with db.transaction() as tx:
        await tx.run(queries.notice_rings_soon)
    async with far_away(database_url, tmp_path, (0.002, 0.010), CLIENTS) as far:
        shop.db = far
        yield shop


async def entry(shop: Shop, act: Callable[..., Awaitable[Any]], points: int) -> None:
    async with shop.db.transaction() as tx:
        config = await load_config(tx, shop.program_id)
        now = shop.clock.now()
        await act(tx, config, "brand-points", points, 0, reference="", by="test", now=now)


def orders(shop: Shop) -> list[list[Item]]:
    return [
        shop.items([shop.order(f"{c}-{n}", "10.00", f"u{c}-{n}", store="web") for n in range(ORDERS)])
        for c in range(CLIENTS)
    ]


async def drawn_to_the_last(shop: Shop) -> None:
    await together([partial(send, shop, items) for items in orders(shop)])
    found = await funded(shop)
    asked = CLIENTS * ORDERS * SHARE
    assert found["partner:brand"] == BOUGHT - RESERVE
    assert found["partner:supplier"] == CLIENTS * ORDERS * 40
    # base 10, first purchase 50 and bronze 100 of every member, and what the block could not
    assert found["house"] == CLIENTS * ORDERS * 160 + asked - (BOUGHT - RESERVE)
    async with shop.db.transaction() as tx:
        assert await check_blocks(tx, shop.program_id) == []


async def test_it_holds(shop: Shop) -> None:
    await drawn_to_the_last(shop)


async def test_it_would_notice(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    await mutants.budgets_not_bounded(shop, monkeypatch)
    with pytest.raises(AssertionError):
        await drawn_to_the_last(shop)


async def test_purchases_withdrawals_and_returns_in_between(shop: Shop) -> None:
    batches = orders(shop)
    await send(shop, [item for items in batches[:2] for item in items])
    returns = [shop.items([shop.refund(f"{c}-{n}", f"u{c}-{n}")]) for c in range(2) for n in range(ORDERS)]
    actions: list[Callable[[], Awaitable[Any]]] = [partial(send, shop, items) for items in batches[2:]]
    actions += [partial(send, shop, items) for items in returns]
    actions += [partial(entry, shop, buy_block, 70) for _ in range(3)]
    actions += [partial(entry, shop, withdraw_from_block, 15) for _ in range(3)]
    came = await together(actions)
    assert not [one for one in came if isinstance(one, AssertionError)]
    found = await funded(shop)
    async with shop.db.transaction() as tx:
        assert await check_blocks(tx, shop.program_id) == []
    assert found["partner:brand"] <= BOUGHT + 3 * 70 - RESERVE
    assert sum(found.values()) == (CLIENTS - 2) * ORDERS * 260 + 2 * ORDERS * 100
