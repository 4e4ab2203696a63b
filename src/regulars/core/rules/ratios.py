"""Exact numbers of the language: a form times a fraction, so that nothing is rounded before a rule says so.

A `Ratio` stands for `form × up ÷ (down × divisor)`. Money is stored in minor units, so `order.amount` is the form with
down = 100; a division by a constant changes `down`, a division by a field becomes the divisor. Only `rounded` rounds.
"""

from __future__ import annotations

from decimal import Decimal
from math import gcd

import msgspec

from regulars.core.rules import forms

MATERIAL = 10**12
"""Twelve decimals: what a quotient of two fields keeps inside min, max, if and abs, rounded down."""


class Ratio(msgspec.Struct, frozen=True):
    """form × up ÷ (down × divisor); up and down are positive integers; `whole`: the form is an integer when present."""

    form: forms.Form
    up: int = 1
    down: int = 1
    divisor: forms.Form | None = None
    whole: bool = False

    def top(self) -> forms.Form:
        """form × up."""
        return times(self.form, self.up)

    def bottom(self) -> forms.Form:
        """down × divisor."""
        return forms.Constant(self.down) if self.divisor is None else times(self.divisor, self.down)

    def reduced(self) -> Ratio:
        """The same with up and down without a common factor."""
        common = gcd(self.up, self.down)
        return Ratio(self.form, self.up // common, self.down // common, self.divisor, self.whole)


def constant(value: Decimal | int) -> Ratio:
    """A number written in the rule."""
    top, bottom = Decimal(value).as_integer_ratio()
    return Ratio(forms.Constant(top), 1, bottom, None, True)


def times(form: forms.Form, factor: int) -> forms.Form:
    """form × factor, folded where the form is a constant."""
    if factor == 1:
        return form
    if isinstance(form, forms.Constant) and isinstance(form.value, int):
        return forms.Constant(form.value * factor)
    return forms.Multiply(form, forms.Constant(factor))


def _fixed(ratio: Ratio) -> int | None:
    """The integer of a constant ratio's top, None when it is not one."""
    form = ratio.form
    if isinstance(form, forms.Constant) and type(form.value) is int and ratio.divisor is None:
        return form.value * ratio.up
    return None


def aligned(left: Ratio, right: Ratio) -> tuple[forms.Form, forms.Form, int]:
    """Two tops over one common `down`; neither has a divisor."""
    common = left.down * right.down // gcd(left.down, right.down)
    return (
        times(left.form, left.up * (common // left.down)),
        times(right.form, right.up * (common // right.down)),
        common,
    )


def added(left: Ratio, right: Ratio, join: type[forms.Add | forms.Subtract]) -> Ratio:
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
        forms.Multiply(left.form, right.form),
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


def product(left: forms.Form, right: forms.Form) -> forms.Form:
    """left × right, folded where one is a constant integer."""
    for one, other in ((left, right), (right, left)):
        if isinstance(one, forms.Constant) and type(one.value) is int:
            return times(other, one.value)
    return forms.Multiply(left, right)


def _divisors(left: Ratio, right: Ratio) -> forms.Form | None:
    if left.divisor is None or right.divisor is None:
        return left.divisor or right.divisor
    return forms.Multiply(left.divisor, right.divisor)


def material(ratio: Ratio) -> Ratio:
    """The same without a divisor, cut to twelve decimals when it had one."""
    if ratio.divisor is None:
        return ratio
    return Ratio(
        forms.FloorDivide(times(ratio.form, ratio.up * MATERIAL), ratio.bottom()), 1, MATERIAL, None, True
    )


def negated(ratio: Ratio) -> Ratio:
    """−ratio."""
    form = (
        forms.Constant(-ratio.form.value)
        if isinstance(ratio.form, forms.Constant) and type(ratio.form.value) is int
        else None
    )
    return Ratio(
        form or forms.Subtract(forms.Constant(0), ratio.form),
        ratio.up,
        ratio.down,
        ratio.divisor,
        ratio.whole,
    )


def rounded(ratio: Ratio, rounding: str) -> forms.Form:
    """The ratio as an integer: floor, ceil, half_up or half_even."""
    ratio = ratio.reduced()
    if ratio.whole and ratio.down == 1 and ratio.divisor is None:
        return ratio.top()
    if rounding == "ceil":
        return _minus(rounded(negated(ratio), "floor"))
    if rounding == "floor":
        if ratio.whole and ratio.divisor is None:
            return forms.Scale(ratio.form, ratio.up, ratio.down)
        return forms.FloorDivide(ratio.top(), ratio.bottom())
    divide = forms.HalfUpDivide if rounding in {"half_up", "round"} else forms.HalfEvenDivide
    return divide(ratio.top(), ratio.bottom())


def _minus(form: forms.Form) -> forms.Form:
    return forms.Subtract(forms.Constant(0), form)
