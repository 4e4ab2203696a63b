"""Conditions: names are looked up, operators matched to kinds, literals read, cost counted."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import msgspec

from regulars.core.rules import ast
from regulars.core.rules.fields import Field, FieldCatalog
from regulars.core.rules.literals import kind_of, literal, split
from regulars.core.rules.model import FactSpec, Kind, Measure
from regulars.core.rules.parse_conditions import canonical
from regulars.core.rules.reading import Notes, listed, no_such
from regulars.core.rules.typed import (
    NUMERIC,
    Applied,
    Condition,
    Expression,
    FieldRead,
    Fixed,
    LinesRead,
    MeasureRead,
    TypedFormula,
    TypedGroup,
    TypedLineMatch,
    TypedLiteral,
    TypedTest,
)

NULLS = ("null", "notNull")
EQUALITY = ("=", "!=", "in", "notIn", *NULLS)
ORDER = ("<", "<=", ">", ">=")
RANGES = ("between", "notBetween")
TEXT_PARTS = ("contains", "doesNotContain", "beginsWith", "doesNotBeginWith", "endsWith", "doesNotEndWith")

OPERATORS: dict[Kind, tuple[str, ...]] = {
    Kind.TEXT: (*EQUALITY, *ORDER, *TEXT_PARTS),
    Kind.NUMBER: (*EQUALITY, *ORDER, *RANGES),
    Kind.MONEY: (*EQUALITY, *ORDER, *RANGES),
    Kind.DATE: (*EQUALITY, *ORDER, *RANGES),
    Kind.TIME: (*EQUALITY, *ORDER, *RANGES),
    Kind.INSTANT: ("=", "!=", *ORDER, *RANGES, *NULLS),
    Kind.BOOLEAN: ("=", "!=", *NULLS),
    Kind.TEXTS: ("contains", "doesNotContain", "in", "notIn", *NULLS),
}
LIST_OPERATORS = frozenset({"in", "notIn"})

LINE_COST = 10
"""A condition on order lines is looked at once per line; ten lines are a normal basket."""
FACT_COST = 2
MEASURE_COST = 20
IN_VALUES_MAX = 10_000

ARITHMETIC = frozenset(
    {"+", "-", "*", "/", "negate", "min", "max", "floor", "ceil", "round", "half_up", "half_even", "abs"}
)
COMPARISONS = frozenset({"=", "!=", "<", "<=", ">", ">="})


class ConditionChecker:
    """Checks the conditions and formulas of one rule and adds up their cost."""

    def __init__(
        self, catalog: FieldCatalog, collections: Mapping[str, ast.CollectionNode], notes: Notes
    ) -> None:
        self.cost = 0
        self._catalog = catalog
        self._collections = collections
        self._notes = notes
        self._in_line = False
        self._events_only = False

    # --- groups ---

    def group(self, node: ast.Group) -> TypedGroup:
        """A group; parts that are refused are left out after being noted."""
        parts = self._notes.each([partial(self._part, part) for part in node.parts])
        return TypedGroup(node.path, node.combinator == "and", node.negated, parts)

    def _part(self, node: ast.Node) -> Condition:
        if isinstance(node, ast.Group):
            return self.group(node)
        if isinstance(node, ast.LineMatch):
            where = self.line_group(node.where)
            assert where is not None
            return TypedLineMatch(node.path, node.mode, node.threshold, where)
        assert isinstance(node, ast.Comparison)
        return self._comparison(node)

    def line_group(self, node: ast.Group | None) -> TypedGroup | None:
        """A group whose fields are those of one order line; event and member fields may be used too."""
        if node is None:
            return None
        if self._in_line:
            self._notes.refuse(
                node.path, "lines_in_lines", "Look at the fields of the line itself; lines do not nest."
            )
        before = self.cost
        self._in_line = True
        try:
            return self.group(node)
        finally:
            self._in_line = False
            self.cost = before + LINE_COST * (1 + self.cost - before)

    # --- comparisons ---

    def _comparison(self, node: ast.Comparison) -> Condition:
        subject = self.expression(node.subject)
        self.cost += 1
        if isinstance(node.subject, ast.Formula) and subject.kind is Kind.BOOLEAN and node.operator == "=":
            return TypedFormula(node.path, subject, node.subject.text)
        if subject.kind is Kind.ANY:
            subject = self._settle(subject, node)
        if subject.kind is not Kind.ANY and node.operator not in OPERATORS[subject.kind]:
            self._notes.refuse(
                f"{node.path}.operator",
                "wrong_operator",
                f"`{node.operator}` does not go with {_article(subject.kind)}; "
                f"choose {listed(OPERATORS[subject.kind])}.",
            )
        if node.operand is None:
            return TypedTest(node.path, subject, node.operator, ())
        if isinstance(node.operand, ast.FieldName):
            return TypedTest(node.path, subject, node.operator, (), self._other(subject, node))
        return TypedTest(node.path, subject, node.operator, self._values(subject, node))

    def _settle(self, subject: Expression, node: ast.Comparison) -> Expression:
        """An undeclared property takes the kind of what it is compared with."""
        assert isinstance(subject, FieldRead)
        operand = node.operand
        if operand is None:
            return subject
        if isinstance(operand, ast.FieldName):
            return _as_kind(subject, self.field(operand).kind)
        if node.operator in TEXT_PARTS:
            return _as_kind(subject, Kind.TEXT)
        raws = self._raw_values(node)
        return _as_kind(subject, kind_of(raws[0], node.operator))

    def _other(self, subject: Expression, node: ast.Comparison) -> Expression:
        assert isinstance(node.operand, ast.FieldName)
        if node.operator not in COMPARISONS:
            self._notes.refuse(
                f"{node.path}.operator",
                "wrong_operator",
                f"Two fields are compared with {listed(sorted(COMPARISONS))}.",
            )
        other: Expression = self.field(node.operand)
        if other.kind is Kind.ANY:
            other = _as_kind(other, subject.kind)
        if not _comparable(subject.kind, other.kind):
            self._notes.refuse(
                f"{node.path}.value",
                "kinds_differ",
                f"{_article(subject.kind).capitalize()} cannot be compared with {_article(other.kind)}.",
            )
        return other

    def _raw_values(self, node: ast.Comparison) -> list[Any]:
        operand = node.operand
        if isinstance(operand, ast.CollectionName):
            collection = self._collections.get(operand.code)
            if collection is None:
                self._notes.refuse(
                    f"{operand.path}.collection",
                    "unknown_collection",
                    no_such("collection", operand.code, self._collections),
                )
            if node.operator not in LIST_OPERATORS:
                self._notes.refuse(
                    f"{node.path}.operator", "wrong_operator", "A collection goes with `in` or `notIn`."
                )
            return list(collection.values)
        assert isinstance(operand, ast.Value)
        if node.operator in LIST_OPERATORS or node.operator in RANGES:
            raws = split(operand.value)
            if node.operator in RANGES and len(raws) != 2:
                self._notes.refuse(
                    operand.path, "two_values", "Write two values, the lowest and the highest."
                )
            if not raws:
                self._notes.refuse(operand.path, "empty_list", "Write at least one value, or use `null`.")
            if len(raws) > IN_VALUES_MAX:
                self._notes.refuse(operand.path, "too_many", "Put so many values into a collection.")
            return raws
        return [operand.value]

    def _values(self, subject: Expression, node: ast.Comparison) -> tuple[TypedLiteral, ...]:
        assert node.operand is not None
        raws = self._raw_values(node)
        values = tuple(literal(raw, subject.kind, node.operand.path, self._notes) for raw in raws)
        if node.operator in RANGES and values[0] > values[1]:  # type: ignore[operator]
            self._notes.refuse(node.operand.path, "range_reversed", "Write the lower value first.")
        return values

    # --- expressions ---

    def expression(self, node: ast.Node) -> Expression:
        """A field, an aggregate over lines, a measure or a formula, with its kind."""
        if isinstance(node, ast.FieldName):
            return self.field(node)
        if isinstance(node, ast.LineAggregate):
            return self.lines(node)
        if isinstance(node, ast.MeasureNode):
            return self._measure(node)
        assert isinstance(node, ast.Formula)
        return self.formula(node.root)

    def field(self, node: ast.FieldName | ast.Name) -> FieldRead:
        """The field of that name; inside a line, `category` is short for `line.category`."""
        self.cost += 1
        found = self._catalog.find(f"line.{node.name}") if self._in_line else None
        found = found or self._catalog.find(node.name)
        if found is None:
            nearest = self._catalog.nearest(f"line.{node.name}" if self._in_line else node.name)
            hint = (
                f" Did you mean `{nearest}`?"
                if nearest
                else " Custom properties are `event.properties.<name>`."
            )
            self._notes.refuse(node.path, "unknown_field", f"There is no field `{node.name}`.{hint}")
        if found.scope == "line" and not self._in_line:
            self._notes.refuse(
                node.path,
                "line_field",
                f"`{node.name}` belongs to an order line; ask for it inside `order.lines` with `match` or `aggregate`.",
            )
        if found.fact is not None:
            self.cost += FACT_COST
            if self._events_only:
                self._notes.refuse(
                    node.path,
                    "member_field",
                    "A measure looks at past events; only their own fields can be used.",
                )
        return FieldRead(node.path, found.kind, found)

    def lines(self, node: ast.LineAggregate) -> LinesRead:
        """An aggregate over the order's lines."""
        if self._in_line:
            self._notes.refuse(
                node.path, "lines_in_lines", "Look at the fields of the line itself; lines do not nest."
            )
        self.cost += LINE_COST
        of: Expression | None = None
        kind = Kind.NUMBER
        if node.fn != "count":
            self._in_line = True
            try:
                of = self.numeric(self.field(ast.FieldName(f"{node.path}.of", node.of)))
            finally:
                self._in_line = False
            kind = of.kind
        return LinesRead(node.path, kind, node.fn, of, self.line_group(node.where))

    def _measure(self, node: ast.MeasureNode) -> FieldRead:
        if self._events_only:
            self._notes.refuse(node.path, "measure_in_measure", "A measure cannot look at another measure.")
        self.cost += MEASURE_COST
        measured, where = self.measured(node)
        numeric = measured is not None and node.aggregate != "distinct"
        kind = measured.kind if measured is not None and numeric else Kind.NUMBER
        measure = Measure(
            node.event,
            node.aggregate,
            node.window,
            node.field,
            self._without_collections(node.where_text),
            self._without_collections(node.lines_text),
        )
        self._check_window(node)
        exponent = 0
        if isinstance(measured, FieldRead) and numeric:
            exponent = measured.field.exponent
        elif isinstance(measured, LinesRead) and isinstance(measured.of, FieldRead):
            exponent = measured.of.field.exponent
        fact = FactSpec("measure", measure=measure)
        field = Field(
            "behaviour", kind, "member", "{fact}", "{fact}", measure.event, exponent=exponent, fact=fact
        )
        return MeasureRead(node.path, kind, field, measure, measured, where)

    def _without_collections(self, text: str) -> str:
        """A measure's condition with the values in place of collections: a measure means the same in every version."""
        return canonical(self._inlined(msgspec.json.decode(text))) if text else text

    def _inlined(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self._inlined(item) for item in value]
        if not isinstance(value, dict):
            return value
        collection = self._collections.get(value["collection"]) if value.keys() == {"collection"} else None
        if collection is not None:
            return sorted(collection.values, key=str)
        return {key: self._inlined(item) for key, item in value.items()}

    def measured(self, node: ast.MeasureNode) -> tuple[Expression | None, TypedGroup | None]:
        """What a measure adds up or compares, None where it counts; and its condition on the events."""
        self._events_only = True
        try:
            where = None if node.where is None else self.group(node.where)
            if node.lines is not None:
                return self.lines(node.lines), where
            if not node.field:
                return None, where
            read = self.field(ast.FieldName(f"{node.path}.field", node.field))
            return _as_kind(read, Kind.TEXT) if node.aggregate == "distinct" else self.numeric(read), where
        finally:
            self._events_only = False

    def _check_window(self, node: ast.MeasureNode) -> None:
        sets = self._catalog.tier_sets
        if node.window.unit == "tier_period" and node.window.name not in sets:
            message = no_such("tier set", node.window.name, sets)
            self._notes.refuse(f"{node.path}.window", "unknown_tier_set", message)

    def numeric(self, expression: Expression) -> Expression:
        if expression.kind is Kind.ANY:
            return _as_kind(expression, Kind.NUMBER)
        if expression.kind not in NUMERIC:
            self._notes.refuse(
                expression.path,
                "not_numeric",
                f"{_article(expression.kind).capitalize()} cannot be calculated with.",
            )
        return expression

    # --- formulas ---

    def formula(self, node: ast.Node) -> Expression:
        """A formula's ast with kinds."""
        self.cost += 1
        if isinstance(node, ast.Number):
            return Fixed(node.path, Kind.NUMBER, node.value)
        if isinstance(node, ast.Text):
            return Fixed(node.path, Kind.TEXT, node.value)
        if isinstance(node, ast.Name):
            return self.field(node)
        assert isinstance(node, ast.Call)
        if node.function in {"true", "false"}:
            return Fixed(node.path, Kind.BOOLEAN, node.function == "true")
        if node.function in {"sum", "count"}:
            return self._line_formula(node)
        arguments = tuple(self.formula(argument) for argument in node.arguments)
        if node.function in COMPARISONS:
            return self._compared(node, arguments)
        if node.function == "if":
            return self._chosen(node, arguments)
        if node.function in {"and", "or", "not"}:
            return Applied(node.path, Kind.BOOLEAN, node.function, tuple(self._truth(a) for a in arguments))
        assert node.function in ARITHMETIC
        return self._calculated(node, arguments)

    def _calculated(self, node: ast.Call, arguments: tuple[Expression, ...]) -> Expression:
        if node.function == "-" and all(a.kind is Kind.DATE for a in arguments):
            return Applied(node.path, Kind.NUMBER, "days", arguments)
        arguments = tuple(self.numeric(argument) for argument in arguments)
        if node.function in {"round", "half_up", "half_even"} and len(arguments) == 2:
            digits = arguments[1]
            if not isinstance(digits, Fixed) or digits.value not in range(7):
                self._notes.refuse(
                    node.path, "round_digits", "Write the number of decimals as a number from 0 to 6."
                )
        return Applied(node.path, Kind.NUMBER, node.function, arguments)

    def _compared(self, node: ast.Call, arguments: tuple[Expression, ...]) -> Expression:
        left, right = arguments
        if left.kind is Kind.ANY:
            left = _as_kind(left, Kind.TEXT if right.kind is Kind.ANY else right.kind)
        if right.kind is Kind.ANY:
            right = _as_kind(right, left.kind)
        left, right = self._dated(left, right), self._dated(right, left)
        if not _comparable(left.kind, right.kind):
            self._notes.refuse(
                node.path,
                "kinds_differ",
                f"{_article(left.kind)} cannot be compared with {_article(right.kind)}.",
            )
        if left.kind is Kind.BOOLEAN and node.function not in {"=", "!="}:
            self._notes.refuse(node.path, "wrong_operator", "true and false have no order; use `=` or `!=`.")
        return Applied(node.path, Kind.BOOLEAN, node.function, (left, right))

    def _dated(self, side: Expression, other: Expression) -> Expression:
        """A quoted text beside a date, time or moment is read as one."""
        if (
            isinstance(side, Fixed)
            and side.kind is Kind.TEXT
            and other.kind in {Kind.DATE, Kind.TIME, Kind.INSTANT}
        ):
            return Fixed(side.path, other.kind, literal(side.value, other.kind, side.path, self._notes))
        return side

    def _chosen(self, node: ast.Call, arguments: tuple[Expression, ...]) -> Expression:
        condition = self._truth(arguments[0])
        branches = tuple(self.numeric(branch) for branch in arguments[1:])
        return Applied(node.path, Kind.NUMBER, "if", (condition, *branches))

    def _truth(self, expression: Expression) -> Expression:
        if expression.kind is Kind.ANY:
            return _as_kind(expression, Kind.BOOLEAN)
        if expression.kind is not Kind.BOOLEAN:
            self._notes.refuse(
                expression.path, "not_a_condition", "Write a comparison here, such as `order.amount >= 50`."
            )
        return expression

    def _line_formula(self, node: ast.Call) -> Expression:
        if self._in_line:
            self._notes.refuse(
                node.path, "lines_in_lines", f"`{node.function}` cannot stand inside another one."
            )
        before = self.cost
        self._in_line = True
        try:
            if node.function == "sum":
                inner: tuple[Expression, ...] = (self.numeric(self.formula(node.arguments[0])),)
            else:
                inner = tuple(self._truth(self.formula(argument)) for argument in node.arguments)
        finally:
            self._in_line = False
            self.cost = before + LINE_COST * (1 + self.cost - before)
        return Applied(node.path, Kind.NUMBER, node.function, inner)


def _as_kind(expression: Expression, kind: Kind) -> Expression:
    assert isinstance(expression, FieldRead)
    field = msgspec.structs.replace(expression.field, kind=kind)
    return msgspec.structs.replace(expression, kind=kind, field=field)


def _comparable(left: Kind, right: Kind) -> bool:
    return (left == right and left is not Kind.TEXTS) or (left in NUMERIC and right in NUMERIC)


def _article(kind: Kind) -> str:
    words = {Kind.TEXTS: "a list of texts", Kind.MONEY: "an amount of money", Kind.INSTANT: "a moment"}
    return words.get(kind, f"a {kind.value}")
