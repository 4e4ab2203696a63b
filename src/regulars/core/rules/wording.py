"""The parts of rules in plain English: conditions, values, awards, effects, limits; `sentence.py` joins them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal

from regulars.core.rules.literals import shown
from regulars.core.rules.model import Kind, Measure
from regulars.core.rules.runtime import EPOCH_ORDINAL
from regulars.core.rules.typed import (
    Applied,
    Condition,
    Expression,
    FieldRead,
    Fixed,
    LinesRead,
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

VALUES_SHOWN = 5
"""Values of a list that a sentence names; the rest is counted."""
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

VERBS: dict[str, str] = {
    "=": "is",
    "!=": "is not",
    "<": "is less than",
    "<=": "is at most",
    ">": "is more than",
    ">=": "is at least",
    "in": "is one of",
    "notIn": "is none of",
    "contains": "contains",
    "doesNotContain": "does not contain",
    "beginsWith": "begins with",
    "doesNotBeginWith": "does not begin with",
    "endsWith": "ends with",
    "doesNotEndWith": "does not end with",
}
MOMENT_VERBS = {"<": "is before", "<=": "is no later than", ">": "is after", ">=": "is no earlier than"}
LIST_VERBS = {
    "in": "have any of",
    "notIn": "have none of",
    "contains": "include",
    "doesNotContain": "do not include",
}
MEASURES = {
    "sum": "the total of {of} over",
    "min": "the smallest {of} among",
    "max": "the greatest {of} among",
    "distinct": "the number of different {of} among",
}
WINDOWS = {
    "lifetime": "",
    "last_days": " in the last {days} days",
    "day": " on the same day",
    "week": " in the same calendar week",
    "month": " in the same calendar month",
    "quarter": " in the same calendar quarter",
    "year": " in the same calendar year",
    "tier_period": " in the present period of the tier set “{name}”",
    "since_event": " since the latest “{name}”",
}
LINE_MODES = {
    "some": "the order has at least one line",
    "all": "the order has only lines",
    "none": "the order has no line",
    "atLeast": "the order has at least {n} lines",
    "atMost": "the order has at most {n} lines",
    "exactly": "the order has exactly {n} lines",
}
EFFECTS: dict[str, str] = {
    "set_attribute": "set {name} to {value}",
    "add_tag": "add the tag “{tag}”",
    "remove_tag": "remove the tag “{tag}”",
    "add_to_list": "add to the list “{list}”",
    "remove_from_list": "remove from the list “{list}”",
    "set_tier": "set the tier in “{set}” to “{tier}”",
    "enter_draw": "enter the draw “{draw}” with {tickets} tickets",
    "issue_voucher": "issue the voucher “{voucher}”",
    "send_message": "send the message “{template}”",
    "create_task": "create the task “{title}”",
    "call_webhook": "call the webhook “{webhook}”",
    "custom": "do “{name}”",
    "change_price": "lower its price by {off}",
}
ROUNDED = {
    "floor": "rounded down",
    "ceil": "rounded up",
    "half_up": "rounded",
    "half_even": "rounded half to even",
}
PERIODS = {"lifetime": "ever", "order": "an order"}
PER = {
    "member": "per member",
    "rule": "for all members together",
    "campaign": "for the whole campaign",
    "member_in_campaign": "per member in the whole campaign",
}


def also(parts: Sequence[str]) -> str:
    """`a, b and c`."""
    return parts[0] if len(parts) == 1 else ", ".join(parts[:-1]) + " and " + parts[-1]


def either(parts: Sequence[str]) -> str:
    """`a, b or c`."""
    return parts[0] if len(parts) == 1 else ", ".join(parts[:-1]) + " or " + parts[-1]


class Words:
    """Writes the parts of rules; amounts of money get the program's currency."""

    def __init__(self, currency: str, exponent: int) -> None:
        self._currency = currency
        self._exponent = exponent

    def condition(self, condition: Condition) -> str:
        """A condition as a clause, empty for one that is always true."""
        if isinstance(condition, TypedGroup):
            return self._group(condition)
        if isinstance(condition, TypedLineMatch):
            mode = LINE_MODES[condition.mode].format(n=condition.threshold)
            inner = self._group(condition.where)
            return f"{mode} where {inner}" if inner else mode
        if isinstance(condition, TypedWindow):
            return self._window(condition)
        if isinstance(condition, TypedFormula):
            return f"{condition.text}"
        assert isinstance(condition, TypedTest)
        return self._test(condition)

    def _group(self, group: TypedGroup) -> str:
        parts = [text for part in group.parts if (text := self.condition(part))]
        if not parts:
            return "never" if group.negated else ""
        joined = (
            parts[0]
            if len(parts) == 1
            else (" and " if group.every else " or ").join(_bracketed(parts, group))
        )
        if group.negated:
            return f"not ({joined})"
        return joined

    def _test(self, test: TypedTest) -> str:
        subject = self.expression(test.subject)
        kind = test.subject.kind
        if test.operator == "null":
            return f"{subject} is not known"
        if test.operator == "notNull":
            return f"{subject} is known"
        if test.operator in {"between", "notBetween"}:
            low, high = (self.value(value, kind) for value in test.values)
            return f"{subject} is {'' if test.operator == 'between' else 'not '}between {low} and {high}"
        verb = self._verb(test.operator, kind)
        if test.other is not None:
            return f"{subject} {verb} {self.expression(test.other)}"
        return f"{subject} {verb} {self._values(test.values, kind)}"

    def _verb(self, operator: str, kind: Kind) -> str:
        if kind in {Kind.DATE, Kind.TIME, Kind.INSTANT} and operator in MOMENT_VERBS:
            return MOMENT_VERBS[operator]
        if kind is Kind.TEXTS and operator in LIST_VERBS:
            return LIST_VERBS[operator]
        return VERBS[operator]

    def _values(self, values: Sequence[TypedLiteral], kind: Kind) -> str:
        named = [self.value(value, kind) for value in values[:VALUES_SHOWN]]
        rest = len(values) - len(named)
        return either([*named, f"{rest:,} more"] if rest else named)

    def value(self, value: TypedLiteral, kind: Kind) -> str:
        """A literal as people write it; texts in quotes, money with its currency."""
        if isinstance(value, str):
            return f"“{value}”"
        if kind is Kind.MONEY and isinstance(value, Decimal):
            return f"{value:,.{self._exponent}f} {self._currency}"
        return shown(value, kind)

    def expression(self, expression: Expression) -> str:
        """A field, aggregate or formula as a noun."""
        if isinstance(expression, FieldRead):
            return (
                f"the {expression.field.label}"
                if not expression.field.label.startswith("the ")
                else expression.field.label
            )
        if isinstance(expression, LinesRead):
            where = "" if expression.where is None else self._group(expression.where)
            lines = f"order lines where {where}" if where else "order lines"
            if expression.of is None:
                return f"the number of {lines}"
            word = {"sum": "total", "min": "smallest", "max": "greatest"}[expression.fn]
            return f"the {word} {self.expression(expression.of).removeprefix('the ')} of {lines}"
        if isinstance(expression, TableRead):
            return f"the value of table “{expression.table.code}”"
        if isinstance(expression, Fixed):
            return self.value(expression.value, expression.kind)
        assert isinstance(expression, Applied)
        return "a formula"

    def measure(self, measure: Measure, of: Expression | None, where: TypedGroup | None) -> str:
        """A number about earlier events as a noun: what of them, over which window, which of them."""
        if measure.aggregate == "days_since":
            what = f"the days since the latest “{measure.event}” event"
        elif of is None:
            what = f"the number of “{measure.event}” events"
        else:
            of_what = self.expression(of).removeprefix("the ")
            what = f"{MEASURES[measure.aggregate].format(of=of_what)} “{measure.event}” events"
        window = WINDOWS[measure.window.unit].format(days=measure.window.days, name=measure.window.name)
        which = "" if where is None else self._group(where)
        return what + window + (f" (those where {which})" if which else "")

    def _window(self, window: TypedWindow) -> str:
        parts: list[str] = []
        if window.start is not None:
            parts.append(f"from {_bound(window.start)}")
        if window.end is not None:
            parts.append(f"until {_bound(window.end)}")
        if window.weekdays:
            parts.append("on " + either([WEEKDAYS[day - 1] for day in window.weekdays]))
        if window.hours:
            parts.append("between " + either([f"{_clock(a)} and {_clock(b)}" for a, b in window.hours]))
        if window.days is not None:
            parts.append(f"on one of {len(window.days):,} days")
        zone = {"program": "", "member": " in the member's time zone"}.get(window.zone, f" in {window.zone}")
        return f"it is {' '.join(parts)}{zone}" if parts else ""

    # --- effects ---

    def award(self, award: TypedAward) -> str:
        """`give 1 point …` or `take 5 points …`."""
        verb = "take" if award.deduct else "give"
        pending = f" (usable after {award.pending_days} days)" if award.pending_days is not None else ""
        return f"{verb} {self._amount(award)}{pending}"

    def _amount(self, award: TypedAward) -> str:
        unit = award.point_type
        if award.kind == "multiply":
            assert award.by is not None
            return f"{award.by.normalize():f} times the {unit} of “{award.text}”"
        if award.kind == "formula":
            return f"{award.text} {unit} ({ROUNDED[award.rounding]})"
        if award.kind == "table":
            return f"{unit} by the table “{award.text}”"
        if award.kind == "product_points":
            return f"the {unit} of each product"
        assert award.points is not None
        amount = counted(award.points, unit)
        if award.kind == "points":
            return amount
        assert award.value is not None
        if award.kind == "per_line":
            return f"{amount} for each {self._each(award.value)}"
        assert award.per is not None
        step = "every full" if award.whole_steps else "every"
        per = self.value(award.per, award.value.kind)
        return f"{amount} for {step} {per} of {self.expression(award.value)} ({ROUNDED[award.rounding]})"

    def _each(self, lines: Expression) -> str:
        assert isinstance(lines, LinesRead)
        where = "" if lines.where is None else self._group(lines.where)
        noun = "order line" if lines.of is None else "item"
        return f"{noun} where {where}" if where else noun

    def effect(self, effect: TypedEffect) -> str:
        """Any other effect."""
        value = effect.text or effect.arguments.get("value")
        percent, points = effect.arguments.get("percent"), effect.arguments.get("points")
        off = f"{percent} %" if percent is not None else counted(Decimal(points or 0), "points")
        return EFFECTS[effect.name].format_map({**effect.arguments, "value": value, "off": off})

    def limit(self, limit: TypedLimit) -> str:
        """`at most 500 points per member a day`."""
        most = Decimal(limit.max).scaleb(-limit.exponent)
        amount = counted(most, limit.point_type or "times")
        if limit.measure == "money":
            amount = self.value(most, Kind.MONEY)
        return f"at most {amount} {PERIODS.get(limit.period, f'a {limit.period}')} {PER[limit.per]}"


def _bracketed(parts: Iterable[str], group: TypedGroup) -> list[str]:
    mixed = [
        isinstance(p, TypedGroup) and p.every is not group.every and len(p.parts) > 1 for p in group.parts
    ]
    return [f"({part})" if bracket else part for part, bracket in zip(parts, mixed, strict=False)]


def _bound(bound: datetime | tuple[int, int]) -> str:
    if isinstance(bound, datetime):
        return bound.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
    day = date.fromordinal(bound[0] + EPOCH_ORDINAL).isoformat()
    return f"{day} {_clock(bound[1])}" if bound[1] else day


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"


def counted(amount: Decimal, unit: str) -> str:
    """`1 point`, `2.5 points`: a unit that ends in s loses it for exactly one."""
    number = f"{amount:,f}" if amount == amount.to_integral_value() else f"{amount.normalize():,f}"
    number = number.partition(".")[0] if amount == amount.to_integral_value() else number
    return f"{number} {unit.removesuffix('s') if amount == 1 else unit}"
