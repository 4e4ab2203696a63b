"""What one event adds to a measure of behaviour: for counters that are kept as events arrive, and for history in SQL.

The window is the caller's: a contribution says whether and how much, the calendar says for how long.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import msgspec

from regulars.core.rules import forms, ratios
from regulars.core.rules.check_conditions import ConditionChecker
from regulars.core.rules.emit_python import PythonEmitter, define
from regulars.core.rules.emit_sql import SqlEmitter
from regulars.core.rules.errors import RulesRefused
from regulars.core.rules.fields import FieldCatalog
from regulars.core.rules.lower import Lowering
from regulars.core.rules.lower_values import ALWAYS
from regulars.core.rules.model import LocalTime, Measure
from regulars.core.rules.parse_conditions import parse_measure
from regulars.core.rules.reading import Notes

Observer = Callable[[Any, LocalTime], Any]


class CompiledMeasure:
    """A measure ready for both backends."""

    def __init__(self, measure: Measure, condition: forms.Form, value: forms.Form) -> None:
        self.measure = measure
        self._condition = condition
        self._value = value
        emitter = PythonEmitter({}, {})
        text = emitter.text(condition)
        body = [f"return {emitter.text(value)} if {text} else None"]
        self._evaluate = define("contribution", body, f"<measure of {measure.event}>", emitter.namespace)

    def contribution(self, e: Any, local: LocalTime) -> int | Decimal | str | None:
        """What the event adds: 1 for count and days_since, an amount in stored units (cents), a text for distinct.

        None when the event is of another type, does not meet the condition, or has no value.
        """
        if e.type != self.measure.event:
            return None
        result: int | Decimal | str | None = self._evaluate(e, e.order, (), local)
        return result

    def sql(self, prefix: str = "measure") -> tuple[str, str, dict[str, Any]]:
        """Condition (with the event type) and value as SQL over the jsonb columns `doc` and `local`; parameters."""
        emitter = SqlEmitter({}, None, prefix)
        event = f"doc->>'type' = {emitter.literal(self.measure.event)}"
        return f"({event} AND {emitter.text(self._condition)})", emitter.text(self._value), emitter.parameters


def compile_measure(measure: Measure, catalog: FieldCatalog) -> CompiledMeasure:
    """A measure as `Ruleset.measures` lists it. Raises RulesRefused when the catalogue lost a field that it needs."""
    condition, value = _lowered(measure, catalog)
    return CompiledMeasure(measure, condition, value or forms.Constant(1))


def compile_observer(measure: Measure, catalog: FieldCatalog) -> Observer:
    """What an event of the measure's type adds to it, as a function of the event and its local time.

    None when it does not count; 0 where events are only counted, so that a sum beside the count stays empty; else the
    stored number (minor units, smallest units) or, for distinct, the text. Raises RulesRefused as `compile_measure`.
    """
    condition, value = _lowered(measure, catalog)
    emitter = PythonEmitter({}, {})
    body = [f"return {emitter.text(value or forms.Constant(0))} if {emitter.text(condition)} else None"]
    function = define("observe", body, f"<observer of {measure.event}>", emitter.namespace)
    return lambda e, local: function(e, e.order, (), local)


def _lowered(measure: Measure, catalog: FieldCatalog) -> tuple[forms.Form, forms.Form | None]:
    """The condition and the value of a measure, no value where events are counted."""
    notes = Notes()
    document = {
        "event": measure.event,
        "aggregate": measure.aggregate,
        **({"field": measure.field} if measure.field else {}),
        **({"where": msgspec.json.decode(measure.where)} if measure.where else {}),
        **({"lines": msgspec.json.decode(measure.lines)} if measure.lines else {}),
    }
    result = notes.attempt(lambda: _forms(document, ConditionChecker(catalog, {}, notes), notes))
    if result is None or notes.diagnostics:
        raise RulesRefused(notes.diagnostics)
    return result


def _forms(
    document: dict[str, Any], checker: ConditionChecker, notes: Notes
) -> tuple[forms.Form, forms.Form | None]:
    lowering = Lowering()
    node = parse_measure(document, "measure", notes, 1)
    measured, group = checker.measured(node)
    where = ALWAYS if group is None else lowering.clause(group).form
    if measured is None:
        return where, None
    if node.aggregate == "distinct":
        return where, lowering.values.plain(measured)
    ratio = lowering.values.number(measured)
    return where, ratios.times(ratio.form, ratio.up)
