"""Points spent at a partner's till: to an account of its own, only where the partner burns, and back again."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.flows.accrual.setting import Shop
from tests.flows.funding.coalition import open_coalition

from regulars.features.programs import load_config, put_stores
from regulars.features.programs.model import Store
from regulars.flows.books import verify
from regulars.flows.points import Till, cancel, spend
from regulars.flows.points.errors import InvalidOperation
from regulars.infra.clock import FixedClock
from regulars.infra.db import Database, load_queries

queries = load_queries(__package__)


@pytest.fixture
async def shop(db: Database, clock: FixedClock, tmp_path: Path) -> Shop:
    shop = await open_coalition(db, clock, tmp_path)
    async with db.transaction() as tx:
        store = Store(0, "brand-one", "Brand One", "", "store", "brand")
        await put_stores(tx, shop.program_id, [store], now=clock.now())
    return shop


@pytest.mark.parametrize(
    ("till", "path"),
    [
        (Till("supplier"), "partner"),
        (Till("nobody"), "partner"),
        (Till("brand", "north"), "store"),
        (Till("", "brand-one"), "partner"),
        (Till("brand", "", "x" * 121), "order"),
    ],
)
async def test_a_till_that_is_none_is_refused(shop: Shop, till: Till, path: str) -> None:
    member_id = (await shop.send(shop.order("1", "10.00"))).answers[0].member_id
    assert member_id is not None
    async with shop.db.transaction() as tx:
        config = await load_config(tx, shop.program_id)
        with pytest.raises(InvalidOperation) as refusal:
            await spend(tx, config, member_id, 10, actor="till", now=shop.clock.now(), at=till)
    assert path in [error.path for error in refusal.value.errors]


async def test_what_is_spent_at_a_partner_comes_back_from_there_and_the_books_are_right(shop: Shop) -> None:
    member_id = (await shop.send(shop.order("1", "10.00"))).answers[0].member_id
    assert member_id is not None
    async with shop.db.transaction() as tx:
        config = await load_config(tx, shop.program_id)
        now = shop.clock.now()
        till = Till("brand", "brand-one", "R-1")
        receipt = await spend(tx, config, member_id, 60, actor="till", now=now, at=till)
        assert await tx.value(queries.sum_spent_at, program_id=config.id, partner="brand") == 60
        await cancel(tx, config, member_id, receipt.transfer, actor="till", reason="back", now=now, points=25)
        assert await tx.value(queries.sum_spent_at, program_id=config.id, partner="brand") == 35
    async with shop.db.transaction(read_only=True, snapshot=True) as tx:
        assert (await verify(tx, shop.program_id)).healthy
