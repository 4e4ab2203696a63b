"""Core form → PostgreSQL text with parameters. A table without meaning: everything was decided when the form was made.

The text reads the jsonb columns `doc` (an event in normal form), `facts` (array, one element per `FactSpec`) and
`local`
(`LocalTime` as an object); a catalogue may point member fields at real columns instead. Constants are parameters,
always.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from regulars.core.rules import forms
from regulars.core.rules.fields import Field
from regulars.core.rules.model import FactSpec
from regulars.core.rules.writer import Writer, compile_table

_LINES = "FROM jsonb_array_elements(doc->'order'->'lines') AS lines(line) WHERE {where}"
_OF_LINES = "(CASE WHEN jsonb_typeof(doc->'order') = 'object' THEN (SELECT {} " + _LINES + ") END)"
# The value is picked below the aggregate: an aggregate of nothing but outer columns would belong to the outer query.
_PICKED = (
    "(CASE WHEN jsonb_typeof(doc->'order') = 'object' THEN"  # noqa: S608
    " (SELECT {} FROM (SELECT ({of})::numeric AS picked " + _LINES + ") AS picks) END)"
)

# Spelled without `{3}`: a brace with a word in it is a hole of the template.
_DATE = "[12][0-9][0-9][0-9]-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
_TIME = "([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]([.][0-9]{1,6})?(Z|[+-](0[0-9]|1[0-4]):[0-5][0-9])"
# Day 29 to 31 only where the month has it; both casts below would otherwise raise.
_REAL_DAY = (
    "substr({v}, 6, 5) NOT IN ('02-30', '02-31', '04-31', '06-31', '09-31', '11-31') AND (substr({v}, 6, 5) <> '02-29'"
    " OR (mod(substr({v}, 1, 4)::int, 4) = 0"
    " AND (mod(substr({v}, 1, 4)::int, 100) <> 0 OR mod(substr({v}, 1, 4)::int, 400) = 0)))"
)
_TEXT = "({raw} #>> '{}')"


def _from_text(pattern: str, yields: str) -> str:
    """A value read from a JSON string: one CASE arm after the other, so that no cast sees a text it would refuse."""
    arms = (
        "(CASE WHEN jsonb_typeof({raw}) IS DISTINCT FROM 'string' THEN NULL"
        f" WHEN {{v}} !~ '^{pattern}$' THEN NULL"
        f" WHEN {_REAL_DAY} THEN {yields} END)"
    )
    return arms.replace("{v}", _TEXT)


_QUOTIENT = (
    "(SELECT {} FROM (SELECT abs(n) AS n, abs(d) AS d, sign(n) * sign(d) AS s"
    " FROM (SELECT ({left})::numeric AS n, NULLIF(({right})::numeric, 0) AS d) AS pair) AS q)"
)

SQL: dict[type[forms.Form], str] = {
    forms.Constant: "{value}",
    forms.Access: "{field}",
    forms.AsText: "(CASE WHEN jsonb_typeof({raw}) = 'string' THEN {raw} #>> '{}' END)",
    forms.AsNumber: "(CASE WHEN jsonb_typeof({raw}) = 'number' THEN ({raw})::numeric END)",
    forms.AsBoolean: "(CASE WHEN jsonb_typeof({raw}) = 'boolean' THEN ({raw})::boolean END)",
    forms.AsDate: _from_text(_DATE, "{v}::date - DATE '1970-01-01'"),
    forms.AsInstant: _from_text(_DATE + "T" + _TIME, "{v}::timestamptz"),
    forms.AsTexts: "(CASE WHEN jsonb_typeof({raw}) = 'array' THEN {raw} END)",
    forms.AsPresent: "NULLIF({raw}, 'null'::jsonb)",
    forms.Add: "(({left})::numeric + ({right})::numeric)",
    forms.Subtract: "(({left})::numeric - ({right})::numeric)",
    forms.Multiply: "(({left})::numeric * ({right})::numeric)",
    forms.Least: "(SELECT CASE WHEN a <= b THEN a WHEN b < a THEN b END"
    " FROM (SELECT ({left})::numeric AS a, ({right})::numeric AS b) AS pair)",
    forms.Greatest: "(SELECT CASE WHEN a >= b THEN a WHEN b > a THEN b END"
    " FROM (SELECT ({left})::numeric AS a, ({right})::numeric AS b) AS pair)",
    forms.FloorDivide: _QUOTIENT.replace(
        "SELECT {}", "SELECT s * (div(n, d) + CASE WHEN s < 0 AND mod(n, d) > 0 THEN 1 ELSE 0 END)"
    ),
    forms.HalfUpDivide: _QUOTIENT.replace(
        "SELECT {}", "SELECT s * (div(n, d) + CASE WHEN 2 * mod(n, d) >= d THEN 1 ELSE 0 END)"
    ),
    forms.HalfEvenDivide: _QUOTIENT.replace(
        "SELECT {}",
        "SELECT s * (div(n, d) + CASE WHEN 2 * mod(n, d) > d"
        " OR (2 * mod(n, d) = d AND mod(div(n, d), 2) = 1) THEN 1 ELSE 0 END)",
    ),
    forms.Scale: "(SELECT sign(n) * (div(abs(n), d) + CASE WHEN n < 0 AND mod(abs(n), d) > 0 THEN 1 ELSE 0 END)"
    " FROM (SELECT ({value})::numeric * {numerator} AS n, {denominator} AS d) AS q)",
    forms.Choose: "(CASE WHEN {condition} THEN {then} ELSE {otherwise} END)",
    forms.LineCount: _OF_LINES.replace("{}", "count(*)"),
    forms.LineSum: _PICKED.replace("{}", "COALESCE(sum(picked), 0)"),
    forms.LineLeast: _PICKED.replace("{}", "min(picked)"),
    forms.LineGreatest: _PICKED.replace("{}", "max(picked)"),
    forms.Lookup: "(CASE{steps} END)",
    forms.Truth: "{value}",
    forms.AllOf: "({parts: AND })",
    forms.AnyOf: "({parts: OR })",
    forms.Not: "(NOT {part})",
    forms.Missing: "({value} IS NULL)",
    forms.NoTexts: "((jsonb_array_length({value}) > 0) IS NOT TRUE)",
    forms.Is: "(({value} = {constant}) IS TRUE)",
    forms.OneOf: "(({value} = ANY({constants})) IS TRUE)",
    forms.Under: "(({value} < {limit}) IS TRUE)",
    forms.UpTo: "(({value} <= {limit}) IS TRUE)",
    forms.Over: "(({value} > {limit}) IS TRUE)",
    forms.AtLeast: "(({value} >= {limit}) IS TRUE)",
    forms.Same: "(({left} = {right}) IS TRUE)",
    forms.Below: "(({left} < {right}) IS TRUE)",
    forms.TextBelow: '((({left}) COLLATE "C" < ({right}) COLLATE "C") IS TRUE)',
    forms.Contains: "((strpos({value}, {part}) > 0) IS TRUE)",
    forms.Begins: "(starts_with({value}, {part}) IS TRUE)",
    forms.Ends: "((right({value}, length({part})) = {part}) IS TRUE)",
    forms.HasAny: "(({value} ?| {texts}) IS TRUE)",
    forms.LineTally: "((jsonb_typeof(doc->'order') = 'object') IS TRUE"
    " AND (SELECT count(*) BETWEEN {least} AND {most} " + _LINES + "))",
}

_PIECES = compile_table(SQL)
_BIGINT_MAX = 2**63 - 1

FactSql = Callable[[FactSpec], str | None]


class SqlEmitter:
    """Texts of forms and the parameters they need. Several forms of one emitter may share a statement."""

    def __init__(
        self, facts: Mapping[FactSpec, int], fact_sql: FactSql | None = None, prefix: str = "rule"
    ) -> None:
        self.parameters: dict[str, Any] = {}
        self._facts = facts
        self._fact_sql = fact_sql
        self._prefix = prefix
        self._writer = Writer(_PIECES, self.literal, self._access, self._lookup)

    def text(self, form: forms.Form) -> str:
        """An SQL expression; every constant is in `parameters`."""
        return self._writer.text(form)

    def literal(self, value: Any) -> str:
        """A placeholder with the cast that fixes its type."""
        name = f"{self._prefix}{len(self.parameters)}"
        if isinstance(value, frozenset):
            texts = all(isinstance(item, str) for item in value)
            self.parameters[name] = sorted(value) if texts else sorted(Decimal(item) for item in value)
            return f"%({name})s::{'text' if texts else 'numeric'}[]"
        self.parameters[name] = value
        return f"%({name})s::{_sql_type(value)}"

    def _access(self, field: Field) -> str:
        if field.fact is not None and self._fact_sql is not None:
            column = self._fact_sql(field.fact)
            if column is not None:
                return column
        arguments = [self.literal(name) for name in field.arguments]
        fact = "" if field.fact is None else f"(facts->{self._facts[field.fact]})"
        return field.sql.format(*arguments, fact=fact)

    def _lookup(self, form: forms.Lookup, writer: Writer) -> str:
        arms = [f" WHEN {writer.text(condition)} THEN {writer.text(then)}" for condition, then in form.steps]
        default = "" if form.default is None else f" ELSE {self.literal(form.default)}"
        return f"(CASE{''.join(arms)}{default} END)"


def _sql_type(value: object) -> str:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "bigint" if -_BIGINT_MAX <= value <= _BIGINT_MAX else "numeric"
    if isinstance(value, Decimal):
        return "numeric"
    if isinstance(value, datetime):
        return "timestamptz"
    assert isinstance(value, str)
    return "text"
