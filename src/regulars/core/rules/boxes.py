"""What a conjunction allows, value by value: the set or the range each value has to be in.

A box is an over-estimate of the events that meet a condition (parts it does not understand restrict nothing), so
that an empty box proves that nothing meets it. `exact` says that nothing was left out.
"""

from __future__ import annotations

from typing import Any

import msgspec

from regulars.core.rules import forms
from regulars.core.rules.lower import flatten, local_field

LOCAL = "local."
CALENDAR = {"weekday": (1, 7), "month": (1, 12), "day": (1, 31), "minute_of_day": (0, 1_439)}
"""The first and the last of each part of a local time."""


class Allowed(msgspec.Struct, frozen=True):
    """Values one form may have; None for no restriction."""

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
        if other.values is not None or not other.without <= self.without:
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
        for form, allowed in other.allowed.items():
            merged[form] = merged[form].meet(allowed) if form in merged else allowed
        impossible = self.impossible or other.impossible or any(a.empty() for a in merged.values())
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
        inner = box(part.where)
        return Box({}, False, part.least > part.most or (part.least > 0 and inner.impossible))
    if isinstance(part, forms.AnyOf):
        return Box({}, False, all(box(choice).impossible for choice in part.parts))
    if isinstance(part, forms.Not):
        return _negated(part.part)
    allowed = _allowed(part)
    if allowed is None:
        return Box({}, False)
    assert isinstance(part, forms.Is | forms.OneOf | forms.AtLeast | forms.Over | forms.UpTo | forms.Under)
    asked, calendar = _calendar(part.value)
    met = allowed if calendar is None else allowed.meet(calendar)
    empty = met.empty() or (met.values is not None and calendar is not None and not met.values)
    return Box({asked: met}, True, empty)


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
        return Box({part.value: Allowed()}, True)
    if isinstance(part, forms.Is | forms.OneOf):
        constants = frozenset({part.constant}) if isinstance(part, forms.Is) else part.constants
        # Negation also allows a missing value, which no set of values can say: hence not exact.
        return Box({part.value: Allowed(without=constants)}, False)
    return Box({}, False)
