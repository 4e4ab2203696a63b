"""What the tests of the rule language share: a small catalogue, events in one line, both backends side by side."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import msgspec
import psycopg

from regulars.core.events import Event, Line, Order, encode_doc
from regulars.core.rules import (
    FactSpec,
    FieldCatalog,
    Kind,
    LocalTime,
    Ruleset,
    compile_ruleset,
    fact_field,
    field_map,
    property_field,
    standard_fields,
)
from regulars.core.rules.resolve import bounded

TIERS = ("bronze", "silver", "gold")
POINT_TYPES = {"points": 0, "stars": 2, "miles": 0}
MEMBER_FIELDS = [
    fact_field("member.tier", Kind.TEXT, FactSpec("tier", "status"), "tier", options=TIERS),
    fact_field("member.tags", Kind.TEXTS, FactSpec("tags"), "tags"),
    fact_field("member.points", Kind.NUMBER, FactSpec("wallet", "points", "available"), "available points"),
    fact_field(
        "member.stars", Kind.NUMBER, FactSpec("wallet", "stars", "available"), "available stars", exponent=2
    ),
    fact_field("member.city", Kind.TEXT, FactSpec("attribute", "city"), "city"),
    fact_field("member.children", Kind.NUMBER, FactSpec("attribute", "children"), "children"),
    fact_field("member.newsletter", Kind.BOOLEAN, FactSpec("attribute", "newsletter"), "newsletter"),
    fact_field("member.birthday", Kind.DATE, FactSpec("birthday", "", "date"), "birthday"),
    fact_field("member.birth_month", Kind.NUMBER, FactSpec("birthday", "", "month"), "month of birth"),
    fact_field("member.joined_at", Kind.INSTANT, FactSpec("joined_at"), "joined"),
]
PROPERTIES = [
    property_field("event.properties.rating", Kind.NUMBER),
    property_field("event.properties.visit", Kind.DATE),
    property_field("event.properties.due", Kind.INSTANT),
    property_field("event.properties.gift", Kind.BOOLEAN),
    property_field("event.properties.labels", Kind.TEXTS),
    property_field("event.properties.mood", Kind.TEXT),
]
CATALOG = FieldCatalog(
    field_map([*standard_fields(2), *MEMBER_FIELDS, *PROPERTIES]),
    POINT_TYPES,
    tier_sets={"status": TIERS},
    attributes={"city": Kind.TEXT, "children": Kind.NUMBER, "newsletter": Kind.BOOLEAN},
    campaigns=frozenset({"summer", "winter"}),
    partners=frozenset({"acme", "bookshop"}),
)
START = datetime(2026, 3, 2, 10, 5, tzinfo=UTC)


def event(spec: dict[str, Any] | None = None) -> Event:
    """An event from a short form: `amount` and `lines` make an order, `at` is the time; the rest as in the normal form.

    A line is an object, or `[sku, category, quantity, amount]`.
    """
    spec = dict(spec or {})
    order = None
    lines = [line(item) for item in spec.pop("lines", [])]
    if "amount" in spec or lines or "order" in spec:
        fields = spec.pop("order", {})
        amount = spec.pop("amount", sum(item.amount for item in lines))
        order = Order("o-1", amount=amount, lines=lines, **fields)
    at = datetime.fromisoformat(spec.pop("at", START.isoformat()))
    kind = spec.pop("type", "Order Completed")
    return Event(occurred_at=at.astimezone(UTC), key="m-1", type=kind, order=order, **spec)


def line(item: Any) -> Line:
    if isinstance(item, list):
        sku, category, quantity, amount = item
        return Line(
            sku=sku, category=category, quantity=quantity, amount=amount, price=amount // max(quantity, 1)
        )
    return Line(**item)


def local_time(e: Event) -> LocalTime:
    """The event's time in a program whose zone is UTC."""
    at = e.occurred_at
    return LocalTime(
        at.isoweekday(),
        60 * at.hour + at.minute,
        at.toordinal() - date(1970, 1, 1).toordinal(),
        at.month,
        at.day,
        at.year,
    )


def facts_of(specs: Sequence[FactSpec], given: dict[str, Any]) -> list[Any]:
    """The list of facts; `given` is keyed by field path (`member.tier`), `measure` or `local:<zone>`."""
    return [given.get(fact_name(spec)) for spec in specs]


def fact_name(spec: FactSpec) -> str:
    for field in CATALOG.fields.values():
        if field.fact == spec:
            return field.path
    if spec.kind == "local_time":
        return f"local:{spec.name}"
    return spec.kind


def rule(**changes: Any) -> dict[str, Any]:
    """A rule document with defaults for what a test does not care about."""
    base = {
        "code": "rule",
        "trigger": {"event": "Order Completed"},
        "then": [{"award": {"point_type": "points", "points": "1"}}],
    }
    return {**base, **changes}


def compiled(*rules: dict[str, Any], **parts: Any) -> Ruleset:
    """A ruleset of these rules."""
    return compile_ruleset({"rules": list(rules), **parts}, CATALOG, 1)


def points(decision: Any) -> dict[str, int]:
    """Points by point type."""
    totals: dict[str, int] = {}
    for award in decision.awards:
        totals[award.point_type] = totals.get(award.point_type, 0) + award.points
    return totals


# --- SQL ------------------------------------------------------------------------------------------------------------

Outcome = list[tuple[bool, list[int]]]
"""Per rule: whether its conditions hold, and the points of its awards before limits when they do."""


def python_outcome(ruleset: Ruleset, e: Event, f: Sequence[Any], local: LocalTime) -> Outcome:
    """What the emitted Python of every rule says, without index, groups and limits."""
    outcome: Outcome = []
    for index, lowered in enumerate(ruleset.lowered):
        outs = ruleset.evaluate(index, e, f, local)
        awards = [] if outs is None else [bounded(value) for value in outs[: len(lowered.awards)]]
        outcome.append((outs is not None, awards))
    return outcome


def sql_outcome(
    connection: psycopg.Connection[Any], ruleset: Ruleset, e: Event, f: Sequence[Any], local: LocalTime
) -> Outcome:
    """What PostgreSQL says about the same rules."""
    parameters: dict[str, Any] = {
        "doc": encode_doc(e).decode(),
        "facts": encoder.encode(list(f)).decode(),
        "local": msgspec.json.encode(local).decode(),
    }
    columns: list[str] = []
    widths: list[int] = []
    for index in range(len(ruleset.lowered)):
        condition, awards, more = ruleset.rule_sql(index, prefix=f"r{index}_")
        columns += [condition, *awards]
        widths.append(len(awards))
        parameters |= more
    statement = (
        f"SELECT {', '.join(columns)} FROM (SELECT %(doc)s::jsonb AS doc, %(facts)s::jsonb AS facts,"
        " %(local)s::jsonb AS local) AS given"
    )
    row = connection.execute(statement.encode(), parameters).fetchone()
    assert row is not None
    values = list(row)
    outcome: Outcome = []
    for width in widths:
        holds, *amounts = values[: width + 1]
        values = values[width + 1 :]
        assert isinstance(holds, bool), f"a condition yields {holds!r}"
        outcome.append((holds, [bounded(whole(amount)) for amount in amounts] if holds else []))
    return outcome


encoder = msgspec.json.Encoder(decimal_format="number", enc_hook=lambda value: sorted(value))


def whole(amount: Decimal | int | None) -> int | None:
    if amount is None:
        return None
    assert amount == int(amount), f"{amount} is no whole number of units"
    return int(amount)


def exact(text: str) -> Any:
    """JSON with exact numbers."""
    return json.loads(text, parse_float=Decimal)
