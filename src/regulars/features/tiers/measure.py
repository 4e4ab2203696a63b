"""A tier set's metric in the words of rules: which measure of behaviour feeds it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from regulars.core.rules import Kind, Measure, RulesRefused, Window, compile_observer, default_catalog
from regulars.features.tiers.errors import TierSetInvalid
from regulars.features.tiers.model import Metric, TierSet
from regulars.features.tiers.windows import DAY_MAX, memory_days
from regulars.kit.errors import FieldError

PURCHASE: Final = "Order Completed"
SPENT: Final = "order.amount"
# Fields of events that are amounts of money, in minor units.
MONEY: Final = frozenset(
    path for path, field in default_catalog({}).fields.items() if field.kind is Kind.MONEY
)


def points_event(point_type: str) -> str:
    """Return the name of the pseudo event under which points of a type are observed when they are earned."""
    return f"@points:{point_type}"


def measure_of(tier_set: TierSet) -> Measure:
    """Return what must be remembered of a member: the metric over the days that `assess` may ask for.

    Points are observed as the pseudo event `@points:<point type>` whose `points` are the smallest units earned
    (negative when an earning is reversed, on the day of what it reverses).
    """
    days = memory_days(tier_set.window)
    window = Window("last_days", days=days) if days else Window("lifetime")
    metric = tier_set.metric
    if metric.of == "points":
        return Measure(points_event(metric.point_type), "sum", window, "points")
    if metric.of == "spend":
        return Measure(PURCHASE, "sum", window, SPENT)
    if metric.of == "purchases":
        return Measure(PURCHASE, "count", window)
    return Measure(metric.event, "sum" if metric.field else "count", window, metric.field)


def is_money(metric: Metric) -> bool:
    """Say whether a metric adds up money: thresholds are written in major units, values kept in minor ones."""
    return metric.of == "spend" or (metric.of == "event" and metric.field in MONEY)


def check_counted(tier_set: TierSet, point_types: Mapping[str, int], money_exponent: int) -> None:
    """Refuse with TierSetInvalid a tier set that nothing can be counted by: no event of the program could be rated.

    `point_types` maps code → decimals.
    """
    if tier_set.metric.of != "event":
        return
    catalog = default_catalog(dict(point_types), currency_exponent=money_exponent)
    try:
        compile_observer(measure_of(tier_set), catalog)
    except RulesRefused as refusal:
        raise TierSetInvalid(
            errors=[
                FieldError("metric.field", "not_countable", found.message) for found in refusal.diagnostics
            ]
        ) from refusal


def measure_over(tier_set: TierSet, first: int | None, end: int) -> tuple[Measure, int]:
    """Return (measure, day to read it on) that gives the metric over first ≤ day < end: the `total` of `assess`."""
    measure = measure_of(tier_set)
    if first is None or end >= DAY_MAX:
        return msgspec.structs.replace(measure, window=Window("lifetime")), DAY_MAX
    return msgspec.structs.replace(measure, window=Window("last_days", days=end - first)), end - 1
