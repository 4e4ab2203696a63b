"""Points that a rule took for an order come back with its refund: as many, to the same lots."""

from __future__ import annotations

import random
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.flows.accrual.setting import PROGRAM, Shop, open_shop, wallet

from regulars.core.events import Event, EventStatus
from regulars.features.programs import load_config
from regulars.flows import books
from regulars.flows.accrual import Receipt
from regulars.flows.merging import merge
from regulars.infra.clock import FixedClock
from regulars.infra.db import Database, load_queries

queries = load_queries(__package__)

FEES = """
  - code: delivery
    name: Delivery from the web costs a point for every two euros
    trigger: {event: Order Completed}
    when: {combinator: and, rules: [{field: store, operator: "=", value: web}]}
    then:
      - deduct: {point_type: points, per_amount: {points: 1, per: "2.00", of: order.amount}}
"""


@pytest.fixture
async def shop(db: Database, clock: FixedClock, tmp_path: Path) -> Shop:
    """The corner shop, which takes points for deliveries."""
    at = PROGRAM.index("publish: true")
    return await open_shop(db, clock, tmp_path, PROGRAM[:at].rstrip() + FEES + PROGRAM[at:])


def delivered(shop: Shop, order_id: str, amount: str, **fields: Any) -> Event:
    return shop.order(order_id, amount, store="web", **fields)


async def lots(shop: Shop) -> list[Any]:
    """Return every lot that is open, with its end."""
    async with shop.db.transaction() as tx:
        return await tx.all(queries.select_open_lots)


async def check_books(shop: Shop) -> None:
    async with shop.db.transaction() as tx:
        found = await books.verify(tx, shop.program_id)
    assert [check for check in found.checks if check.bad] == []


def deducted(receipt: Receipt, place: int = -1) -> list[tuple[str, int]]:
    """Return (rule, points) of what the event at `place` took."""
    outcome = receipt.answers[place].outcome
    assert outcome is not None
    rules = receipt.rulebook.version_numbered(outcome.version).ruleset.rules
    return [(rules[one.rule].code, one.amount) for one in outcome.deducted]


async def test_a_whole_refund_gives_back_what_the_order_took(shop: Shop) -> None:
    await shop.send(shop.order("1", "50.00"))
    before = await lots(shop)
    receipt = await shop.send(delivered(shop, "2", "20.00"))
    assert wallet(receipt) == (100 + 50 + 50 + 20 - 10, 0)
    assert deducted(receipt) == [("delivery", 10)]
    refunded = await shop.send(shop.refund("2"))
    assert wallet(refunded) == (100 + 50 + 50, 0)
    assert refunded.answers[0].outcome is not None
    assert refunded.answers[0].outcome.given_back == [(refunded.rulebook.points["points"].id, 10)]
    assert await lots(shop) == before
    await check_books(shop)


async def test_parts_add_up_to_the_whole(shop: Shop) -> None:
    await shop.send(shop.order("1", "50.00"))
    before = await lots(shop)
    lines = [("TEA", 3, "3.33"), ("MUG", 1, "7.77")]
    await shop.send(delivered(shop, "2", "17.76", lines=lines))
    # 8 of 17.76; then 7 of 14.43, 5 of 11.10, 3 of 7.77, nothing.
    given_back = []
    for sku in ("TEA", "TEA", "TEA", "MUG"):
        receipt = await shop.send(shop.refund("2", lines=[(sku, 1)]))
        outcome = receipt.answers[0].outcome
        assert outcome is not None
        given_back.append(sum(points for _, points in outcome.given_back))
    assert given_back == [1, 2, 2, 3]
    assert await lots(shop) == before
    await check_books(shop)


async def test_in_one_batch_it_is_the_same(shop: Shop) -> None:
    await shop.send(shop.order("1", "50.00"))
    before = await lots(shop)
    lines = [("TEA", 3, "3.33"), ("MUG", 1, "7.77")]
    receipt = await shop.send(
        delivered(shop, "2", "17.76", lines=lines),
        shop.refund("2", lines=[("TEA", 2)]),
        delivered(shop, "3", "40.00"),
        shop.refund("3"),
        shop.refund("2"),
    )
    assert wallet(receipt) == (200, 0)
    assert await lots(shop) == before
    await check_books(shop)


async def test_a_refund_sent_again_changes_nothing(shop: Shop) -> None:
    await shop.send(delivered(shop, "1", "20.00", lines=[("MUG", 2, "10.00")]))
    refund = shop.refund("1", lines=[("MUG", 1)], id="r1")
    before = wallet(await shop.send(refund))
    again = await shop.send(refund, shop.event("Page Seen", "berta"))
    assert again.answers[0].status is EventStatus.DUPLICATE
    assert wallet(await shop.send(refund, shop.event("Page Seen"))) == before
    await check_books(shop)


async def test_only_what_was_there_was_taken_and_comes_back(shop: Shop) -> None:
    receipt = await shop.send(delivered(shop, "1", "1000.00"))
    # The first purchase: 1,000 + 50; delivery asks for 500; then Bronze and Silver come.
    assert deducted(receipt) == [("delivery", 500)]
    after = await shop.send(shop.refund("1"))
    assert wallet(after) == (100, 0)
    await shop.send(shop.event("Page Seen", "berta"))
    poor = await shop.send(
        delivered(shop, "2", "3.00", user="berta"), delivered(shop, "3", "1.00", user="berta")
    )
    assert wallet(poor) == (100 + 50 + 3 + 1 - 1, 0)
    await check_books(shop)


async def test_a_larger_order_costs_more(shop: Shop) -> None:
    await shop.send(shop.order("1", "50.00"))
    before = await lots(shop)
    await shop.send(delivered(shop, "2", "20.00"))
    updated = await shop.send(shop.event("Order Updated", order={"order_id": "2", "revenue": "30.00"}))
    assert wallet(updated) == (200 + 30 - 15, 0)
    smaller = await shop.send(shop.refund("2", total="25.00"))
    assert wallet(smaller) == (200 + 5 - 2, 0)
    await shop.send(shop.event("Order Cancelled", order={"order_id": "2"}))
    assert await lots(shop) == before
    await check_books(shop)


async def test_it_comes_back_to_whoever_took_over(shop: Shop) -> None:
    source = (await shop.send(shop.order("1", "50.00"))).answers[0].member_id
    await shop.send(delivered(shop, "2", "20.00", lines=[("MUG", 2, "10.00")]))
    target = (await shop.send(shop.event("Page Seen", "berta"))).answers[0].member_id
    assert source
    assert target
    async with shop.db.transaction() as tx:
        config = await load_config(tx, shop.program_id)
        await merge(tx, config, source, target, reason="one person", now=shop.clock.now())
    half = await shop.send(shop.refund("2", lines=[("MUG", 1)]))
    assert wallet(half) == (100 + 100 + 50 + 50 + 10 - 5, 0)
    whole = await shop.send(shop.refund("2"))
    assert wallet(whole) == (100 + 100 + 50 + 50, 0)
    assert whole.answers[0].member_id == target
    assert {member_id for member_id, *_ in await lots(shop)} == {target}
    await check_books(shop)


@pytest.mark.parametrize("seed", range(4))
async def test_whatever_is_corrected_in_whatever_order_nothing_is_left_of_it(shop: Shop, seed: int) -> None:
    pick = random.Random(seed)
    await shop.send(shop.order("0", "80.00"))
    before = await lots(shop)
    orders = [str(n) for n in range(1, 6)]
    for order_id in orders:
        lines = [("TEA", pick.randint(1, 4), "3.33"), ("MUG", pick.randint(1, 3), "9.99")]
        await shop.send(delivered(shop, order_id, "30.00", lines=lines))
    for _ in range(12):
        sku = pick.choice(("TEA", "MUG"))
        await shop.send(shop.refund(pick.choice(orders), lines=[(sku, 1)]))
    pick.shuffle(orders)
    await shop.send(*[shop.refund(order_id) for order_id in orders])
    assert await lots(shop) == before
    await check_books(shop)


async def without_grace(db: Database, clock: FixedClock, folder: Path, fee: str = FEES) -> Shop:
    """Return the shop with points that live five days; what comes back to them later is gone."""
    at = PROGRAM.index("publish: true")
    text = PROGRAM[:at].rstrip() + fee + PROGRAM[at:]
    policy = "{expiry: {rolling_days: 5}, return_grace_days: 0,"
    return await open_shop(db, clock, folder, text.replace("{expiry: {rolling_months: 12},", policy))


async def test_what_comes_back_to_ended_points_is_not_in_the_answer(
    db: Database, clock: FixedClock, tmp_path: Path
) -> None:
    fee = FEES.replace('per_amount: {points: 1, per: "2.00", of: order.amount}', "points: 10")
    shop = await without_grace(db, clock, tmp_path, fee)
    await shop.send(shop.order("1", "50.00"))
    clock.advance(timedelta(days=3))
    receipt = await shop.send(delivered(shop, "2", "0.90"))
    assert deducted(receipt) == [("delivery", 10)]
    clock.advance(timedelta(days=4))
    refunded = await shop.send(shop.refund("2"))
    assert refunded.answers[0].outcome is not None
    assert [points for _, points in refunded.answers[0].outcome.given_back] == [10]
    assert wallet(refunded) == (0, 0)
    assert await lots(shop) == []
    await check_books(shop)


async def test_what_has_not_ended_comes_back_to_whoever_took_over(
    db: Database, clock: FixedClock, tmp_path: Path
) -> None:
    """The fee was taken from two days' points. Of the first nothing is left; the second goes on to the new member."""
    shop = await without_grace(db, clock, tmp_path)
    source = (await shop.send(shop.order("1", "50.00"))).answers[0].member_id
    clock.advance(timedelta(days=3))
    await shop.send(shop.order("2", "60.00"))
    expensive = await shop.send(delivered(shop, "3", "500.00"))
    assert deducted(expensive) == [("delivery", 250)]  # all of the first day's 200, and 50 of the third's
    target = (await shop.send(shop.event("Page Seen", "berta"))).answers[0].member_id
    assert source
    assert target
    async with db.transaction() as tx:
        config = await load_config(tx, shop.program_id)
        await merge(tx, config, source, target, reason="one person", now=clock.now())
    clock.advance(timedelta(days=4))
    refunded = await shop.send(shop.refund("3"))
    left = [(member_id, remaining) for member_id, _, remaining, *_ in await lots(shop)]
    # Two entries of Berta's own, and of the third day's 60 the ten that were not taken and the fifty that were.
    assert left == [(target, 100), (target, 500), (target, 10), (target, 50)]
    assert wallet(refunded) == (660, 0)
    await check_books(shop)
