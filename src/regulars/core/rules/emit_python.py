"""Core form → Python text. A table without meaning: everything was decided when the form was made.

The names a text may use are those of `runtime.NAMES`, the parameters `e, o, f, local`, the line `l` inside a line
form, and `c0`, `c1` … for constants that have no literal.
"""

from __future__ import annotations

import linecache
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from types import FunctionType
from typing import Any, cast

from regulars.core.rules import forms, runtime
from regulars.core.rules.fields import Field
from regulars.core.rules.model import FactSpec
from regulars.core.rules.tables import TableIndex
from regulars.core.rules.writer import Writer, compile_table

PYTHON: dict[type[forms.Form], str] = {
    forms.Constant: "{value}",
    forms.Access: "{field}",
    forms.AsText: "({t} if type({t} := {raw}) is str else None)",
    forms.AsNumber: "({t} if type({t} := {raw}) in NUMBERS else None)",
    forms.AsBoolean: "({t} if type({t} := {raw}) is bool else None)",
    forms.AsDate: "as_date({raw})",
    forms.AsInstant: "as_instant({raw})",
    forms.AsTexts: "({t} if type({t} := {raw}) in LISTS else None)",
    forms.AsPresent: "{raw}",
    forms.Add: "add({left}, {right})",
    forms.Subtract: "subtract({left}, {right})",
    forms.Multiply: "multiply({left}, {right})",
    forms.Least: "least({left}, {right})",
    forms.Greatest: "greatest({left}, {right})",
    forms.FloorDivide: "floor_divide({left}, {right})",
    forms.HalfUpDivide: "half_up_divide({left}, {right})",
    forms.HalfEvenDivide: "half_even_divide({left}, {right})",
    forms.Scale: "scale({value}, {numerator}, {denominator})",
    forms.Choose: "({then} if {condition} else {otherwise})",
    forms.LineCount: "(None if o is None else len([1 for l in o.lines if {where}]))",
    forms.LineSum: "(None if o is None else total([{of} for l in o.lines if {where}]))",
    forms.LineLeast: "(None if o is None else smallest([{of} for l in o.lines if {where}]))",
    forms.LineGreatest: "(None if o is None else largest([{of} for l in o.lines if {where}]))",
    forms.Lookup: "{table}(({inputs},))",
    forms.Truth: "{value}",
    forms.AllOf: "({parts: and })",
    forms.AnyOf: "({parts: or })",
    forms.Not: "(not {part})",
    forms.Missing: "({value} is None)",
    forms.NoTexts: "(not {value})",
    forms.Is: "({value} == {constant})",
    forms.OneOf: "({value} in {constants})",
    forms.Under: "(({t} := {value}) is not None and {t} < {limit})",
    forms.UpTo: "(({t} := {value}) is not None and {t} <= {limit})",
    forms.Over: "(({t} := {value}) is not None and {t} > {limit})",
    forms.AtLeast: "(({t} := {value}) is not None and {t} >= {limit})",
    forms.Same: "(({t} := {left}) is not None and {t} == {right})",
    forms.Below: "(({t} := {left}) is not None and ({u} := {right}) is not None and {t} < {u})",
    forms.TextBelow: "(({t} := {left}) is not None and ({u} := {right}) is not None and {t} < {u})",
    forms.Contains: "(({t} := {value}) is not None and {part} in {t})",
    forms.Begins: "(({t} := {value}) is not None and {t}.startswith({part}))",
    forms.Ends: "(({t} := {value}) is not None and {t}.endswith({part}))",
    forms.HasAny: "(({t} := {value}) is not None and has_any({texts}, {t}))",
    forms.LineTally: "(o is not None and {least} <= len([1 for l in o.lines if {where}]) <= {most})",
}

_PIECES = compile_table(PYTHON)


class PythonEmitter:
    """Texts of forms and the namespace they need; one emitter per emitted function.

    With `hoisting` every constant is read from a tuple (`k[1]`, `k[2]` …, values in `hoisted`), so that rules that
    differ only in their constants have the same text.
    """

    def __init__(
        self, facts: Mapping[FactSpec, int], tables: Mapping[str, TableIndex], hoisting: bool = False
    ) -> None:
        self.namespace: dict[str, Any] = dict(runtime.NAMES)
        self.hoisted: list[Any] = []
        self._hoisting = hoisting
        self._facts = facts
        self._tables = tables
        self._writer = Writer(_PIECES, self.literal, self._access, self._lookup)

    def text(self, form: forms.Form) -> str:
        """A Python expression."""
        return self._writer.text(form)

    def literal(self, value: Any) -> str:
        """A constant as Python writes it, or the name it gets."""
        if self._hoisting:
            return self.named(value)
        if isinstance(value, bool | str):
            return repr(value)
        if isinstance(value, int):
            return f"({value})" if value < 0 else str(value)
        assert isinstance(value, Decimal | datetime | frozenset)
        return self.named(value)

    def named(self, value: Any) -> str:
        """The name of any object in the emitted text."""
        self.hoisted.append(value)
        if self._hoisting:
            return f"k[{len(self.hoisted)}]"
        name = f"k{len(self.hoisted)}"
        self.namespace[name] = value
        return name

    def _access(self, field: Field) -> str:
        arguments = [repr(name) for name in field.arguments]
        fact = "" if field.fact is None else f"f[{self._facts[field.fact]}]"
        return field.python.format(*arguments, fact=fact)

    def _lookup(self, form: forms.Lookup, writer: Writer) -> str:
        find = self.named(self._tables[form.table].find)
        inputs = ", ".join(writer.text(part) for part in form.inputs)
        return f"{find}(({inputs},))"


def define(name: str, body: list[str], filename: str, namespace: dict[str, Any]) -> FunctionType:
    """Compile `def name(e, o, f, local)` with these lines; the source can be stepped into under `filename`."""
    source = f"def {name}(e, o, f, local):\n" + "".join(f"    {line}\n" for line in body)
    return _compiled(source, name, filename, namespace)


def define_shared(
    body: list[str], emitter: PythonEmitter, filename: str, shared: dict[str, FunctionType]
) -> tuple[Any, ...]:
    """The same for a hoisting emitter, as (function, constant, constant …); call `step[0](e, o, f, local, step)`.

    Rules with equal text share one function (`shared` holds them by text) and differ in a small tuple, which is what
    keeps ten thousand of them in the processor's cache.
    """
    source = "def rule(e, o, f, local, k):\n" + "".join(f"    {line}\n" for line in body)
    function = shared.get(source)
    if function is None:
        function = shared[source] = _compiled(source, "rule", filename, emitter.namespace)
    return function, *emitter.hoisted


def _compiled(source: str, name: str, filename: str, namespace: dict[str, Any]) -> FunctionType:
    assert name not in runtime.NAMES, name  # it would take the place of what its own text calls
    # The text comes from the table above and from `repr`, never from what a user typed.
    exec(compile(source, filename, "exec"), namespace)  # noqa: S102
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    return cast("FunctionType", namespace[name])
