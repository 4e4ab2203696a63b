"""What a conjunction allows, value by value: the set or the range each value has to be in.

A box is an over-estimate of the events that meet a condition, so that an empty box proves that nothing meets it.
Parts that are no comparison with a constant are kept as what they are: they hold or they do not, so that a part and
its opposite never meet. `exact` says that nothing was left out.
"""

from __future__ import annotations

import enum
from typing import Any, Final

import msgspec

from regulars.core.rules import forms
from regulars.core.rules.lower import flatten, local_field

LOCAL = "local."
CALENDAR = {"weekday": (1, 7), "month": (1, 12), "day": (1, 31), "minute_of_day": (0, 1_439)}
"""The first and the last of each part of a local time."""


class Absent(enum.Enum):
    """The one mark for a value that is missing, among the values a form may have."""

    VALUE = 0


ABSENT: Final = Absent.VALUE
HOLDS: Final = frozenset({True})
FAILS: Final = frozenset({False})


class Allowed(msgspec.Struct, frozen=True):
    """Values one form may have, a missing one (ABSENT) among them; None for no restriction. A bound allows none."""

    values: frozenset[Any] | None = None
    low: Any = None
    low_in: bool = True
    high: Any = None
    high_in: bool = True
    without: frozenset[Any] = frozenset()

    def admits(self, value: Any) -> bool:
        """Whether one value is allowed."""
        if value in self.without or (self.values is not None and value not in self.values):
            return False
        if value is ABSENT:
            return self.low is None and self.high is None
        if self.low is not None and not (value >= self.low if self.low_in else value > self.low):
            return False
        return self.high is None or bool(value <= self.high if self.high_in else value < self.high)

    def empty(self) -> bool:
        """Whether no value is allowed."""
        if self.values is not None:
            return not any(self.admits(value) for value in self.values)
        if self.low is None or self.high is None:
            return False
        return bool(self.low > self.high or (self.low == self.high and not (self.low_in and self.high_in)))

    def meet(self, other: Allowed) -> Allowed:
        """Both restrictions at once."""
        values = self.values if other.values is None else other.values
        if self.values is not None and other.values is not None:
            values = self.values & other.values
        low, low_in = _tighter(self.low, self.low_in, other.low, other.low_in, 1)
        high, high_in = _tighter(self.high, self.high_in, other.high, other.high_in, -1)
        return Allowed(values, low, low_in, high, high_in, self.without | other.without)

    def within(self, other: Allowed) -> bool:
        """Whether everything allowed here is allowed there."""
        if self.values is not None:
            return all(other.admits(value) for value in self.values if self.admits(value))
        bounded = self.low is not None or self.high is not None
        if other.values is not None or not other.without <= self.without | ({ABSENT} if bounded else set()):
            return False
        return self.meet(other) == msgspec.structs.replace(self, without=self.without | other.without)


def _tighter(a: Any, a_in: bool, b: Any, b_in: bool, sign: int) -> tuple[Any, bool]:
    if a is None or b is None:
        return (b, b_in) if a is None else (a, a_in)
    if a == b:
        return a, a_in and b_in
    return (a, a_in) if (a > b) == (sign > 0) else (b, b_in)


class Box(msgspec.Struct, frozen=True):
    """What a condition allows; `impossible` when it can never hold."""

    allowed: dict[forms.Form, Allowed]
    exact: bool
    impossible: bool = False

    def meet(self, other: Box) -> Box:
        """What both conditions allow."""
        merged = dict(self.allowed)
        impossible = self.impossible or other.impossible
        for form, allowed in other.allowed.items():
            if form in merged:
                allowed = merged[form].meet(allowed)
                impossible = impossible or allowed.empty()
            merged[form] = allowed
        return Box(merged, self.exact and other.exact, impossible)

    def within(self, other: Box) -> bool:
        """Whether everything that is allowed here is allowed there; `other` has to be exact to prove it."""
        return other.exact and all(
            form in self.allowed and self.allowed[form].within(allowed)
            for form, allowed in other.allowed.items()
        )


def box(condition: forms.Form) -> Box:
    """The box of a condition."""
    result = Box({}, True)
    for part in flatten([condition]):
        result = result.meet(_part(part))
    return result


def _part(part: forms.Form) -> Box:
    if isinstance(part, forms.Truth):
        return Box({}, True, not part.value)
    if isinstance(part, forms.LineTally):
        return _tally(part)
    if isinstance(part, forms.AnyOf):
        return _any_of(part)
    if isinstance(part, forms.Not):
        return _negated(part.part)
    if isinstance(part, forms.Missing):
        return Box({part.value: Allowed(frozenset({ABSENT}))}, True)
    allowed = _allowed(part)
    if allowed is None:
        return Box({part: Allowed(HOLDS)}, True)
    assert isinstance(part, forms.Is | forms.OneOf | forms.AtLeast | forms.Over | forms.UpTo | forms.Under)
    asked, calendar = _calendar(part.value)
    met = allowed if calendar is None else allowed.meet(calendar)
    empty = met.empty() or (met.values is not None and calendar is not None and not met.values)
    return Box({asked: met}, True, empty)


def _tally(part: forms.LineTally) -> Box:
    """How many lines meet one and the same condition: `some` and `none` of it never meet."""
    impossible = part.least > part.most or (part.least > 0 and box(part.where).impossible)
    counted = Allowed(low=part.least, high=part.most)
    return Box({forms.LineCount(part.where): counted, part: Allowed(HOLDS)}, True, impossible)


def _any_of(part: forms.AnyOf) -> Box:
    """The choices that can hold: one alone is what has to hold; of several what they have in common."""
    choices = [one for one in map(box, part.parts) if not one.impossible]
    if len(choices) < 2:
        return choices[0] if choices else Box({}, True, True)
    shared: dict[forms.Form, Allowed] = {part: Allowed(HOLDS)}
    for form in set(choices[0].allowed).intersection(*(one.allowed for one in choices[1:])):
        values = [
            frozenset(filter(one.allowed[form].admits, one.allowed[form].values or ())) for one in choices
        ]
        if all(values):
            shared[form] = Allowed(frozenset[Any]().union(*values))
    return Box(shared, True)


def _calendar(form: forms.Form) -> tuple[forms.Form, Allowed | None]:
    """Return a part of the local time under the one name that schedules and conditions share, and what it can be."""
    if not isinstance(form, forms.Access) or not form.field.python.startswith(LOCAL):
        return form, None
    name = form.field.python.removeprefix(LOCAL)
    low, high = CALENDAR.get(name, (None, None))
    return forms.Access(local_field(name, "program")), Allowed(low=low, high=high)


def _allowed(part: forms.Form) -> Allowed | None:
    if isinstance(part, forms.Is):
        return Allowed(frozenset({part.constant}))
    if isinstance(part, forms.OneOf):
        return Allowed(part.constants)
    if isinstance(part, forms.AtLeast | forms.Over):
        return Allowed(low=part.limit, low_in=isinstance(part, forms.AtLeast))
    if isinstance(part, forms.UpTo | forms.Under):
        return Allowed(high=part.limit, high_in=isinstance(part, forms.UpTo))
    return None


def _negated(part: forms.Form) -> Box:
    if isinstance(part, forms.Missing):
        return Box({part.value: Allowed(without=frozenset({ABSENT}))}, True)
    if isinstance(part, forms.Is | forms.OneOf):
        constants = frozenset({part.constant}) if isinstance(part, forms.Is) else part.constants
        return Box({part.value: Allowed(without=constants)}, True)
    return Box({part: Allowed(FAILS)}, True)
