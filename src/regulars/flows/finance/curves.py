"""Breakage from the program's own redemptions: how likely points of an age are redeemed before they end.

The estimator is Kaplan and Meier's product-limit (J. Amer. Statist. Assoc. 53, 1958) on points instead of patients, in
months of age: the hazard of age k is what was redeemed at that age ÷ what was open at it, over all cohorts that have
lived through it. A point that ends, or leaves otherwise, is censored, so short lives do not look like thrift; an open
point is redeemed with probability 1 − Π (1 − hazard) over the months that it has left. The interval is a bootstrap of
groups of members (Efron and Tibshirani 1993, ch. 8), because one member's points are spent together. Plain Python.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from random import Random
from typing import Final

import msgspec

# Members are put into so many groups, and these drawn anew so often.
GROUPS: Final = 32
REPLICATES: Final = 200
# Beyond the ages seen, the hazard stays what it was in the last months seen.
TAIL_AGES: Final = 6
# Points without an end are followed for ten years.
AGES_MAX: Final = 120
# 95 %.
LOW, HIGH = 0.025, 0.975


class Cell(msgspec.Struct, frozen=True):
    """What became of points of one cohort at one age, in one group of members."""

    group: int
    cohort: int
    age: int
    what: str
    points: int


class Open(msgspec.Struct, frozen=True):
    """Points open at the moment: earned in the month `cohort`, good to the end of the month `last` (None = no end)."""

    cohort: int
    last: int | None
    points: int


class Estimate(msgspec.Struct, frozen=True):
    """A number of points with its 95 % interval."""

    points: float
    low: float
    high: float


class Counts:
    """Exposure and redemptions by age of each group of members."""

    def __init__(self, cells: Iterable[Cell], month: int) -> None:
        """Count what was complete before the month `month`."""
        self.exposed: list[list[float]] = [[0.0] * (AGES_MAX + 1) for _ in range(GROUPS)]
        self.redeemed: list[list[float]] = [[0.0] * (AGES_MAX + 1) for _ in range(GROUPS)]
        by_cohort: dict[tuple[int, int], dict[int, dict[str, int]]] = defaultdict(lambda: defaultdict(dict))
        for cell in cells:
            at_age = by_cohort[cell.group, cell.cohort][cell.age]
            at_age[cell.what] = at_age.get(cell.what, 0) + cell.points
        for (group, cohort), ages in by_cohort.items():
            self._count(group, ages, min(month - cohort, AGES_MAX + 1))

    def _count(self, group: int, ages: dict[int, dict[str, int]], lived: int) -> None:
        held = 0
        for age in range(max(lived, 0)):
            at_age = ages.get(age, {})
            exposed = held + at_age.get("came", 0)
            self.exposed[group][age] += exposed
            self.redeemed[group][age] += at_age.get("redeemed", 0)
            held = exposed - sum(at_age.get(what, 0) for what in ("redeemed", "expired", "left"))


def hazards(counts: Counts, groups: Sequence[int]) -> list[float]:
    """Return the hazard of each age, over some groups (some of them several times)."""
    exposed = [sum(counts.exposed[group][age] for group in groups) for age in range(AGES_MAX + 1)]
    redeemed = [sum(counts.redeemed[group][age] for group in groups) for age in range(AGES_MAX + 1)]
    last = max((age for age, points in enumerate(exposed) if points > 0), default=-1)
    first = max(0, last + 1 - TAIL_AGES)
    whole = sum(exposed[first : last + 1])
    tail = _ratio(sum(redeemed[first : last + 1]), whole)
    return [
        _ratio(redeemed[age], exposed[age]) if age <= last and exposed[age] > 0 else tail
        for age in range(AGES_MAX + 1)
    ]


def _ratio(part: float, whole: float) -> float:
    return min(1.0, max(0.0, part / whole)) if whole > 0 else 0.0


def expected(hazard: Sequence[float], points: Iterable[Open], month: int, until: int | None = None) -> float:
    """Return how many of the open points are redeemed from `month` on and before `until` (None = ever)."""
    kept = [1.0]
    for one in hazard:
        kept.append(kept[-1] * (1 - one))
    found = 0.0
    for open_points in points:
        age = min(month - open_points.cohort, AGES_MAX)
        end = AGES_MAX + 1 if open_points.last is None else open_points.last + 1 - open_points.cohort
        if until is not None:
            end = min(end, until - open_points.cohort)
        end = max(age, min(end, AGES_MAX + 1))
        alive = kept[age]
        if alive > 0:
            found += open_points.points * (1 - kept[end] / alive)
        elif end > age:
            found += open_points.points
    return found


def estimate(
    cells: Sequence[Cell], points: Sequence[Open], month: int, until: int | None = None, *, seed: int = 0
) -> Estimate:
    """Return how many of the open points will be redeemed; the same input gives the same interval."""
    counts = Counts(cells, month)
    middle = expected(hazards(counts, range(GROUPS)), points, month, until)
    random = Random(seed)  # noqa: S311 - resampling, not secrets
    drawn = sorted(
        expected(hazards(counts, random.choices(range(GROUPS), k=GROUPS)), points, month, until)
        for _ in range(REPLICATES)
    )
    return Estimate(middle, _quantile(drawn, LOW), _quantile(drawn, HIGH))


def _quantile(ordered: Sequence[float], share: float) -> float:
    place = share * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)
