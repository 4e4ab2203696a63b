"""What one event adds to a measure: the same lowering as in a rule, so that counting and asking cannot disagree."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from regulars.core.rules import forms
from regulars.core.rules.ast import MeasureNode
from regulars.core.rules.check_conditions import ConditionChecker
from regulars.core.rules.emit_python import PythonEmitter, define
from regulars.core.rules.errors import RulesRefused
from regulars.core.rules.fields import FieldCatalog
from regulars.core.rules.lower import Lowering
from regulars.core.rules.model import Measure
from regulars.core.rules.parse_conditions import parse_group, parse_line_aggregate
from regulars.core.rules.reading import Notes
from regulars.core.rules.typed import Expression, FieldRead

Observer = Callable[[Any, Any], Any]


def compile_observer(measure: Measure, catalog: FieldCatalog) -> Observer:
    """Return a function of (event, local time): what the event adds to the measure, None when it does not count.

    Counts add 0; sums and extremes the stored number (minor units, smallest units); distinct the text. Raises
    RulesRefused for a measure that the catalogue does not know (it was checked when the rule was).
    """
    notes = Notes()
    lowering = Lowering()
    checker = ConditionChecker(catalog, {}, notes)
    node = _node(measure, notes)
    condition: forms.Form | None = None
    if node.where is not None:
        where = node.where
        typed = notes.attempt(lambda: checker.group(where))
        condition = None if typed is None else lowering.clause(typed).form
    value = notes.attempt(lambda: checker.measured(node))
    if notes.diagnostics:
        raise RulesRefused(notes.diagnostics)
    emitter = PythonEmitter({}, {})
    body = [f"return {emitter.text(_value_form(value, measure, lowering))}"]
    if condition is not None:
        body = [f"if not {emitter.text(condition)}:", "    return None", *body]
    name = f"<measure {measure.event} {measure.aggregate} {measure.field}>"
    function = define("observe", body, name, emitter.namespace)
    return lambda e, local: function(e, e.order, (), local)


def _node(measure: Measure, notes: Notes) -> MeasureNode:
    where = parse_group(json.loads(measure.where), "where", notes) if measure.where else None
    lines = parse_line_aggregate(json.loads(measure.lines), "lines", notes, 1) if measure.lines else None
    return MeasureNode(
        "measure",
        measure.event,
        measure.aggregate,
        measure.field,
        measure.window,
        where,
        measure.where,
        lines,
        measure.lines,
    )


def _value_form(value: Expression | None, measure: Measure, lowering: Lowering) -> forms.Form:
    if value is None:
        return forms.Constant(0)
    if measure.aggregate == "distinct" and isinstance(value, FieldRead):
        return lowering.values.plain(value)
    return lowering.values.number(value).form
