"""A thousand events take as many statements as one: nothing in the hot path asks the database event by event."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.flows.accrual.setting import Shop, open_shop

from regulars.core.events import Event, EventStatus
from regulars.flows.accrual.pipeline import accrue_in
from regulars.flows.accrual.types import Batch
from regulars.infra.clock import FixedClock
from regulars.infra.db import Database

MANY = 1_000
# Statements of a batch of orders by members who are known, begin and commit not counted. Whoever adds one says here
# what it is for: each costs a till a round trip.
KNOWN_MEMBERS_MAX = 15


@pytest.fixture
async def shop(db: Database, clock: FixedClock, tmp_path: Path) -> Shop:
    return await open_shop(db, clock, tmp_path)


async def statements(shop: Shop, events: list[Event]) -> int:
    """Rate events in one batch, all of which must be accepted, and return how many statements it took."""
    book = await shop.rulebooks.get(shop.db, shop.program_id)
    async with shop.db.transaction() as tx:
        receipt = await accrue_in(tx, Batch(book, shop.items(events), shop.now))
        assert {answer.status for answer in receipt.answers} == {EventStatus.ACCEPTED}
        return tx.statements


def orders(shop: Shop, name: str, count: int) -> list[Event]:
    """Return an order each of `count` customers."""
    lines = [("TEA", 2, "3.00")]
    return [
        shop.order(f"{name}-{n}", "6.00", user=f"{name}-{n}", store="north", lines=lines)
        for n in range(count)
    ]


async def test_orders_of_newcomers(shop: Shop) -> None:
    await statements(shop, orders(shop, "first", 1))
    one = await statements(shop, orders(shop, "one", 1))
    assert await statements(shop, orders(shop, "many", MANY)) == one


async def test_orders_of_members(shop: Shop) -> None:
    await statements(shop, orders(shop, "many", MANY))
    again = [shop.order(f"again-{n}", "6.00", user=f"many-{n}") for n in range(MANY)]
    one = await statements(shop, again[:1])
    assert await statements(shop, again[1:]) == one
    assert one <= KNOWN_MEMBERS_MAX


async def test_orders_with_their_refunds(shop: Shop) -> None:
    def both(name: str, count: int) -> list[Event]:
        refunds = [shop.refund(f"{name}-{n}", user=f"{name}-{n}", lines=[("TEA", 1)]) for n in range(count)]
        return [*orders(shop, name, count), *refunds]

    await statements(shop, both("first", 1))
    one = await statements(shop, both("one", 1))
    assert await statements(shop, both("many", MANY // 2)) == one


async def test_refunds_of_earlier_orders(shop: Shop) -> None:
    await statements(shop, orders(shop, "many", MANY))
    refunds = [shop.refund(f"many-{n}", user=f"many-{n}") for n in range(MANY)]
    one = await statements(shop, refunds[:1])
    assert await statements(shop, refunds[1:]) == one
