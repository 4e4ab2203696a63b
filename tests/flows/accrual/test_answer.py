"""What the sender of an event is told: everything that happened because of it, and the same when it is sent again."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.flows.accrual.setting import Shop, open_shop

from regulars.app.intake_port import AccrualPort
from regulars.core.events import Event
from regulars.infra.clock import FixedClock
from regulars.infra.db import Database

PROGRAM = """
program: {code: corner, name: Corner, currency: EUR, zone: Europe/Vilnius, region: LT}
sources: [{code: till, name: Till, enrol: true}]
point_types:
  - {code: points, name: Points}
  - {code: later, name: Later, policy: {pending: {until_event: Order Delivered}}}
  - {code: net, name: Net, kind: qualifying}
tier_sets:
  - code: club
    name: Club
    metric: {of: points, point_type: net}
    tiers: [{code: bronze, name: Bronze, threshold: 0}, {code: silver, name: Silver, threshold: 100}]
rules:
  - {code: joined, trigger: {member: joined}, then: [{award: {point_type: points, points: 5}}]}
  - {code: climb, trigger: {event: Climb}, then: [{award: {point_type: net, points: 100}}]}
  - {code: risen, trigger: {tier_changed: {set: club, direction: up}}, when: {combinator: and, rules: [{field: event.properties.to, operator: "=", value: silver}]},
     then: [{award: {point_type: points, points: 70}}]}
  - {code: rich, trigger: {wallet_changed: {point_type: points, reaches: 75}}, then: [{add_tag: rich}]}
  - {code: buy, trigger: {event: Order Completed}, then: [{award: {point_type: later, per_amount: {points: 1, per: 1}}}, {award: {point_type: points, per_amount: {points: 1, per: 1}}}]}
  - {code: take, trigger: {event: Take}, then: [{deduct: {point_type: points, points: 25}}]}
  - code: carries
    trigger: {event: Wave}
    then: [{add_tag: seen}, {set_attribute: {name: colour, value: red}}, {custom: {name: confetti, payload: {n: 3}}}]
publish: true
"""  # noqa: E501 - a rule is read on one line


class Till:
    """A till that sends one event after the other and reads what it is told."""

    def __init__(self, shop: Shop, clock: FixedClock) -> None:
        self._shop = shop
        self._clock = clock
        self._port = AccrualPort(shop.db, clock)

    async def told(self, *events: Event, dry_run: bool = False) -> list[dict[str, Any]]:
        results = await self._port.accept(
            self._shop.till, list(events), received_at=self._clock.now(), dry_run=dry_run, effects=True
        )
        return [result.outcome for result in results if isinstance(result.outcome, dict)]

    async def one(self, event: Event, *, dry_run: bool = False) -> dict[str, Any]:
        (found,) = await self.told(event, dry_run=dry_run)
        return found


def caused(told: dict[str, Any]) -> list[tuple[str, list[tuple[str, str, Any]]]]:
    """Return the events that one caused, with type, rule and points or tag of each effect."""
    return [(one["type"], brief(one["effects"])) for one in told["caused"]]


def brief(effects: Sequence[dict[str, Any]]) -> list[tuple[str, str, Any]]:
    return [(one["type"], one.get("rule", ""), one.get("points", one.get("tag"))) for one in effects]


async def test_what_an_event_causes_is_told_with_it(db: Database, clock: FixedClock, tmp_path: Path) -> None:
    """She joins by it, rises by it and has enough by it: three more events, each with what it did."""
    shop = await open_shop(db, clock, tmp_path, PROGRAM)
    till = Till(shop, clock)
    climb = shop.event("Climb", "ann")
    tried = await till.one(climb, dry_run=True)
    told = await till.one(climb)
    assert [one["event"] for one in tried["caused"]] == [None] * 5
    assert caused(told) == caused(tried)
    assert caused(told)[0] == ("Member Joined", [("points_awarded", "joined", 5), ("tier_changed", "", None)])
    assert ("Tier Changed", [("points_awarded", "risen", 70)]) in caused(told)
    assert ("Wallet Changed", [("add_tag", "rich", None)]) in caused(
        told
    )  # what it carries, its explanation says
    assert told["member"]["balances"]["points"]["available"] == 75


async def test_the_same_event_again_is_told_the_same(db: Database, clock: FixedClock, tmp_path: Path) -> None:
    """Also what it caused, and what she has now; another member's event in the batch changes nothing."""
    shop = await open_shop(db, clock, tmp_path, PROGRAM)
    till = Till(shop, clock)
    climb, other = shop.event("Climb", "ann"), shop.event("Climb", "eve")
    later = shop.event("Wave", "ann")
    first = await till.told(climb, other, later)
    assert await till.told(climb, other, later) == first
    assert len(first[0]["caused"]) == 5
    assert first[2]["caused"] == []


async def test_effects_come_with_what_they_carry(db: Database, clock: FixedClock, tmp_path: Path) -> None:
    shop = await open_shop(db, clock, tmp_path, PROGRAM)
    wave = shop.event("Wave", "ann")
    told = await Till(shop, clock).one(wave)
    assert told["effects"] == [
        {"type": "add_tag", "rule": "carries", "tag": "seen"},
        {"type": "set_attribute", "rule": "carries", "name": "colour", "value": "red"},
        {"type": "custom", "rule": "carries", "name": "confetti", "payload": {"n": 3}},
    ]
    assert told["rules_not_fired"] == []


async def test_an_entry_is_paid_whole_and_takes_nothing_of_what_may_be_earned(
    db: Database, clock: FixedClock, tmp_path: Path
) -> None:
    """Twenty a day may be earned, and sixty be held; Silver pays fifty at once, whatever else the day brought."""
    text = """
program: {code: corner, name: Corner, currency: EUR, zone: Europe/Vilnius, region: LT}
sources: [{code: till, name: Till, enrol: true}]
point_types: [{code: points, name: Points, policy: {earn_max: {day: 20}, balance_max: 60}}, {code: net, name: Net, kind: qualifying}]
tier_sets:
  - code: club
    name: Club
    metric: {of: points, point_type: net}
    tiers: [{code: bronze, name: Bronze, threshold: 0}, {code: silver, name: Silver, threshold: 100, award: {point_type: points, points: 50}}]
rules:
  - {code: climb, trigger: {event: Climb}, then: [{award: {point_type: net, points: 100}}]}
  - {code: coffee, trigger: {event: Coffee}, then: [{award: {point_type: points, points: 15}}]}
publish: true
"""  # noqa: E501 - a rule is read on one line
    till = Till(shop := await open_shop(db, clock, tmp_path, text), clock)
    await till.one(shop.event("Coffee", "ann"))
    risen = await till.one(shop.event("Climb", "ann"))
    assert ("entry_award", "", 50) in brief(risen["effects"])
    assert (risen["limited"], risen["member"]["balances"]["points"]["available"]) == ([], 65)
    # Of what may be earned in a day there is enough; of what may be held, there is not.
    full = await till.one(shop.event("Coffee", "ann"))
    assert [(one["limit"]["measure"], one["cut"]) for one in full["limited"]] == [("balance_max", 15)]
    first = await till.one(shop.event("Climb", "eve"))
    assert first["member"]["balances"]["points"]["available"] == 50
    cut = await till.one(shop.event("Coffee", "eve"))
    assert [(one["limit"]["measure"], one["cut"]) for one in cut["limited"]] == [("balance_max", 5)]


async def test_points_that_waited_and_points_that_are_gone_are_told(
    db: Database, clock: FixedClock, tmp_path: Path
) -> None:
    """Delivered, what waited is there; returned after they were spent, what cannot be taken back is told."""
    shop = await open_shop(db, clock, tmp_path, PROGRAM)
    till = Till(shop, clock)
    await till.one(shop.order("1", "20.00", user="ann"))
    delivered = await till.one(shop.event("Order Delivered", "ann", order_id="1"))
    assert brief(delivered["effects"]) == [("points_released", "", 20)]
    await till.one(shop.event("Take", "ann"))
    returned = await till.one(shop.refund("1", "ann"))
    assert brief(returned["effects"]) == [("points_reversed", "", 20)]
    assert returned["not_taken_back"] == 20
