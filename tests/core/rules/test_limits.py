"""What a decision says about limits, effects, funding and waiting times, beside the points."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from tests.core.rules.kit import compiled, event, facts_of, local_time, rule
from tests.core.rules.notation import rulesets

from regulars.core.rules import Funding, split_funding


def decided(*rules: Any, spec: Any = None, facts: Any = None, room: Any = None, **parts: Any) -> Any:
    ruleset = compiled(*rules, **parts)
    e = event(spec or {"amount": 1000})
    return ruleset.decide(e, facts_of(ruleset.facts, facts or {}), room or {}, local_time(e))


def limited(measure: str, maximum: str, **more: Any) -> dict[str, Any]:
    return {"measure": measure, "max": maximum, **more}


EURO = {"award": {"point_type": "points", "per_amount": {"points": "1", "per": "1.00"}}}


def test_used_and_limited_are_counted_in_the_limits_unit() -> None:
    decision = decided(
        rule(then=[EURO], limits=[limited("points", "500"), limited("count", "3")]), room={0: 4}
    )
    assert [(a.points, a.uncapped) for a in decision.awards] == [(4, 10)]
    assert decision.limited == [(0, 0, 6)]
    assert decision.used == [(1, 1), (0, 4)]


def test_use_is_reported_where_nothing_restricts() -> None:
    decision = decided(rule(then=[EURO], limits=[limited("points", "500")]))
    assert decision.used == [(0, 10)]
    assert decision.limited == []


def test_money_limits_count_cents() -> None:
    decision = decided(rule(then=[EURO], limits=[limited("money", "5")]), room={0: 350})
    assert [a.points for a in decision.awards] == [3]
    assert decision.used == [(0, 350)]
    assert decision.limited == [(0, 0, 650)]


def test_two_rules_share_a_limit_of_their_campaign() -> None:
    ruleset = compiled(
        rule(code="a", then=[EURO], campaign="summer", limits=[limited("points", "100", per="campaign")]),
        rule(code="b", then=[EURO], campaign="summer", limits=[limited("points", "100", per="campaign")]),
        rule(code="c", then=[EURO], campaign="winter", limits=[limited("points", "100", per="campaign")]),
    )
    assert [(limit.index, limit.owner) for limit in ruleset.limits] == [(0, "summer"), (1, "winter")]


def test_the_tightest_of_several_limits_decides() -> None:
    rules = rule(
        then=[EURO], limits=[limited("points", "50", period="day"), limited("points", "90", period="month")]
    )
    decision = decided(rules, room={0: 8, 1: 5})
    assert [a.points for a in decision.awards] == [5]
    assert decision.used == [(0, 5), (1, 5)]


def test_nothing_left_gives_no_award_but_the_rule_applied() -> None:
    decision = decided(
        rule(then=[EURO, {"add_tag": {"tag": "seen"}}], limits=[limited("points", "5")]), room={0: 0}
    )
    assert decision.awards == []
    assert decision.fired == [0]
    assert decision.effects == [(0, "add_tag", {"tag": "seen"})]


def test_a_used_up_count_silences_all_effects() -> None:
    decision = decided(
        rule(then=[EURO, {"add_tag": {"tag": "seen"}}], limits=[limited("count", "1")]), room={0: 0}
    )
    assert (decision.fired, decision.awards, decision.effects) == ([], [], [])
    assert decision.limited == [(0, 0, 1)]


def test_one_event_cannot_use_a_shared_count_twice() -> None:
    one = limited("count", "1", per="campaign")
    decision = decided(
        rule(code="a", then=[EURO], campaign="summer", limits=[one]),
        rule(code="b", then=[EURO], campaign="summer", limits=[one]),
        room={0: 1},
    )
    assert decision.fired == [0]


def test_limits_that_matter_are_known_before_the_room_is() -> None:
    ruleset = compiled(
        rule(code="a", then=[EURO], limits=[limited("points", "5")]),
        rule(code="b", then=[EURO], limits=[limited("points", "5")], when={"rules": [
            {"field": "store", "operator": "=", "value": "riga"}]}),
    )  # fmt: skip
    e = event({"amount": 1000})
    assert ruleset.limits_of(e, [], local_time(e)) == {0}


def test_effects_carry_their_arguments() -> None:
    then = [
        {"deduct": {"point_type": "points", "points": "5"}},
        {"set_attribute": {"name": "city", "value": "Riga"}},
        {"set_attribute": {"name": "children", "formula": "order.amount / 4"}},
        {"set_attribute": {"name": "children", "formula": "order.total + 1"}},
        {"add_tag": "vip"},
        {"remove_tag": {"tag": "new"}},
        {"set_tier": {"set": "status", "tier": "gold"}},
        {"enter_draw": {"draw": "car"}},
        {"issue_voucher": {"voucher": "ten-off"}},
        {"send_message": {"template": "thanks", "channel": "sms"}},
        {"create_task": {"title": "Call", "due_days": 2}},
        {"call_webhook": {"webhook": "crm", "payload": {"a": 1}}},
        {"custom": {"name": "print", "payload": {}}},
    ]
    decision = decided(rule(then=then))
    assert decision.effects == [
        (0, "deduct", {"point_type": "points", "points": 5}),
        (0, "set_attribute", {"name": "city", "value": "Riga"}),
        (0, "set_attribute", {"name": "children", "value": Decimal("2.5")}),
        (0, "add_tag", {"tag": "vip"}),
        (0, "remove_tag", {"tag": "new"}),
        (0, "set_tier", {"set": "status", "tier": "gold"}),
        (0, "enter_draw", {"draw": "car", "tickets": 1}),
        (0, "issue_voucher", {"voucher": "ten-off"}),
        (0, "send_message", {"template": "thanks", "channel": "sms"}),
        (0, "create_task", {"title": "Call", "due_days": 2}),
        (0, "call_webhook", {"webhook": "crm", "payload": {"a": 1}}),
        (0, "custom", {"name": "print", "payload": {}}),
    ]
    assert decision.awards == []


def test_a_deduction_is_no_award_to_be_multiplied_or_compared() -> None:
    decision = decided(
        rule(code="fee", then=[{"deduct": {"point_type": "points", "points": "90"}}], group="g"),
        rule(code="gift", then=[{"award": {"point_type": "points", "points": "1"}}], group="g"),
        rule(
            code="double", then=[{"award": {"point_type": "points", "multiply": {"rule": "fee", "by": "2"}}}]
        ),
        groups=[{"code": "g", "mode": "best"}],
    )
    assert [(a.rule_index, a.points) for a in decision.awards] == [(1, 1)]
    assert decision.effects == []


def test_pending_days_override_the_point_type() -> None:
    decision = decided(rule(then=[{"award": {"point_type": "points", "points": "5", "pending": "P2W"}}]))
    assert decision.awards[0].pending_days == 14


def test_multipliers_of_multipliers() -> None:
    by = {"by": "2"}
    decision = decided(
        rule(code="c", then=[{"award": {"point_type": "points", "multiply": {"rule": "b", **by}}}]),
        rule(code="b", then=[{"award": {"point_type": "points", "multiply": {"rule": "a", **by}}}]),
        rule(code="a", then=[EURO]),
    )
    assert [a.points for a in decision.awards] == [10, 10, 10]


def test_a_multiplier_of_a_loser_gives_nothing() -> None:
    document = rulesets()["best_offer"]
    more = rule(
        code="x", then=[{"award": {"point_type": "points", "multiply": {"rule": "triple", "by": "2"}}}]
    )
    decision = decided(*document["rules"], more, groups=document["groups"])
    assert sorted((a.rule_index, a.points) for a in decision.awards) == [(0, 10), (1, 50)]


@pytest.mark.parametrize(
    ("points", "shares", "expected"),
    [
        (10, [("house", 60), ("partner:acme", 40)], [("house", 6), ("partner:acme", 4)]),
        (1, [("house", 50), ("partner:acme", 50)], [("house", 1), ("partner:acme", 0)]),
        (2, [("a", "33.33"), ("b", "33.33"), ("c", "33.34")], [("a", 1), ("b", 0), ("c", 1)]),
        (0, [("house", 60), ("partner:acme", 40)], [("house", 0), ("partner:acme", 0)]),
        (7, [], [("house", 7)]),
    ],
)
def test_funding_is_split_without_a_rest(points: int, shares: Any, expected: Any) -> None:
    parts = split_funding(points, tuple(Funding(account, Decimal(share)) for account, share in shares))
    assert parts == expected
    assert sum(part for _, part in parts) == points
