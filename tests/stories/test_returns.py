"""What comes back: by weight, by a total with taxes in it, under a cap on earning."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.flows.accrual.setting import Shop, open_shop, points, wallet

from regulars.app.intake_port import AccrualPort
from regulars.core.events import Event, EventStatus
from regulars.flows.journal import Journal
from regulars.infra.clock import FixedClock
from regulars.infra.db import Database

SHOP = """
program: {code: all, name: All, currency: EUR, zone: Europe/Vilnius, region: LT}
sources: [{code: till, name: Till, enrol: true}]
point_types:
  - {code: points, name: Points}
  - {code: capped, name: Capped, policy: {earn_max: {day: 30}}}
rules:
  - code: base
    trigger: {event: Order Completed}
    then:
      - award: {point_type: points, per_amount: {points: 1, per: 1}}
      - award: {point_type: capped, per_amount: {points: 1, per: 1}}
publish: true
"""


def order(shop: Shop, order_id: str, **fields: Any) -> Event:
    """Return an order with these fields."""
    return shop.event("Order Completed", order={"order_id": order_id, **fields})


async def test_what_is_sold_by_weight_comes_back_by_weight(
    db: Database, clock: FixedClock, tmp_path: Path
) -> None:
    shop = await open_shop(db, clock, tmp_path, SHOP)
    cheese = {"sku": "CHEESE", "quantity": "1.5", "price": 4}
    receipt = await shop.send(order(shop, "1", lines=[cheese, {"sku": "BREAD", "price": 4}]))
    assert wallet(receipt) == (10, 0)
    assert wallet(await shop.send(shop.refund("1", lines=[("CHEESE", "0.5")]))) == (8, 0)
    assert wallet(await shop.send(shop.refund("1", lines=[("CHEESE", "0.75")]))) == (5, 0)
    assert wallet(await shop.send(shop.refund("1", lines=[("CHEESE", 7)]))) == (4, 0)
    assert wallet(await shop.send(shop.refund("1", lines=[("BREAD", 1)]))) == (0, 0)


async def test_half_of_what_was_paid_is_half_of_what_it_earned(
    db: Database, clock: FixedClock, tmp_path: Path
) -> None:
    """Taxes and shipping earned nothing; given back with the rest, they take nothing away either."""
    shop = await open_shop(db, clock, tmp_path, SHOP)
    assert wallet(await shop.send(order(shop, "1", revenue=60, total=72, tax=9, shipping=3))) == (60, 0)
    assert wallet(await shop.send(shop.refund("1", total=36))) == (30, 0)
    assert wallet(await shop.send(shop.refund("1", total=24))) == (10, 0)
    assert wallet(await shop.send(shop.refund("1", total=12))) == (0, 0)
    assert wallet(await shop.send(order(shop, "2", lines=[{"sku": "A", "price": 60}]))) == (60, 0)
    assert wallet(await shop.send(shop.refund("2", total=36))) == (24, 0)


async def test_a_cap_on_earning_has_room_again_after_a_return(
    db: Database, clock: FixedClock, tmp_path: Path
) -> None:
    shop = await open_shop(db, clock, tmp_path, SHOP)
    assert points(await shop.send(order(shop, "1", revenue=20)))["capped"] == 20
    assert points(await shop.send(order(shop, "2", revenue=20)))["capped"] == 10
    assert wallet(await shop.send(shop.refund("1")), "capped") == (10, 0)
    assert points(await shop.send(order(shop, "3", revenue=50)))["capped"] == 20


async def test_a_return_of_what_the_order_does_not_have_says_so(
    db: Database, clock: FixedClock, tmp_path: Path
) -> None:
    """It takes back what is there, and its sender hears what is not: of another order, twice, or after all of it."""
    shop = await open_shop(db, clock, tmp_path, SHOP)
    port = AccrualPort(db, clock)

    async def told(event: Event) -> str:
        (result,) = await port.accept(shop.till, [event], received_at=clock.now())
        assert result.status is EventStatus.ACCEPTED
        return result.message

    tea = {"sku": "TEA", "quantity": 2, "price": 10}
    assert await told(order(shop, "1", lines=[tea, {"sku": "MUG", "price": 5}])) == ""
    assert await told(shop.refund("1", lines=[("TEA", 1)])) == ""
    again = shop.refund("1", lines=[("TEA", "2.5"), ("HAT", 3)])
    assert await told(again) == (
        "Its order does not have, or no longer has, 1.5 × `TEA`, 3 × `HAT`: nothing was taken back for that."
    )
    (repeated,) = await port.accept(shop.till, [again], received_at=clock.now(), effects=True)
    assert (repeated.status, repeated.message[:10]) == (EventStatus.DUPLICATE, "Its order ")
    assert wallet(await shop.send(shop.refund("1", lines=[("MUG", 1)]))) == (0, 0)
    assert await told(shop.refund("1")) == "Nothing was left of its order: it takes nothing back."
    assert await told(order(shop, "2", revenue=20)) == ""
    unpriced = "Its order does not have, or no longer has, 1 × `TEA`: nothing was taken back for that."
    assert await told(shop.refund("2", lines=[("TEA", 1)])) == unpriced


async def test_a_refund_of_more_than_was_left_says_by_how_much(
    db: Database, clock: FixedClock, tmp_path: Path
) -> None:
    """By a total it is measured by what was paid; the rest of the order comes back, and no more."""
    shop = await open_shop(db, clock, tmp_path, SHOP)
    port = AccrualPort(db, clock)

    async def told(event: Event) -> tuple[str, str | None]:
        (result,) = await port.accept(shop.till, [event], received_at=clock.now(), effects=True)
        assert (result.status, result.event_id is None) == (EventStatus.ACCEPTED, False)
        async with db.transaction(read_only=True) as tx:
            entry = await (await Journal.open(tx, shop.program_id)).by_id(tx, result.event_id or 0)
        return result.message, entry.reason_code

    paid = {"revenue": 20, "total": 25}
    assert await told(order(shop, "1", **paid)) == ("", "")
    back = shop.event("Order Refunded", order={"order_id": "1", "total": 10})
    assert await told(back) == ("", "")
    more = shop.event("Order Refunded", order={"order_id": "1", "total": "40.00"})
    message, code = await told(more)
    assert message == "25.00 EUR more than was left of its order: that takes nothing back."
    assert code == "more_than_was_left"
    assert wallet(await shop.send(order(shop, "2", revenue=0.01))) == (0, 0)
