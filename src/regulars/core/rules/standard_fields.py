"""The fields that every program has: what the normal form of an event offers to rules.

Templates name paths of the normal form only; nothing of the events engine is imported. An empty text counts as missing.
"""

from __future__ import annotations

import msgspec

from regulars.core.rules.fields import Field, FieldCatalog, field_map, property_field
from regulars.core.rules.lower import local_field
from regulars.core.rules.model import FactSpec, Kind

_ORDER_MONEY = {
    "total": "order total",
    "subtotal": "order subtotal",
    "revenue": "order revenue",
    "shipping": "shipping costs",
    "tax": "tax",
    "discount": "order discount",
}
_LINE_TEXT = {
    "sku": "SKU",
    "product_id": "product id",
    "name": "product name",
    "brand": "brand",
    "category": "category",
    "variant": "variant",
    "coupon": "line coupon",
}
_EVENT_TEXT = {
    "store": "store",
    "region": "region",
    "channel": "channel",
    "partner": "partner",
    "currency": "currency",
}
_REWARD = {
    "code": ("reward", Kind.TEXT, "reward"),
    "category": ("category", Kind.TEXT, "category of the reward"),
    "kind": ("kind", Kind.TEXT, "kind of the reward"),
    "partner": ("partner", Kind.TEXT, "partner of the reward"),
    "price_points": ("price_points", Kind.NUMBER, "price of the reward in points"),
    "price_money": ("price_money", Kind.MONEY, "price of the reward in money"),
    "quantity": ("quantity", Kind.NUMBER, "pieces of the reward"),
}
_LOCAL = {
    "weekday": ("weekday", Kind.NUMBER, "weekday"),
    "time": ("minute_of_day", Kind.TIME, "time of day"),
    "date": ("day_number", Kind.DATE, "date"),
    "month": ("month", Kind.NUMBER, "month"),
    "day": ("day", Kind.NUMBER, "day of the month"),
    "year": ("year", Kind.NUMBER, "year"),
}


def standard_fields(currency_exponent: int = 2) -> list[Field]:
    """Event, order, line and context fields; money has `currency_exponent` decimals."""
    return [
        *_event_fields(),
        *_order_fields(currency_exponent),
        *_line_fields(currency_exponent),
        *_local_fields(),
        *_reward_fields(currency_exponent),
    ]


def default_catalog(
    point_types: dict[str, int],
    extra: list[Field] | None = None,
    currency_exponent: int = 2,
    currency: str = "EUR",
) -> FieldCatalog:
    """A catalogue of the standard fields and `extra`; point types by code with their scale."""
    fields = field_map([*standard_fields(currency_exponent), *(extra or [])])
    return FieldCatalog(fields, point_types, currency_exponent, currency)


def _event_fields() -> list[Field]:
    fields = [
        Field(
            name,
            Kind.TEXT,
            "context",
            f"(e.{name} or None)",
            f"NULLIF(doc->>'{name}', '')",
            label,
            exact=True,
        )
        for name, label in _EVENT_TEXT.items()
    ]
    fields.append(Field("event.type", Kind.TEXT, "event", "e.type", "doc->>'type'", "event", exact=True))
    fields.append(Field("event.occurred_at", Kind.INSTANT, "event", "e.occurred_at",
                        "(doc->>'occurred_at')::timestamptz", "time of the event", exact=True))  # fmt: skip
    return fields


def _order_fields(exponent: int) -> list[Field]:
    def field(name: str, kind: Kind, python: str, sql: str, label: str) -> Field:
        money = kind is Kind.MONEY
        return Field(f"order.{name}", kind, "event", f"(None if o is None else {python})", sql, label, exact=True,
                     exponent=exponent if money else 0, whole=kind is not Kind.TEXT)  # fmt: skip

    present = "CASE WHEN jsonb_typeof(doc->'order') = 'object' THEN {} END"
    amount = present.format("COALESCE((doc->'order'->>'amount')::bigint, 0)")
    count = present.format("COALESCE(jsonb_array_length(doc->'order'->'lines'), 0)::bigint")
    quantity = present.format(
        "(SELECT COALESCE(sum(COALESCE((line->>'quantity')::bigint, 1)), 0)::bigint"
        " FROM jsonb_array_elements(doc->'order'->'lines') AS lines(line))"
    )
    return [
        field("amount", Kind.MONEY, "o.amount", f"({amount})", "order amount"),
        *[
            field(name, Kind.MONEY, f"o.{name}", f"(doc->'order'->>'{name}')::bigint", label)
            for name, label in _ORDER_MONEY.items()
        ],
        field(
            "coupon", Kind.TEXT, "(o.coupon or None)", "NULLIF(doc->'order'->>'coupon', '')", "order coupon"
        ),
        field(
            "order_id", Kind.TEXT, "(o.order_id or None)", "NULLIF(doc->'order'->>'order_id', '')", "order id"
        ),
        field("line_count", Kind.NUMBER, "len(o.lines)", f"({count})", "number of order lines"),
        field(
            "quantity", Kind.NUMBER, "sum([l.quantity for l in o.lines])", f"({quantity})", "number of items"
        ),
    ]


def _line_fields(exponent: int) -> list[Field]:
    def field(name: str, kind: Kind, python: str, sql: str, label: str) -> Field:
        money = kind is Kind.MONEY
        return Field(f"line.{name}", kind, "line", python, sql, label, exact=True,
                     exponent=exponent if money else 0, whole=kind is not Kind.TEXT)  # fmt: skip

    return [
        *[
            field(name, Kind.TEXT, f"(l.{name} or None)", f"NULLIF(line->>'{name}', '')", label)
            for name, label in _LINE_TEXT.items()
        ],
        field("quantity", Kind.NUMBER, "l.quantity", "COALESCE((line->>'quantity')::bigint, 1)", "quantity"),
        field("price", Kind.MONEY, "l.price", "(line->>'price')::bigint", "unit price"),
        field("amount", Kind.MONEY, "l.amount", "COALESCE((line->>'amount')::bigint, 0)", "line amount"),
        field(
            "discount", Kind.MONEY, "l.discount", "COALESCE((line->>'discount')::bigint, 0)", "line discount"
        ),
        product_field("product_points", Kind.NUMBER, FactSpec("product", "points"), "points of the product"),
    ]


def _reward_fields(exponent: int) -> list[Field]:
    """What the event Reward Redeemed says of the reward, under names of their own."""
    found = []
    for name, (source, kind, label) in _REWARD.items():
        field = property_field(f"event.properties.{source}", kind, label)
        money = exponent if kind is Kind.MONEY else 0
        found.append(msgspec.structs.replace(field, path=f"reward.{name}", exponent=money))
    return found


def product_field(name: str, kind: Kind, fact: FactSpec, label: str) -> Field:
    """A line field whose value comes from the product catalogue: the fact maps SKU to value."""
    return Field(
        f"line.{name}",
        kind,
        "line",
        "({fact} or {{}}).get(l.sku)",
        "({fact}->(line->>'sku'))",
        label,
        fact=fact,
    )


def _local_fields() -> list[Field]:
    fields = []
    for name, (source, kind, label) in _LOCAL.items():
        base = local_field(source, "program")
        fields.append(Field(name, kind, "context", base.python, base.sql, label, exact=True, whole=True))
    return fields
