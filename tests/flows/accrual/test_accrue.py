"""What one till sees: orders earn, repeats do not, refunds take back exactly what the purchase gave."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from tests.flows.accrual.setting import PROGRAM, Shop, open_shop, points, tier, wallet

from regulars.core.events import Event, EventStatus
from regulars.flows.accrual import OrderTaken, Receipt, UnknownOrder, claim_order
from regulars.infra.clock import FixedClock
from regulars.infra.db import Database


@pytest.fixture
async def shop(db: Database, clock: FixedClock, tmp_path: Path) -> Shop:
    """The corner shop."""
    return await open_shop(db, clock, tmp_path)


async def test_an_order_earns_by_its_rules(shop: Shop) -> None:
    receipt = await shop.send(shop.order("1", "12.40", lines=[("TEA", 2, "3.20"), ("MUG", 1, "6.00")]))
    assert receipt.answers[0].status is EventStatus.ACCEPTED
    # 12 for 12.40, 50 for the first purchase, 2 × 5 for tea; the category of TEA comes from the catalogue.
    assert points(receipt) == {"points": 72, "net": 12}
    assert wallet(receipt) == (72 + 100, 0)  # and 100 on entry of Bronze
    assert tier(receipt) == "bronze"


async def test_a_customer_is_the_same_by_either_name(shop: Shop) -> None:
    """`external_id`, as references call it, is `user_id`: for whoever is new, and for whoever is known."""
    named = {"order": {"order_id": "1", "revenue": "10.00"}, "member": {"external_id": "carla"}}
    first = await shop.send(shop.event("Order Completed", **named))
    second = await shop.send(shop.order("2", "10.00", "carla"))
    third = await shop.send(
        shop.event("Order Completed", **{**named, "order": {"order_id": "3", "revenue": "1.00"}})
    )
    members = {receipt.answers[0].member_id for receipt in (first, second, third)}
    assert len(members) == 1
    assert all(receipt.answers[0].status == "accepted" for receipt in (first, second, third))


async def test_events_of_one_member_in_one_batch_see_each_other(shop: Shop) -> None:
    receipt = await shop.send(shop.order("1", "99.00"), shop.order("2", "1.00"), shop.order("3", "10.00"))
    assert [points(receipt, place)["points"] for place in range(3)] == [99 + 50, 1, 20]
    assert tier(receipt) == "silver"


async def test_what_earns_nothing_earns_nothing(shop: Shop) -> None:
    receipt = await shop.send(shop.order("1", "30.00", lines=[("CARD", 1, "25.00"), ("MUG", 1, "5.00")]))
    assert points(receipt) == {"points": 5 + 50, "net": 5}


async def test_the_same_message_counts_once(shop: Shop) -> None:
    order = shop.order("1", "10.00", id="m1")
    first = await shop.send(order, order)
    assert [answer.status for answer in first.answers] == [EventStatus.ACCEPTED, EventStatus.DUPLICATE]
    again = await shop.send(order)
    assert again.answers[0].status is EventStatus.DUPLICATE
    assert again.answers[0].outcome == first.answers[0].outcome
    assert again.answers[0].event_id == first.answers[0].event_id


async def test_one_id_with_other_content_is_refused(shop: Shop) -> None:
    await shop.send(shop.order("1", "10.00", id="m1"))
    receipt = await shop.send(shop.order("1", "11.00", id="m1"), shop.order("2", "5.00", id="m2"))
    assert [a.status for a in receipt.answers] == [
        EventStatus.DUPLICATE_WITH_DIFFERENT_PAYLOAD,
        EventStatus.ACCEPTED,
    ]


async def test_an_order_is_rated_once_whatever_the_message(shop: Shop) -> None:
    receipt = await shop.send(
        shop.order("1", "10.00"), shop.order("1", "10.00"), shop.order("1", "10.00", user="berta")
    )
    assert [a.status for a in receipt.answers] == [
        EventStatus.ACCEPTED,
        EventStatus.DUPLICATE_ORDER,
        EventStatus.DUPLICATE_ORDER,
    ]


async def test_a_whole_refund_is_the_exact_negation(shop: Shop) -> None:
    await shop.send(shop.order("1", "150.00", lines=[("TEA", 3, "50.00")]))
    receipt = await shop.send(shop.refund("1"))
    # Everything goes, the entry award of Silver too; what stays is the entry of Bronze.
    assert wallet(receipt) == (100, 0)
    assert wallet(receipt, "net") == (0, 0)
    assert tier(receipt) == "bronze"


async def test_partial_refunds_add_up(shop: Shop) -> None:
    await shop.send(shop.order("1", "9.99", lines=[("TEA", 3, "3.33")]))
    left = []
    for _ in range(3):
        receipt = await shop.send(shop.refund("1", lines=[("TEA", 1)]))
        left.append(wallet(receipt)[0] - 100)
    # 6.66 → 6 + 50 + 10, 3.33 → 3 + 50 + 5, nothing.
    assert left == [66, 58, 0]
    more = await shop.send(shop.refund("1", lines=[("TEA", 1)]))
    assert wallet(more) == (100, 0)
    assert more.answers[0].outcome is not None
    assert more.answers[0].outcome.cause == "nothing_left_of_the_order"


async def test_a_refund_by_amount_rates_what_is_left(shop: Shop) -> None:
    await shop.send(shop.order("1", "20.00"))
    receipt = await shop.send(shop.refund("1", total="5.50"))
    assert wallet(receipt) == (100 + 50 + 14, 0)


async def test_a_refund_waits_for_its_order(shop: Shop) -> None:
    waiting = await shop.send(shop.refund("1", lines=[("TEA", 1)]))
    assert waiting.answers[0].status is EventStatus.WAITING_FOR_ORDER
    receipt = await shop.send(shop.order("1", "10.00", lines=[("TEA", 2, "5.00")]))
    assert wallet(receipt) == (100 + 50 + 5 + 5, 0)


async def test_an_updated_order_is_rated_as_it_is_now(shop: Shop) -> None:
    await shop.send(shop.order("1", "10.00"))
    updated = shop.event("Order Updated", order={"order_id": "1", "revenue": "25.00"})
    receipt = await shop.send(updated)
    assert wallet(receipt) == (100 + 50 + 25, 0)
    cancelled = await shop.send(shop.event("Order Cancelled", order={"order_id": "1"}))
    assert wallet(cancelled) == (100, 0)


async def test_limits_of_a_member_and_budgets_of_a_rule_hold(shop: Shop) -> None:
    orders = [shop.order(str(n), "1.00", store="north") for n in range(5)]
    receipt = await shop.send(*orders)
    given = [points(receipt, place)["points"] for place in range(5)]
    assert given == [61, 11, 11, 1, 1]  # three times ten a day
    others = [shop.order(f"x{n}", "1.00", user=f"u{n}", store="north") for n in range(20)]
    receipt = await shop.send(*others)
    ten = sum(points(receipt, place)["points"] - 51 for place in range(20))
    assert ten == 200 - 30  # the budget of the rule


async def test_what_has_ended_takes_no_room_in_a_full_wallet(
    db: Database, clock: FixedClock, tmp_path: Path
) -> None:
    capped = PROGRAM.replace(
        "{expiry: {rolling_months: 12}, debt", "{expiry: {rolling_days: 10}, balance_max: 200, debt"
    )
    shop = await open_shop(db, clock, tmp_path, capped)
    assert wallet(await shop.send(shop.order("1", "90.00"))) == (240, 0)  # entering Bronze is not capped
    full = await shop.send(shop.order("2", "30.00"))
    assert points(full) == {"net": 30}
    cuts = [cut for answer in full.answers if answer.outcome for cut in answer.outcome.capped]
    assert [(one.point_type, one.cap, one.most, one.cut) for one in cuts] == [
        ("points", "balance_max", 200, 30)
    ]
    # Nobody has looked for what ended since.
    clock.advance(timedelta(days=12))
    receipt = await shop.send(shop.order("3", "5.00"))
    assert points(receipt) == {"points": 10, "net": 5}  # Silver doubles
    assert wallet(receipt) == (10, 0)


async def test_what_has_ended_makes_nobody_rich(db: Database, clock: FixedClock, tmp_path: Path) -> None:
    rich = """  - code: rich
    name: Seven for whoever has a hundred
    trigger: {event: Greeted}
    when: {combinator: and, rules: [{field: member.wallet.points.available, operator: ">=", value: 100}]}
    then:
      - award: {point_type: points, points: 7}
publish: true"""
    text = PROGRAM.replace("{rolling_months: 12}", "{rolling_days: 10}").replace("publish: true", rich)
    shop = await open_shop(db, clock, tmp_path, text)
    await shop.send(shop.order("1", "50.00"))
    assert points(await shop.send(shop.event("Greeted"))) == {"points": 7}
    # Nobody has looked for what ended since.
    clock.advance(timedelta(days=12))
    assert points(await shop.send(shop.event("Greeted"))) == {}


async def test_a_refund_gives_the_budget_back_once(shop: Shop) -> None:
    orders = [shop.order(f"x{n}", "1.00", user=f"u{n}", store="north") for n in range(21)]
    receipt = await shop.send(*orders)
    assert points(receipt, 20)["points"] == 51
    await shop.send(shop.refund("x0", user="u0"))
    await shop.send(shop.refund("x0", user="u0"))
    after = await shop.send(
        shop.order("y1", "1.00", user="v1", store="north"), shop.order("y2", "1.00", user="v2", store="north")
    )
    assert [points(after, place)["points"] for place in range(2)] == [61, 51]


async def test_a_guest_sale_is_stored_and_earns_nothing(shop: Shop) -> None:
    shop.till = msgspec.structs.replace(shop.till, enrol=False)
    receipt = await shop.send(shop.order("1", "10.00", user="nobody"))
    assert receipt.answers[0].status is EventStatus.UNKNOWN_MEMBER
    assert receipt.answers[0].member_id is None


async def test_a_browser_becomes_a_member_where_the_source_enrols(shop: Shop) -> None:
    receipt = await shop.send(
        shop.event(
            "Order Completed", order={"order_id": "1", "revenue": "3.00"}, member={"anonymous_id": "a1"}
        )
    )
    assert wallet(receipt) == (100 + 50 + 3, 0)


@pytest.mark.parametrize("named", [True, False])
async def test_a_guest_sale_is_claimed_once_with_its_refunds(shop: Shop, named: bool) -> None:
    """Whether the till named somebody unknown, or nobody at all."""
    enrolling = shop.till
    anna = (await shop.send(shop.event("Page Seen"))).answers[0].member_id
    assert anna is not None
    shop.till = msgspec.structs.replace(enrolling, enrol=False)
    who = "nobody" if named else None
    sale = msgspec.structs.replace(shop.order("g1", "30.00", lines=[("TEA", 3, "10.00")]), user_id=who)
    returned = msgspec.structs.replace(shop.refund("g1", lines=[("TEA", 1)]), user_id=who)
    sold = await shop.send(sale)
    assert (sold.answers[0].status, sold.answers[0].member_id) == (EventStatus.UNKNOWN_MEMBER, None)
    await shop.send(returned)

    async def claim(order_id: str) -> Receipt:
        async with shop.db.transaction() as tx:
            return await claim_order(tx, shop.rulebooks, shop.program_id, order_id, anna, shop.now)

    receipt = await claim("g1")
    assert points(receipt) == {"points": 20 + 50 + 10, "net": 20}
    with pytest.raises(OrderTaken):
        await claim("g1")
    with pytest.raises(UnknownOrder):
        await claim("g2")
    again = await shop.send(sale)
    assert again.answers[0].status is EventStatus.DUPLICATE
    assert again.answers[0].member_id == anna
    assert wallet(await shop.send(shop.refund("g1"))) == (100, 0)


async def test_two_people_on_one_browser_are_two_members(shop: Shop) -> None:
    def visit(user: str | None, order_id: str) -> Event:
        member = {"anonymous_id": "browser"} | ({"user_id": user} if user else {})
        return shop.event("Order Completed", order={"order_id": order_id, "revenue": "1.00"}, member=member)

    browsing = await shop.send(visit(None, "1"))
    anna = await shop.send(visit("anna", "2"))
    berta = await shop.send(visit("berta", "3"))
    # Who browsed turned out to be Anna; Berta is somebody else, whoever used the browser before.
    assert anna.answers[0].member_id == browsing.answers[0].member_id
    assert berta.answers[0].member_id != anna.answers[0].member_id
    assert wallet(anna) == (152, 0)
    assert wallet(berta) == (151, 0)
