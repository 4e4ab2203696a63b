"""A member in the middle of a decision: her row, her purse and the state that changes with it."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from types import MappingProxyType
from typing import Final, TypeAlias

import msgspec

from regulars.core.events import Event
from regulars.core.ledger import Purse
from regulars.core.rules import LimitSpec, LocalTime
from regulars.features.behaviour import State as PurseState
from regulars.features.behaviour import used_in, used_more
from regulars.features.tiers import Standing
from regulars.flows.accrual.clock import period_of_day
from regulars.flows.accrual.rulebook import KeptLimit
from regulars.flows.accrual.types import MemberRow

BudgetDeltas = dict[tuple[str, str, str], tuple[int, int]]
"""Budget key → (what the batch used or gave back, the budget's maximum)."""


# The identifiers of somebody of whom no rule asks for them.
NOBODY: Final[Mapping[str, str]] = MappingProxyType({})


State: TypeAlias = PurseState[Standing]
"""The state of a purse with the standings of its member."""

_decode = msgspec.json.Decoder(State).decode
_encode = msgspec.json.Encoder().encode


class Work:
    """One member while her events are decided.

    `changed` = attributes, tags or lists differ from the row in the database. `past` = her events by id, documents
    where they were read and events where they are of this batch; None where nothing may have to be counted again.
    """

    __slots__ = (
        "attributes",
        "changed",
        "identifiers",
        "joined_day",
        "lists",
        "member",
        "open",
        "past",
        "purse",
        "read",
        "tags",
    )

    def __init__(
        self, member: MemberRow, purse: Purse, joined_day: int, identifiers: Mapping[str, str] = NOBODY
    ) -> None:
        self.member = member
        self.identifiers = identifiers
        self.purse = purse
        self.joined_day = joined_day
        self.read: State | None = _decode(purse.state) if purse.state else State()
        self.attributes = member.attributes
        self.tags = member.tags
        self.lists = member.lists
        self.changed = False
        self.past: dict[int, Event | str] | None = None
        self.open = True

    def close(self, counted: str) -> None:
        """Write the state back into the purse; `counted` names the series it is complete for.

        Its thirty objects go at once, while they are in the processor's cache; whoever asks again reads the purse.
        """
        state = self.state
        state.k = counted
        self.purse.state = _encode(state).decode()
        self.open = False
        self.read = None

    def twin(self) -> Work:
        """Return the same member in the same state, to live on by herself."""
        twin = copy(self)
        twin.purse = self.purse.copy()
        twin.read = _decode(_encode(self.state))
        twin.past = None if self.past is None else dict(self.past)
        return twin

    @property
    def state(self) -> State:
        """The state, read again after it was closed."""
        if self.read is None:
            self.read = _decode(self.purse.state)
        return self.read


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
        unit = limit.period
        if unit == "order" or not amount:
            return
        period = period_of_day(unit, self.day)
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
            # Named, not super(): the compiler has no cell for it in a method that C may call.
            allowed = (Room.get(self, index) or 0) + self.had.get(index, 0)
            self.seen[index] = min(allowed, self.found.get(index, allowed))
        return self.seen.get(index, default)


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
