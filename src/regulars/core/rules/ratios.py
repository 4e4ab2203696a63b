"""Exact numbers of the language: a form times a fraction, so that nothing is rounded before a rule says so.

A `Ratio` stands for `form × up ÷ (down × divisor)`. Money is stored in minor units, so `order.amount` is the form with
down = 100; a division by a constant changes `down`, a division by a field becomes the divisor. Only `rounded` rounds.
"""

from __future__ import annotations

from decimal import Decimal
from math import gcd

import msgspec

from regulars.core.rules import forms as F

MATERIAL = 10**12
"""Twelve decimals: what a quotient of two fields keeps inside min, max, if and abs, rounded down."""


class Ratio(msgspec.Struct, frozen=True):
    """form × up ÷ (down × divisor); up and down are positive integers; `whole`: the form is an integer when present."""

    form: F.Form
    up: int = 1
    down: int = 1
    divisor: F.Form | None = None
    whole: bool = False

    def top(self) -> F.Form:
        """form × up."""
        return times(self.form, self.up)

    def bottom(self) -> F.Form:
        """down × divisor."""
        return F.Constant(self.down) if self.divisor is None else times(self.divisor, self.down)

    def reduced(self) -> Ratio:
        """The same with up and down without a common factor."""
        common = gcd(self.up, self.down)
        return Ratio(self.form, self.up // common, self.down // common, self.divisor, self.whole)


def constant(value: Decimal | int) -> Ratio:
    """A number written in the rule."""
    top, bottom = Decimal(value).as_integer_ratio()
    return Ratio(F.Constant(top), 1, bottom, None, True)


def times(form: F.Form, factor: int) -> F.Form:
    """form × factor, folded where the form is a constant."""
    if factor == 1:
        return form
    if isinstance(form, F.Constant) and isinstance(form.value, int):
        return F.Constant(form.value * factor)
    return F.Multiply(form, F.Constant(factor))


def _fixed(ratio: Ratio) -> int | None:
    """The integer of a constant ratio's top, None when it is not one."""
    form = ratio.form
    if isinstance(form, F.Constant) and type(form.value) is int and ratio.divisor is None:
        return form.value * ratio.up
    return None


def aligned(left: Ratio, right: Ratio) -> tuple[F.Form, F.Form, int]:
    """Two tops over one common `down`; neither has a divisor."""
    common = left.down * right.down // gcd(left.down, right.down)
    return (
        times(left.form, left.up * (common // left.down)),
        times(right.form, right.up * (common // right.down)),
        common,
    )


def added(left: Ratio, right: Ratio, join: type[F.Add | F.Subtract]) -> Ratio:
    """left ± right."""
    whole = left.whole and right.whole
    if left.divisor is None and right.divisor is None:
        a, b, down = aligned(left, right)
        return Ratio(join(a, b), 1, down, None, whole)
    top = join(product(left.top(), right.bottom()), product(right.top(), left.bottom()))
    return Ratio(top, 1, left.down * right.down, _divisors(left, right), whole)


def multiplied(left: Ratio, right: Ratio) -> Ratio:
    """left × right; a positive constant factor only changes the fraction."""
    for one, other in ((left, right), (right, left)):
        factor = _fixed(one)
        if factor is not None and factor > 0:
            return Ratio(
                other.form, other.up * factor, other.down * one.down, other.divisor, other.whole
            ).reduced()
    return Ratio(
        F.Multiply(left.form, right.form),
        left.up * right.up,
        left.down * right.down,
        _divisors(left, right),
        left.whole and right.whole,
    ).reduced()


def divided(left: Ratio, right: Ratio) -> Ratio:
    """left ÷ right; missing later where right is 0."""
    factor = _fixed(right)
    if factor is not None and factor > 0:
        return Ratio(left.form, left.up * right.down, left.down * factor, left.divisor, left.whole).reduced()
    form = left.form if right.divisor is None else product(left.form, right.divisor)
    divisor = right.form if left.divisor is None else product(left.divisor, right.form)
    # A quotient whose divisor's divisor is 0 is missing too: that divisor stands on both sides.
    if right.divisor is not None:
        form, divisor = product(form, right.divisor), product(divisor, right.divisor)
    whole = left.whole and right.whole
    return Ratio(form, left.up * right.down, left.down * right.up, divisor, whole).reduced()


def product(left: F.Form, right: F.Form) -> F.Form:
    """left × right, folded where one is a constant integer."""
    for one, other in ((left, right), (right, left)):
        if isinstance(one, F.Constant) and type(one.value) is int:
            return times(other, one.value)
    return F.Multiply(left, right)


def _divisors(left: Ratio, right: Ratio) -> F.Form | None:
    if left.divisor is None or right.divisor is None:
        return left.divisor or right.divisor
    return F.Multiply(left.divisor, right.divisor)


def material(ratio: Ratio) -> Ratio:
    """The same without a divisor, cut to twelve decimals when it had one."""
    if ratio.divisor is None:
        return ratio
    return Ratio(
        F.FloorDivide(times(ratio.form, ratio.up * MATERIAL), ratio.bottom()), 1, MATERIAL, None, True
    )


def negated(ratio: Ratio) -> Ratio:
    """−ratio."""
    form = (
        F.Constant(-ratio.form.value)
        if isinstance(ratio.form, F.Constant) and type(ratio.form.value) is int
        else None
    )
    return Ratio(
        form or F.Subtract(F.Constant(0), ratio.form), ratio.up, ratio.down, ratio.divisor, ratio.whole
    )


def rounded(ratio: Ratio, rounding: str) -> F.Form:
    """The ratio as an integer: floor, ceil, half_up or half_even."""
    ratio = ratio.reduced()
    if ratio.whole and ratio.down == 1 and ratio.divisor is None:
        return ratio.top()
    if rounding == "ceil":
        return _minus(rounded(negated(ratio), "floor"))
    if rounding == "floor":
        if ratio.whole and ratio.divisor is None:
            return F.Scale(ratio.form, ratio.up, ratio.down)
        return F.FloorDivide(ratio.top(), ratio.bottom())
    divide = F.HalfUpDivide if rounding in {"half_up", "round"} else F.HalfEvenDivide
    return divide(ratio.top(), ratio.bottom())


def _minus(form: F.Form) -> F.Form:
    return F.Subtract(F.Constant(0), form)
