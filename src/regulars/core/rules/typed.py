"""The checked document: names are looked up, every expression has a kind, every literal is of that kind.

Numbers stay in the major units people write (12.50), dates are day numbers, times of day minutes, instants UTC.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec

from regulars.core.rules.ast import ExampleNode, TableNode, Trigger
from regulars.core.rules.fields import Field
from regulars.core.rules.model import Funding, Kind, Measure, TimerSpec

TypedLiteral = str | int | Decimal | bool | datetime

NUMERIC = frozenset({Kind.NUMBER, Kind.MONEY})


class Expression(msgspec.Struct, frozen=True):
    """A value with a kind."""

    path: str
    kind: Kind


class FieldRead(Expression, frozen=True):
    """A field, read as `kind`."""

    field: Field


class MeasureRead(FieldRead, frozen=True):
    """A number about earlier events: `of` is what it adds up or compares, None where it counts events."""

    measure: Measure
    of: Expression | None
    where: TypedGroup | None


class LinesRead(Expression, frozen=True):
    """sum, count, min or max over the order's lines; `of` is None for count."""

    fn: str
    of: Expression | None
    where: TypedGroup | None


class Fixed(Expression, frozen=True):
    """A constant of a formula."""

    value: TypedLiteral


class Applied(Expression, frozen=True):
    """An operator or function applied to its arguments."""

    function: str
    arguments: tuple[Expression, ...]


class TableRead(Expression, frozen=True):
    """The value of a decision table."""

    table: TypedTable


class Condition(msgspec.Struct, frozen=True):
    """Something that is true or false, with its place in the document."""

    path: str


class TypedGroup(Condition, frozen=True):
    """All (or any) of the parts, perhaps negated."""

    every: bool
    negated: bool
    parts: tuple[Condition, ...]


class TypedTest(Condition, frozen=True):
    """subject operator values, or subject operator other."""

    subject: Expression
    operator: str
    values: tuple[TypedLiteral, ...]
    other: Expression | None = None


class TypedLineMatch(Condition, frozen=True):
    """A number of order lines meets a group."""

    mode: str
    threshold: int
    where: TypedGroup


class TypedFormula(Condition, frozen=True):
    """A yes-or-no formula and its text."""

    root: Expression
    text: str


class TypedWindow(Condition, frozen=True):
    """A schedule in one zone; local bounds are (day number, minute of day), others instants."""

    start: datetime | tuple[int, int] | None
    end: datetime | tuple[int, int] | None
    weekdays: tuple[int, ...]
    hours: tuple[tuple[int, int], ...]
    days: frozenset[int] | None
    zone: str


class TypedCell(msgspec.Struct, frozen=True):
    """One cell of a table: operator and literals of the input's kind."""

    operator: str
    values: tuple[TypedLiteral, ...]


class TypedTable(msgspec.Struct, frozen=True):
    """A decision table; numbers in `rows` and `default` are in major units."""

    code: str
    inputs: tuple[Expression, ...]
    rows: tuple[tuple[tuple[TypedCell | None, ...], Decimal | str], ...]
    default: Decimal | str | None
    node: TableNode


class TypedAward(msgspec.Struct, frozen=True):
    """Points of one type. `value` is None for a multiplier, which has `targets` (indexes of rules) and `by`."""

    path: str
    kind: str
    point_type: str
    scale: int
    value: Expression | None
    points: Decimal | None
    per: Decimal | None
    whole_steps: bool
    rounding: str
    pending_days: int | None
    deduct: bool
    targets: tuple[int, ...] = ()
    by: Decimal | None = None
    text: str = ""
    """The formula, or the code of the table, rule or group that the award refers to."""


class TypedEffect(msgspec.Struct, frozen=True):
    """Any other effect; `computed` is the value of a `set_attribute` with a formula."""

    path: str
    name: str
    arguments: dict[str, Any]
    computed: Expression | None = None
    text: str = ""
    """The formula of `computed`."""


class TypedLimit(msgspec.Struct, frozen=True):
    """A cap in stored units of `exponent` decimals; `owner` is the rule's or the campaign's code."""

    owner: str
    measure: str
    max: int
    per: str
    period: str
    point_type: str
    exponent: int


class TypedRule(msgspec.Struct, frozen=True):
    """One checked rule, ready to be lowered."""

    index: int
    code: str
    name: str
    path: str
    campaign: str | None
    group: str
    priority: int
    active: bool
    trigger: Trigger
    events: tuple[str, ...]
    conditions: tuple[Condition, ...]
    """First those of the trigger (`given` of them), then the schedule, then `when`."""
    given: int
    awards: tuple[TypedAward, ...]
    effects: tuple[TypedEffect, ...]
    limits: tuple[TypedLimit, ...]
    funding: tuple[Funding, ...]
    timers: tuple[TimerSpec, ...]
    tests: tuple[ExampleNode, ...]
    cost: int
