"""Asking for a report: its rows, their totals, and the same of the span before beside them."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final, TypeVar

import msgspec

from regulars.features.programs import ProgramConfig
from regulars.flows.reporting.calendar import Compare, span_before
from regulars.flows.reporting.catalogue import report_of
from regulars.flows.reporting.errors import InvalidReport
from regulars.flows.reporting.model import TIMES, Answer, Asked, Field, Report, Row
from regulars.flows.reporting.points import share
from regulars.infra.db import Transaction, load_queries
from regulars.kit.errors import FieldError
from regulars.kit.points import Rounding, divide
from regulars.kit.zones import add_months

queries = load_queries(__package__, "reading.sql")
T = TypeVar("T")

# What nobody said: a year of months, a month of days.
MONTHS_DEFAULT: Final = 12
# Days asked for one by one; more make no chart that anybody reads.
DAYS_MAX: Final = 1_100
SPAN_MAX: Final = timedelta(days=366 * 50)
_RATIOS: Final = {"rate": ("redeemed", "issued"), "expiry_rate": ("expired", "issued")}


def ask(
    config: ProgramConfig,
    report: str,
    today: date,
    *,
    from_day: date | None = None,
    to_day: date | None = None,
    by: str | None = None,
    point_type: str | None = None,
    limit: int | None = None,
) -> tuple[Report, Asked]:
    """Return what is asked, with what was left out filled in: the year (for days, the month) that ends with today, and
    the program's first redeemable points.

    Refuses with UnknownReport and InvalidReport.
    """
    wanted = report_of(report)
    chosen = by or wanted.by[0]
    if chosen not in wanted.by:
        raise _invalid("by", f"{wanted.title} can be had by {', '.join(wanted.by)}.")
    if point_type is not None and (not wanted.typed or point_type not in config.point_types):
        known = ", ".join(sorted(config.point_types)) if wanted.typed else "none for this report"
        raise _invalid("point_type", f"Name one of the point types: {known}.")
    end = to_day or today + timedelta(days=1)
    start = from_day or (end - timedelta(days=30) if chosen == "day" else _months_before(end))
    if not start < end or end - start > SPAN_MAX:
        raise _invalid("to", "The days end before they begin, or more than 50 years after.")
    if chosen == "day" and (end - start).days > DAYS_MAX:
        raise _invalid("by", f"At most {DAYS_MAX} days one by one; ask by month.")
    if point_type is None and wanted.typed and chosen != "point_type":
        point_type = _first_type(config)
    return wanted, Asked(config, start, end, chosen, point_type, limit)


def _first_type(config: ProgramConfig) -> str | None:
    """Return the point type that is meant where none is named; a program without redeemable points has others."""
    return config.redeemable.code if config.redeemable else min(config.point_types, default=None)


def _months_before(end: date) -> date:
    return add_months(end.replace(day=1), 1 - MONTHS_DEFAULT if end.day > 1 else -MONTHS_DEFAULT)


def _invalid(path: str, message: str) -> InvalidReport:
    return InvalidReport(message, errors=[FieldError(path, "invalid", message)])


async def answer(tx: Transaction, report: Report, asked: Asked, compare: Compare | None = None) -> Answer:
    """Return a report; `tx` should be a snapshot.

    With `compare`, each row has the figures of the span before as `before`.
    """
    revision, until_at, counted_at = await tx.one(queries.select_progress)
    rows = await report.read(tx, asked)
    totals = total(report, asked, rows)
    comparison = None
    if compare is not None and report.dated:
        first, end = span_before(compare, asked.from_day, asked.to_day)
        earlier = msgspec.structs.replace(asked, from_day=first, to_day=end)
        before = await report.read(tx, earlier)
        _set_beside(report, asked, rows, before)
        comparison = {"from": first, "to": end, "totals": total(report, earlier, before)}
    fresh = counted_at if report.code in ("members", "tiers") else until_at
    config = asked.config
    return Answer(
        report.code, report.title, asked.by, asked.from_day, asked.to_day, config.currency, asked.point_type,
        {code: one.scale for code, one in config.point_types.items()},
        _fields_in(report, rows), rows, totals, comparison, revision, fresh,
    )  # fmt: skip


def total(report: Report, asked: Asked, rows: list[Row]) -> Row:
    """Return the totals: sums of what adds up, what stands at the end, shares of the sums. Points of several types do
    not add up.
    """
    if asked.by == "point_type" and len(rows) > 1:
        return {}
    found: Row = {}
    for field in report.fields:
        values = [row[field.name] for row in rows if row.get(field.name) is not None]
        if field.additive and field.kind in ("points", "money", "count"):
            if values or not rows:
                found[field.name] = sum(values)
        elif field.name in ("outstanding", "members") and values:
            found[field.name] = values[-1] if asked.by in TIMES else sum(values)
    for name, (part, whole) in _RATIOS.items():
        if any(field.name == name for field in report.fields):
            found[name] = share(found.get(part, 0), found.get(whole, 0))
    if "net" in found and "orders" in found:
        orders = found["orders"]
        found["average_order"] = divide(found["net"], orders, Rounding.HALF_UP) if orders else None
    return found


def _fields_in(report: Report, rows: list[Row]) -> tuple[Field, ...]:
    """Return the fields that the rows of this asking have."""
    if not rows:
        return report.fields
    return tuple(field for field in report.fields if any(field.name in row for row in rows))


def _set_beside(report: Report, asked: Asked, rows: list[Row], before: list[Row]) -> None:
    """Put the figures of the span before beside those of each row: by place for periods, by key for the rest."""
    names = [field.name for field in report.fields]
    if asked.by in TIMES:
        pairs = list(zip(rows, before, strict=False))
    else:
        by_key = {row["key"]: row for row in before}
        pairs = [(row, by_key[row["key"]]) for row in rows if row["key"] in by_key]
    for row, earlier in pairs:
        row["before"] = {"key": earlier["key"], **{n: earlier[n] for n in names if n in earlier}}


def change(now: int, before: int) -> str | None:
    """Return (now − before) ÷ before with four decimals, None where there was nothing."""
    return None if before == 0 else f"{(Decimal(now) - before) / before:.4f}"


def describe(report: Report) -> dict[str, Any]:
    """Return a report as the catalogue shows it."""
    return {
        "report": report.code,
        "title": report.title,
        "says": report.says,
        "by": list(report.by),
        "fields": [
            {"name": f.name, "kind": f.kind, "says": f.says, "additive": f.additive} for f in report.fields
        ],
        "dated": report.dated,
        "point_types": report.typed,
        "drill_down": report.drill or None,
    }
