"""Drawing up reads each batch of the ledger once, misses none that commits late, and begins anew when payers change."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from tests.flows.accrual.setting import Shop
from tests.flows.funding.coalition import agree
from tests.flows.settlement.test_statements import DAY, draw_up, order, parts, shop

from regulars.features.partners import Agreement
from regulars.features.programs import Store, load_config, put_stores
from regulars.flows import settlement
from regulars.flows.settlement import reading
from regulars.infra.db import load_queries

__all__ = ["shop"]
queries = load_queries(__package__)


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[reading.Piece]:
    """Return the pieces that drawing up reads, a batch each."""
    found: list[reading.Piece] = []

    async def noted(*arguments: Any) -> AsyncIterator[reading.Piece]:
        async for piece in reading.pieces(*arguments):
            found.append(piece)
            yield piece

    monkeypatch.setattr(reading, "PIECE_BATCHES", 1)
    monkeypatch.setattr(sys.modules["regulars.flows.settlement.draw_up"], "pieces", noted)
    return found


async def test_each_batch_is_read_once(shop: Shop, read: list[reading.Piece]) -> None:
    await order(shop)
    await order(shop, "2")
    assert parts((await draw_up(shop))["brand"])["issued"] == (120, 120)
    assert len(read) == 2
    read.clear()
    assert parts((await draw_up(shop))["brand"])["issued"] == (120, 120)
    assert read == []
    await order(shop, "3")
    assert parts((await draw_up(shop))["brand"])["issued"] == (180, 180)
    assert len(read) == 1


async def test_who_commits_late_is_not_passed_over(shop: Shop, read: list[reading.Piece]) -> None:
    async with shop.db.transaction() as slow:
        await slow.value(queries.next_batch)  # a number that is taken, and not decided yet
        await order(shop)
        assert parts((await draw_up(shop))["brand"])["issued"] == (60, 60)
    read.clear()
    assert parts((await draw_up(shop))["brand"])["issued"] == (60, 60)
    assert len(read) == 1, "read again: it lay beyond a batch that was open"
    read.clear()
    await draw_up(shop)
    assert read == []


async def test_who_pays_for_what_is_part_of_what_was_read(shop: Shop, read: list[reading.Piece]) -> None:
    await order(shop)
    await draw_up(shop)
    await agree(shop, Agreement("supplier-points", "partner:supplier", "points", basis="redemption"))
    await order(shop, "2")
    read.clear()
    await draw_up(shop)
    assert len(read) == 2, "from the beginning"
    stores = [Store(0, "new", "New", "", "store", "brand")]
    async with shop.db.transaction() as tx:
        await put_stores(tx, shop.program_id, stores, now=shop.clock.now())
    read.clear()
    await draw_up(shop)
    assert len(read) == 2


async def test_who_was_left_out_is_read_from_the_beginning(shop: Shop, read: list[reading.Piece]) -> None:
    await order(shop)
    async with shop.db.transaction() as tx:
        config = await load_config(tx, shop.program_id)
        await settlement.draw_up(tx, config, DAY, shop.clock.now(), partner="brand")
    assert parts((await draw_up(shop))["supplier"])["issued"] == (40, 50)


async def test_what_is_posted_after_a_period_is_read_when_its_own_is_drawn_up(
    shop: Shop, read: list[reading.Piece]
) -> None:
    await order(shop)
    shop.clock.advance(timedelta(days=40))
    await order(shop, "2")
    assert parts((await draw_up(shop))["brand"])["issued"] == (60, 60)
    later = await draw_up(shop, DAY + timedelta(days=40))
    assert parts(later["brand"])["issued"] == (60, 60)
    read.clear()
    await draw_up(shop, DAY + timedelta(days=40))
    assert read == []
