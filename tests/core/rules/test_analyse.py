"""What is told before publishing: impossible, hidden, overlapping, self-feeding rules, and the greatest award."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from tests.core.rules.kit import CATALOG, event, local_time, rule
from tests.core.rules.notation import condition, group, rulesets

from regulars.core.rules import LocalTime, analyse, run_examples, sentence

TODAY = LocalTime(1, 0, 20_514, 3, 2, 2026)


def findings(*rules: Any, code: str = "", **parts: Any) -> list[Any]:
    found = analyse({"rules": list(rules), **parts}, CATALOG, today=TODAY)
    return [f for f in found if f.code == code] if code else found


@pytest.mark.parametrize(
    "text",
    [
        "order.amount > 50 & order.amount < 50",
        "order.amount >= 50 & order.amount < 50",
        'store = "a" & store = "b"',
        'store = "a" & store in ["b", "c"]',
        'store = "a" & store != "a"',
        "order.amount in [1, 2] & order.amount > 2",
        "lines some : quantity > 3 & quantity < 3",
        'lines atMost 0 : quantity > 3 & store = "a" & store = "b"',
        "weekday = 8",
        "month in [0, 13]",
        "day > 31",
        'member.tags contains "vip" & member.tags doesNotContain "vip"',
        'store null & store = "a"',
        'store beginsWith "a" & store doesNotBeginWith "a"',
    ],
)
def test_contradictions_never_fire(text: str) -> None:
    parts = (
        [condition(part) for part in text.split(" & ")] if not text.startswith("lines") else [condition(text)]
    )
    if text.startswith("lines atMost"):
        assert findings(rule(when={"rules": parts}), code="never_fires") == []
        return
    assert [f.rules for f in findings(rule(when={"rules": parts}), code="never_fires")] == [("rule",)]


@pytest.mark.parametrize(
    "text", ["order.amount >= 50 & order.amount <= 50", 'store != "a"', 'store in ["a", "b"] & store != "a"']
)
def test_what_can_hold_is_not_told(text: str) -> None:
    assert findings(rule(when=group(condition(text))), code="never_fires") == []


def test_schedules_that_are_over() -> None:
    assert findings(rule(schedule={"to": "2026-03-02"}), code="over")
    assert not findings(rule(schedule={"to": "2026-03-03"}), code="over")
    assert findings(
        rule(schedule={"from": "2026-01-01", "to": "2026-02-01", "rrule": "FREQ=DAILY"}), code="over"
    )


def test_a_condition_and_a_schedule_that_never_meet() -> None:
    tuesdays = group(condition("weekday = 2"))
    assert findings(rule(schedule={"weekdays": [1]}, when=tuesdays), code="never_fires")
    assert not findings(rule(schedule={"weekdays": [1, 2]}, when=tuesdays), code="never_fires")
    assert findings(rule(when=group(condition('date <= "2026-02-28"'))), code="over")


def test_what_nobody_has_heard_of() -> None:
    """A value that nothing in the program has is told, with what was perhaps meant."""
    told = findings(rule(when=group(condition('member.tier in ["gold", "golden"]'))), code="unknown_value")
    assert [one.message for one in told] == [
        "“rule” asks for `golden`. There is no tier `golden`. Did you mean `gold`?"
    ]
    assert (
        findings(rule(when=group(condition('event.properties.size = "golden"'))), code="unknown_value") == []
    )


@pytest.mark.parametrize("text", ["order.amount > 5", 'order.coupon = "X"'])
def test_events_that_have_no_order(text: str) -> None:
    """Nothing is bought by having a birthday."""
    asks = group(condition(text))
    assert findings(rule(trigger={"birthday": {}}, when=asks), code="never_fires")
    assert findings(rule(trigger={"wallet_changed": {"point_type": "points"}}, when=asks), code="never_fires")
    assert not findings(rule(when=asks), code="never_fires")
    without = group(condition("order.coupon null"))
    assert not findings(rule(trigger={"birthday": {}}, when=without), code="never_fires")
    some = group({"field": "order.lines", "match": {"mode": "some"}, "value": group(condition('sku = "A"'))})
    assert findings(rule(trigger={"inactive": {"days": 9}}, when=some), code="never_fires")


def test_an_event_that_is_probably_misspelt() -> None:
    told = findings(rule(trigger={"event": "Order Complete"}), code="never_sent")
    assert [one.message for one in told] == [
        "“rule” waits for `Order Complete`, which nobody has sent so far. Did you mean `Order Completed`?"
    ]
    assert findings(rule(trigger={"event": "Visited Museum"}), code="never_sent") == []


def test_a_limit_of_nothing() -> None:
    nothing = rule(limits=[{"measure": "count", "max": "0"}])
    assert findings(nothing, code="gives_nothing")
    assert findings(nothing, code="greatest_award") == []


def test_hidden_rules_of_a_first_group() -> None:
    ladder = [
        rule(code="ten", when=group(condition("order.amount >= 10")), group="g"),
        rule(code="hundred", when=group(condition("order.amount >= 100")), group="g"),
    ]
    groups = [{"code": "g", "mode": "first"}]
    assert [f.rules for f in findings(*ladder, groups=groups, code="never_first")] == [("hundred", "ten")]
    ladder[1]["priority"] = 1
    assert findings(*ladder, groups=groups, code="never_first") == []


def test_who_goes_first_of_equals_is_told() -> None:
    """Where priorities are equal, the code decides; who wrote them in another order would not see it."""
    groups = [{"code": "g", "mode": "first"}]
    large, app = group(condition("order.amount >= 100")), group(condition('channel = "app"'))
    pair = [rule(code="a", when=large, group="g"), rule(code="b", when=app, group="g")]
    told = findings(*pair, groups=groups, code="same_priority")
    assert [one.rules for one in told] == [("a", "b")]
    assert "“a” goes first, by its code." in told[0].message
    pair[1]["priority"] = 1
    assert findings(*pair, groups=groups, code="same_priority") == []
    apart = [
        rule(code="a", when=group(condition(f'store = "{store}"')), group="g") for store in ("riga", "oslo")
    ]
    apart[1]["code"] = "b"
    assert findings(*apart, groups=groups, code="same_priority") == []


def test_a_rule_that_is_used_up_hides_nothing() -> None:
    """Once for each member, then the next one of the group: the next one applies."""
    once = rule(code="once", group="g", limits=[{"measure": "count", "max": "1"}])
    groups = [{"code": "g", "mode": "first"}]
    assert findings(once, rule(code="then", group="g"), groups=groups, code="never_first") == []


def test_overlaps_in_a_stacking_group() -> None:
    app, riga = group(condition('channel = "app"')), group(condition('store = "riga"'))
    oslo = group(condition('store = "oslo"'))
    found = findings(
        rule(code="a", when=app), rule(code="b", when=riga), rule(code="c", when=oslo), code="overlap"
    )
    assert [f.rules for f in found] == [("a", "b"), ("a", "c")]
    best = [{"code": "g", "mode": "best"}]
    assert (
        findings(
            rule(code="a", when=app, group="g"),
            rule(code="b", when=riga, group="g"),
            groups=best,
            code="overlap",
        )
        == []
    )


def test_what_never_happens_together_is_no_overlap() -> None:
    some, none = ({"field": "order.lines", "match": {"mode": mode}, "value": group(condition('sku = "A"'))}
                  for mode in ("some", "none"))  # fmt: skip
    assert findings(rule(code="a", when=group(some)), rule(code="b", when=group(none)), code="overlap") == []
    app = group(condition('channel = "app"'))
    groups = [{"code": "g", "exclusive": True}]
    assert (
        findings(rule(code="a", when=app, group="g"), rule(code="b", when=app), groups=groups, code="overlap")
        == []
    )


def test_the_same_given_twice_to_everybody_is_an_overlap() -> None:
    """Two rules without conditions that give in one way; a bonus on top of them, or in another way, is none."""
    euro = [{"award": {"point_type": "points", "per_amount": {"points": "1", "per": "1.00"}}}]
    ten = [{"award": {"point_type": "points", "points": "10"}}]
    found = findings(
        rule(code="base", then=euro),
        rule(code="base-copy", then=euro),
        rule(code="gift", then=ten),
        rule(code="app", then=euro, when=group(condition('channel = "app"'))),
        code="overlap",
    )
    assert [f.rules for f in found] == [("base", "base-copy")]


def wallet(code: str, listens: str, gives: str, **more: Any) -> dict[str, Any]:
    return rule(
        code=code,
        trigger={"wallet_changed": {"point_type": listens, **more}},
        then=[{"award": {"point_type": gives, "points": "1"}}],
    )


def test_rules_that_feed_themselves() -> None:
    assert [f.rules for f in findings(wallet("a", "points", "points"), code="feeds_itself")] == [("a",)]
    both = findings(wallet("a", "points", "miles"), wallet("b", "miles", "points"), code="feeds_itself")
    assert [set(f.rules) for f in both] == [{"a", "b"}]
    assert findings(wallet("a", "points", "miles"), code="feeds_itself") == []
    assert findings(wallet("a", "points", "points", reaches="100"), code="feeds_itself") == []


def test_a_tier_that_sets_itself() -> None:
    trigger = {"tier_changed": {"set": "status"}}
    gold = [{"set_tier": {"set": "status", "tier": "gold"}}]
    assert findings(rule(trigger=trigger, then=gold), code="feeds_itself")
    to_silver = group({"field": "event.properties.to", "operator": "=", "value": "silver"})
    assert not findings(rule(trigger=trigger, then=gold, when=to_silver), code="feeds_itself")


@pytest.mark.parametrize(
    ("name", "point_type", "amount", "rules"),
    [
        ("multipliers", "points", 275, {"base", "double-riga", "half-more-app", "gold-on-top"}),
        ("best_offer", "points", 300, {"base", "triple"}),
        ("first_in_order", "points", 100, {"large"}),
        ("caps", "points", 200, {"base", "double"}),
        ("happy_hour", "points", 407, {"base", "happy-hour", "night", "march"}),
        ("tier_table", "points", 30, {"tier"}),
    ],
)
def test_greatest_award(name: str, point_type: str, amount: int, rules: set[str]) -> None:
    """For an order of 100.00."""
    found = [
        f
        for f in analyse(rulesets()[name], CATALOG)
        if f.code == "greatest_award" and point_type in f.message
    ]
    assert [(f.amount, set(f.rules)) for f in found] == [(Decimal(amount), rules)]


def gives(code: str, points: int, *texts: str, **parts: Any) -> dict[str, Any]:
    when = {"rules": [condition(text) for text in texts]}
    return rule(
        code=code, when=when, then=[{"award": {"point_type": "points", "points": str(points)}}], **parts
    )


_BUDGET = [{"measure": "points", "max": "30", "per": "campaign", "period": "lifetime"}]


@pytest.mark.parametrize(
    ("rules", "amount", "named"),
    [
        pytest.param(
            [gives("a", 100, 'store = "riga"'), gives("b", 60, 'store = "oslo"'), gives("c", 60, 'store = "oslo"')],
            120, {"b", "c"}, id="two that meet give more than the dearest",
        ),
        pytest.param(
            [gives("big", 1000, "order.amount >= 500"), gives("small", 7, "order.amount < 50"), gives("any", 5)],
            5, {"any"}, id="other amounts",
        ),
        pytest.param(
            [gives("gone", 1000, schedule={"to": "2026-01-01"}), gives("any", 5)], 5, {"any"}, id="over",
        ),
        pytest.param(
            [gives("golden", 1000, 'member.tier = "golden"'), gives("any", 5)], 5, {"any"}, id="no such tier",
        ),
        pytest.param(
            [gives("first", 5, group="first"), gives("hidden", 1000, group="first")], 5, {"first"}, id="hidden",
        ),
        pytest.param(
            [gives("first", 5, 'store = "riga"', group="first"), gives("other", 50, group="first"),
             gives("riga", 900, 'store = "riga"')], 905, {"first", "riga"}, id="hidden in one store",
        ),
        pytest.param(
            [gives("always", 50, group="only"), gives("any", 100)], 50, {"always"}, id="silenced",
        ),
        pytest.param(
            [gives("once", 50, group="only", limits=[{"measure": "count", "max": "1"}]), gives("any", 100)],
            100, {"any"}, id="silenced until it is used up",
        ),
        pytest.param(
            [gives("early", 10, group="only"), gives("late", 900, group="also")], 10, {"early"}, id="two alone",
        ),
        pytest.param(
            [gives("a", 100, campaign="summer", limits=_BUDGET), gives("b", 90, campaign="summer", limits=_BUDGET)],
            30, {"a", "b"}, id="one budget",
        ),
        pytest.param(
            [gives("vip", 100, 'member.tags contains "vip"'), gives("other", 90, 'member.tags doesNotContain "vip"')],
            100, {"vip"}, id="the opposite",
        ),
        pytest.param(
            [gives("none", 100, 'store null'), gives("riga", 90, 'store = "riga"')], 100, {"none"}, id="nowhere",
        ),
        pytest.param(
            [rule(code="cut", limits=[{"measure": "money", "max": "20"}],
                  then=[{"award": {"point_type": "points", "per_amount": {"points": "1", "per": "1.00"}}}])],
            20, {"cut"}, id="money",
        ),
    ],
)  # fmt: skip
def test_the_greatest_award_is_one_that_can_be(rules: list[Any], amount: int, named: set[str]) -> None:
    """Only rules count that can hold together, for an order of 100.00 on this day or a later one."""
    groups = [
        {"code": "first", "mode": "first"},
        {"code": "only", "exclusive": True},
        {"code": "also", "exclusive": True},
    ]
    (found,) = findings(*rules, groups=groups, code="greatest_award")
    assert (found.amount, set(found.rules)) == (Decimal(amount), named)


@pytest.mark.parametrize(
    ("formula", "amount"),
    [
        ("if(order.amount > 50, order.amount / 4, 7)", 25),
        ("if(order.amount > 50, 1, order.amount / 2)", 50),
        ("max(order.amount, 30)", 100),
        ("min(order.amount, 30)", 30),
        ("max(if(order.amount > 500, 9, 1), floor(order.amount / 30))", 9),
        ("abs(order.amount - order.tax * 2)", 100),
    ],
)
def test_the_greatest_award_of_a_formula(formula: str, amount: int) -> None:
    """For an order of 100.00; a choice counts as the greater of both."""
    award = {"award": {"point_type": "points", "formula": formula}}
    (found,) = findings(rule(code="f", then=[award]), code="greatest_award")
    assert found.amount == Decimal(amount)


# --- a rule's own tests ---------------------------------------------------------------------------------------------


def read_event(spec: dict[str, Any]) -> Any:
    if "bad" in spec:
        raise ValueError("no such thing")
    e = event(spec)
    return e, local_time(e)


def example(**parts: Any) -> dict[str, Any]:
    test = {"name": "t", "event": {"amount": 2500, "store": "riga"}, "expect": {"fired": True}, **parts}
    when = {"rules": [condition('store = "riga"'), condition('member.tier = "gold"')]}
    award = {"award": {"point_type": "stars", "per_amount": {"points": "0.5", "per": "1.00"}}}
    limits = [{"measure": "points", "max": "100"}]
    return {
        "rules": [rule(code="other"), rule(code="it", when=when, then=[award], limits=limits, tests=[test])]
    }


@pytest.mark.parametrize(
    ("parts", "problem"),
    [
        ({"facts": {"member.tier": "gold"}, "expect": {"fired": True, "points": {"stars": "12.5"}}}, ""),
        ({"facts": {"member.tier": "gold"}, "room": {"0": 200}, "expect": {"points": {"stars": 2}}}, ""),
        (
            {"facts": {"member.tier": "gold"}, "expect": {"points": {"stars": 12}}},
            "expected 12 stars, got 12.5",
        ),
        ({"facts": {"member.tier": "silver"}}, "it did not fire: the tier is “gold”: it is “silver”"),
        ({"facts": {"member.tier": "gold"}, "expect": {"fired": False}}, "it fired"),
        ({"facts": {"member.teir": "gold"}, "expect": {"fired": False}}, "there is no field `member.teir`"),
        ({"event": {"type": "Product Viewed"}}, "it does not listen to “Product Viewed”"),
        ({"event": {"bad": 1}}, "its event cannot be read: no such thing"),
    ],
)
def test_examples(parts: dict[str, Any], problem: str) -> None:
    results = run_examples(example(**parts), CATALOG, read_event)
    assert [(r.rule, r.passed) for r in results] == [("it", not problem)]
    assert problem in "; ".join(results[0].problems)


# --- sentences ------------------------------------------------------------------------------------------------------


def test_sentences() -> None:
    """Read aloud."""
    tea = {"rules": [condition('category = "Tea"')]}
    document = rule(
        when={"rules": [
            {"combinator": "or", "rules": [condition("store in \"riga, oslo\""), condition("order.amount >= 50")]},
            {"field": "order.lines", "match": {"mode": "atLeast", "threshold": 2}, "value": tea},
            condition("member.joined_at < \"2026-01-01T00:00:00Z\""),
        ]},
        schedule={"from": "2026-03-01", "to": "2026-04-01T12:00", "weekdays": [5, 6], "hours": [["17:00", "20:00"]],
                  "zone": "member"},
        then=[{"award": {"point_type": "points", "per_line": {"points": "1", "per": "unit", "where": tea}}},
              {"add_tag": "tea"}],
        limits=[{"measure": "points", "max": "1500", "period": "month"}],
        funding=[{"account": "partner:acme", "share": 60}, {"account": "house", "share": 40}],
    )  # fmt: skip
    assert sentence(document, CATALOG) == (
        "When “Order Completed” happens, if it is from 2026-03-01 until 2026-04-01 12:00 on Friday or Saturday between "
        "17:00 and 20:00 in the member's time zone and (the store is one of “riga” or “oslo” or the order amount is at "
        "least 50.00 EUR) and the order has at least 2 lines where the category is “Tea” and the joined is before "
        "2026-01-01T00:00:00+00:00, give 1 point for each item where the category is “Tea” and add the tag “tea”; "
        "at most 1,500 points a month per member. Partner acme pays 60 % and house pays 40 %."
    )


@pytest.mark.parametrize(
    ("trigger", "start"),
    [
        ({"milestone": "first_purchase"}, "On the first purchase, give"),
        ({"milestone": "nth_purchase", "n": 10}, "On purchase number 10, give"),
        ({"birthday": {"days_before": 7}}, "7 days before a member's birthday, give"),
        ({"inactive": {"days": 30}}, "After 30 days without “Order Completed”, give"),
        (
            {"wallet_changed": {"point_type": "points", "reaches": "100"}},
            "When a balance of points reaches 100, give",
        ),
        ({"tier_changed": {"set": "status", "direction": "up"}}, "When a member moves up in “status”, give"),
        (
            {"schedule": {"weekly": {"weekday": 1, "at": "09:00"}}},
            "Every Monday at 09:00 by the program's clock, give",
        ),
        (
            {"schedule": {"daily": "09:00", "zone": "member"}},
            "Every day at 09:00 by the member's clock, give",
        ),
        ({"schedule": {"cron": "0 9 1 * *"}}, "On the schedule “0 9 1 * *” by the program's clock, give"),
        ({"event": ["A", "B"]}, "When “A” or “B” happens, give"),
    ],
)
def test_sentences_of_triggers(trigger: Any, start: str) -> None:
    assert sentence(rule(trigger=trigger), CATALOG).startswith(start)


@pytest.mark.parametrize(
    ("measure", "said"),
    [
        ({"event": "Order Completed"}, "the number of “Order Completed” events"),
        (
            {"event": "Order Completed", "window": {"last_days": 30}},
            "the number of “Order Completed” events in the last 30 days",
        ),
        (
            {
                "event": "Order Completed",
                "aggregate": "sum",
                "field": "order.amount",
                "window": {"calendar": "month"},
            },
            "the total of order amount over “Order Completed” events in the same calendar month",
        ),
        (
            {
                "event": "Ride",
                "aggregate": "max",
                "field": "event.properties.km",
                "window": {"since": "Joined Club"},
            },
            "the greatest property “km” among “Ride” events since the latest “Joined Club”",
        ),
        (
            {"event": "Order Completed", "aggregate": "distinct", "field": "store"},
            "the number of different store among “Order Completed” events",
        ),
        (
            {"event": "Order Completed", "aggregate": "days_since", "window": {"tier_period": "status"}},
            "the days since the latest “Order Completed” event in the present period of the tier set “status”",
        ),
        (
            {
                "event": "Order Completed",
                "where": {"rules": [{"field": "store", "operator": "=", "value": "riga"}]},
            },
            "the number of “Order Completed” events (those where the store is “riga”)",
        ),
    ],
)
def test_a_sentence_says_which_past_events_are_meant(measure: Any, said: str) -> None:
    """Two rules that look at different windows, or at different events, do not read alike."""
    when = {"rules": [{"field": "behaviour", "measure": measure, "operator": ">=", "value": 3}]}
    text = sentence(rule(when=when), CATALOG)
    assert text.startswith(f"When “Order Completed” happens, if {said} is at least 3"), text


def test_every_documented_ruleset_can_be_read() -> None:
    for document in rulesets().values():
        for one in document["rules"]:
            assert sentence(one, CATALOG, document).endswith(".")


def test_an_unreadable_rule_says_why() -> None:
    assert "Did you mean `order.amount`?" in sentence(rule(when=group(condition("order.amunt = 5"))), CATALOG)
    assert sentence({"code": "x"}, CATALOG).startswith("This rule cannot be read yet")
    assert sentence(7, CATALOG).startswith("This rule cannot be read yet")
