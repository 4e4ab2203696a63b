"""Explanations: a rule fired in one if and only if it fired in the other, and what is missing is told exactly."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.core.rules import strategies
from tests.core.rules.kit import CATALOG, compiled, event, facts_of, local_time, rule
from tests.core.rules.notation import condition, group, rulesets
from tests.core.rules.test_backends_agree import relaxed

from regulars.core.rules import Language, RulesRefused, RuleVerdict, compile_ruleset
from regulars.core.rules.sentence import words_in
from regulars.core.rules.wording import REASONS


def verdicts(document: Any, spec: Any, given_facts: Any = None, room: Any = None) -> list[RuleVerdict]:
    ruleset = compile_ruleset(document, CATALOG, 1)
    e = event(spec)
    facts = facts_of(ruleset.facts, given_facts or {})
    found = ruleset.explain(e, facts, room or {}, local_time(e))
    fired = ruleset.decide(e, facts, room or {}, local_time(e)).fired
    assert [v.rule_index for v in found if v.fired] == sorted(fired), "explain and decide disagree"
    return found


def verdict(text: str, spec: Any, given_facts: Any = None) -> RuleVerdict:
    return verdicts({"rules": [rule(when=group(condition(text)))]}, spec, given_facts)[0]


@pytest.mark.parametrize(
    ("text", "spec", "reason", "distance"),
    [
        ("order.amount >= 50", {"amount": 4680}, "it is 46.80 EUR, 3.20 EUR too little", "3.2"),
        ("order.amount < 50", {"amount": 5010}, "it is 50.10 EUR, 0.10 EUR too much", "0.1"),
        ("order.amount between [10, 20]", {"amount": 900}, "1.00 EUR too little", "1"),
        ("order.amount between [10, 20]", {"amount": 2500}, "5.00 EUR too much", "5"),
        ("order.amount >= 50", {}, "it is not known", None),
        ('store = "riga"', {"store": "oslo"}, "the store is “riga”: it is “oslo”", None),
        ('store in ["a", "b"]', {}, "the store is one of “a” or “b”: it is not known", None),
        ('lines atLeast 3 : category = "Tea"', {"lines": [["A", "Tea", 1, 1]]}, "1 of the lines do", "2"),
        ("lines some", {}, "the event has no order", None),
        ('time >= "12:00"', {}, "the time of day is no earlier than 12:00: it is 10:05", None),
        (
            'lines.sum(amount) >= 5 : category = "Tea"',
            {"lines": [["A", "Tea", 1, 199]]},
            "3.01 EUR too little",
            "3.01",
        ),
    ],
)
def test_what_is_missing(text: str, spec: Any, reason: str, distance: str | None) -> None:
    found = verdict(text, spec)
    assert not found.fired
    assert found.path == "rules[0].when.rules[0]"
    assert reason in found.reason
    assert found.distance == (None if distance is None else Decimal(distance))


def test_the_first_failing_condition_is_named() -> None:
    whole = {
        "rules": [condition('store = "riga"'), condition("order.amount >= 50"), condition('channel = "app"')]
    }
    found = verdicts({"rules": [rule(when=whole)]}, {"store": "riga", "amount": 100})[0]
    assert found.path == "rules[0].when.rules[1]"


def test_of_alternatives_the_nearest_gives_the_distance() -> None:
    whole = {
        "combinator": "or",
        "rules": [condition("order.amount >= 50"), condition("order.line_count >= 3")],
    }
    found = verdicts({"rules": [rule(when=whole)]}, {"amount": 100})[0]
    assert found.path == "rules[0].when"
    assert found.reason.startswith("none of these holds")
    assert found.distance == 3


def test_losers_of_a_group_are_told_who_won() -> None:
    found = {v.rule: v for v in verdicts(rulesets()["best_offer"], {"amount": 1000})}
    assert found["triple"].reason == "“fixed-50” gave more in group “offers”"
    found = {v.rule: v for v in verdicts(rulesets()["first_in_order"], {"amount": 15000})}
    assert found["small"].reason == "“large” came first in group “ladder”"
    found = {
        v.rule: v for v in verdicts(rulesets()["exclusive"], {"amount": 1000}, {"member.tags": ["staff"]})
    }
    assert found["base"].reason == "group “staff” is exclusive and applied instead"


def test_used_up_and_paused_rules_say_so() -> None:
    found = {v.rule: v for v in verdicts(rulesets()["caps"], {"amount": 1000}, room={2: 0})}
    assert found["three-times"].reason == "its limit is used up: at most 3 times a month per member"
    assert found["three-times"].code == "limit_reached"
    found = {v.rule: v for v in verdicts(rulesets()["partners"], {"amount": 1000})}
    assert found["paused"].reason == "the rule is paused"


@relaxed
@given(
    groups=st.lists(strategies.groups(), min_size=1, max_size=4),
    mode=st.sampled_from(["stack", "best", "first"]),
    exclusive=st.booleans(),
    spec=strategies.events(),
    facts=strategies.member_facts,
)
def test_explain_and_decide_agree(groups: Any, mode: str, exclusive: bool, spec: Any, facts: Any) -> None:
    """Random rules in random groups: the same rules fired, and every other one has a reason."""
    document = {
        "groups": [{"code": "g", "mode": mode, "exclusive": exclusive}],
        "rules": [
            rule(code=f"r{i}", when=g, group=["main", "g"][i % 2], priority=i % 3)
            for i, g in enumerate(groups)
        ],
    }
    try:
        found = verdicts(document, spec, facts)
    except RulesRefused:
        return
    assert all(v.reason for v in found)
    assert all(v.path.startswith(f"rules[{v.rule_index}]") for v in found if not v.fired)


def test_rules_of_other_events_are_left_out() -> None:
    ruleset = compiled(rule(trigger={"event": "Product Viewed"}))
    e = event({"amount": 1})
    assert ruleset.explain(e, [], {}, local_time(e)) == []


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_every_reason_has_words_in_every_language(language: Language) -> None:
    words = words_in(language, "EUR", 2)
    assert tuple(words.reasons) == REASONS


def test_a_reason_is_a_code_with_facts_said_in_the_language_asked() -> None:
    ruleset = compile_ruleset({"rules": [rule(when=group(condition("order.amount >= 50")))]}, CATALOG, 1)
    e = event({"amount": 4680})
    facts = facts_of(ruleset.facts, {})
    (english,) = ruleset.explain(e, facts, {}, local_time(e))
    (chinese,) = ruleset.explain(e, facts, {}, local_time(e), "zh-CN")
    assert english.code == chinese.code == "too_little"
    assert english.facts == {
        "wanted": "the order amount is at least 50.00 EUR",
        "actual": "46.80 EUR",
        "missing": "3.20 EUR",
    }
    assert chinese.reason == "需要订单金额至少为 50.00 EUR；实际为 46.80 EUR，还差 3.20 EUR"


def test_a_used_up_limit_is_named_and_so_is_a_campaign_s_budget() -> None:
    budget = {"measure": "count", "max": 5, "per": "campaign", "period": "lifetime"}
    document = {"rules": [{**rule(), "campaign": "summer", "limits": [budget]}]}
    ruleset = compile_ruleset(document, CATALOG, 1)
    e = event({"amount": 1000})
    facts = facts_of(ruleset.facts, {})
    (english,) = ruleset.explain(e, facts, {0: 0}, local_time(e))
    (chinese,) = ruleset.explain(e, facts, {0: 0}, local_time(e), "zh-CN")
    assert english.code == "campaign_limit_reached"
    said = "at most 5 times ever for the whole campaign"
    assert english.reason == f"the budget of campaign “summer” is used up: {said}"
    assert ruleset.limit_sentence(0, 0) == said
    assert chinese.reason == "活动“summer”的预算已用完：整个活动有史以来最多 5 次"


def test_a_milestone_that_is_over_is_told_in_the_language_asked() -> None:
    document = {"rules": [{**rule(), "trigger": {"milestone": "first_purchase"}}]}
    ruleset = compile_ruleset(document, CATALOG, 1)
    e = event({"amount": 1000})
    (chinese,) = ruleset.explain(e, [3 for _ in ruleset.facts], {}, local_time(e), "zh-CN")
    assert chinese.code == "too_much"
    assert chinese.reason == "需要此前的购买次数等于 0；实际为 3，超出 3"
