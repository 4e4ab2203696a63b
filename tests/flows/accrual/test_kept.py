"""Corrections and what cannot come back: budgets go on counting it; and nobody who may not earn earns by them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.flows.accrual.setting import CORNER, Shop, open_shop, points, wallet

from regulars.features.members import change_member
from regulars.features.programs import load_config
from regulars.infra.clock import FixedClock
from regulars.infra.db import Database, load_queries

queries = load_queries(__package__)

PROGRAM = (
    CORNER
    + """
rules:
  - code: base
    trigger: {event: Order Completed}
    then: [{award: {point_type: points, per_amount: {points: 1, per: 1, of: order.amount}}}]
    limits:
      - {measure: points, point_type: points, max: 100, per: rule, period: lifetime}
      - {measure: points, point_type: points, max: 90, per: member, period: lifetime}
  - {code: take, trigger: {event: Take}, then: [{deduct: {point_type: points, points: 30}}]}
publish: true
"""
)

TWO = PROGRAM.replace(
    "  - {code: take",
    "  - {code: more, trigger: {event: Order Completed}, "
    "then: [{award: {point_type: points, per_amount: {points: 2, per: 1, of: order.amount}}}]}\n  - {code: take",
)


@pytest.fixture
async def shop(db: Database, clock: FixedClock, tmp_path: Path) -> Shop:
    return await open_shop(db, clock, tmp_path, PROGRAM)


def cancelled(shop: Shop, order_id: str, user: str = "anna") -> Any:
    return shop.event("Order Cancelled", user, order={"order_id": order_id})


def updated(shop: Shop, order_id: str, amount: str) -> Any:
    return shop.event("Order Updated", order={"order_id": order_id, "revenue": amount})


async def used(shop: Shop) -> int:
    """Return what was used of the budget."""
    async with shop.db.transaction() as tx:
        return sum([used for (used,) in await tx.all(queries.select_budgets)])


async def block(shop: Shop, member_id: int | None, blocked: bool = True) -> None:
    assert member_id is not None
    async with shop.db.transaction() as tx:
        config = await load_config(tx, shop.program_id)
        await change_member(tx, config, member_id, {"earning_blocked": blocked}, shop.clock.now())


async def test_a_budget_pays_nothing_twice(shop: Shop) -> None:
    paid = 0
    for n in range(10):
        user = f"u{n}"
        paid += points(await shop.send(shop.order(str(n), "42.00", user))).get("points", 0)
        await shop.send(shop.event("Take", user))
        told = await shop.send(cancelled(shop, str(n), user))
        outcome = told.answers[0].outcome
        assert outcome is not None
        paid -= sum(taken for _, taken in outcome.taken_back)
        assert await used(shop) == paid
    assert paid == 100


async def test_what_comes_back_refills(shop: Shop) -> None:
    await shop.send(shop.order("1", "42.00"))
    await shop.send(cancelled(shop, "1"))
    assert await used(shop) == 0
    assert points(await shop.send(shop.order("2", "95.00"))) == {"points": 90}


async def test_a_limit_of_a_member_counts_what_she_kept(shop: Shop) -> None:
    await shop.send(shop.order("1", "42.00"))
    await shop.send(shop.event("Take"))
    told = await shop.send(cancelled(shop, "1"))
    assert told.answers[0].outcome is not None
    assert told.answers[0].outcome.not_taken_back == 30
    assert points(await shop.send(shop.order("2", "95.00"))) == {"points": 60}


async def test_rules_keep_in_proportion(db: Database, clock: FixedClock, tmp_path: Path) -> None:
    shop = await open_shop(db, clock, tmp_path, TWO)
    assert points(await shop.send(shop.order("1", "40.00"))) == {"points": 120}
    await shop.send(shop.event("Take"))
    told = await shop.send(shop.refund("1", total="20.00"))
    assert (wallet(told), await used(shop)) == ((30, 0), 20)
    told = await shop.send(cancelled(shop, "1"))
    assert (wallet(told), await used(shop)) == ((0, 0), 10)  # a third of 30


async def test_who_may_not_earn_earns_by_no_correction(shop: Shop) -> None:
    first = await shop.send(shop.order("1", "10.00"))
    await block(shop, first.answers[0].member_id)
    told = await shop.send(updated(shop, "1", "80.00"))
    assert (wallet(told), points(told), await used(shop)) == ((10, 0), {}, 10)
    assert told.answers[0].outcome is not None
    assert told.answers[0].outcome.cause == "earning_blocked"
    told = await shop.send(updated(shop, "1", "70.00"))
    assert (wallet(told), await used(shop)) == ((10, 0), 10)
    told = await shop.send(updated(shop, "1", "4.00"))
    assert (wallet(told), await used(shop)) == ((4, 0), 4)
    await block(shop, first.answers[0].member_id, False)
    told = await shop.send(updated(shop, "1", "6.00"))
    assert (wallet(told), points(told), await used(shop)) == ((6, 0), {"points": 2}, 6)
