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
    notes = Notes()
    document = {
        "event": measure.event,
        "aggregate": measure.aggregate,
        **({"field": measure.field} if measure.field else {}),
        **({"where": msgspec.json.decode(measure.where)} if measure.where else {}),
        **({"lines": msgspec.json.decode(measure.lines)} if measure.lines else {}),
    }
    checker = ConditionChecker(catalog, {}, notes)
    lowering = Lowering()

    def compiled() -> CompiledMeasure:
        node = parse_measure(document, "measure", notes, 1)
        measured = checker.measured(node)
        where = ALWAYS if node.where is None else lowering.clause(checker.group(node.where)).form
        value: forms.Form = forms.Constant(1)
        if measured is not None and measure.aggregate == "distinct":
            value = lowering.values.plain(measured)
        elif measured is not None:
            ratio = lowering.values.number(measured)
            value = ratios.times(ratio.form, ratio.up)
        return CompiledMeasure(measure, where, value)

    result = notes.attempt(compiled)
    if result is None or notes.diagnostics:
        raise RulesRefused(notes.diagnostics)
    return result


def compile_observer(
    measure: Measure, catalog: FieldCatalog
) -> Callable[[Any, LocalTime], int | Decimal | str | None]:
    """What one event adds to a measure, as a function of the event and its local time; see `contribution`."""
    return compile_measure(measure, catalog).contribution
