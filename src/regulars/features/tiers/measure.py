"""A tier set's metric in the words of rules: which measure of behaviour feeds it."""

from __future__ import annotations

from typing import Final

import msgspec

from regulars.core.rules import Measure, Window
from regulars.features.tiers.model import TierSet
from regulars.features.tiers.windows import DAY_MAX, memory_days

PURCHASE: Final = "Order Completed"
SPENT: Final = "order.amount"


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


def measure_over(tier_set: TierSet, first: int | None, end: int) -> tuple[Measure, int]:
    """Return (measure, day to read it on) that gives the metric over first ≤ day < end: the `total` of `assess`."""
    measure = measure_of(tier_set)
    if first is None or end >= DAY_MAX:
        return msgspec.structs.replace(measure, window=Window("lifetime")), DAY_MAX
    return msgspec.structs.replace(measure, window=Window("last_days", days=end - first)), end - 1
