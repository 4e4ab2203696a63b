"""A member in the middle of a decision: her row, her purse and the state that changes with it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

import msgspec

from regulars.core.ledger import Purse
from regulars.core.rules import LimitSpec, LocalTime
from regulars.features.tiers import Standing
from regulars.flows.accrual.rulebook import KeptLimit, period_of_day
from regulars.flows.accrual.types import MemberRow

BudgetDeltas = dict[tuple[str, str, str], tuple[int, int]]
"""Budget key → (what the batch used or gave back, the budget's maximum)."""


# The identifiers of somebody of whom no rule asks for them.
NOBODY: Final[Mapping[str, str]] = MappingProxyType({})


class State(msgspec.Struct, omit_defaults=True):
    """What decide must see changed exactly with the balances; kept as JSON in `ledger.purse.state`.

    k = name of the set of series that is counted (first, so that a text comparison tells who is behind), s =
    series of behaviour by key, l = used of the member's own limits (key → [period, used, …]), t = standing
    per tier set, c = points earned per capped period of a point type (like l), e = the transfers that paid
    for entering tiers ("set/tier" → transfer).
    """

    k: str = ""
    s: dict[str, list[Any]] = {}
    l: dict[str, list[Any]] = {}  # noqa: E741  one letter, because it is stored a million times
    t: dict[str, Standing] = {}
    c: dict[str, list[Any]] = {}
    e: dict[str, int] = {}


_decode = msgspec.json.Decoder(State).decode
_encode = msgspec.json.Encoder().encode


class Work:
    """One member while her events are decided. `changed` = attributes, tags or lists differ from the row in
    the
    database.
    """

    __slots__ = (
        "attributes",
        "changed",
        "identifiers",
        "joined_day",
        "lists",
        "member",
        "purse",
        "state",
        "tags",
    )

    def __init__(
        self, member: MemberRow, purse: Purse, joined_day: int, identifiers: Mapping[str, str] = NOBODY
    ) -> None:
        self.member = member
        self.identifiers = identifiers
        self.purse = purse
        self.joined_day = joined_day
        self.state = _decode(purse.state) if purse.state else State()
        self.attributes = member.attributes
        self.tags = member.tags
        self.lists = member.lists
        self.changed = False

    def close(self, counted: str) -> None:
        """Write the state back into the purse; `counted` names the series it is complete for."""
        self.state.k = counted
        self.purse.state = _encode(self.state).decode()


class Room:
    """What is left of each limit for one event, worked out when a rule asks; `seen` is what was asked.

    A limit of a member is in her state; a limit of a rule or campaign is a budget shared by all members.
    """

    __slots__ = ("budgets", "day", "limits", "seen", "state")

    def __init__(
        self,
        limits: tuple[KeptLimit, ...],
        state: State,
        budgets: dict[tuple[str, str, str], int],
        local: LocalTime,
    ) -> None:
        self.limits = limits
        self.state = state
        self.budgets = budgets
        self.day = local.day_number
        self.seen: dict[int, int] = {}

    def get(self, index: int, default: int | None = None) -> int | None:
        """Return what is left of limit `index`; `default` for a limit that starts anew with every event."""
        left = self.seen.get(index)
        if left is None:
            limit = self.limits[index]
            if limit.period == "order":
                return default
            left = self.seen[index] = max(0, limit.max - self._used(limit))
        return left

    def __getitem__(self, index: int) -> int:
        left = self.get(index)
        if left is None:
            raise KeyError(index)
        return left

    def __contains__(self, index: object) -> bool:
        return isinstance(index, int) and self.get(index) is not None

    def _used(self, limit: KeptLimit) -> int:
        period = period_of_day(limit.period, self.day)
        if limit.budget is not None:
            return self.budgets.get((*limit.budget, period), 0)
        used = used_in(self.state.l.get(limit.key), period)
        return limit.max if used is None else used

    def use(self, index: int, amount: int, deltas: BudgetDeltas) -> None:
        """Count `amount` (negative gives back) against limit `index`; budgets collect in `deltas` with their
        maximum.
        """
        limit = self.limits[index]
        if limit.period == "order" or not amount:
            return
        period = period_of_day(limit.period, self.day)
        if limit.budget is not None:
            key = (*limit.budget, period)
            self.budgets[key] = self.budgets.get(key, 0) + amount
            deltas[key] = (deltas.get(key, (0, 0))[0] + amount, limit.max)
            return
        self.state.l[limit.key] = used_more(self.state.l.get(limit.key), period, amount)


class RoomAgain(Room):
    """What a corrected order may take of each limit: never more than it found on its day, nor than is left
    now beside what it has.
    """

    __slots__ = ("found", "had")

    def __init__(
        self,
        limits: tuple[KeptLimit, ...],
        state: State,
        budgets: dict[tuple[str, str, str], int],
        local: LocalTime,
        found: dict[int, int],
        had: dict[int, int],
    ) -> None:
        super().__init__(limits, state, budgets, local)
        self.found = found
        self.had = had

    def get(self, index: int, default: int | None = None) -> int | None:
        """Return what limit `index` lets the order have, however much of it the order has already."""
        if index not in self.seen and self.limits[index].period != "order":
            allowed = (super().get(index) or 0) + self.had.get(index, 0)
            self.seen[index] = min(allowed, self.found.get(index, allowed))
        return self.seen.get(index, default)


# A till that was off for a while sends what it kept: limits by the day remember so many days on which they
# were used.
PERIODS_KEPT = 8


def used_in(kept: list[Any] | None, period: str) -> int | None:
    """Return what was used in a period; None = too long ago to be remembered.

    `kept` = [period, used, …], latest first.
    """
    if not kept:
        return 0
    if kept[0] == period:
        return int(kept[1])
    for place in range(2, len(kept), 2):
        if kept[place] == period:
            return int(kept[place + 1])
    return None if len(kept) >= 2 * PERIODS_KEPT and period < kept[-2] else 0


def used_more(kept: list[Any] | None, period: str, amount: int) -> list[Any]:
    """Return `kept` with `amount` (negative: less) used in a period.

    Names of periods sort as they follow in time.
    """
    if not kept:
        return [period, max(0, amount)]
    place = 0
    while place < len(kept) and kept[place] > period:
        place += 2
    if place < len(kept) and kept[place] == period:
        kept[place + 1] = max(0, kept[place + 1] + amount)
    else:
        kept[place:place] = [period, max(0, amount)]
        del kept[2 * PERIODS_KEPT :]
    return kept


def kept_limit(limit: LimitSpec) -> KeptLimit:
    """Return where the use of a limit is counted."""
    key = f"{limit.per}:{limit.owner}:{limit.measure}:{limit.period}:{limit.point_type}"
    owner, measure, _ = budget_key(limit, "")
    return KeptLimit(limit.max, limit.period, key, (owner, measure) if is_budget(limit) else None)


def is_budget(limit: LimitSpec) -> bool:
    """Return whether a limit is shared by all members."""
    return limit.per in ("rule", "campaign")


def budget_key(limit: LimitSpec, period: str) -> tuple[str, str, str]:
    """Return the key of a budget's row: owner, measure with its period's unit and point type, period."""
    return (f"{limit.per}:{limit.owner}", f"{limit.measure}/{limit.period}/{limit.point_type}", period)
