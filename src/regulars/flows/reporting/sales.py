"""Reports on sales: orders, units and money by period, store, partner, product, promotion."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import Any, Final

from regulars.flows.reporting.calendar import name_of, periods, whole_months
from regulars.flows.reporting.labels import RuleName, RuleNames, code_of, label_of
from regulars.flows.reporting.model import TIMES, Asked, Row
from regulars.flows.reporting.points import read_awards, span
from regulars.infra.db import Transaction, load_queries
from regulars.kit.points import Rounding, divide

queries = load_queries(__package__, "reading.sql")

# More than any program has stores or products that matter; a report asked for by product gives the best of them.
KEYS_MAX: Final = 10_000
_COUNTED: Final = ("orders", "units", "units_left", "gross", "net")


async def read_sales(tx: Transaction, asked: Asked) -> list[Row]:
    """Return orders by period, or by a dimension with the largest net sales first."""
    if asked.by in TIMES:
        return await _by_time(tx, asked)
    if asked.by in ("rule", "campaign"):
        return await read_promotions(tx, asked)
    rows = await tx.all(queries.select_sales, **_dimension(asked, asked.by), limit=asked.limit or KEYS_MAX)
    names = await _products(tx, asked, [row[0] for row in rows]) if asked.by == "product" else {}
    return [
        {
            "key": code_of(asked.config, asked.by, key),
            "label": names.get(key) or label_of(asked.config, asked.by, key),
            **_figures(sums),
        }
        for key, *sums in rows
    ]


def _dimension(asked: Asked, dimension: str) -> dict[str, Any]:
    grain = "month" if whole_months(asked.from_day, asked.to_day) else "day"
    return {**span(asked), "dimension": dimension, "grain": grain}


def _figures(sums: list[int]) -> Row:
    orders, units, units_left, gross, net = sums
    return {
        "orders": orders,
        "units": units,
        "units_returned": units - units_left,
        "gross": gross,
        "refunded": gross - net,
        "net": net,
        "average_order": divide(net, orders, Rounding.HALF_UP) if orders else None,
    }


async def _by_time(tx: Transaction, asked: Asked) -> list[Row]:
    found: dict[str, list[int]] = defaultdict(lambda: [0] * 6)
    for day, *sums in await tx.all(queries.select_sales_by_day, **span(asked)):
        row = found[name_of(asked.by, day)]
        for place, value in enumerate(sums):
            row[place] += value
    return [
        {"key": key, "label": key, **_figures(found[key][:5]), "of_members": found[key][5]}
        for key in periods(asked.by, asked.from_day, asked.to_day)
    ]


async def _products(tx: Transaction, asked: Asked, skus: list[str]) -> dict[str, str]:
    rows = await tx.all(queries.select_products, program_id=asked.config.id, skus=skus)
    return {sku: name for sku, name, _ in rows}


async def read_promotions(tx: Transaction, asked: Asked) -> list[Row]:
    """Return, by rule or campaign, the orders in which it applied, what they sold and the points it gave."""
    names = RuleNames(tx, asked.config.id)
    found: dict[str, Row] = {}
    for key, *sums in await tx.all(queries.select_sales, **_dimension(asked, "rule"), limit=None):
        rule = await names.of(key)
        row = found.setdefault(*_empty(asked, rule))
        for name, value in zip(_COUNTED, sums, strict=True):
            row[name] += value
    for award in await read_awards(tx, asked):
        rule = RuleName(award["key"], award["label"], award["campaign"])
        row = found.setdefault(*_empty(asked, rule))
        row["awards"] += award["awards"]
        row["issued"] += award["issued"]
    rows = [_promotion(row) for row in found.values()]
    rows.sort(key=lambda row: (-row["net"], -row["issued"], row["key"]))
    return rows[: asked.limit]


def _empty(asked: Asked, rule: RuleName) -> tuple[str, Row]:
    whole = asked.by == "campaign"
    key = rule.campaign if whole else rule.code
    label = (rule.campaign or "(none)") if whole else rule.name
    counts = dict.fromkeys((*_COUNTED, "awards", "issued"), 0)
    return key, {"key": key, "label": label, "campaign": rule.campaign, **counts}


def _promotion(row: Row) -> Row:
    figures = _figures([row[name] for name in _COUNTED])
    kept = {name: row[name] for name in ("key", "label", "campaign", "awards", "issued")}
    return {**kept, **figures}


async def sales_between(tx: Transaction, program_id: int, from_day: date, to_day: date) -> int:
    """Return what members bought between two local days, before refunds, in minor units."""
    found: int = await tx.value(queries.sum_sales, program_id=program_id, from_day=from_day, to_day=to_day)
    return found
