"""Every feature of the rule language, once, through the intake: one program, one table of event → expected
points.

Each rule listens to an event of its own name, so that rows do not disturb each other. What a rule says is
written as a
marketer would write it; what it must give was worked out by hand.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
from tests.flows.accrual.setting import Shop, open_shop, points

from regulars.core.events import Event
from regulars.infra.clock import FixedClock
from regulars.infra.db import Database

Json = dict[str, Any]

ONE: list[Json] = [{"award": {"point_type": "marks", "points": 1}}]
BASKET: Json = {
    "order_id": "basket",
    "revenue": "60.00",
    "total": "72.00",
    "tax": "9.00",
    "shipping": "3.00",
    "discount": "5.00",
    "coupon": "SPRING",
    "lines": [
        {"sku": "TEA", "quantity": 3, "price": "5.00"},
        {"sku": "MUG", "quantity": 1, "price": "20.00", "variant": "blue"},
        {"sku": "POT", "quantity": 1, "price": "25.00", "brand": "Acme"},
    ],
}
SMALL: Json = {
    "order_id": "small",
    "revenue": "9.99",
    "lines": [{"sku": "TEA", "quantity": 1, "price": "9.99"}],
}


def cond(field: str, operator: str, value: Any = None, **more: Any) -> Json:
    """Return one condition."""
    found: Json = {"field": field, "operator": operator, **more}
    return found if value is None else {**found, "value": value}


def both(*parts: Json, combinator: str = "and", negated: bool = False) -> Json:
    """Return a group of conditions."""
    return {"combinator": combinator, "rules": list(parts), **({"not": True} if negated else {})}


def lines(mode: str, where: Json, threshold: int | None = None) -> Json:
    """Return a condition about how many order lines meet `where`."""
    match: Json = {"mode": mode} if threshold is None else {"mode": mode, "threshold": threshold}
    return {"field": "order.lines", "match": match, "value": both(where)}


def aggregate(fn: str, of: str | None, operator: str, value: Any, where: Json | None = None) -> Json:
    """Return a condition on a number made from order lines."""
    made: Json = {"fn": fn, **({"of": of} if of else {}), **({"where": both(where)} if where else {})}
    return {"field": "order.lines", "aggregate": made, "operator": operator, "value": value}


def behaviour(operator: str, value: Any, **measure: Any) -> Json:
    """Return a condition on what the member did before."""
    measure.setdefault("event", "Order Completed")
    return {"field": "behaviour", "measure": measure, "operator": operator, "value": value}


TEA = cond("category", "=", "Tea")

# code → (condition, event that meets it, event that does not)
CONDITIONS: dict[str, tuple[Json, Json, Json | None]] = {
    "text-in": (cond("store", "in", ["north", "south"]), {"store": "north"}, {"store": "web"}),
    "text-not-in": (cond("store", "notIn", ["north"]), {"store": "web"}, {}),
    "text-contains": (cond("event.properties.word", "contains", "ell"), {"word": "hello"}, {"word": "HELLO"}),
    "text-begins": (cond("event.properties.word", "beginsWith", "he"), {"word": "hello"}, {"word": "oh, he"}),
    "text-ends": (cond("event.properties.word", "doesNotEndWith", "lo"), {"word": "help"}, {"word": "hello"}),
    "text-null": (cond("order.coupon", "null"), {"order": SMALL}, {"order": BASKET}),
    "text-not-null": (cond("order.coupon", "notNull"), {"order": BASKET}, {"order": SMALL}),
    "region": (cond("region", "=", "coast"), {"store": "north"}, {"store": "web"}),
    "channel": (cond("channel", "=", "web"), {"store": "web"}, {"store": "north"}),
    "partner": (cond("partner", "=", "bakery"), {"store": "south"}, {"store": "north"}),
    "currency": (cond("currency", "=", "EUR"), {"order": SMALL}, {"order": {**SMALL, "currency": "USD"}}),
    "number": (cond("event.properties.n", ">=", "2.5"), {"n": 2.5}, {"n": "2.5"}),
    "between": (cond("order.amount", "between", [10, "60.00"]), {"order": BASKET}, {"order": SMALL}),
    "not-between": (cond("order.amount", "notBetween", [10, 60]), {"order": SMALL}, {"order": BASKET}),
    "order-tax": (cond("order.tax", "=", 9), {"order": BASKET}, {"order": SMALL}),
    "order-count": (
        both(cond("order.line_count", "=", 3), cond("order.quantity", "=", 5)),
        {"order": BASKET},
        {"order": SMALL},
    ),
    "two-fields": (
        cond("order.discount", ">", "order.shipping", valueSource="field"),
        {"order": BASKET},
        {"order": {**BASKET, "discount": "1.00"}},
    ),
    "boolean": (cond("event.properties.gift", "=", True), {"gift": True}, {"gift": 1}),
    "list-has-any": (
        cond("member.tags", "in", ["a", "b"]),
        {"member": {"user_id": "vip"}},
        {},
    ),
    "nested": (
        cond("event.properties.seat.row", "=", 7),
        {"seat": {"row": 7}},
        {"seat": 7},
    ),
    "and-or-not": (
        both(
            both(cond("store", "=", "north"), cond("channel", "=", "web"), combinator="or"),
            both(cond("event.properties.word", "=", "no"), negated=True),
        ),
        {"store": "web"},
        {"store": "web", "word": "no"},
    ),
    "muted": (
        both(cond("store", "=", "north") | {"muted": True}, cond("event.properties.n", "=", 1)),
        {"n": 1},
        {"n": 2, "store": "north"},
    ),
    "lines-some": (lines("some", TEA), {"order": BASKET}, {"order": {**SMALL, "lines": []}}),
    "lines-all": (lines("all", TEA), {"order": SMALL}, {"order": BASKET}),
    "lines-none": (lines("none", cond("brand", "=", "Acme")), {"order": SMALL}, {"order": BASKET}),
    "lines-at-least": (
        lines("atLeast", cond("price", ">=", 20), 2),
        {"order": BASKET},
        {"order": SMALL},
    ),
    "lines-at-most": (lines("atMost", cond("price", ">=", 20), 1), {"order": SMALL}, {"order": BASKET}),
    "lines-exactly": (lines("exactly", cond("quantity", ">", 2), 1), {"order": BASKET}, {"order": SMALL}),
    "sum-of-lines": (
        aggregate("sum", "amount", ">=", 15, TEA),
        {"order": BASKET},
        {"order": SMALL},
    ),
    "count-of-lines": (aggregate("count", None, "=", 3), {"order": BASKET}, {"order": SMALL}),
    "max-of-lines": (aggregate("max", "price", "=", 25), {"order": BASKET}, {"order": SMALL}),
    "min-of-lines": (aggregate("min", "price", "=", "9.99"), {"order": SMALL}, {"order": BASKET}),
    "collection": (
        lines("some", cond("sku", "in", {"collection": "pots"})),
        {"order": BASKET},
        {"order": SMALL},
    ),
    "product-attribute": (
        lines("some", cond("line.product.origin", "=", "Assam")),
        {"order": SMALL},
        {"order": {**SMALL, "lines": [{"sku": "MUG", "price": "9.99"}]}},
    ),
    "product-points": (
        aggregate("sum", "product_points", ">=", 9),
        {"order": BASKET},
        {"order": SMALL},
    ),
    "formula": (
        cond(
            "formula",
            "=",
            True,
            formula='order.discount / order.amount > 0.08 and count(line.category = "Tea") = 1',
        ),
        {"order": BASKET},
        {"order": SMALL},
    ),
    "local-time": (
        both(cond("time", "between", ["12:00", "12:30"]), cond("weekday", "=", 1), cond("month", "=", 3)),
        {},
        {"occurred_at": "2026-03-02T09:05:00Z"},
    ),
    "local-date": (
        both(cond("date", "=", "2026-03-02"), cond("day", "=", 2), cond("year", "=", 2026)),
        {},
        {"occurred_at": "2026-03-01T21:59:00Z"},
    ),
    "instant": (
        cond("event.occurred_at", ">=", "2026-03-02T12:00:00+02:00"),
        {},
        {"occurred_at": "2026-03-02T09:59:59Z"},
    ),
    "attribute": (cond("member.attributes.shoe_size", ">=", 38), {}, {"member": {"user_id": "vip"}}),
    "attribute-list": (
        cond("member.attributes.likes", "contains", "green tea"),
        {},
        {"member": {"user_id": "vip"}},
    ),
    "attribute-date": (
        cond("member.attributes.wedding", "<", "2020-01-01"),
        {},
        {"member": {"user_id": "vip"}},
    ),
    "attribute-boolean": (cond("member.attributes.pets", "=", True), {}, {"member": {"user_id": "vip"}}),
    "attribute-nested": (cond("member.attributes.car.brand", "=", "X"), {}, {"member": {"user_id": "vip"}}),
    "identifier": (
        cond("member.identifiers.email", "endsWith", "@example.com"),
        {},
        {"member": {"user_id": "vip"}},
    ),
    "external-id": (
        cond("member.identifiers.external_id", "=", "anna"),
        {"member": {"email": "anna@example.com"}},
        {"member": {"user_id": "vip"}},
    ),
    "tier": (cond("member.tier.club", "=", "silver"), {}, {"member": {"user_id": "vip"}}),
    "tier-of-the-last-days": (cond("member.tier.lately", "=", "often"), {}, {"member": {"user_id": "vip"}}),
    "tier-of-a-newcomer": (
        cond("member.tier.club", "=", "bronze"),
        {"member": {"user_id": "stranger"}},
        {},
    ),
    "wallet": (
        cond("member.wallet.points.available", "between", [100, 200]),
        {},
        {"member": {"user_id": "vip"}},
    ),
    "wallet-decimals": (
        cond("member.wallet.stars.available", "=", "1.25"),
        {},
        {"member": {"user_id": "vip"}},
    ),
    "wallet-pending": (cond("member.wallet.later.pending", "=", 40), {}, {"member": {"user_id": "vip"}}),
    "tags": (cond("member.tags", "contains", "staff"), {"member": {"user_id": "vip"}}, {}),
    "lists": (cond("member.lists", "contains", "spring"), {"member": {"user_id": "vip"}}, {}),
    "status": (cond("member.status", "=", "active"), {}, None),
    "birthday": (
        both(cond("member.birthday", "=", "1990-03-02"), cond("member.birthday.month", "=", 3)),
        {},
        {"member": {"user_id": "vip"}},
    ),
    "age": (cond("member.age", "=", 36), {}, {"occurred_at": "2026-03-01T10:00:00Z"}),
    "joined": (
        both(cond("member.joined_days", "=", 51), cond("member.joined_at", "<", "2026-02-01T00:00:00Z")),
        {},
        {"member": {"user_id": "vip"}},
    ),
    "counted": (behaviour("=", 3), {}, {"member": {"user_id": "vip"}}),
    "summed-30-days": (
        behaviour("=", 70, aggregate="sum", field="order.amount", window={"last_days": 30}),
        {},
        {"occurred_at": "2026-02-20T10:00:00Z"},
    ),
    "summed-edge": (
        behaviour("=", 100, aggregate="sum", field="order.amount", window={"last_days": 52}),
        {},
        {"occurred_at": "2026-02-20T10:00:00Z"},
    ),
    "counted-today": (
        behaviour("=", 0, window={"calendar": "day"}),
        {},
        {"occurred_at": "2026-03-01T20:00:00Z"},
    ),
    "counted-week": (
        behaviour("=", 0, window={"calendar": "week"}),
        {},
        {"occurred_at": "2026-03-01T20:00:00Z"},
    ),
    "counted-month": (behaviour("=", 1, window={"calendar": "month"}), {}, {"member": {"user_id": "vip"}}),
    "counted-quarter": (
        behaviour("=", 3, window={"calendar": "quarter"}),
        {},
        {"member": {"user_id": "vip"}},
    ),
    "counted-year": (behaviour("=", 3, window={"calendar": "year"}), {}, {"member": {"user_id": "vip"}}),
    "counted-tier-period": (
        behaviour("=", 3, window={"tier_period": "club"}),
        {},
        {"member": {"user_id": "vip"}},
    ),
    "counted-since": (
        behaviour("=", 2, window={"since": "Challenge Started"}),
        {},
        {"member": {"user_id": "vip"}},
    ),
    "least": (behaviour("=", 20, aggregate="min", field="order.amount"), {}, {"member": {"user_id": "vip"}}),
    "greatest": (
        behaviour("=", 50, aggregate="max", field="order.amount", window={"last_days": 20}),
        {},
        {"member": {"user_id": "vip"}},
    ),
    "distinct": (
        behaviour("=", 2, event="Store Visited", aggregate="distinct", field="event.properties.town"),
        {},
        {"member": {"user_id": "vip"}},
    ),
    "distinct-window": (
        behaviour(
            "=",
            1,
            event="Store Visited",
            aggregate="distinct",
            field="event.properties.town",
            window={"last_days": 2},
        ),
        {},
        {"member": {"user_id": "vip"}},
    ),
    "days-since": (behaviour("=", 1, aggregate="days_since"), {}, {"member": {"user_id": "vip"}}),
    "measure-where": (
        behaviour("=", 1, where=both(cond("order.amount", ">", 30), cond("store", "=", "north"))),
        {},
        {"member": {"user_id": "vip"}},
    ),
    "measure-lines": (
        behaviour("=", 7, aggregate="sum", lines={"fn": "sum", "of": "quantity", "where": both(TEA)}),
        {},
        {"member": {"user_id": "vip"}},
    ),
    "measure-decimals": (
        behaviour("=", "3.75", event="Ride", aggregate="sum", field="event.properties.km"),
        {},
        {"member": {"user_id": "vip"}},
    ),
}

# code → (schedule, event while it is open, event while it is not)
SCHEDULES: dict[str, tuple[Json, Json, Json]] = {
    "from": ({"from": "2026-03-02"}, {}, {"occurred_at": "2026-03-01T21:59:59Z"}),
    "to": ({"to": "2026-03-02T12:05"}, {"occurred_at": "2026-03-02T10:04:59Z"}, {}),
    "to-moment": ({"to": "2026-03-02T10:05:00Z"}, {"occurred_at": "2026-03-02T10:04:59Z"}, {}),
    "weekdays": (
        {"weekdays": [7]},
        {"occurred_at": "2026-03-01T10:00:00Z"},
        {"occurred_at": "2026-03-01T22:00:00Z"},
    ),
    "hours": ({"hours": [["12:00", "12:30"]]}, {}, {"occurred_at": "2026-03-02T09:59:00Z"}),
    "hours-over-midnight": (
        {"hours": [["22:00", "02:00"]]},
        {"occurred_at": "2026-03-01T23:59:00Z"},
        {"occurred_at": "2026-03-02T00:00:00Z"},
    ),
    "zone-of-a-city": (
        {"hours": [["05:00", "06:00"]], "zone": "America/New_York"},
        {},
        {"occurred_at": "2026-03-02T03:05:00Z"},
    ),
    "zone-of-the-member": (
        {"hours": [["05:00", "06:00"]], "zone": "member"},
        {},
        {"member": {"user_id": "vip"}},
    ),
    "recurrence": (
        {"from": "2026-01-05", "rrule": "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO"},
        {},
        {"occurred_at": "2026-02-23T10:00:00Z"},
    ),
}

# code → (award, event, points). Everything is of the point type `points` unless the award says so.
AMOUNTS: dict[str, tuple[Json, Json, int]] = {
    "fixed": ({"points": "50"}, {}, 50),
    "per-amount": ({"per_amount": {"points": 1, "per": "7.00"}}, {"order": BASKET}, 8),
    "per-amount-of": ({"per_amount": {"points": 1, "per": 1, "of": "order.total"}}, {"order": BASKET}, 72),
    "per-amount-lines": (
        {"per_amount": {"points": 2, "per": 1, "of": "lines", "where": both(TEA)}},
        {"order": BASKET},
        30,
    ),
    "whole-steps": (
        {"per_amount": {"points": 10, "per": 25, "whole_steps": True}},
        {"order": BASKET},
        20,
    ),
    "rounded-up": ({"per_amount": {"points": 1, "per": 7}, "rounding": "ceil"}, {"order": BASKET}, 9),
    "half-up": ({"formula": "order.amount / 24", "rounding": "half_up"}, {"order": BASKET}, 3),
    "half-even": ({"formula": "order.amount / 24", "rounding": "half_even"}, {"order": BASKET}, 2),
    "per-line": ({"per_line": {"points": 5, "per": "line"}}, {"order": BASKET}, 15),
    "per-unit": ({"per_line": {"points": 5, "per": "unit", "where": both(TEA)}}, {"order": BASKET}, 15),
    "by-product": ({"product_points": True}, {"order": BASKET}, 3 * 2 + 7),
    "formula-amount": (
        {"formula": "floor(order.amount / 10) * 2 + if(order.discount > 2, 1, 0)"},
        {"order": BASKET},
        13,
    ),
    "formula-lines": ({"formula": "sum(line.amount * line.quantity) / 10"}, {"order": BASKET}, 9),
    "formula-fact": ({"formula": "member.attributes.shoe_size + event.properties.n"}, {"n": 4}, 42),
    "formula-missing": ({"formula": "order.amount / event.properties.n"}, {"order": BASKET, "n": 0}, 0),
    "table-first": ({"table": "steps"}, {"order": BASKET}, 20),
    "table-default": ({"table": "steps"}, {"order": SMALL, "member": {"user_id": "vip"}}, 5),
    "decimals": ({"point_type": "stars", "points": "0.75"}, {}, 75),
    "decimals-per-amount": (
        {"point_type": "stars", "per_amount": {"points": "0.1", "per": 1}},
        {"order": SMALL},
        99,
    ),
    "nothing-for-nothing": ({"per_amount": {"points": 1, "per": 1}}, {"order": {**SMALL, "revenue": 0}}, 0),
    "waiting": ({"points": 40, "pending": "P14D"}, {}, 40),
}


def rule(code: str, **more: Any) -> Json:
    """Return a rule that listens to its own name."""
    return {"code": code, "trigger": {"event": code}, "then": ONE, **more}


def all_rules() -> list[Json]:
    """Return one rule per row of the tables, and those that set the scene."""
    found = [
        rule(code, when=condition if "combinator" in condition else both(condition))
        for code, (condition, *_) in CONDITIONS.items()
    ]
    found += [rule(code, schedule=schedule) for code, (schedule, *_) in SCHEDULES.items()]
    found += [
        rule(code, then=[{"award": {"point_type": "points", **award}}])
        for code, (award, *_) in AMOUNTS.items()
    ]
    found.append(
        rule(
            "scene",
            trigger={"event": "Scene"},
            then=[
                {"award": {"point_type": "stars", "points": "1.25"}},
                {"award": {"point_type": "later", "points": 40}},
            ],
        )
    )
    found.append(
        rule(
            "enlist",
            trigger={"event": "Enlist"},
            then=[{"add_tag": {"tag": "staff"}}, {"add_tag": "a"}, {"add_to_list": {"list": "spring"}}],
        )
    )
    return found


PROGRAM: Json = {
    "program": {"code": "all", "name": "All", "currency": "EUR", "zone": "Europe/Vilnius", "region": "LT"},
    "partners": [{"code": "bakery", "name": "Bakery", "roles": ["earn"]}],
    "stores": [
        {"code": "north", "name": "North", "region": "coast"},
        {"code": "south", "name": "South", "channel": "partner", "partner": "bakery"},
        {"code": "web", "name": "Web", "channel": "web"},
    ],
    "sources": [{"code": "till", "name": "Till", "enrol": True}],
    "point_types": [
        {"code": "points", "name": "Points"},
        {"code": "marks", "name": "Marks of rules that applied"},
        {"code": "stars", "name": "Stars", "scale": 2},
        {"code": "later", "name": "Later", "policy": {"pending": {"days": 14}}},
    ],
    "tier_sets": [
        {
            "code": "club",
            "name": "Club",
            "metric": {"of": "purchases"},
            "window": {"calendar": "year"},
            "tiers": [
                {"code": "bronze", "name": "Bronze", "threshold": 0},
                {
                    "code": "silver",
                    "name": "Silver",
                    "threshold": 3,
                    "award": {"point_type": "points", "points": 100},
                },
            ],
        },
        {
            "code": "lately",
            "name": "Lately",
            "metric": {"of": "spend"},
            "window": {"rolling_days": 30},
            "tiers": [
                {"code": "seldom", "name": "Seldom", "threshold": 0},
                {"code": "often", "name": "Often", "threshold": 70},
            ],
        },
    ],
    "collections": {"pots": ["POT", "KETTLE"]},
    "tables": {
        "steps": {
            "inputs": ["member.tier.club", "order.amount"],
            "rows": [
                {"when": ["silver", {"operator": ">=", "value": 100}], "then": 30},
                {"when": ["silver", None], "then": 20},
            ],
            "default": 5,
        }
    },
    "products": [
        {"sku": "TEA", "name": "Tea", "category": "Tea", "points": 2, "attributes": {"origin": "Assam"}},
        {"sku": "MUG", "name": "Mug", "category": "Home"},
        {"sku": "POT", "name": "Pot", "category": "Home", "points": 7},
    ],
}
# Attributes are known once somebody has one, so rules come after the members.
RULES: Json = {key: PROGRAM[key] for key in ("program", "collections", "tables")} | {
    "rules": all_rules(),
    "publish": True,
}


HISTORY: list[tuple[str, str, str, Json]] = [
    ("Order Completed", "anna", "2026-01-10T10:00:00Z", {"order": {"order_id": "1", "revenue": 30, "lines": [
        {"sku": "TEA", "quantity": 4, "price": 5}, {"sku": "MUG", "quantity": 1, "price": 10}]}}),
    ("Challenge Started", "anna", "2026-02-20T10:00:00Z", {}),
    ("Store Visited", "anna", "2026-02-20T11:00:00Z", {"town": "A"}),
    ("Order Completed", "anna", "2026-02-25T10:00:00Z", {"store": "north", "order": {
        "order_id": "2", "revenue": 50, "lines": [
            {"sku": "TEA", "quantity": 3, "price": 5}, {"sku": "POT", "quantity": 1, "price": 35}]}}),
    ("Store Visited", "anna", "2026-02-25T11:00:00Z", {"town": "B"}),
    ("Store Visited", "anna", "2026-03-01T09:00:00Z", {"town": "A"}),
    ("Ride", "anna", "2026-02-25T12:00:00Z", {"km": "9"}),  # a text is not a number
    ("Ride", "anna", "2026-02-25T12:00:00Z", {"km": 1.25}),
    ("Ride", "anna", "2026-02-26T12:00:00Z", {"km": 2.5}),
    ("Order Completed", "anna", "2026-03-01T10:00:00Z", {"order": {"order_id": "3", "revenue": 20}}),
    ("Scene", "anna", "2026-03-01T11:00:00Z", {}),
    ("Enlist", "vip", "2026-03-01T11:00:00Z", {}),
]  # fmt: skip
TRAITS: Json = {
    "email": "anna@example.com",
    "birthday": "1990-03-02",
    "timezone": "America/New_York",
    "shoe_size": 38,
    "likes": ["green tea", "cake"],
    "wedding": "2019-05-05",
    "pets": True,
    "car": {"brand": "X"},
}


async def open_scene(db: Database, clock: FixedClock, folder: Path) -> Shop:
    """Return a shop with two members: anna, who has a history, and vip, who has none but tags."""
    start = clock.now()
    clock.move_to(datetime(2026, 1, 10, 8, tzinfo=UTC))
    shop = await open_shop(db, clock, folder, msgspec.json.encode(PROGRAM).decode())
    await shop.send(shop.event("Identify", traits=TRAITS))
    await open_shop(db, clock, folder, msgspec.json.encode(RULES).decode())
    for event_type, user, at, fields in HISTORY:
        clock.move_to(datetime.fromisoformat(at))
        await shop.send(shop.event(event_type, user, **fields))
    clock.move_to(start)
    return shop


def sent(shop: Shop, code: str, place: int, fields: Json) -> Event:
    """Return a row's event; orders are told apart by the row."""
    more = dict(fields)
    if "order" in more:
        more["order"] = {**more["order"], "order_id": f"{code}-{place}"}
    return shop.event(code, **({"id": f"{code}-{place}"} | more))


async def test_every_condition_and_schedule(db: Database, clock: FixedClock, tmp_path: Path) -> None:
    """Each condition and each schedule gives its mark to the event that meets it, and none to the other."""
    shop = await open_scene(db, clock, tmp_path)
    rows = [
        (code, place, fields)
        for code, (_, *events) in {**CONDITIONS, **SCHEDULES}.items()
        for place, fields in enumerate(events)
        if fields is not None
    ]
    receipt = await shop.send(*[sent(shop, *row) for row in rows])
    said = {
        (code, "yes" if place == 0 else "no"): points(receipt, n) for n, (code, place, _) in enumerate(rows)
    }
    due: dict[tuple[str, str], Json] = {key: {"marks": 1} if key[1] == "yes" else {} for key in said}
    assert {key: gave for key, gave in said.items() if gave != due[key]} == {}


async def test_every_amount(db: Database, clock: FixedClock, tmp_path: Path) -> None:
    """Each way of saying how many points gives what a person works out by hand."""
    shop = await open_scene(db, clock, tmp_path)
    receipt = await shop.send(*[sent(shop, code, 0, fields) for code, (_, fields, _) in AMOUNTS.items()])
    said = {code: sum(points(receipt, n).values()) for n, code in enumerate(AMOUNTS)}
    assert said == {code: amount for code, (_, _, amount) in AMOUNTS.items()}


async def test_a_rolling_tier_holds_over_night(db: Database, clock: FixedClock, tmp_path: Path) -> None:
    """The first event of a day sees the tier that the last thirty days still give, whoever looked last and when."""
    shop = await open_scene(db, clock, tmp_path)
    assert points(await shop.send(shop.event("tier-of-the-last-days"))) == {"marks": 1}
    clock.move_to(datetime(2026, 3, 26, 10, tzinfo=UTC))
    assert points(await shop.send(shop.event("tier-of-the-last-days"))) == {"marks": 1}
    clock.move_to(datetime(2026, 4, 2, 10, tzinfo=UTC))
    assert points(await shop.send(shop.event("tier-of-the-last-days"))) == {}
