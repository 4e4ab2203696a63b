"""Rows of `test_every_feature`: what a marketer writes, and what it was worked out by hand to mean."""

from __future__ import annotations

from typing import Any

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
    "currency": (cond("currency", "=", "EUR"), {"order": SMALL}, {"currency": "USD"}),
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
