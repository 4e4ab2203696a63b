"""What a draft with promotions on spending would have cost: past redemptions are priced again in both worlds."""

from __future__ import annotations

from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

import msgspec
import pytest
from tests.flows.points.world import NOW
from tests.flows.redemption.kiosk import Kiosk, open_kiosk

from regulars.app.redemption_ports import redemption_ports
from regulars.features.rewards import Price, Reward
from regulars.flows.accrual.insight import micros
from regulars.flows.apply import apply_document, decode_document, vocabulary_of
from regulars.flows.simulation import Plan, simulate, simulated_document
from regulars.infra.db import Database

LATER = NOW + timedelta(minutes=5)
FIFTH: dict[str, Any] = {
    "code": "kitchen-week",
    "name": "Kitchen things a fifth off",
    "trigger": {"redemption": {"category": "kitchen"}},
    "then": [{"change_price": {"percent": 20}}],
}
BACK: dict[str, Any] = {
    "code": "back",
    "name": "Ten points back for a service",
    "trigger": {"redemption": {"kind": "service"}},
    "then": [{"award": {"point_type": "points", "points": "10"}}],
}


@pytest.fixture
async def kiosk(db: Database) -> Kiosk:
    kiosk = await open_kiosk(db, ports=redemption_ports())
    await kiosk.put(Reward("spoon", "Spoon", "goods", Price(points=50), category="kitchen"))
    await kiosk.put(Reward("pot", "Pot", "goods", Price(points=333), category="kitchen"))
    return kiosk


async def publish(kiosk: Kiosk, *rules: dict[str, Any], now: datetime = NOW - timedelta(days=1)) -> None:
    async with kiosk.db.transaction() as tx:
        document = decode_document({"rules": list(rules), "publish": True})
        await apply_document(tx, document, "acme", now=now)


async def report_of(kiosk: Kiosk, *rules: dict[str, Any], **options: Any) -> dict[str, Any]:
    """Return what these rules in place of those in force would have come to."""
    now = NOW + timedelta(hours=1)
    async with kiosk.db.transaction(read_only=True) as tx:
        vocabulary = await vocabulary_of(tx, kiosk.config.id)
        document, same_as = await simulated_document(
            tx, kiosk.config.id, vocabulary, now, {"rules": list(rules)}
        )
    plan = Plan(kiosk.config.id, document, micros(now), same_as=same_as, **options)
    return await simulate(kiosk.db, plan)


def paid(report: dict[str, Any]) -> tuple[int, int]:
    """Return what members paid, now and under the draft."""
    leaf = report["spending"]["points"]["points"]
    return leaf["base"], leaf["draft"]


def taken_off(report: dict[str, Any]) -> dict[str, tuple[int, int]]:
    """Return what each rule took off, now and under the draft."""
    return {
        one["rule"]: (one["points"]["points"]["base"], one["points"]["points"]["draft"])
        for one in report["spending"]["taken_off"]
    }


async def test_a_promotion_costs_what_it_would_have_taken_off(kiosk: Kiosk) -> None:
    await kiosk.redeem(kiosk.ann, "pot")
    await kiosk.redeem(kiosk.ann, "coffee")
    await kiosk.redeem(kiosk.bob, "spoon", quantity=3)
    before = await report_of(kiosk)
    report = await report_of(kiosk, FIFTH)
    assert paid(report) == (333 + 30 + 150, 333 - 66 + 30 + 120)
    assert taken_off(report) == {"kitchen-week": (0, 66 + 30)}
    assert report["counts"]["redemptions"] == 3
    assert report["spending"]["rewards"]["spoon"]["points"]["difference"] == -30
    assert report["spending"]["taken_off"][0]["applied"] == {"base": 0, "draft": 2}
    assert (report["as_posted"]["spent"], report["as_posted"]["redemptions_that_differ"]) == (
        {"points": 513},
        0,
    )
    assert paid(before) == (513, 513)
    assert before["spending"]["taken_off"] == []


async def test_a_rule_in_force_is_replayed_as_it_was(kiosk: Kiosk) -> None:
    await publish(kiosk, FIFTH, BACK)
    done = await kiosk.redeem(kiosk.ann, "pot")
    assert done.points == 267
    await kiosk.redeem(kiosk.ann, "coffee")
    same = await report_of(kiosk, FIFTH, BACK)
    assert paid(same) == (297, 297)
    assert same["as_posted"]["redemptions_that_differ"] == same["as_posted"]["events_that_differ"] == 0
    half = {**FIFTH, "then": [{"change_price": {"percent": 50}}]}
    report = await report_of(kiosk, half)
    assert paid(report) == (297, 333 - 166 + 30)
    assert taken_off(report) == {"kitchen-week": (66, 166)}
    assert report["points"]["points"] == report["points"]["points"] | {"base": 10, "draft": 0}


async def test_points_back_are_given_for_what_was_taken_while_no_rule_listened(kiosk: Kiosk) -> None:
    await kiosk.redeem(kiosk.ann, "coffee")
    held = await kiosk.take(kiosk.bob, "coffee")
    await kiosk.capture(held.order.id, LATER)
    report = await report_of(kiosk, BACK)
    assert report["points"]["points"]["draft"] == 20
    assert report["counts"].get("events", 0) == 0
    assert paid(report) == (60, 60)


async def test_a_part_captured_and_a_part_returned_count_for_their_part(kiosk: Kiosk) -> None:
    held = await kiosk.take(kiosk.ann, "spoon", quantity=4)
    await kiosk.capture(held.order.id, LATER, quantity=3)
    report = await report_of(kiosk, FIFTH)
    assert paid(report) == (150, 120)
    await kiosk.cancel(held.order.id, LATER, quantity=1)
    assert paid(await report_of(kiosk, FIFTH)) == (100, 80)
    await kiosk.cancel(held.order.id, LATER)
    report = await report_of(kiosk, FIFTH)
    assert (paid(report), taken_off(report)) == ((0, 0), {"kitchen-week": (0, 0)})


async def test_what_a_rule_gave_is_taken_back_in_both_worlds(kiosk: Kiosk) -> None:
    await publish(kiosk, BACK)
    more = {**BACK, "then": [{"award": {"point_type": "points", "points": "30"}}]}
    done = await kiosk.redeem(kiosk.ann, "coffee", quantity=2)
    for base, draft in ((5, 15), (0, 0)):
        await kiosk.cancel(done.order.id, LATER, quantity=1)
        report = await report_of(kiosk, more)
        assert report["as_posted"]["events_that_differ"] == 0
        found = report["points"].get("points", {"base": 0, "draft": 0})
        assert (found["base"], found["draft"]) == (base, draft)


async def test_fewer_chosen_points_are_captured(kiosk: Kiosk) -> None:
    cheaper = {**FIFTH, "trigger": {"redemption": {"kind": "discount"}}}
    held = await kiosk.take(kiosk.ann, "cash", points=200)
    await kiosk.capture(held.order.id, LATER, points=100)
    assert paid(await report_of(kiosk, cheaper)) == (100, 80)


async def test_a_fixed_price_cut_holds_for_the_pieces_that_were_set_aside(kiosk: Kiosk) -> None:
    dear = {
        **FIFTH,
        "when": {
            "combinator": "and",
            "rules": [{"field": "reward.price_points", "operator": ">=", "value": 200}],
        },
        "then": [{"change_price": {"points": 5}}],
    }
    held = await kiosk.take(kiosk.ann, "spoon", quantity=4)
    await kiosk.capture(held.order.id, LATER, quantity=2)
    assert paid(await report_of(kiosk, dear)) == (100, 195 // 2)
    await publish(kiosk, dear, now=LATER)
    held = await kiosk.take(kiosk.bob, "spoon", LATER, quantity=4)
    assert (await kiosk.capture(held.order.id, LATER, quantity=2)).points == 97
    report = await report_of(kiosk)
    assert taken_off(report) == {"kitchen-week": (3, 0)}
    assert report["as_posted"]["redemptions_that_differ"] == 0


async def test_nothing_that_was_let_go_is_counted(kiosk: Kiosk) -> None:
    held = await kiosk.take(kiosk.ann, "pot")
    await kiosk.void(held.order.id)
    await kiosk.take(kiosk.ann, "spoon")
    report = await report_of(kiosk, FIFTH)
    assert report["spending"] == {"points": {}, "taken_off": [], "rewards": {}, "months": {}}


async def test_who_pays_less_holds_more(kiosk: Kiosk) -> None:
    await kiosk.redeem(kiosk.ann, "pot")
    grant = {
        "code": "hello",
        "name": "Hello",
        "trigger": {"redemption": {}},
        "then": [{"award": {"point_type": "points", "points": "1000"}}],
    }
    report = await report_of(kiosk, FIFTH, grant)
    owed = report["liability"]["points"]
    assert owed["difference"] == 1000 - (333 - 66)


async def test_what_came_before_the_window_is_not_counted(kiosk: Kiosk) -> None:
    await kiosk.redeem(kiosk.ann, "spoon")
    await kiosk.redeem(kiosk.ann, "spoon", LATER)
    report = await report_of(kiosk, FIFTH, from_at=micros(NOW + timedelta(minutes=1)))
    assert paid(report) == (50, 40)


async def test_a_returned_share_is_rounded_as_it_was(kiosk: Kiosk) -> None:
    done = await kiosk.redeem(kiosk.ann, "pot")
    await kiosk.cancel(done.order.id, LATER, share=Fraction(1, 3))
    report = await report_of(kiosk, FIFTH)
    assert paid(report) == (333 - 111, 267 - 89)
    assert report["as_posted"]["redemptions_that_differ"] == 0
    assert msgspec.json.encode(report)
