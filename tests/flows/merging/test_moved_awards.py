"""What an order gave is taken back from, and released in, the points a merge made of it: own points, not somebody's."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from tests.flows.accrual.setting import Shop, open_shop, wallet

from regulars.app.system_events import UniteBrowsers
from regulars.core.events import Event, EventKind
from regulars.features.programs import load_config
from regulars.flows import books, merging
from regulars.flows.accrual import Receipt, accrue
from regulars.flows.points import authorise, cancel, capture_hold, spend, void_hold, wallets
from regulars.infra.clock import FixedClock
from regulars.infra.db import Database

SHOP = """
program: {code: corner, name: Corner, currency: EUR, zone: Europe/Vilnius, region: LT}
sources: [{code: till, name: Till, enrol: true}]
point_types:
  - {code: points, name: Points, policy: {expiry: {rolling_days: 90}}}
  - {code: waits, name: Waiting, policy: {pending: {days: 14}}}
  - {code: parcel, name: Parcel, policy: {pending: {until_event: Order Delivered}}}
rules:
  - code: buy
    trigger: {event: Order Completed}
    then:
      - award: {point_type: points, per_amount: {points: 1, per: 1}}
      - award: {point_type: waits, per_amount: {points: 1, per: 1}}
      - award: {point_type: parcel, per_amount: {points: 1, per: 1}}
publish: true
"""
TAKING = SHOP.replace(
    "rules:\n",
    """
rules:
  - code: fee
    trigger: {event: Order Completed}
    when: {combinator: and, rules: [{field: order.amount, operator: "<", value: 1}]}
    then: [{deduct: {point_type: points, points: 30}}]
""",
)
WITH_TIERS = SHOP.replace(
    "rules:\n",
    """
tier_sets:
  - code: club
    name: Club
    metric: {of: spend}
    tiers:
      - {code: bronze, name: Bronze, threshold: 0}
      - {code: silver, name: Silver, threshold: 100, award: {point_type: points, points: 500}}
rules:
""",
)


@pytest.fixture
async def shop(db: Database, clock: FixedClock, tmp_path: Path) -> Shop:
    return await open_shop(db, clock, tmp_path, SHOP)


@pytest.fixture
async def taking(db: Database, clock: FixedClock, tmp_path: Path) -> Shop:
    return await open_shop(db, clock, tmp_path, TAKING)


@pytest.fixture
async def club(db: Database, clock: FixedClock, tmp_path: Path) -> Shop:
    return await open_shop(db, clock, tmp_path, WITH_TIERS)


async def bought(shop: Shop, order_id: str, amount: str, user: str) -> int:
    """Buy something; return whose it was."""
    receipt = await shop.send(shop.order(order_id, amount, user=user))
    return next(iter(receipt.works))


async def merge(shop: Shop, source: int, target: int) -> int:
    async with shop.db.transaction() as tx:
        config = await load_config(tx, shop.program_id)
        done = await merging.merge(tx, config, source, target, reason="one person", now=shop.clock.now())
    return done.id


async def unmerge(shop: Shop, number: int) -> None:
    async with shop.db.transaction() as tx:
        config = await load_config(tx, shop.program_id)
        await merging.unmerge(tx, config, number, now=shop.clock.now())


async def right(shop: Shop) -> None:
    async with shop.db.transaction(read_only=True, snapshot=True) as tx:
        found = await books.verify(tx, shop.program_id)
    assert [check for check in found.checks if check.bad] == []


async def has(shop: Shop, member_id: int, code: str = "points") -> tuple[int, int]:
    """What a member has of a point type: available and pending."""
    async with shop.db.transaction(read_only=True, snapshot=True) as tx:
        config = await load_config(tx, shop.program_id)
        found = await wallets(tx, config, member_id, shop.clock.now())
    one = next(one for one in found if one.point_type == code)
    return one.available - one.debt, one.pending


async def lots(shop: Shop, member_id: int) -> list[int]:
    """What a member's points are by the day on which they end, the earliest first."""
    async with shop.db.transaction(read_only=True, snapshot=True) as tx:
        config = await load_config(tx, shop.program_id)
        found = await wallets(tx, config, member_id, shop.clock.now())
    return [end.points for one in found if one.point_type == "points" for end in one.expiring]


async def hold(shop: Shop, member_id: int, amount: int) -> int:
    async with shop.db.transaction() as tx:
        config, at = await load_config(tx, shop.program_id), shop.clock.now()
        held = await authorise(tx, config, member_id, amount, actor="till", now=at, limit=timedelta(days=30))
    return held.hold


async def let_go(shop: Shop, member_id: int, number: int) -> None:
    async with shop.db.transaction() as tx:
        config = await load_config(tx, shop.program_id)
        await void_hold(tx, config, member_id, number, actor="till", now=shop.clock.now())


async def parts(shop: Shop, member_id: int) -> dict[str, tuple[int, int]]:
    return {code: await has(shop, member_id, code) for code in ("points", "waits", "parcel")}


async def test_what_waits_is_taken_back_where_it_waits(shop: Shop) -> None:
    anna, bert = await bought(shop, "a", "10.00", "anna"), await bought(shop, "b", "30.00", "bert")
    await merge(shop, bert, anna)
    receipt = await shop.send(shop.refund("b"))
    assert await parts(shop, anna) == {"points": (10, 0), "waits": (0, 10), "parcel": (0, 10)}
    assert receipt.answers[0].outcome is not None
    assert receipt.answers[0].outcome.not_taken_back == 0
    await right(shop)


async def test_parts_of_it_add_up(shop: Shop) -> None:
    anna, bert = await bought(shop, "a", "10.00", "anna"), await bought(shop, "b", "30.00", "bert")
    await shop.send(shop.refund("b", total="5.00"))
    await merge(shop, bert, anna)
    await shop.send(shop.refund("b", total="10.00"))
    await shop.send(shop.refund("b"))
    assert await parts(shop, anna) == {"points": (10, 0), "waits": (0, 10), "parcel": (0, 10)}
    await right(shop)


async def test_what_comes_with_the_parcel_comes_after_a_merge_too(shop: Shop) -> None:
    """Bought without a name, delivered after she has said who she is."""
    unite = UniteBrowsers(shop.db, shop.rulebooks)

    async def send(*events: Event) -> Receipt:
        return await accrue(
            shop.db, shop.rulebooks, shop.program_id, shop.items(list(events)), shop.now, unite
        )

    await bought(shop, "a", "10.00", "anna")
    nameless = msgspec.structs.replace(shop.order("b", "30.00"), user_id=None, anonymous_id="browser")
    await send(nameless)
    says = msgspec.structs.replace(
        shop.event("Identify", "anna"), anonymous_id="browser", kind=EventKind.IDENTIFY
    )
    await send(says)
    receipt = await send(shop.event("Order Delivered", order_id="b"))
    (anna,) = receipt.works
    assert await has(shop, anna, "parcel") == (30, 10)
    await right(shop)


async def test_what_was_spent_before_is_still_owed(shop: Shop) -> None:
    """Ten of thirty were spent before the merge: all thirty come back, from what there is."""
    anna, bert = await bought(shop, "a", "50.00", "anna"), await bought(shop, "b", "30.00", "bert")
    async with shop.db.transaction() as tx:
        await spend(tx, await load_config(tx, shop.program_id), bert, 10, actor="till", now=shop.clock.now())
    await merge(shop, bert, anna)
    receipt = await shop.send(shop.refund("b"))
    assert wallet(receipt) == (50 + 20 - 30, 0)
    await right(shop)


async def test_what_has_ended_is_not_taken_twice(shop: Shop) -> None:
    bert = await bought(shop, "b", "30.00", "bert")
    shop.clock.advance(timedelta(days=60))
    anna = await bought(shop, "a", "10.00", "anna")
    await merge(shop, bert, anna)
    shop.clock.advance(timedelta(days=40))
    receipt = await shop.send(shop.refund("b"))
    assert wallet(receipt) == (10, 0)
    await right(shop)


async def test_a_return_between_merge_and_undo_is_of_whose_order_it_was(shop: Shop) -> None:
    """Anna bought first; that her points are older does not make Bert's return hers."""
    anna, bert = await bought(shop, "a", "40.00", "anna"), await bought(shop, "b", "30.00", "bert")
    number = await merge(shop, bert, anna)
    await shop.send(shop.refund("b", total="20.00"))
    await unmerge(shop, number)
    assert [await has(shop, one) for one in (anna, bert)] == [(40, 0), (10, 0)]
    await shop.send(shop.refund("b"))
    assert await parts(shop, bert) == {"points": (0, 0), "waits": (0, 0), "parcel": (0, 0)}
    assert await parts(shop, anna) == {"points": (40, 0), "waits": (0, 40), "parcel": (0, 40)}
    await right(shop)


async def test_what_was_set_aside_is_taken_back_where_it_came_back_to(shop: Shop) -> None:
    """All that an order gave was set aside at the merge; Anna's own points end sooner, and stay."""
    anna = await bought(shop, "a", "50.00", "anna")
    shop.clock.advance(timedelta(days=10))
    bert = await bought(shop, "b", "30.00", "bert")
    held = await hold(shop, bert, 30)
    await merge(shop, bert, anna)
    await let_go(shop, anna, held)
    assert await lots(shop, anna) == [50, 30]
    await shop.send(shop.refund("b", total="10.00"))
    assert await lots(shop, anna) == [50, 20]
    await shop.send(shop.refund("b"))
    assert await lots(shop, anna) == [50]
    await right(shop)


async def test_of_an_order_that_was_set_aside_in_part_both_parts_are_taken_back(shop: Shop) -> None:
    anna = await bought(shop, "a", "50.00", "anna")
    shop.clock.advance(timedelta(days=10))
    bert = await bought(shop, "b", "30.00", "bert")
    held = [await hold(shop, bert, 10) for _ in range(2)]
    shop.clock.advance(timedelta(days=10))
    await bought(shop, "c", "5.00", "bert")
    await merge(shop, bert, anna)
    for number in held:
        await let_go(shop, anna, number)
    await shop.send(shop.refund("b"))
    assert await lots(shop, anna) == [50, 5]
    await right(shop)


async def test_one_hold_of_two_orders(shop: Shop) -> None:
    anna = await bought(shop, "a", "50.00", "anna")
    shop.clock.advance(timedelta(days=10))
    bert = await bought(shop, "b", "30.00", "bert")
    shop.clock.advance(timedelta(days=10))
    await bought(shop, "c", "20.00", "bert")
    held = await hold(shop, bert, 40)
    number = await merge(shop, bert, anna)
    await unmerge(shop, number)
    await merge(shop, bert, anna)
    async with shop.db.transaction() as tx:
        config = await load_config(tx, shop.program_id)
        await capture_hold(tx, config, anna, held, actor="till", now=shop.clock.now(), points=35)
    assert await lots(shop, anna) == [50, 15]
    await shop.send(shop.refund("c", total="15.00"))
    assert await lots(shop, anna) == [50]
    await right(shop)


async def test_what_was_paid_for_a_tier_is_taken_back_where_it_is(club: Shop) -> None:
    anna = await bought(club, "a", "50.00", "anna")
    club.clock.advance(timedelta(days=10))
    bert = await bought(club, "b", "90.00", "bert")
    club.clock.advance(timedelta(days=10))
    await bought(club, "c", "20.00", "bert")
    await merge(club, bert, anna)
    assert await lots(club, anna) == [50, 90, 520]
    await club.send(club.refund("b"))
    assert await lots(club, anna) == [50, 20]
    await right(club)


async def test_what_was_paid_for_a_tier_is_taken_back_by_the_order_of_another(club: Shop) -> None:
    """Anna's own order leaves too little for the tier that Bert was paid for."""
    anna = await bought(club, "z", "10.00", "anna")
    await bought(club, "a", "80.00", "anna")
    club.clock.advance(timedelta(days=10))
    bert = await bought(club, "b", "110.00", "bert")
    await merge(club, bert, anna)
    await club.send(club.refund("b", total="60.00"))
    assert await lots(club, anna) == [90, 550]
    await club.send(club.refund("a"))
    assert await lots(club, anna) == [10, 50]
    await right(club)


async def test_what_was_spent_and_came_back_after_the_merge_is_taken_back_too(shop: Shop) -> None:
    anna = await bought(shop, "a", "50.00", "anna")
    shop.clock.advance(timedelta(days=10))
    bert = await bought(shop, "b", "30.00", "bert")
    async with shop.db.transaction() as tx:
        config, at = await load_config(tx, shop.program_id), shop.clock.now()
        spent = await spend(tx, config, bert, 30, actor="till", now=at)
    await merge(shop, bert, anna)
    async with shop.db.transaction() as tx:
        await cancel(tx, config, anna, spent.transfer, actor="till", reason="back", now=at)
    assert await lots(shop, anna) == [50, 30]
    await shop.send(shop.refund("b"))
    assert await lots(shop, anna) == [50]
    await right(shop)


@pytest.mark.parametrize("together", [False, True])
async def test_what_a_rule_had_taken_and_came_back_after_the_merge_is_taken_back_too(
    taking: Shop, together: bool
) -> None:
    anna = await bought(taking, "a", "50.00", "anna")
    taking.clock.advance(timedelta(days=10))
    bert = await bought(taking, "b", "40.00", "bert")
    await bought(taking, "c", "0.50", "bert")
    assert await lots(taking, bert) == [10]
    await merge(taking, bert, anna)
    if together:
        await taking.send(taking.refund("c"), taking.refund("b"))
    else:
        await taking.send(taking.refund("c"))
        assert await lots(taking, anna) == [50, 40]
        await taking.send(taking.refund("b"))
    assert await lots(taking, anna) == [50]
    await right(taking)
