"""What rules issue is really given, once; and comes back with the order while nobody has used it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from tests.flows.accrual.setting import PROGRAM, Shop, open_shop

from regulars.features.draws import (
    cancel_entry,
    faults,
    get_draw,
    open_draw,
    publish_draw,
    reveal_draw,
    select_held,
)
from regulars.features.programs import load_config
from regulars.features.vouchers import (
    Voucher,
    find_vouchers,
    redeem_vouchers,
    select_of_member,
)
from regulars.flows import couponing
from regulars.flows.couponing import carry_out_effects, follow_orders
from regulars.flows.couponing.carry_out import try_again
from regulars.flows.merging import merge
from regulars.flows.prizes import close
from regulars.infra.clock import FixedClock
from regulars.infra.db import Database, load_queries

queries = load_queries(__package__)

RULES = """  - code: thanks
    name: A voucher for fifty euros
    trigger: {event: Order Completed}
    when: {combinator: and, rules: [{field: order.amount, operator: ">=", value: 50}]}
    then:
      - issue_voucher: {voucher: thanks}
      - add_tag: {tag: thanked}
      - enter_draw: {draw: car, tickets: 3}
vouchers:
  - {code: thanks, name: Thanks, worth: {kind: percentage, percentage: "10"}, pattern: THX-####-####}
draws:
  - {code: car, name: Car, prizes: [{code: car, name: Car, quantity: 1}]}
publish: true"""


@pytest.fixture
async def shop(db: Database, clock: FixedClock, tmp_path: Path) -> AsyncIterator[Shop]:
    return await open_shop(db, clock, tmp_path, PROGRAM.replace("publish: true", RULES))


async def open_car(shop: Shop) -> None:
    async with shop.db.transaction() as tx:
        await open_draw(tx, shop.program_id, "car", shop.clock.now())


async def member(shop: Shop) -> int:
    receipt = await shop.send(shop.event("Page Seen"))
    found = receipt.answers[0].member_id
    assert found is not None
    return found


async def vouchers(shop: Shop) -> list[Voucher]:
    number = await member(shop)
    async with shop.db.transaction() as tx:
        return await select_of_member(tx, shop.program_id, number, after="", limit=100)


async def tickets(shop: Shop) -> int:
    async with shop.db.transaction() as tx:
        return int(await tx.value(queries.count_tickets))


async def rounds(shop: Shop) -> None:
    await follow_orders(shop.db, shop.clock.now())
    while await carry_out_effects(shop.db, shop.clock.now()):
        pass


async def test_a_rule_s_voucher_and_tickets_are_given_once(shop: Shop) -> None:
    await open_car(shop)
    order = shop.order("1", "60.00")
    await shop.send(order, shop.order("2", "10.00"))
    await shop.send(order)
    await rounds(shop)
    await rounds(shop)
    (voucher,) = await vouchers(shop)
    assert voucher.status == "issued"
    assert await tickets(shop) == 3


async def test_a_refund_takes_back_what_nobody_used(shop: Shop) -> None:
    await open_car(shop)
    await shop.send(shop.order("1", "60.00", lines=[("MUG", 6, "10.00")]), shop.order("2", "70.00"))
    await rounds(shop)
    shop.clock.advance(timedelta(hours=2))
    await shop.send(shop.refund("2"))
    await rounds(shop)
    assert sorted(voucher.status for voucher in await vouchers(shop)) == ["issued", "void"]
    assert await tickets(shop) == 3
    shop.clock.advance(timedelta(hours=2))
    await shop.send(shop.refund("1", lines=[("MUG", 2)]))  # 40 are left: not enough for the voucher
    await rounds(shop)
    assert {voucher.status for voucher in await vouchers(shop)} == {"void"}
    assert await tickets(shop) == 0


async def test_an_order_that_grows_gets_what_it_never_had(shop: Shop) -> None:
    await open_car(shop)
    await shop.send(shop.order("1", "30.00"))
    for amount in ("60.00", "80.00", "20.00", "55.00"):
        shop.clock.advance(timedelta(minutes=10))
        told = await shop.send(shop.event("Order Updated", order={"order_id": "1", "revenue": amount}))
    assert told.works[told.answers[0].member_id or 0].tags == ["thanked"]
    await rounds(shop)
    assert [voucher.status for voucher in await vouchers(shop)] == ["issued"]
    assert await tickets(shop) == 3
    shop.clock.advance(timedelta(hours=2))
    await shop.send(shop.refund("1"))
    await rounds(shop)
    assert [voucher.status for voucher in await vouchers(shop)] == ["void"]
    assert await tickets(shop) == 0


async def test_a_refund_that_is_faster_than_the_voucher_is_seen(shop: Shop) -> None:
    await open_car(shop)
    await shop.send(shop.order("1", "60.00"))
    await shop.send(shop.refund("1"))
    await rounds(shop)
    assert await vouchers(shop) == []
    assert await tickets(shop) == 0


async def test_a_used_voucher_stays_used(shop: Shop) -> None:
    await open_car(shop)
    await shop.send(shop.order("1", "60.00"))
    await rounds(shop)
    (voucher,) = await vouchers(shop)
    async with shop.db.transaction() as tx:
        now, owner = shop.clock.now(), voucher.member_id
        found = await find_vouchers(tx, shop.program_id, [voucher.code], member_id=owner, now=now)
        await redeem_vouchers(tx, found, "r", order_id="o", now=now)
    await shop.send(shop.refund("1"))
    await rounds(shop)
    (voucher,) = await vouchers(shop)
    assert (voucher.status, voucher.uses) == ("issued", 1)


async def test_what_cannot_be_given_waits_to_be_tried_again(shop: Shop) -> None:
    await shop.send(shop.order("1", "60.00"))  # the draw has not opened
    await rounds(shop)
    assert (len(await vouchers(shop)), await tickets(shop)) == (1, 0)
    await open_car(shop)
    async with shop.db.transaction() as tx:
        assert await try_again(tx, shop.program_id) == 1
    await rounds(shop)
    assert (len(await vouchers(shop)), await tickets(shop)) == (1, 3)


async def test_who_bought_before_a_draw_closes_is_in_it_however_busy_the_worker_is(shop: Shop) -> None:
    await open_car(shop)
    await shop.send(shop.order("1", "60.00"), shop.order("2", "60.00"), shop.order("3", "60.00"))
    await rounds(shop)
    await shop.send(shop.refund("2"), shop.order("4", "60.00"), shop.order("5", "60.00"))
    await shop.send(shop.refund("5"))
    async with shop.db.transaction() as tx:
        await close(tx, couponing, shop.program_id, "car", shop.clock.now(), "7 13 21")
        assert (await get_draw(tx, shop.program_id, "car")).status == "closed"
    assert await tickets(shop) == 9, "orders 1, 3 and 4"
    await rounds(shop)
    assert await tickets(shop) == 9
    assert len([one for one in await vouchers(shop) if one.status == "issued"]) == 3


async def test_tickets_stay_in_a_draw_that_has_closed(shop: Shop) -> None:
    """Who won was worked out from them: what comes back later changes nothing that anybody checks."""
    await open_car(shop)
    await shop.send(shop.order("1", "60.00"), shop.order("2", "60.00"), shop.order("3", "60.00"))
    await rounds(shop)
    async with shop.db.transaction() as tx:
        await close(tx, couponing, shop.program_id, "car", shop.clock.now())
    cancelled = shop.event("Order Cancelled", order={"order_id": "3"})
    await shop.send(shop.refund("1"), shop.refund("2", total="20.00"), cancelled)
    await rounds(shop)
    assert await tickets(shop) == 9
    async with shop.db.transaction() as tx:
        await reveal_draw(tx, shop.program_id, "car", shop.clock.now())
        published = await publish_draw(tx, shop.program_id, "car")
        said = await tx.all(queries.select_effects)
    assert faults(published) == []
    assert [(kind, status) for kind, status in said if kind == "enter_draw"] == [("enter_draw", "done")] * 3
    assert {status for kind, status in said if kind == "issue_voucher"} == {"taken_back"}


@pytest.mark.parametrize("left", [("49.99", 0), ("50.00", 3)])
async def test_a_part_takes_the_tickets_that_the_rest_would_not_have_earned(
    shop: Shop, left: tuple[str, int]
) -> None:
    await open_car(shop)
    await shop.send(shop.order("1", "60.00"))
    await rounds(shop)
    await shop.send(shop.refund("1", total=str(Decimal("60.00") - Decimal(left[0]))))
    await rounds(shop)
    assert await tickets(shop) == left[1]


async def test_tickets_leave_before_a_draw_closes_or_not_at_all(shop: Shop) -> None:
    """Who takes them out while it is being closed waits, and finds it closed: what is published is what was drawn."""
    await open_car(shop)
    await shop.send(shop.order("1", "60.00"), shop.order("2", "60.00"))
    await rounds(shop)
    async with shop.db.transaction() as tx:
        (cause,), *_ = await tx.all(queries.select_causes)

    async def leave() -> bool:
        async with shop.db.transaction() as tx:
            return await cancel_entry(tx, shop.program_id, cause, shop.clock.now())

    async with shop.db.transaction() as tx:
        await close(tx, couponing, shop.program_id, "car", shop.clock.now())
        leaving = asyncio.create_task(leave())
        while not leaving.done() and not await tx.value(queries.count_waiting):
            pass
        await reveal_draw(tx, shop.program_id, "car", shop.clock.now())
    assert await leaving is False
    async with shop.db.transaction() as tx:
        assert faults(await publish_draw(tx, shop.program_id, "car")) == []
    assert await tickets(shop) == 6


async def test_whose_tickets_they_are_stays_while_a_draw_closes(shop: Shop) -> None:
    """Who is merged meanwhile brings no tickets of it along: holders are published as they were drawn."""
    await open_car(shop)
    await shop.send(shop.order("1", "60.00"), shop.order("2", "60.00", "bert"))
    await rounds(shop)
    bert = (await shop.send(shop.event("Page Seen", "bert"))).answers[0].member_id
    assert bert is not None
    anna = await member(shop)

    async def unite() -> None:
        async with shop.db.transaction() as tx:
            config = await load_config(tx, shop.program_id)
            await merge(tx, config, bert, anna, reason="one person", now=shop.clock.now())

    async with shop.db.transaction() as tx:
        await close(tx, couponing, shop.program_id, "car", shop.clock.now())
        uniting = asyncio.create_task(unite())
        while not uniting.done() and not await tx.value(queries.count_waiting):
            pass
        await reveal_draw(tx, shop.program_id, "car", shop.clock.now())
    await uniting
    async with shop.db.transaction() as tx:
        assert faults(await publish_draw(tx, shop.program_id, "car")) == []
        assert [one.tickets for one in await select_held(tx, shop.program_id, [anna], limit=9)] == [3]


async def test_a_draw_that_closes_does_not_wait_for_ever_for_a_worker(shop: Shop) -> None:
    await open_car(shop)
    await shop.send(*(shop.order(str(n), "60.00") for n in range(20)))

    async def closed() -> None:
        async with shop.db.transaction() as tx:
            await close(tx, couponing, shop.program_id, "car", shop.clock.now())

    async def round_of_worker() -> None:
        await carry_out_effects(shop.db, shop.clock.now())

    await asyncio.gather(round_of_worker(), closed(), round_of_worker(), closed())
    assert await tickets(shop) == 60
