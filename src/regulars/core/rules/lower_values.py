"""Typed expressions → core forms that yield a value."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal

from regulars.core.rules import forms, ratios
from regulars.core.rules.model import Kind
from regulars.core.rules.ratios import Ratio
from regulars.core.rules.typed import (
    NUMERIC,
    Applied,
    Expression,
    FieldRead,
    Fixed,
    LinesRead,
    TableRead,
    TypedCell,
    TypedGroup,
    TypedTable,
)

READS: dict[Kind, Callable[[forms.Form], forms.Form]] = {
    Kind.TEXT: forms.AsText,
    Kind.NUMBER: forms.AsNumber,
    Kind.MONEY: forms.AsNumber,
    Kind.TIME: forms.AsNumber,
    Kind.BOOLEAN: forms.AsBoolean,
    Kind.DATE: forms.AsDate,
    Kind.INSTANT: forms.AsInstant,
    Kind.TEXTS: forms.AsTexts,
    Kind.ANY: forms.AsPresent,
}
LINE_FORMS = {"sum": forms.LineSum, "min": forms.LineLeast, "max": forms.LineGreatest}
ALWAYS = forms.Truth(True)

LowerGroup = Callable[[TypedGroup], forms.Form]


class ValueLowering:
    """Values of one rule; conditions inside of them are lowered by the function it was given."""

    def __init__(self, lower_group: LowerGroup) -> None:
        self._lower_group = lower_group

    def plain(self, expression: Expression) -> forms.Form:
        """A value that is not a number: text, boolean, date, time, instant or list."""
        if isinstance(expression, FieldRead):
            access = forms.Access(expression.field)
            return access if expression.field.exact else READS[expression.kind](access)
        if isinstance(expression, Fixed):
            assert not isinstance(expression.value, Decimal)
            return forms.Constant(expression.value)
        assert isinstance(expression, Applied)
        return forms.Choose(self.truth(expression), forms.Constant(True), forms.Constant(False))

    def number(self, expression: Expression) -> Ratio:
        """A number, exact."""
        if isinstance(expression, FieldRead):
            whole = expression.field.exact and expression.field.whole
            return Ratio(self.plain(expression), 1, 10**expression.field.exponent, None, whole)
        if isinstance(expression, Fixed):
            assert isinstance(expression.value, Decimal)
            return ratios.constant(expression.value)
        if isinstance(expression, LinesRead):
            return self._lines(expression)
        if isinstance(expression, TableRead):
            return self.table(expression.table)
        assert isinstance(expression, Applied)
        return self._applied(expression)

    def _lines(self, expression: LinesRead) -> Ratio:
        where = ALWAYS if expression.where is None else self._lower_group(expression.where)
        if expression.of is None:
            return Ratio(forms.LineCount(where), whole=True)
        of = self.number(expression.of)
        return Ratio(LINE_FORMS[expression.fn](of.form, where), of.up, of.down, None, of.whole)

    def _applied(self, expression: Applied) -> Ratio:
        function, arguments = expression.function, expression.arguments
        if function == "if":
            return self._chosen(
                self.truth(arguments[0]), self.number(arguments[1]), self.number(arguments[2])
            )
        if function == "sum":
            of = ratios.material(self.number(arguments[0]))
            return Ratio(forms.LineSum(of.form, ALWAYS), of.up, of.down, None, of.whole)
        if function == "count":
            return Ratio(forms.LineCount(self.truth(arguments[0]) if arguments else ALWAYS), whole=True)
        if function == "days":
            return Ratio(forms.Subtract(self.plain(arguments[0]), self.plain(arguments[1])), whole=True)
        return self._calculated(function, [self.number(argument) for argument in arguments], arguments)

    def _calculated(self, function: str, parts: list[Ratio], arguments: Sequence[Expression]) -> Ratio:
        first = parts[0]
        if function == "negate":
            return ratios.negated(first)
        if function == "+":
            return ratios.added(first, parts[1], forms.Add)
        if function == "-":
            return ratios.added(first, parts[1], forms.Subtract)
        if function == "*":
            return ratios.multiplied(first, parts[1])
        if function == "/":
            return ratios.divided(first, parts[1])
        if function in {"min", "max"}:
            return _extreme(forms.Least if function == "min" else forms.Greatest, parts)
        if function == "abs":
            return _extreme(forms.Greatest, [first, ratios.negated(first)])
        digits = 0
        if len(arguments) == 2:
            assert isinstance(arguments[1], Fixed)
            digits = int(arguments[1].value)  # type: ignore[arg-type]
        scaled = ratios.multiplied(first, ratios.constant(10**digits))
        return Ratio(ratios.rounded(scaled, function), 1, 10**digits, None, True)

    def _chosen(self, condition: forms.Form, then: Ratio, otherwise: Ratio) -> Ratio:
        then, otherwise = ratios.material(then), ratios.material(otherwise)
        a, b, down = ratios.aligned(then, otherwise)
        return Ratio(forms.Choose(condition, a, b), 1, down, None, then.whole and otherwise.whole)

    # --- truth in formulas ---

    def truth(self, expression: Expression) -> forms.Form:
        """A yes-or-no formula as a condition; a missing boolean is no."""
        if isinstance(expression, Fixed):
            return forms.Truth(bool(expression.value))
        if isinstance(expression, FieldRead):
            return forms.Is(self.plain(expression), True)
        assert isinstance(expression, Applied)
        if expression.function == "and":
            return forms.AllOf(tuple(self.truth(a) for a in expression.arguments))
        if expression.function == "or":
            return forms.AnyOf(tuple(self.truth(a) for a in expression.arguments))
        if expression.function == "not":
            return forms.Not(self.truth(expression.arguments[0]))
        return self.compared(expression.arguments[0], expression.function, expression.arguments[1])

    def compared(self, left: Expression, operator: str, right: Expression) -> forms.Form:
        """Two expressions of comparable kinds."""
        if operator in {">", ">="}:
            return self.compared(right, {">": "<", ">=": "<="}[operator], left)
        if left.kind in NUMERIC:
            a, b = self._sides(left, right)
        else:
            a, b = self.plain(left), self.plain(right)
        below = forms.TextBelow if left.kind is Kind.TEXT else forms.Below
        if operator == "<":
            return below(a, b)
        if operator == "<=":
            return forms.AnyOf((below(a, b), forms.Same(a, b)))
        if operator == "=":
            return forms.Same(a, b)
        there = [forms.Not(forms.Missing(side)) for side in (a, b) if not isinstance(side, forms.Constant)]
        return all_of([*there, forms.Not(forms.Same(a, b))])

    def _sides(self, left: Expression, right: Expression) -> tuple[forms.Form, forms.Form]:
        a, b = ratios.material(self.number(left)), ratios.material(self.number(right))
        one, other, _ = ratios.aligned(a, b)
        return one, other

    # --- tables ---

    def table(self, table: TypedTable) -> Ratio:
        """A lookup; the numbers of the rows are brought to a common power of ten."""
        inputs = [self.number(read) if read.kind in NUMERIC else None for read in table.inputs]
        read = tuple(
            self.plain(source) if ratio is None else ratio.form
            for source, ratio in zip(table.inputs, inputs, strict=True)
        )
        downs = [1 if ratio is None else ratio.down for ratio in inputs]
        thens = [then for _, then in table.rows] + ([] if table.default is None else [table.default])
        decimals = max((_decimals(then) for then in thens if isinstance(then, Decimal)), default=0)
        rows = tuple(
            forms.TableRow(
                tuple(
                    None if cell is None else _cell(cell, down)
                    for cell, down in zip(cells, downs, strict=True)
                ),
                _stored(then, decimals),
            )
            for cells, then in table.rows
        )
        default = None if table.default is None else _stored(table.default, decimals)
        steps = tuple((row_condition(read, row), forms.Constant(row.then)) for row in rows)
        return Ratio(forms.Lookup(table.code, read, rows, default, steps), 1, 10**decimals, None, True)


def _extreme(form: type[forms.Least | forms.Greatest], parts: list[Ratio]) -> Ratio:
    result = ratios.material(parts[0])
    for part in parts[1:]:
        other = ratios.material(part)
        a, b, down = ratios.aligned(result, other)
        result = Ratio(form(a, b), 1, down, None, result.whole and other.whole)
    return result


def _decimals(value: Decimal) -> int:
    exponent = value.normalize().as_tuple().exponent
    assert isinstance(exponent, int)
    return max(0, -exponent)


def _stored(value: Decimal | str, decimals: int) -> int | str:
    return value if isinstance(value, str) else int(value.scaleb(decimals))


def stored_literal(value: object, down: int) -> forms.Literal:
    """A literal in the unit in which the field is stored: 12.50 → 1250 for cents."""
    if isinstance(value, Decimal):
        scaled = value * down
        return int(scaled) if scaled == scaled.to_integral_value() else scaled
    return value  # type: ignore[return-value]


def _cell(cell: TypedCell, down: int) -> forms.Cell:
    values = [stored_literal(value, down) for value in cell.values]
    if cell.operator in {"=", "in"}:
        return forms.Cell(values=frozenset(values))  # type: ignore[arg-type]
    low, high = (values[0], values[1]) if cell.operator == "between" else (values[0], values[0])
    if cell.operator in {"<", "<="}:
        return forms.Cell(high=high, inclusive=(True, cell.operator == "<="))  # type: ignore[arg-type]
    if cell.operator in {">", ">="}:
        return forms.Cell(low=low, inclusive=(cell.operator == ">=", True))  # type: ignore[arg-type]
    return forms.Cell(low=low, high=high)  # type: ignore[arg-type]


def row_condition(inputs: tuple[forms.Form, ...], row: forms.TableRow) -> forms.Form:
    """What a row asks for, as one condition."""
    parts: list[forms.Form] = []
    for form, cell in zip(inputs, row.cells, strict=True):
        if cell is None:
            continue
        if cell.values is not None:
            parts.append(one_of(form, cell.values))
        if cell.low is not None:
            parts.append(forms.AtLeast(form, cell.low) if cell.inclusive[0] else forms.Over(form, cell.low))
        if cell.high is not None:
            parts.append(forms.UpTo(form, cell.high) if cell.inclusive[1] else forms.Under(form, cell.high))
    return all_of(parts)


def one_of(
    form: forms.Form, values: frozenset[forms.Literal] | frozenset[int | Decimal | str | bool]
) -> forms.Form:
    """form is one of the values; booleans are listed one by one, as SQL has no array of mixed kinds."""
    if len(values) == 1:
        return forms.Is(form, next(iter(values)))
    if any(isinstance(value, bool) for value in values):
        return forms.AnyOf(tuple(forms.Is(form, value) for value in sorted(values)))
    return forms.OneOf(form, frozenset(values))  # type: ignore[arg-type]


def all_of(parts: Sequence[forms.Form]) -> forms.Form:
    """The conjunction, without a wrapper for one part; true for none."""
    if not parts:
        return ALWAYS
    return parts[0] if len(parts) == 1 else forms.AllOf(tuple(parts))
