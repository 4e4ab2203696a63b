"""Bench `rules`: how fast a compiled ruleset decides, and that it does not get slower with rules that cannot match.

Orders of three lines meet about 20 candidates out of 100, 1,000 and 10,000 active rules (spread over stores, products
and tiers), then a decision table of 1,000 rows; zen-engine decides the same table in the same run.
"""

from __future__ import annotations

import importlib
import json
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from regulars.core.events import Event, Line, Order
from regulars.core.rules import (
    FactSpec,
    Kind,
    LocalTime,
    Ruleset,
    compile_ruleset,
    default_catalog,
    fact_field,
)

SIZES = (100, 1_000, 10_000)
EVENTS = 2_000
ROUNDS = 5
"""The best round counts: the others were disturbed by whatever else the machine did."""
TABLE_ROWS = 1_000
ZEN_EVENTS = 300
TIERS = ("bronze", "silver", "gold", "platinum")
LOCAL = LocalTime(5, 1050, 20_518, 3, 6, 2026)
START = datetime(2026, 3, 6, 17, 30, tzinfo=UTC)

CATALOG = default_catalog(
    {"points": 0}, [fact_field("member.tier", Kind.TEXT, FactSpec("tier", "status"), "tier")]
)


def run() -> dict[str, Any]:
    """Return one JSON object: decisions a second at each size, their ratio, and the table against zen-engine."""
    rates = {size: _rate(_ruleset(size), _orders(size)) for size in SIZES}
    table_rate = _rate(_table_ruleset(), _orders(TABLE_ROWS))
    zen_rate = _zen_rate()
    return {
        "bench": "rules",
        "rate": round(rates[SIZES[1]]),
        "unit": "decisions/s with 1,000 rules, one core",
        "baseline": round(rates[SIZES[0]]),
        "ratio": round(rates[SIZES[1]] / rates[SIZES[0]], 2),
        **{f"microseconds_{size}_rules": round(1e6 / rate, 2) for size, rate in rates.items()},
        "cost_10000_to_100": round(rates[SIZES[0]] / rates[SIZES[2]], 2),
        "table_rate": round(table_rate),
        "zen_table_rate": None if zen_rate is None else round(zen_rate),
        "table_to_zen": None if zen_rate is None else round(table_rate / zen_rate, 1),
        "goal": "cost_10000_to_100 <= 2, table_to_zen >= 100",
    }


def _rate(ruleset: Ruleset, orders: Sequence[tuple[Event, list[Any]]]) -> float:
    """Decisions a second in the best round, after one round that compiles what is needed."""
    for event, facts in orders:
        ruleset.decide(event, facts, {}, LOCAL)
    best = min(_seconds(lambda: _decide_all(ruleset, orders)) for _ in range(ROUNDS))
    return len(orders) / best


def _decide_all(ruleset: Ruleset, orders: Sequence[tuple[Event, list[Any]]]) -> None:
    decide = ruleset.decide
    for event, facts in orders:
        decide(event, facts, {}, LOCAL)


def _seconds(action: Callable[[], None]) -> float:
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


# --- rules ----------------------------------------------------------------------------------------------------------


def _ruleset(size: int) -> Ruleset:
    """5 rules for everybody, 5 for each of 4 tiers, the rest by store (4 each) and by product (2 each)."""
    rules = [_rule("base", [], {"per_amount": {"points": "1", "per": "1.00"}})]
    rules += [
        _rule(f"step-{step}", [_test("order.amount", ">=", step * 40)], {"points": str(step)})
        for step in range(1, 5)
    ]
    for tier in TIERS:
        for step in range(5):
            tests = [_test("member.tier", "=", tier), _test("order.amount", ">=", step * 30)]
            rules.append(_rule(f"tier-{tier}-{step}", tests, {"multiply": {"rule": "base", "by": "1.1"}}))
    stores, products = spread(size)
    for i in range(size - len(rules)):
        if i % 5 < 2:
            tests = [_test("store", "=", f"store-{i % stores}"), _test("order.amount", ">=", i % 150)]
        else:
            line = _test("sku", "=", f"sku-{i % products}")
            match = {"field": "order.lines", "match": {"mode": "some"}, "value": {"rules": [line]}}
            tests = [match, _test("channel", "!=", "kiosk")]
        rules.append(_rule(f"rule-{i}", tests, {"points": str(1 + i % 20)}))
    return compile_ruleset({"rules": rules}, CATALOG, size)


def spread(size: int) -> tuple[int, int]:
    """How many stores and products the rules are spread over, so that a store has 4 rules and a product 2."""
    rest = size - 25
    return max(1, rest * 2 // 5 // 4), max(1, rest * 3 // 5 // 2)


def _test(field: str, operator: str, value: Any) -> dict[str, Any]:
    return {"field": field, "operator": operator, "value": value}


def _rule(code: str, tests: list[Any], award: dict[str, Any]) -> dict[str, Any]:
    return {
        "code": code,
        "trigger": {"event": "Order Completed"},
        "when": {"combinator": "and", "rules": tests},
        "then": [{"award": {"point_type": "points", **award}}],
    }


def _orders(size: int) -> list[tuple[Event, list[Any]]]:
    random = Random(7)  # noqa: S311 - the same orders in every run
    stores, products = spread(max(size, 100))
    return [_order(random, i, stores, products) for i in range(EVENTS)]


def _order(random: Random, i: int, stores: int, products: int) -> tuple[Event, list[Any]]:
    lines = [
        Line(
            sku=f"sku-{random.randrange(products)}",
            category="Food",
            quantity=1,
            amount=random.randrange(100, 6_000),
        )
        for _ in range(3)
    ]
    order = Order(f"o-{i}", amount=sum(line.amount for line in lines), lines=lines)
    event = Event(
        occurred_at=START + timedelta(seconds=i),
        type="Order Completed",
        store=f"store-{random.randrange(stores)}",
        channel="pos",
        order=order,
    )
    return event, [random.choice(TIERS)]


# --- the decision table ---------------------------------------------------------------------------------------------


def _table_rows() -> list[tuple[str, int, int]]:
    """Store, least amount in euro, points: ten steps for each of a hundred stores, dearest first."""
    return [(f"store-{i // 10}", 100 - 10 * (i % 10), 1 + i % 97) for i in range(TABLE_ROWS)]


def _table_ruleset() -> Ruleset:
    rows = [
        {"when": [store, {"operator": ">=", "value": least}], "then": points}
        for store, least, points in _table_rows()
    ]
    table = {"inputs": ["store", "order.amount"], "rows": rows, "default": 0}
    document = {"tables": {"steps": table}, "rules": [_rule("steps", [], {"table": "steps"})]}
    return compile_ruleset(document, CATALOG, 1)


def _zen_rate() -> float | None:
    """Evaluations a second of the same table by zen-engine, None where it is not installed."""
    try:
        zen = importlib.import_module("zen")
    except ModuleNotFoundError:
        return None
    decision = zen.ZenEngine().create_decision(json.dumps(_zen_model()))
    contexts = [
        {"store": event.store, "amount": event.order.amount / 100}
        for event, _ in _orders(TABLE_ROWS)[:ZEN_EVENTS]
        if event.order is not None
    ]

    def evaluate() -> None:
        for context in contexts:
            decision.evaluate(context)

    evaluate()
    return len(contexts) / min(_seconds(evaluate) for _ in range(2))


def _zen_model() -> dict[str, Any]:
    inputs = [
        {"id": "i1", "name": "Store", "field": "store"},
        {"id": "i2", "name": "Amount", "field": "amount"},
    ]
    rules = [
        {"_id": f"r{i}", "i1": json.dumps(store), "i2": f">= {least}", "o1": str(points)}
        for i, (store, least, points) in enumerate(_table_rows())
    ]
    content = {
        "hitPolicy": "first",
        "inputs": inputs,
        "outputs": [{"id": "o1", "name": "Points", "field": "points"}],
        "rules": rules,
    }
    return {
        "nodes": [
            {"id": "in", "type": "inputNode", "name": "in", "position": {"x": 0, "y": 0}},
            {
                "id": "table",
                "type": "decisionTableNode",
                "name": "table",
                "position": {"x": 1, "y": 0},
                "content": content,
            },
            {"id": "out", "type": "outputNode", "name": "out", "position": {"x": 2, "y": 0}},
        ],
        "edges": [
            {"id": "e1", "sourceId": "in", "targetId": "table", "type": "edge"},
            {"id": "e2", "sourceId": "table", "targetId": "out", "type": "edge"},
        ],
    }
