"""The parts of rules in words: conditions, values, awards, effects, limits; `sentence.py` joins them.

`Words` walks a checked rule, in the same way for every language; a language (`wording_en`, `wording_zh`) says each part
in its own words and order. What a program named itself stays as it is: codes, names, values, dates, formulas.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import ClassVar

import msgspec

from regulars.core.rules.ast import Trigger
from regulars.core.rules.fields import Field
from regulars.core.rules.literals import shown
from regulars.core.rules.model import Funding, Kind, Measure, Why
from regulars.core.rules.runtime import EPOCH_ORDINAL
from regulars.core.rules.typed import (
    Applied,
    Condition,
    Expression,
    FieldRead,
    Fixed,
    LinesRead,
    MeasureRead,
    TableRead,
    TypedAward,
    TypedEffect,
    TypedFormula,
    TypedGroup,
    TypedLimit,
    TypedLineMatch,
    TypedLiteral,
    TypedTest,
    TypedWindow,
)

# What reasons for not applying are called; every language words each of them.
REASONS = (
    "applied",
    "paused",
    "group_exclusive",
    "gave_less",
    "came_later",
    "limit_reached",
    "campaign_limit_reached",
    "none_of",
    "not_held",
    "no_order",
    "lines",
    "other",
    "unknown",
    "too_little",
    "too_much",
)
VALUES_SHOWN = 5
"""Values of a list that a sentence names; the rest is counted."""


class Amount(msgspec.Struct, frozen=True):
    """An award with its parts in words; what its kind does not have is empty.

    `points` are counted points, `per` is the amount that earns them, `of` what that is an amount of, `where` says which
    lines count (whole `items` rather than lines), `by` is a multiplier.
    """

    award: TypedAward
    points: str = ""
    per: str = ""
    of: str = ""
    where: str = ""
    items: bool = False
    by: str = ""


class Sentence(msgspec.Struct, frozen=True):
    """The parts of a rule in words, in the order of its document."""

    trigger: str
    conditions: list[str]
    actions: list[str]
    limits: list[str]
    payers: str
    active: bool


class Language(ABC):
    """What a language has to say. Arguments are words already, but for what a part is made from."""

    brackets: ClassVar[tuple[str, str]]
    """Around a group inside another."""
    never: ClassVar[str]
    formula: ClassVar[str]
    """Any formula, as a noun."""
    reasons: ClassVar[Mapping[str, str]]
    """Why a rule did not apply, by the code of the reason: one for each of `REASONS`."""
    missing: ClassVar[str]
    """Said of a value that is not known."""
    empty: ClassVar[str]
    """Said of a list without anything in it."""
    balance: ClassVar[str]
    """What a member may have at most."""
    causes: ClassVar[Mapping[str, str]]
    """Why rules had no say about an event, by the code of the cause; `{begins}` = since when there are rules."""

    @abstractmethod
    def also(self, parts: Sequence[str]) -> str:
        """`a, b and c`."""

    @abstractmethod
    def either(self, parts: Sequence[str]) -> str:
        """`a, b or c`."""

    @abstractmethod
    def joined(self, clauses: Sequence[str], *, every: bool) -> str:
        """Clauses of a group with the same word between all of them."""

    @abstractmethod
    def negated(self, clause: str) -> str:
        """A clause that must not hold."""

    @abstractmethod
    def rest(self, number: int) -> str:
        """Values of a list that are not named."""

    @abstractmethod
    def noun(self, field: Field) -> str:
        """A field with its article."""

    @abstractmethod
    def truth(self, value: bool) -> str:
        """Yes or no, as a value."""

    @abstractmethod
    def table(self, code: str) -> str:
        """What a decision table yields, as a noun."""

    @abstractmethod
    def counted(self, amount: Decimal, unit: str) -> str:
        """`1 point`, `2.5 points`."""

    @abstractmethod
    def line_match(self, match: TypedLineMatch, where: str) -> str:
        """How many lines of the order meet a condition."""

    @abstractmethod
    def known(self, subject: str, *, known: bool) -> str:
        """Whether there is a value at all."""

    @abstractmethod
    def between(self, subject: str, low: str, high: str, *, inside: bool) -> str:
        """A value in, or out of, a range with both ends."""

    @abstractmethod
    def compared(self, test: TypedTest, subject: str, other: str) -> str:
        """A value beside another."""

    @abstractmethod
    def of_lines(self, fn: str, of: str, where: str) -> str:
        """A number made from the lines of the order, as a noun."""

    @abstractmethod
    def of_events(self, measure: Measure, of: str, where: str) -> str:
        """A number about earlier events, as a noun."""

    @abstractmethod
    def starting(self, moment: str) -> str:
        """The first moment of a schedule."""

    @abstractmethod
    def ending(self, moment: str) -> str:
        """The moment at which a schedule is over."""

    @abstractmethod
    def on_weekdays(self, days: Sequence[int]) -> str:
        """Days of the week, 1 for Monday."""

    @abstractmethod
    def within(self, hours: Sequence[tuple[str, str]]) -> str:
        """Hours of the day."""

    @abstractmethod
    def on_days(self, number: int) -> str:
        """Days that recur by a rule of their own, counted."""

    @abstractmethod
    def is_open(self, parts: Sequence[str], zone: str) -> str:
        """When a schedule lets a rule apply, by whose clock."""

    @abstractmethod
    def given(self, amount: Amount) -> str:
        """`give 1 point …` or `take 5 points …`."""

    @abstractmethod
    def done(self, effect: TypedEffect, value: str, off: str) -> str:
        """Any other effect."""

    @abstractmethod
    def limited(self, limit: TypedLimit, most: str) -> str:
        """`at most 500 points a day per member`."""

    @abstractmethod
    def times(self, number: Decimal) -> str:
        """How often."""

    @abstractmethod
    def percent(self, share: str) -> str:
        """A part of a hundred."""

    @abstractmethod
    def points(self, number: Decimal) -> str:
        """Points of no kind in particular."""

    @abstractmethod
    def trigger(self, trigger: Trigger, events: Sequence[str], zone: str) -> str:
        """What makes the rule look, as the beginning of its sentence."""

    @abstractmethod
    def payers(self, funding: Sequence[Funding]) -> str:
        """Who pays how much, as a sentence."""

    @abstractmethod
    def whole(self, parts: Sentence) -> str:
        """All parts of a rule in their order."""

    @abstractmethod
    def unreadable(self, why: str) -> str:
        """A rule with a mistake in it."""


class Words(Language):
    """Writes the parts of rules; amounts of money get the program's currency."""

    def __init__(self, currency: str, exponent: int) -> None:
        self.currency = currency
        self.exponent = exponent

    def number(self, number: Decimal) -> str:
        """`1,500` or `2.5`."""
        whole = number == number.to_integral_value()
        return f"{number:,f}".partition(".")[0] if whole else f"{number.normalize():,f}"

    def why(self, why: Why) -> str:
        """Why a rule did or did not apply."""
        return self.reasons[why.code].format_map(why.facts)

    # --- conditions ---

    def clauses(self, conditions: Sequence[Condition]) -> list[str]:
        """Conditions that all have to hold, without those that always do."""
        return self._apart(conditions, every=True)

    def condition(self, condition: Condition) -> str:
        """A condition as a clause, empty for one that is always true."""
        if isinstance(condition, TypedGroup):
            return self._group(condition)
        if isinstance(condition, TypedLineMatch):
            return self.line_match(condition, self._group(condition.where))
        if isinstance(condition, TypedWindow):
            return self._window(condition)
        if isinstance(condition, TypedFormula):
            return condition.text
        assert isinstance(condition, TypedTest)
        return self._test(condition)

    def _group(self, group: TypedGroup | None) -> str:
        if group is None:
            return ""
        parts = self._apart(group.parts, every=group.every)
        if not parts:
            return self.never if group.negated else ""
        joined = parts[0] if len(parts) == 1 else self.joined(parts, every=group.every)
        return self.negated(joined) if group.negated else joined

    def _apart(self, conditions: Sequence[Condition], *, every: bool) -> list[str]:
        """Clauses of one group; beside others, one that is joined by the other word stands in brackets."""
        told = [(part, text) for part in conditions if (text := self.condition(part))]
        start, end = self.brackets if len(told) > 1 else ("", "")
        return [f"{start}{text}{end}" if _mixed(part, every) else text for part, text in told]

    def _test(self, test: TypedTest) -> str:
        subject = self.expression(test.subject)
        kind = test.subject.kind
        if test.operator in {"null", "notNull"}:
            return self.known(subject, known=test.operator == "notNull")
        if test.operator in {"between", "notBetween"}:
            low, high = (self.value(value, kind) for value in test.values)
            return self.between(subject, low, high, inside=test.operator == "between")
        other = self._values(test.values, kind) if test.other is None else self.expression(test.other)
        return self.compared(test, subject, other)

    def _values(self, values: Sequence[TypedLiteral], kind: Kind) -> str:
        named = [self.value(value, kind) for value in values[:VALUES_SHOWN]]
        rest = len(values) - len(named)
        return self.either([*named, self.rest(rest)] if rest else named)

    def value(self, value: TypedLiteral, kind: Kind) -> str:
        """A literal as people write it; texts in quotes, money with its currency."""
        if isinstance(value, str):
            return f"“{value}”"
        if isinstance(value, bool):
            return self.truth(value)
        if kind is Kind.MONEY and isinstance(value, Decimal):
            return f"{value:,.{self.exponent}f} {self.currency}"
        return shown(value, kind)

    def expression(self, expression: Expression) -> str:
        """A field, aggregate or formula as a noun."""
        if isinstance(expression, MeasureRead):
            of = "" if expression.of is None else self.expression(expression.of)
            return self.of_events(expression.measure, of, self._group(expression.where))
        if isinstance(expression, FieldRead):
            return self.noun(expression.field)
        if isinstance(expression, LinesRead):
            of = "" if expression.of is None else self.expression(expression.of)
            return self.of_lines(expression.fn, of, self._group(expression.where))
        if isinstance(expression, TableRead):
            return self.table(expression.table.code)
        if isinstance(expression, Fixed):
            return self.value(expression.value, expression.kind)
        assert isinstance(expression, Applied)
        return self.formula

    def _window(self, window: TypedWindow) -> str:
        parts: list[str] = []
        if window.start is not None:
            parts.append(self.starting(_bound(window.start)))
        if window.end is not None:
            parts.append(self.ending(_bound(window.end)))
        if window.weekdays:
            parts.append(self.on_weekdays(window.weekdays))
        if window.hours:
            parts.append(self.within([(_clock(start), _clock(end)) for start, end in window.hours]))
        if window.days is not None:
            parts.append(self.on_days(len(window.days)))
        return self.is_open(parts, window.zone) if parts else ""

    # --- effects ---

    def award(self, award: TypedAward) -> str:
        """Points given or taken."""
        points = "" if award.points is None else self.counted(award.points, award.point_type)
        by = "" if award.by is None else f"{award.by.normalize():f}"
        if award.kind == "per_line":
            assert isinstance(award.value, LinesRead)
            items, where = award.value.of is not None, self._group(award.value.where)
            return self.given(Amount(award, points, where=where, items=items))
        if award.per is None or award.value is None:
            return self.given(Amount(award, points, by=by))
        per = self.value(award.per, award.value.kind)
        return self.given(Amount(award, points, per, self.expression(award.value)))

    def effect(self, effect: TypedEffect) -> str:
        """Any other effect."""
        percent, points = effect.arguments.get("percent"), effect.arguments.get("points")
        off = self.points(Decimal(points or 0)) if percent is None else self.percent(f"{percent}")
        value = effect.text or effect.arguments.get("value")
        return self.done(effect, self.truth(value) if isinstance(value, bool) else f"{value}", off)

    def limit(self, limit: TypedLimit) -> str:
        """A cap on what a rule, or a campaign, gives."""
        most = Decimal(limit.max).scaleb(-limit.exponent)
        if limit.measure == "money":
            return self.limited(limit, self.value(most, Kind.MONEY))
        unit = limit.point_type
        return self.limited(limit, self.counted(most, unit) if unit else self.times(most))


def _mixed(part: Condition, every: bool) -> bool:
    return isinstance(part, TypedGroup) and part.every is not every and len(part.parts) > 1


def _bound(bound: datetime | tuple[int, int]) -> str:
    if isinstance(bound, datetime):
        return bound.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
    day = date.fromordinal(bound[0] + EPOCH_ORDINAL).isoformat()
    return f"{day} {_clock(bound[1])}" if bound[1] else day


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"
