"""What a correction makes of its order's effects is told with it: what the order has first, no more, and again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.flows.accrual.setting import Shop, open_shop
from tests.flows.accrual.test_answer import Till

from regulars.core.events import Event
from regulars.flows.accrual.insight import current_rulebook
from regulars.flows.explanation import event_at, explain_event
from regulars.flows.journal import Journal
from regulars.infra.clock import FixedClock
from regulars.infra.db import Database, load_queries
from regulars.kit.ids import decode, encode

queries = load_queries(__package__)

PROGRAM = """
program: {code: corner, name: Corner, currency: EUR, zone: Europe/Vilnius, region: LT}
sources: [{code: till, name: Till, enrol: true}]
point_types: [{code: points, name: Points}, {code: net, name: Net, kind: qualifying}]
tier_sets:
  - code: club
    name: Club
    metric: {of: points, point_type: net}
    tiers: [{code: bronze, name: Bronze, threshold: 0}, {code: silver, name: Silver, threshold: 100, award: {point_type: points, points: 50}}]
rules:
  - {code: base, trigger: {event: Order Completed}, then: [{award: {point_type: points, per_amount: {points: 1, per: 1}}}]}
  - code: thanks
    trigger: {event: Order Completed}
    when: {combinator: and, rules: [{field: order.amount, operator: ">=", value: 50}]}
    then: [{issue_voucher: {voucher: thanks}}, {enter_draw: {draw: car, tickets: 3}}, {send_message: {template: thanks, channel: email}}]
  - code: grand
    trigger: {event: Order Completed}
    when: {combinator: and, rules: [{field: order.amount, operator: ">=", value: 500}]}
    then: [{set_tier: {set: club, tier: silver}}]
vouchers:
  - {code: thanks, name: Thanks, worth: {kind: percentage, percentage: "10"}, pattern: THX-####-####}
draws:
  - {code: car, name: Car, prizes: [{code: car, name: Car, quantity: 1}]}
publish: true
"""  # noqa: E501 - a rule is read on one line

VOUCHER = {"rule": "thanks", "voucher": "thanks"}
TICKETS = {"rule": "thanks", "draw": "car", "tickets": 3}
MESSAGE = {"type": "send_message", "rule": "thanks", "template": "thanks", "channel": "email"}
BROUGHT = [{"type": "issue_voucher", **VOUCHER}, {"type": "enter_draw", **TICKETS}]
TAKEN_BACK = [
    {"type": "effect_taken_back", "effect": "issue_voucher", **VOUCHER},
    {"type": "effect_taken_back", "effect": "enter_draw", **TICKETS},
]
GIVEN_AGAIN = [{**one, "type": "effect_given_again"} for one in TAKEN_BACK]


def worth(shop: Shop, amount: str, order_id: str = "1") -> Event:
    return shop.event("Order Updated", order={"order_id": order_id, "revenue": amount})


def beside_points(effects: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [one for one in effects if not one["type"].startswith("points_")]


async def explained(shop: Shop, event: str) -> dict[str, Any]:
    book = await current_rulebook(shop.db, shop.rulebooks, shop.program_id)
    async with shop.db.transaction(read_only=True) as tx:
        stored = await event_at(tx, book, decode("evt", event))
        return await explain_event(tx, book, stored, shop.clock.now())


async def test_the_answer_says_what_an_update_brought_and_took(
    db: Database, clock: FixedClock, tmp_path: Path
) -> None:
    shop = await open_shop(db, clock, tmp_path, PROGRAM)
    till = Till(shop, clock)
    first = await till.one(shop.order("1", "30.00"))
    assert [one["type"] for one in beside_points(first["effects"])] == ["tier_changed"]
    grown = worth(shop, "60.00")
    said = [await till.one(grown, dry_run=True), await till.one(grown), await till.one(grown)]
    assert [beside_points(one["effects"]) for one in said] == [[*BROUGHT, MESSAGE]] * 3
    again = []
    for amount in ("30.00", "60.00", "80.00", "20.00"):
        again.append(beside_points((await till.one(worth(shop, amount)))["effects"]))
    assert again == [TAKEN_BACK, GIVEN_AGAIN, [], TAKEN_BACK]
    assert beside_points((await till.one(worth(shop, "90.00")))["effects"]) == GIVEN_AGAIN
    gone = await till.one(shop.event("Order Cancelled", order={"order_id": "1"}))
    assert beside_points(gone["effects"]) == TAKEN_BACK


async def test_so_do_the_explanations_of_the_update_and_of_its_order(
    db: Database, clock: FixedClock, tmp_path: Path
) -> None:
    shop = await open_shop(db, clock, tmp_path, PROGRAM)
    port = Till(shop, clock)
    await port.one(shop.order("1", "30.00"))
    for amount in ("60.00", "30.00"):
        await port.one(worth(shop, amount))
    async with shop.db.transaction(read_only=True) as tx:
        number = await tx.value(queries.select_first_order)
    order = await explained(shop, encode("evt", number))
    told = [beside_points(one["effects"]) for one in order["corrections"]]
    assert told == [[*BROUGHT, MESSAGE], TAKEN_BACK]
    updates = [await explained(shop, one["event"]) for one in order["corrections"]]
    assert [beside_points(one["effects"]) for one in updates] == told
    async with shop.db.transaction(read_only=True) as tx:
        journal = await Journal.open(tx, shop.program_id)
        listed = [await journal.by_id(tx, decode("evt", one["event"])) for one in order["corrections"]]
    assert [one.effects for one in listed] == [["issue_voucher", "enter_draw", "send_message"], []]


async def test_a_tier_that_a_grown_order_gives_is_told_with_it(
    db: Database, clock: FixedClock, tmp_path: Path
) -> None:
    shop = await open_shop(db, clock, tmp_path, PROGRAM)
    till = Till(shop, clock)
    await till.one(shop.order("1", "30.00"))
    told = beside_points((await till.one(worth(shop, "500.00")))["effects"])
    assert {"type": "tier_changed", "tier_set": "club", "from": "bronze", "to": "silver"} in told
    assert [one["points"] for one in told if one["type"] == "entry_award"] == [50]
