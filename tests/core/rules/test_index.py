"""The index finds exactly the rules that hold: every rule evaluated on its own is the oracle."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from tests.core.rules.kit import compiled, event, facts_of, local_time, rule

from regulars.core.rules import Ruleset, ruleset

STORES = ["riga", "oslo", "bergen", "tartu"]
TIERS = ["bronze", "silver", "gold"]
SKUS = [f"sku-{i}" for i in range(12)]
TAGS = ["vip", "new", "staff"]


def condition(random: Random) -> dict[str, Any]:
    """One of the conditions that the index files rules under, or one that it cannot use."""
    lines = {
        "field": "order.lines",
        "match": {"mode": random.choice(["some", "some", "none", "all", "atLeast"])},
    }
    lines["match"]["threshold"] = 2
    return random.choice(
        [
            {"field": "store", "operator": "=", "value": random.choice(STORES)},
            {"field": "store", "operator": "in", "value": random.sample(STORES, 2)},
            {"field": "store", "operator": "!=", "value": random.choice(STORES)},
            {"field": "member.tier", "operator": "=", "value": random.choice(TIERS)},
            {"field": "member.tags", "operator": "in", "value": random.sample(TAGS, 2)},
            {"field": "order.amount", "operator": random.choice([">", ">=", "<", "<="]), "value": random.randrange(60)},
            {"field": "event.properties.rating", "operator": ">=", "value": random.randrange(5)},
            {"field": "event.properties.gift", "operator": "=", "value": True},
            {**lines, "value": {"rules": [{"field": "sku", "operator": "=", "value": random.choice(SKUS)}]}},
            {**lines, "value": {"rules": [{"field": "sku", "operator": "in", "value": random.sample(SKUS, 3)},
                                          {"field": "quantity", "operator": ">=", "value": 2}]}},
            {**lines, "value": {"rules": [{"field": "store", "operator": "=", "value": random.choice(STORES)}]}},
            {"combinator": "or", "rules": [{"field": "store", "operator": "=", "value": "riga"},
                                           {"field": "order.amount", "operator": ">", "value": 30}]},
            {"combinator": "and", "not": True, "rules": [{"field": "store", "operator": "=", "value": "riga"}]},
        ]
    )  # fmt: skip


def random_ruleset(random: Random, size: int) -> Ruleset:
    rules = []
    for i in range(size):
        parts = [condition(random) for _ in range(random.randrange(4))]
        events = random.choice(
            [["Order Completed"], ["Order Completed", "Product Viewed"], ["Product Viewed"]]
        )
        rules.append(
            rule(
                code=f"r{i}",
                trigger={"event": events},
                when={"combinator": "and", "rules": parts},
                priority=random.randrange(3),
                status=random.choice(["active", "active", "active", "paused"]),
            )
        )
    return compiled(*rules)


def random_event(random: Random) -> tuple[dict[str, Any], dict[str, Any]]:
    spec: dict[str, Any] = {"type": random.choice(["Order Completed", "Product Viewed", "Cart Viewed"])}
    if random.random() < 0.8:
        spec["store"] = random.choice([*STORES, "elsewhere"])
    if random.random() < 0.8:
        spec["amount"] = random.randrange(7000)
        spec["lines"] = [
            [random.choice(SKUS), "Tea", random.randrange(1, 4), 100] for _ in range(random.randrange(4))
        ]
    spec["properties"] = random.choice(
        [{}, {"rating": random.randrange(6)}, {"rating": True, "gift": True}, {"rating": "3"}]
    )
    facts = {
        "member.tier": random.choice([*TIERS, None]),
        "member.tags": random.choice([None, [], random.sample(TAGS, 2)]),
    }
    return spec, facts


@pytest.mark.parametrize("readable", [True, False], ids=["own code", "shared code"])
@pytest.mark.parametrize("seed", range(12))
def test_index_and_plain_evaluation_agree(monkeypatch: pytest.MonkeyPatch, readable: bool, seed: int) -> None:
    monkeypatch.setattr(ruleset, "READABLE_RULES_MAX", 10_000 if readable else 0)
    random = Random(seed)
    rules = random_ruleset(random, 60)
    for _ in range(60):
        spec, given = random_event(random)
        e = event(spec)
        facts = facts_of(rules.facts, given)
        local = local_time(e)
        oracle = {
            r.index
            for r in rules.rules
            if r.active and e.type in r.events and rules.evaluate(r.index, e, facts, local) is not None
        }
        fired = rules.decide(e, facts, {}, local).fired
        assert set(fired) == oracle
        assert len(fired) == len(oracle), "a rule fired twice"
        assert fired == sorted(fired, key=lambda i: (-rules.rules[i].priority, i)), "not in rank order"


def test_rules_that_cannot_match_are_not_looked_at() -> None:
    """A thousand rules of other stores do not become candidates."""
    rules = [
        rule(code=f"r{i}", when={"rules": [{"field": "store", "operator": "=", "value": f"s{i}"}]})
        for i in range(1000)
    ]
    many = compiled(*rules)
    e = event({"store": "s77"})
    finder, _ = many._by_event["Order Completed"]
    assert finder.find(e, e.order, [], local_time(e)) == [77]
    assert many.decide(e, [], {}, local_time(e)).fired == [77]


def test_a_rule_with_several_products_fires_once() -> None:
    match = {"field": "order.lines", "match": {"mode": "some"}}
    some = {**match, "value": {"rules": [{"field": "sku", "operator": "in", "value": ["A", "B"]}]}}
    rules = compiled(rule(when={"rules": [some]}))
    e = event({"lines": [["A", "", 1, 100], ["B", "", 1, 100], ["A", "", 1, 100]]})
    assert rules.decide(e, [], {}, local_time(e)).fired == [0]


def test_emitted_code_can_be_read() -> None:
    """A rule's function is text under its own name, for tracebacks and debuggers."""
    store = {"field": "store", "operator": "=", "value": "riga"}
    amount = {"field": "order.amount", "operator": ">=", "value": 5}
    rules = compiled(rule(code="coffee", when={"rules": [amount, store]}))
    e = event({"amount": 500, "store": "riga"})
    rules.decide(e, [], {}, local_time(e))
    function = rules._by_event["Order Completed"][1][0]
    assert function.__code__.co_filename == "<rule coffee@1>"  # type: ignore[union-attr]
