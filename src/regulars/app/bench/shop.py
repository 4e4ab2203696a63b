"""The program that benches run: a chain of shops with 200 rules of the kinds that marketers write.

About sixteen of them can match an order (their anchor is in it): rules of its store, of its lines' categories and
products, of the member's tier, and those that every order has to be held against. Four or five of them fire.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from random import Random
from typing import Any

PROGRAM = "bench"
SOURCE = "till"
STORES = 60
PRODUCTS = 1_000
TIERS = ("bronze", "silver", "gold", "platinum")
CATEGORIES = ("Bakery", "Beauty", "Books", "Coffee", "Fashion", "Garden", "Home", "Sports", "Tea", "Toys")
RULES = 200
BUDGET = 1_000_000_000
# The days on which orders were made: six weeks of 2026, so that windows of 30 days have something to forget.
DAYS = 42
LINES = 3


def document() -> dict[str, Any]:
    """Return the program as one document, as `regulars apply` takes it."""
    return {
        "program": {"code": PROGRAM, "name": "Bench", "currency": "GBP", "zone": "Europe/London", "region": "GB"},
        "stores": [{"code": f"store-{i}", "name": f"Store {i}", "region": f"region-{i % 8}"} for i in range(STORES)],
        "sources": [{"code": SOURCE, "name": "Tills", "profile": "rudder", "rate_per_second": 100_000}],
        "point_types": [
            {"code": "points", "name": "Points", "policy": {"expiry": {"rolling_months": 12}}},
            {"code": "status", "name": "Status points", "kind": "qualifying"},
        ],
        "tier_sets": [_tier_set()],
        "campaigns": {
            "spring": {
                "name": "Spring",
                "limits": [
                    {"measure": "points", "point_type": "points", "max": BUDGET, "per": "campaign", "period": "year"}
                ],
            }
        },
        "rules": _rules(),
        "publish": True,
    }  # fmt: skip


def _tier_set() -> dict[str, Any]:
    thresholds, awards = (0, 300, 1_000, 3_000), (0, 50, 150, 500)
    tiers: list[dict[str, Any]] = []
    for code, threshold, points in zip(TIERS, thresholds, awards, strict=True):
        award = {"award": {"point_type": "points", "points": points}} if points else {}
        tiers.append({"code": code, "name": code.title(), "threshold": threshold, **award})
    metric = {"of": "points", "point_type": "status"}
    return {"code": "club", "name": "Club", "metric": metric, "window": {"calendar": "year"}, "tiers": tiers}


def _rules() -> list[dict[str, Any]]:
    """Return `RULES` rules: those that look at every order, then by tier, category, store and product."""
    rules = [*_of_every_order(), *_of_tiers(), *_of_categories()]
    for store in range(STORES):
        rules.append(
            _rule(f"store-{store}", [_test("store", "=", f"store-{store}"), _least(15 + store)], _points(5))
        )
    product = 0
    while len(rules) < RULES:
        rules.append(
            _rule(f"product-{product}", [_some_line("sku", f"sku-{product * 7 % PRODUCTS}")], _points(20))
        )
        product += 1
    return rules


def _of_every_order() -> list[dict[str, Any]]:
    per_pound = {"points": "1", "per": "1.00"}
    base = _rule("base", [], {"point_type": "points", "per_amount": per_pound})
    base["then"].append({"award": {"point_type": "status", "per_amount": per_pound}})
    weekday = _rule("tuesday", [], {"point_type": "points", "multiply": {"rule": "base", "by": "2"}})
    weekday["schedule"] = {"weekdays": [2]}
    evening = _rule("evening", [_test("channel", "=", "store")], _points(3))
    evening["schedule"] = {"hours": [["17:00", "19:00"]]}
    first = _rule("first", [], _points(100)) | {"trigger": {"milestone": "first_purchase"}}
    fifth = _rule("fifth", [], _points(50)) | {"trigger": {"milestone": "nth_purchase", "n": 5}}
    spent = {
        "event": "Order Completed",
        "field": "order.amount",
        "aggregate": "sum",
        "window": {"last_days": 30},
    }
    busy = _rule("busy-month", [_behaviour(spent, ">=", 150)], _points(10))
    busy["limits"] = [{"measure": "count", "max": 2, "per": "member", "period": "month"}]
    spring = _rule("spring", [_least(40)], _points(4)) | {"campaign": "spring"}
    large = [
        _rule(f"store-{least}", [_test("channel", "=", "store"), _least(least)], _points(7))
        for least in (130, 160, 190)
    ]
    return [base, weekday, evening, first, fifth, busy, spring, *large, *_of_amounts()]


def _of_amounts() -> list[dict[str, Any]]:
    return [_rule(f"basket-{least}", [_least(least)], _points(least // 10)) for least in (100, 150, 200)]


def _of_tiers() -> list[dict[str, Any]]:
    rules = []
    for tier in TIERS[1:]:
        of_tier = _test("member.tier.club", "=", tier)
        half = {"point_type": "points", "multiply": {"rule": "base", "by": "1.5"}}
        rules.append(_rule(f"{tier}-more", [of_tier, _least(20)], half))
        rules.append(_rule(f"{tier}-large", [of_tier, _least(80)], _points(8)))
    return rules


def _of_categories() -> list[dict[str, Any]]:
    rules = []
    for category in CATEGORIES:
        line = _some_line("category", category)
        two = _rule(f"{category.lower()}-large", [line, _least(110)], _points(6))
        two["limits"] = [
            {"measure": "points", "point_type": "points", "max": 60, "per": "member", "period": "month"}
        ]
        web = _rule(f"{category.lower()}-web", [line, _test("channel", "=", "web")], _points(2))
        huge = _rule(f"{category.lower()}-huge", [line, _least(150)], _points(12))
        rules += [
            two,
            web,
            huge,
            _rule(f"{category.lower()}-coupon", [line, _test("order.coupon", "=", "SPRING")], _points(9)),
        ]
    return rules


def _rule(code: str, tests: list[Any], award: dict[str, Any]) -> dict[str, Any]:
    rule: dict[str, Any] = {
        "code": code,
        "name": code,
        "trigger": {"event": "Order Completed"},
        "then": [{"award": award}],
    }
    return rule | {"when": {"combinator": "and", "rules": tests}} if tests else rule


def _points(points: int) -> dict[str, Any]:
    return {"point_type": "points", "points": points}


def _test(field: str, operator: str, value: Any) -> dict[str, Any]:
    return {"field": field, "operator": operator, "value": value}


def _least(amount: int) -> dict[str, Any]:
    return _test("order.amount", ">=", amount)


def _some_line(field: str, value: str) -> dict[str, Any]:
    group = {"combinator": "and", "rules": [_test(field, "=", value)]}
    return {"field": "order.lines", "match": {"mode": "some"}, "value": group}


def _behaviour(measure: dict[str, Any], operator: str, value: Any) -> dict[str, Any]:
    return {"field": "behaviour", "measure": measure, "operator": operator, "value": value}


def order_message(random: Random, member: int, key: str) -> dict[str, Any]:
    """Return one Segment message: an order of three lines by member number `member`, as an SDK sends it."""
    day, hour, minute = random.randrange(DAYS), random.randrange(9, 20), random.randrange(60)
    moment = f"2026-{2 + day // 28:02}-{1 + day % 28:02}T{hour:02}:{minute:02}:{random.randrange(60):02}.000Z"
    lines = [_order_line(random) for _ in range(LINES)]
    properties = {
        "order_id": f"o-{key}",
        "total": round(sum(line["price"] * line["quantity"] for line in lines), 2),
        "currency": "GBP",
        "store": f"store-{random.randrange(STORES)}",
        "channel": random.choice(("store", "store", "store", "web")),
        "products": lines,
    }
    return {
        "type": "track",
        "event": "Order Completed",
        "messageId": key,
        "userId": member_name(member),
        "timestamp": moment,
        "context": {"library": {"name": "analytics-python", "version": "2.4.0"}},
        "properties": properties,
    }


def _order_line(random: Random) -> dict[str, Any]:
    sku = random.randrange(PRODUCTS)
    return {
        "product_id": f"p-{sku}",
        "sku": f"sku-{sku}",
        "name": f"PRODUCT NUMBER {sku}",
        "category": CATEGORIES[sku % len(CATEGORIES)],
        "price": (95 + sku * 37 % 2_200) / 100,
        "quantity": random.choice((1, 1, 2, 3)),
    }


def member_name(member: int) -> str:
    """Return the identifier by which orders name a member."""
    return f"customer-{member}"


def order_batch(random: Random, members: Iterable[int], name: str) -> bytes:
    """Return the body of one `/v1/batch` request: an order of each of these members, message ids from `name`."""
    messages = [order_message(random, member, f"{name}-{place}") for place, member in enumerate(members)]
    return json.dumps({"batch": messages, "sentAt": "2026-04-01T00:00:00Z"}).encode()
