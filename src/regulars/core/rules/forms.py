"""The core forms: the small closed language that every condition and every amount is lowered to.

All meaning is decided before a form exists (kinds, missing values, rounding, collation); a backend is a table from form
to text. Two families:

* a *value* is a whole number, Decimal, text, boolean, instant or list of texts, **or missing**; arithmetic on a missing
  value is missing. Dates are days since 1970-01-01, times of day minutes since midnight, money minor units.
* a *condition* is true or false, never missing: a comparison with a missing value is false.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import msgspec

from regulars.core.rules.fields import Field

Literal = int | Decimal | str | bool | datetime


class Form(msgspec.Struct, frozen=True):
    """Any core form."""


# --- values ---------------------------------------------------------------------------------------------------------


class Constant(Form, frozen=True):
    """A value written in the rule."""

    value: Literal


class Access(Form, frozen=True):
    """What a field's template yields: already a value of its kind when the field is exact, raw JSON otherwise."""

    field: Field


class AsText(Form, frozen=True):
    """The raw value when it is a string."""

    raw: Form


class AsNumber(Form, frozen=True):
    """The raw value when it is a number (a boolean is not)."""

    raw: Form


class AsBoolean(Form, frozen=True):
    """The raw value when it is true or false."""

    raw: Form


class AsDate(Form, frozen=True):
    """Day number of a raw text YYYY-MM-DD that exists in the calendar."""

    raw: Form


class AsInstant(Form, frozen=True):
    """The moment of a raw RFC 3339 text with seconds and zone."""

    raw: Form


class AsTexts(Form, frozen=True):
    """The raw value when it is a list."""

    raw: Form


class AsPresent(Form, frozen=True):
    """The raw value unless it is null; only to ask whether it is there."""

    raw: Form


class Add(Form, frozen=True):
    """left + right."""

    left: Form
    right: Form


class Subtract(Form, frozen=True):
    """left − right."""

    left: Form
    right: Form


class Multiply(Form, frozen=True):
    """left × right."""

    left: Form
    right: Form


class Least(Form, frozen=True):
    """The smaller of two; missing when either is."""

    left: Form
    right: Form


class Greatest(Form, frozen=True):
    """The greater of two; missing when either is."""

    left: Form
    right: Form


class FloorDivide(Form, frozen=True):
    """left ÷ right, rounded towards −∞ to an integer, exactly; missing when right is 0."""

    left: Form
    right: Form


class HalfUpDivide(Form, frozen=True):
    """left ÷ right, rounded to the nearest integer, halves away from 0, exactly; missing when right is 0."""

    left: Form
    right: Form


class HalfEvenDivide(Form, frozen=True):
    """left ÷ right, rounded to the nearest integer, halves to the even one, exactly; missing when right is 0."""

    left: Form
    right: Form


class Scale(Form, frozen=True):
    """value × numerator ÷ denominator, rounded towards −∞; value is an integer, the other two positive integers."""

    value: Form
    numerator: int
    denominator: int


class Choose(Form, frozen=True):
    """`then` where the condition holds, `otherwise` where it does not."""

    condition: Form
    then: Form
    otherwise: Form


class LineCount(Form, frozen=True):
    """How many order lines meet `where`; missing without an order."""

    where: Form


class LineSum(Form, frozen=True):
    """Sum of `of` over the lines that meet `where`, leaving out lines where it is missing; missing without an order."""

    of: Form
    where: Form


class LineLeast(Form, frozen=True):
    """Smallest `of` over the lines that meet `where`; missing when there is none."""

    of: Form
    where: Form


class LineGreatest(Form, frozen=True):
    """Greatest `of` over the lines that meet `where`; missing when there is none."""

    of: Form
    where: Form


class Cell(msgspec.Struct, frozen=True):
    """What one column of a decision table's row asks for.

    `values` (equal to one of them) or a range with optional bounds; `inclusive` for low and high.
    """

    values: frozenset[int | Decimal | str | bool] | None = None
    low: int | Decimal | datetime | None = None
    high: int | Decimal | datetime | None = None
    inclusive: tuple[bool, bool] = (True, True)


class TableRow(msgspec.Struct, frozen=True):
    """One row: a cell per input (None: anything, also missing) and the value it yields."""

    cells: tuple[Cell | None, ...]
    then: int | Decimal | str


class Lookup(Form, frozen=True):
    """The value of the first row of a decision table whose cells all hold, else `default` (None: missing).

    `steps` is the same table as pairs of condition and value, for a backend without an index.
    """

    table: str
    inputs: tuple[Form, ...]
    rows: tuple[TableRow, ...]
    default: int | Decimal | str | None
    steps: tuple[tuple[Form, Form], ...]


# --- conditions -----------------------------------------------------------------------------------------------------


class Truth(Form, frozen=True):
    """Always or never."""

    value: bool


class AllOf(Form, frozen=True):
    """Every part holds."""

    parts: tuple[Form, ...]


class AnyOf(Form, frozen=True):
    """At least one part holds."""

    parts: tuple[Form, ...]


class Not(Form, frozen=True):
    """The part does not hold."""

    part: Form


class Missing(Form, frozen=True):
    """There is no value."""

    value: Form


class NoTexts(Form, frozen=True):
    """The list is missing or empty."""

    value: Form


class Is(Form, frozen=True):
    """value = constant."""

    value: Form
    constant: Literal


class OneOf(Form, frozen=True):
    """value is one of the constants (all of one kind)."""

    value: Form
    constants: frozenset[str | int | Decimal]


class Under(Form, frozen=True):
    """value < limit."""

    value: Form
    limit: Literal


class UpTo(Form, frozen=True):
    """value ≤ limit."""

    value: Form
    limit: Literal


class Over(Form, frozen=True):
    """value > limit."""

    value: Form
    limit: Literal


class AtLeast(Form, frozen=True):
    """value ≥ limit."""

    value: Form
    limit: Literal


class Same(Form, frozen=True):
    """left = right, both present."""

    left: Form
    right: Form


class Below(Form, frozen=True):
    """left < right, both present; numbers, dates, instants."""

    left: Form
    right: Form


class TextBelow(Form, frozen=True):
    """left < right by code point, both present."""

    left: Form
    right: Form


class Contains(Form, frozen=True):
    """The text holds `part`; case counts."""

    value: Form
    part: str


class Begins(Form, frozen=True):
    """The text begins with `part`; case counts."""

    value: Form
    part: str


class Ends(Form, frozen=True):
    """The text ends with `part`; case counts."""

    value: Form
    part: str


class HasAny(Form, frozen=True):
    """The list holds at least one of the texts."""

    value: Form
    texts: frozenset[str]


class LineTally(Form, frozen=True):
    """The number of order lines that meet `where` is at least `least` and at most `most`; false without an order."""

    where: Form
    least: int
    most: int


LINES_UNBOUNDED = 1_000_000_000
"""`LineTally.most` where there is no upper bound."""


CORE_FORMS: frozenset[type[Form]] = frozenset(Form.__subclasses__())
