"""Several corrections of one order: all of them count as they happened, whenever they come; nothing is given twice."""

from __future__ import annotations

from datetime import timedelta
from itertools import permutations
from pathlib import Path
from typing import Any

import msgspec
from tests.flows.accrual.setting import Shop, open_shop, points, wallet
from tests.flows.accrual.test_disorder import ORDERLY, ends
from tests.flows.accrual.test_kept import PROGRAM as KEPT
from tests.flows.accrual.test_kept import cancelled, updated, used

from regulars.app.intake_port import AccrualPort, item_of
from regulars.app.known_sources import source_for
from regulars.core.events import Event, EventStatus
from regulars.flows.accrual import Receipt, accrue
from regulars.flows.intake import ItemResult, Source
from regulars.infra.clock import FixedClock
from regulars.infra.db import Database

TWO_SHOPS = ORDERLY.replace(
    "sources:\n",
    "partners:\n  - {code: tea, name: Tea Shop, roles: [earn]}\n  - {code: mug, name: Mug Shop, roles: [earn]}\n"
    "sources:\n  - {code: tea-till, name: Tea till, partner: tea, enrol: true}\n"
    "  - {code: mug-till, name: Mug till, partner: mug, enrol: true}\n",
)


def restated(
    shop: Shop, order_id: str, user: str = "anna", *, at: str, **order: Any
) -> Event:  # what the order is now
    lines = [{"sku": sku, "quantity": n, "price": price} for sku, n, price in order.pop("lines", [])]
    body = {"order_id": order_id, "lines": lines, **order}
    return shop.event("Order Updated", user, order=body, occurred_at=at)


def hours(shop: Shop, count: int) -> list[str]:
    start = shop.clock.now() - timedelta(days=2)
    return [(start + timedelta(hours=n)).isoformat() for n in range(count)]


def cause(receipt: Receipt, place: int = -1) -> str | None:
    outcome = receipt.answers[place].outcome
    assert outcome is not None
    return outcome.cause


def often_corrected(shop: Shop, user: str) -> list[Event]:
    """An order told anew twice, with refunds before, between and after."""
    at = hours(shop, 6)
    order = f"{user}-a"
    tea = [("TEA", 4, "20.00")]
    return [
        shop.order(order, "80.00", user, lines=tea, occurred_at=at[0]),
        shop.refund(order, user, lines=[("TEA", 1)], occurred_at=at[1]),
        restated(shop, order, user, at=at[2], lines=[("TEA", 6, "20.00"), ("MUG", 2, "10.00")]),
        shop.refund(order, user, lines=[("TEA", 2), ("MUG", 1)], occurred_at=at[3]),
        shop.refund(order, user, total="30.00", occurred_at=at[4]),
    ]


async def test_any_order_of_arrival_ends_the_same(db: Database, clock: FixedClock, tmp_path: Path) -> None:
    shop = await open_shop(db, clock, tmp_path, ORDERLY)
    clock.advance(timedelta(days=3))
    # 6 packets and 2 mugs less 2 and 1 are 90 euros, less 30 are 60; 4 packets of tea; the refund of before was known.
    expected = {((60 + 20 + 100, 0), (60, 0), "bronze")}
    assert await ends(shop, often_corrected, permutations(range(5)), apart=True) == expected


async def test_in_one_batch_as_well(db: Database, clock: FixedClock, tmp_path: Path) -> None:
    shop = await open_shop(db, clock, tmp_path, ORDERLY)
    clock.advance(timedelta(days=3))
    some = [order for number, order in enumerate(permutations(range(5))) if number % 10 == 0]
    assert await ends(shop, often_corrected, some, apart=False) == {((180, 0), (60, 0), "bronze")}


async def test_what_an_update_knew_is_not_taken_twice(
    db: Database, clock: FixedClock, tmp_path: Path
) -> None:
    shop = await open_shop(db, clock, tmp_path, ORDERLY)
    clock.advance(timedelta(days=3))
    at = hours(shop, 3)
    await shop.send(shop.order("1", "50.00", occurred_at=at[0]))
    await shop.send(restated(shop, "1", at=at[2], revenue="30.00"))
    late = await shop.send(shop.refund("1", total="20.00", occurred_at=at[1]))
    assert (wallet(late), cause(late)) == ((130, 0), "order_updated_since")


async def test_an_older_update_changes_nothing(db: Database, clock: FixedClock, tmp_path: Path) -> None:
    shop = await open_shop(db, clock, tmp_path, ORDERLY)
    clock.advance(timedelta(days=3))
    at = hours(shop, 3)
    await shop.send(shop.order("1", "50.00", occurred_at=at[0]))
    await shop.send(restated(shop, "1", at=at[2], revenue="30.00"))
    late = await shop.send(restated(shop, "1", at=at[1], revenue="90.00"))
    assert (wallet(late), cause(late)) == ((130, 0), "order_updated_since")


async def test_what_is_left_by_a_late_update_comes_back(
    db: Database, clock: FixedClock, tmp_path: Path
) -> None:
    shop = await open_shop(db, clock, tmp_path, ORDERLY)
    clock.advance(timedelta(days=3))
    at = hours(shop, 4)
    await shop.send(shop.order("1", "40.00", lines=[("TEA", 2, "20.00")], occurred_at=at[0]))
    gone = await shop.send(shop.refund("1", lines=[("TEA", 2)], occurred_at=at[2]))
    assert wallet(gone) == (100, 0)
    # She had added a mug to it before she gave the tea back.
    late = await shop.send(restated(shop, "1", at=at[1], lines=[("TEA", 2, "20.00"), ("MUG", 1, "10.00")]))
    assert (wallet(late), points(late)) == ((110, 0), {"points": 10, "net": 10})
    ended = await shop.send(shop.event("Order Cancelled", order={"order_id": "1"}, occurred_at=at[3]))
    assert wallet(ended) == (100, 0)
    again = await shop.send(restated(shop, "1", at=(shop.clock.now()).isoformat(), revenue="70.00"))
    assert (wallet(again), cause(again)) == ((100, 0), "nothing_left_of_the_order")


async def test_an_update_that_says_nothing_of_the_basket_leaves_it(
    db: Database, clock: FixedClock, tmp_path: Path
) -> None:
    shop = await open_shop(db, clock, tmp_path, ORDERLY)
    await shop.send(shop.order("1", "40.00"))
    told = await shop.send(shop.event("Order Updated", order={"order_id": "1"}))
    assert wallet(told) == (140, 0)
    told = await shop.send(shop.event("Order Updated", order={"order_id": "1", "revenue": "0.00"}))
    assert wallet(told) == (100, 0)


async def test_what_could_not_be_taken_back_is_not_given_once_more(
    db: Database, clock: FixedClock, tmp_path: Path
) -> None:
    shop = await open_shop(db, clock, tmp_path, KEPT)
    await shop.send(shop.order("1", "42.00"))
    await shop.send(shop.event("Take"))
    for _ in range(3):
        less = await shop.send(updated(shop, "1", "1.00"))
        assert (wallet(less), await used(shop)) == ((0, 0), 30)
        more = await shop.send(updated(shop, "1", "42.00"))
        assert (wallet(more), points(more), await used(shop)) == ((12, 0), {"points": 12}, 42)
        outcome = more.answers[0].outcome
        assert outcome is not None
        assert outcome.not_taken_back == -29
    # What counts again for the order can be taken back again, now that there is something to take.
    await shop.send(shop.order("2", "40.00"))
    gone = await shop.send(cancelled(shop, "1"))
    assert (wallet(gone), await used(shop)) == ((10, 0), 40)


async def test_a_partner_corrects_no_order_of_another(
    db: Database, clock: FixedClock, tmp_path: Path
) -> None:
    shop = await open_shop(db, clock, tmp_path, TWO_SHOPS)
    tills = {code: till_of(shop, code) for code in ("till", "tea-till", "mug-till")}

    async def send(source: str, event: Event) -> Receipt:
        items = [item_of(tills[source], event)]
        return await accrue(db, shop.rulebooks, shop.program_id, items, shop.now)

    await send("tea-till", shop.order("1001", "50.00", partner="tea"))
    for correction in (cancelled(shop, "1001"), updated(shop, "1001", "1.00"), shop.refund("1001")):
        told = await send("mug-till", correction)
        assert (wallet(told), cause(told)) == ((150, 0), "order_of_another_partner")
    assert wallet(await send("tea-till", shop.refund("1001", total="20.00"))) == (130, 0)
    assert wallet(await send("till", cancelled(shop, "1001"))) == (100, 0)


async def test_an_order_with_the_number_of_another_partner_s_is_refused_and_not_stored(
    db: Database, clock: FixedClock, tmp_path: Path
) -> None:
    shop = await open_shop(db, clock, tmp_path, TWO_SHOPS)
    port = AccrualPort(db, clock)
    tills = {code: till_of(shop, code) for code in ("till", "tea-till", "mug-till")}

    async def send(source: str, *events: Event) -> list[ItemResult]:
        return await port.accept(tills[source], events, received_at=clock.now(), effects=True)

    mine, theirs = shop.order("1001", "50.00", partner="tea"), shop.order("1001", "70.00", partner="mug")
    assert theirs.order is not None
    again = msgspec.structs.replace(theirs, order=msgspec.structs.replace(theirs.order, order_id="mug:1001"))
    (first,) = await send("tea-till", mine)
    for dry_run in (True, False):  # and what is tried says the same as what is done
        (told,) = await port.accept(tills["mug-till"], [theirs], received_at=clock.now(), dry_run=dry_run)
        assert (told.status, told.event_id, told.member_id) == (EventStatus.ORDER_OF_ANOTHER, None, None)
    (told,) = await send("mug-till", again)
    assert told.status is EventStatus.ACCEPTED
    assert told.member_id == first.member_id
    # Among others of one batch, too; and the house's own sources know all numbers.
    both = [shop.order("7", "1.00", partner="tea"), shop.order("7", "1.00", partner="mug")]
    statuses = [one.status for one in await send("till", *both)]
    assert statuses == [EventStatus.ACCEPTED, EventStatus.DUPLICATE_ORDER]
    other, mine = shop.order("7", "1.00", partner="mug"), shop.order("8", "1.00", partner="mug")
    statuses = [one.status for one in await send("mug-till", other, mine)]
    assert statuses == [EventStatus.ORDER_OF_ANOTHER, EventStatus.ACCEPTED]


def till_of(shop: Shop, code: str) -> Source:
    return source_for(shop.config, shop.config.sources_by_code[code])
