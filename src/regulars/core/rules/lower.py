"""Typed rules → core forms. Here, and only here, is decided what a condition means.

Missing: a condition on a missing value (absent, null, or of another kind) is false for every operator but `null`; `not`
of a group is the plain opposite of that. Empty groups are true. `all` order lines needs at least one line.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import msgspec

from regulars.core.rules import forms, ratios
from regulars.core.rules.fields import Field
from regulars.core.rules.lower_values import ALWAYS, ValueLowering, all_of, one_of, stored_literal
from regulars.core.rules.model import FactSpec, Kind
from regulars.core.rules.ratios import Ratio
from regulars.core.rules.typed import (
    NUMERIC,
    Condition,
    TypedAward,
    TypedEffect,
    TypedFormula,
    TypedGroup,
    TypedLineMatch,
    TypedRule,
    TypedTest,
    TypedWindow,
)

ATTRIBUTE_DECIMALS = 6
"""Decimals of a number that a formula writes into an attribute."""

OCCURRED_AT = Field("event.occurred_at", Kind.INSTANT, "event", "e.occurred_at", "(doc->>'occurred_at')::timestamptz",
                    "time of the event", exact=True)  # fmt: skip

BASE = Field("base", Kind.MONEY, "event", "f[0]", "NULL", "the amount that earns", exact=True, whole=True)
"""The amount of a `per_amount` award after a money limit has cut it; the only fact of that function."""


class Clause(msgspec.Struct, frozen=True):
    """A condition's form together with its place and its parts, for explaining: `source` is what was checked."""

    path: str
    form: forms.Form
    source: Condition
    parts: tuple[Clause, ...] = ()


class LoweredAward(msgspec.Struct, frozen=True):
    """Points in smallest units; `value` is None for a multiplier.

    `base` is the stored amount an award is computed from, `from_base` the same award as a function of that amount.
    """

    typed: TypedAward
    value: forms.Form | None
    base: forms.Form | None = None
    from_base: forms.Form | None = None


class LoweredEffect(msgspec.Struct, frozen=True):
    """An effect; `computed` is an integer with ATTRIBUTE_DECIMALS decimals."""

    typed: TypedEffect
    computed: forms.Form | None


class LoweredRule(msgspec.Struct, frozen=True):
    """One rule in core forms."""

    typed: TypedRule
    condition: forms.Form
    clauses: tuple[Clause, ...]
    awards: tuple[LoweredAward, ...]
    effects: tuple[LoweredEffect, ...]


def lower_rule(rule: TypedRule) -> LoweredRule:
    """The rule's conditions, amounts and computed effects."""
    lowering = Lowering()
    clauses = tuple(lowering.clause(condition) for condition in rule.conditions)
    return LoweredRule(
        rule,
        all_of(flatten([clause.form for clause in clauses])),
        clauses,
        tuple(lowering.award(award) for award in rule.awards),
        tuple(lowering.effect(effect) for effect in rule.effects),
    )


def flatten(parts: list[forms.Form]) -> list[forms.Form]:
    """Nested conjunctions as one list, without what is always true."""
    flat: list[forms.Form] = []
    for part in parts:
        flat += (
            flatten(list(part.parts)) if isinstance(part, forms.AllOf) else [] if part == ALWAYS else [part]
        )
    return flat


class Lowering:
    """Lowers the parts of a rule."""

    def __init__(self) -> None:
        self.values = ValueLowering(lambda group: self.clause(group).form)

    # --- conditions ---

    def clause(self, condition: Condition) -> Clause:
        """A condition as a form, with its parts kept apart for explaining."""
        if isinstance(condition, TypedGroup):
            return self._group(condition)
        if isinstance(condition, TypedLineMatch):
            return Clause(condition.path, self._line_match(condition), condition)
        if isinstance(condition, TypedWindow):
            return Clause(condition.path, _window(condition), condition)
        if isinstance(condition, TypedFormula):
            return Clause(condition.path, self.values.truth(condition.root), condition)
        assert isinstance(condition, TypedTest)
        return Clause(condition.path, self._test(condition), condition)

    def _group(self, group: TypedGroup) -> Clause:
        parts = tuple(self.clause(part) for part in group.parts)
        inner = [part.form for part in parts]
        form: forms.Form = ALWAYS
        if inner:
            form = (
                all_of(flatten(inner))
                if group.every
                else inner[0]
                if len(inner) == 1
                else forms.AnyOf(tuple(inner))
            )
        return Clause(group.path, forms.Not(form) if group.negated else form, group, parts)

    def _line_match(self, match: TypedLineMatch) -> forms.Form:
        where = self.clause(match.where).form
        n, many = match.threshold, forms.LINES_UNBOUNDED
        if match.mode == "all":
            return forms.AllOf((forms.LineTally(ALWAYS, 1, many), forms.LineTally(forms.Not(where), 0, 0)))
        bounds = {
            "some": (1, many),
            "none": (0, 0),
            "atLeast": (n, many),
            "atMost": (0, n),
            "exactly": (n, n),
        }
        return forms.LineTally(where, *bounds[match.mode])

    def _test(self, test: TypedTest) -> forms.Form:
        if test.other is not None:
            return self.values.compared(test.subject, test.operator, test.other)
        if test.subject.kind in NUMERIC:
            ratio = ratios.material(self.values.number(test.subject))
            form, literals = _numeric_test(
                ratio, [value for value in test.values if isinstance(value, Decimal)]
            )
        else:
            form, literals = self.values.plain(test.subject), list(test.values)
        return _simple_test(form, test.operator, literals, test.subject.kind)

    # --- amounts ---

    def award(self, award: TypedAward) -> LoweredAward:
        """Points of one award in the smallest unit."""
        if award.kind == "multiply":
            return LoweredAward(award, None)
        if award.kind == "points":
            assert award.points is not None
            return LoweredAward(award, forms.Constant(int(award.points.scaleb(award.scale))))
        assert award.value is not None
        value = self.values.number(award.value)
        if award.kind == "per_amount":
            return self._per_amount_award(award, value)
        if award.kind == "per_line":
            assert award.points is not None
            value = ratios.multiplied(value, ratios.constant(award.points))
        return LoweredAward(award, _points(value, award))

    def _per_amount_award(self, award: TypedAward, value: Ratio) -> LoweredAward:
        stored = Ratio(value.form, value.up, 1, None, value.whole)
        base = Ratio(forms.Access(BASE), 1, value.down, None, True)
        return LoweredAward(
            award,
            _points(_per_amount(value, award), award),
            ratios.rounded(stored, "floor"),
            _points(_per_amount(base, award), award),
        )

    def effect(self, effect: TypedEffect) -> LoweredEffect:
        """An effect with its computed value as an integer of millionths."""
        if effect.computed is None:
            return LoweredEffect(effect, None)
        scaled = ratios.multiplied(
            self.values.number(effect.computed), ratios.constant(10**ATTRIBUTE_DECIMALS)
        )
        return LoweredEffect(effect, ratios.rounded(scaled, "half_even"))


def _points(value: Ratio, award: TypedAward) -> forms.Form:
    return ratios.rounded(ratios.multiplied(value, ratios.constant(_award_unit(award))), award.rounding)


def _award_unit(award: TypedAward) -> int:
    """Smallest units of one point; the points of products are stored in smallest units already."""
    return 1 if award.kind == "product_points" else 10**award.scale


def _per_amount(value: Ratio, award: TypedAward) -> Ratio:
    assert award.per is not None
    assert award.points is not None
    steps = ratios.divided(value, ratios.constant(award.per))
    if award.whole_steps:
        steps = Ratio(ratios.rounded(steps, "floor"), whole=True)
    return ratios.multiplied(steps, ratios.constant(award.points))


def _numeric_test(ratio: Ratio, literals: list[Decimal]) -> tuple[forms.Form, list[forms.Literal]]:
    """The subject's form and the literals in its unit."""
    form = ratio.top()
    return form, [stored_literal(value, ratio.down) for value in literals]


def _simple_test(form: forms.Form, operator: str, literals: list[forms.Literal], kind: Kind) -> forms.Form:
    if operator == "null":
        return forms.NoTexts(form) if kind is Kind.TEXTS else forms.Missing(form)
    if operator == "notNull":
        return forms.Not(_simple_test(form, "null", literals, kind))
    if operator in _OPPOSITES:
        positive = _simple_test(form, _OPPOSITES[operator], literals, kind)
        return forms.AllOf((forms.Not(forms.Missing(form)), forms.Not(positive)))
    if kind is Kind.TEXTS:
        return forms.HasAny(form, frozenset(str(value) for value in literals))
    first = literals[0]
    if operator == "between":
        return forms.AllOf((forms.AtLeast(form, first), forms.UpTo(form, literals[1])))
    if operator in {"=", "in"}:
        return one_of(form, frozenset(literals))
    if kind is Kind.TEXT:
        return _text_test(form, operator, str(first))
    comparison = {"<": forms.Under, "<=": forms.UpTo, ">": forms.Over, ">=": forms.AtLeast}[operator]
    return comparison(form, first)


_OPPOSITES = {
    "!=": "=",
    "notIn": "in",
    "notBetween": "between",
    "doesNotContain": "contains",
    "doesNotBeginWith": "beginsWith",
    "doesNotEndWith": "endsWith",
}


def _text_test(form: forms.Form, operator: str, text: str) -> forms.Form:
    parts = {"contains": forms.Contains, "beginsWith": forms.Begins, "endsWith": forms.Ends}
    if operator in parts:
        return parts[operator](form, text)
    constant = forms.Constant(text)
    if operator == "<":
        return forms.TextBelow(form, constant)
    if operator == ">":
        return forms.TextBelow(constant, form)
    strict = forms.TextBelow(form, constant) if operator == "<=" else forms.TextBelow(constant, form)
    return forms.AnyOf((strict, forms.Is(form, text)))


# --- schedules ------------------------------------------------------------------------------------------------------


def local_field(name: str, zone: str) -> Field:
    """A part of the event's local time in a zone; the program's own zone is passed to `decide`, others are facts."""
    label = f"local {name.replace('_', ' ')}"
    if zone == "program":
        return Field(f"local.{name}", Kind.NUMBER, "context", f"local.{name}", f"(local->>'{name}')::bigint", label,
                     exact=True, whole=True)  # fmt: skip
    fact = FactSpec("local_time", zone)
    return Field(f"local.{name}", Kind.NUMBER, "context", f"({{fact}}.{name} if {{fact}} is not None else None)",
                 f"({{fact}}->>'{name}')::bigint", label, exact=True, whole=True, fact=fact)  # fmt: skip


def _window(window: TypedWindow) -> forms.Form:
    return all_of(flatten(list(_window_parts(window))))


def _window_parts(window: TypedWindow) -> Iterator[forms.Form]:
    day = forms.Access(local_field("day_number", window.zone))
    minute = forms.Access(local_field("minute_of_day", window.zone))
    if isinstance(window.start, tuple):
        yield _from(day, minute, window.start)
    elif window.start is not None:
        yield forms.AtLeast(forms.Access(OCCURRED_AT), window.start)
    if isinstance(window.end, tuple):
        yield _until(day, minute, window.end)
    elif window.end is not None:
        yield forms.Under(forms.Access(OCCURRED_AT), window.end)
    if window.weekdays:
        yield one_of(forms.Access(local_field("weekday", window.zone)), frozenset(window.weekdays))
    if window.hours:
        spans = [_hours(minute, span) for span in window.hours]
        yield spans[0] if len(spans) == 1 else forms.AnyOf(tuple(spans))
    if window.days is not None:
        yield one_of(day, window.days)


def _from(day: forms.Form, minute: forms.Form, bound: tuple[int, int]) -> forms.Form:
    if bound[1] == 0:
        return forms.AtLeast(day, bound[0])
    return forms.AnyOf(
        (forms.Over(day, bound[0]), forms.AllOf((forms.Is(day, bound[0]), forms.AtLeast(minute, bound[1]))))
    )


def _until(day: forms.Form, minute: forms.Form, bound: tuple[int, int]) -> forms.Form:
    if bound[1] == 0:
        return forms.Under(day, bound[0])
    return forms.AnyOf(
        (forms.Under(day, bound[0]), forms.AllOf((forms.Is(day, bound[0]), forms.Under(minute, bound[1]))))
    )


def _hours(minute: forms.Form, span: tuple[int, int]) -> forms.Form:
    """Half-open; a span whose end is before its start goes over midnight."""
    start, end = forms.AtLeast(minute, span[0]), forms.Under(minute, span[1])
    return forms.AllOf((start, end)) if span[0] < span[1] else forms.AnyOf((start, end))
