"""Budgets shared by all members, while members are decided one after the other.

Under the rules of their day, a budget has left what was stored with the event: exactly what there was. Under the draft
nobody knows yet, for later members are still to come; so a first pass gives every award and notes when how much was
asked for, and a second pass closes each budget at the instant at which the first one had used it up. Between two events
of the hour in which that happens the demand is taken as even; everything else is exact.
"""

from __future__ import annotations

from collections.abc import Mapping

from regulars.flows.accrual.insight import Rulebook, Version, budget_key, is_budget
from regulars.flows.simulation.model import BudgetKey, Told

HOUR_US = 3_600_000_000
# A budget that is closed has given this much already.
CLOSED = 2**62

Budget = tuple[tuple[str, str], int, int]
"""((owner, measure), number of the limit, its maximum)."""
Demand = dict[BudgetKey, dict[int, int]]


class Budgets:
    """What each budget has given, as seen by one event of one world: asked and told like a dict."""

    def __init__(self, closes_at: Mapping[BudgetKey, int], same_as: int | None, draft: int | None) -> None:
        self.closes_at = closes_at
        self.demand: Demand = {}
        self._same_as = same_as
        self._draft = draft
        self._at = 0
        self._limits: dict[int, tuple[Budget, ...]] = {}
        self._seen: dict[tuple[str, str], int] | None = None
        self._noted: list[tuple[BudgetKey, int, int]] = []

    def open(self, at: int, told: Told, book: Rulebook) -> None:
        """Turn to an event at `at` (microseconds), with what was stored of it."""
        self._at = at
        self._seen = None
        if not book.budget_periods:
            return
        version = book.version_at(at)
        if version is None or not told.version:
            return
        stored = version.number == told.version or (
            version.number == self._draft and told.version == self._same_as
        )
        if stored:
            left = told.room
            self._seen = {
                key: most - left[index] for key, index, most in self._budgets_of(version) if index in left
            }

    def _budgets_of(self, version: Version) -> tuple[Budget, ...]:
        known = self._limits.get(version.number)
        if known is None:
            known = tuple(
                [
                    (budget_key(limit, "")[:2], limit.index, limit.max)
                    for limit in version.ruleset.limits
                    if is_budget(limit)
                ]
            )
            self._limits[version.number] = known
        return known

    def get(self, key: BudgetKey, default: int = 0) -> int:
        """Return what the budget has given before this event."""
        if self._seen is not None:
            return self._seen.get(key[:2], default)
        closes_at = self.closes_at.get(key)
        return default if closes_at is None or self._at < closes_at else CLOSED

    def __setitem__(self, key: BudgetKey, value: int) -> None:
        """Note what this event used of a budget, or gave back."""
        self._note(key, self._at // HOUR_US, value - self.get(key, 0))

    def _note(self, key: BudgetKey, hour: int, used: int) -> None:
        hours = self.demand.setdefault(key, {})
        hours[hour] = hours.get(hour, 0) + used
        self._noted.append((key, hour, used))

    def keep(self) -> None:
        """What was noted so far stands."""
        self._noted.clear()

    def undo(self) -> None:
        """Forget what was noted since `keep`."""
        for key, hour, used in self._noted:
            self.demand[key][hour] -= used
        self._noted.clear()


def closing_times(demand: Demand, maxima: Mapping[tuple[str, str], int]) -> dict[BudgetKey, int]:
    """Return when each budget is used up (microseconds); those that never are, are missing.

    `maxima` by (owner, measure) of the budget.
    """
    found: dict[BudgetKey, int] = {}
    for key, hours in demand.items():
        most, given = maxima.get(key[:2]), 0
        if most is None:
            continue
        for hour in sorted(hours):
            asked = hours[hour]
            if given + asked > most:
                found[key] = (hour * HOUR_US) + HOUR_US * (most - given) // asked
                break
            given += asked
    return found


def merge_demand(into: Demand, more: Demand) -> None:
    """Add the demand of one piece to that of others."""
    for key, hours in more.items():
        known = into.setdefault(key, {})
        for hour, asked in hours.items():
            known[hour] = known.get(hour, 0) + asked
