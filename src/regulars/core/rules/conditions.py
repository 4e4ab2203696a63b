"""A condition on its own: for segments, measures and back-tests, with the same meaning as inside a rule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from regulars.core.rules.ast import CollectionNode
from regulars.core.rules.check import RULE_COST_MAX
from regulars.core.rules.check_conditions import ConditionChecker
from regulars.core.rules.emit_python import PythonEmitter, define
from regulars.core.rules.emit_sql import FactSql, SqlEmitter
from regulars.core.rules.errors import RulesRefused
from regulars.core.rules.fields import FieldCatalog
from regulars.core.rules.lower import Clause, Lowering
from regulars.core.rules.model import FactSpec
from regulars.core.rules.parse_conditions import parse_group
from regulars.core.rules.reading import Notes
from regulars.core.rules.reads import fact_specs


class CompiledCondition:
    """A group of conditions, ready for both backends. `facts` say what the list of facts has to hold."""

    def __init__(self, clause: Clause, name: str) -> None:
        self.clause = clause
        self.facts: tuple[FactSpec, ...] = tuple(dict.fromkeys(fact_specs([clause.form])))
        self._indexes = {fact: i for i, fact in enumerate(self.facts)}
        emitter = PythonEmitter(self._indexes, {})
        body = [f"return {emitter.text(clause.form)}"]
        self._evaluate = define("condition", body, f"<condition {name}>", emitter.namespace)

    def holds(self, e: Any, f: Sequence[Any], local: Any) -> bool:
        """Whether an event with these facts meets the condition; a member condition may pass None as event."""
        return bool(self._evaluate(e, None if e is None else e.order, f, local))

    def sql(self, fact_sql: FactSql | None = None, prefix: str = "rule") -> tuple[str, dict[str, Any]]:
        """The condition as an SQL expression and its parameters.

        It reads the jsonb columns `doc`, `facts`, `local`; `fact_sql` may name other expressions (jsonb) for facts.
        Their text is put into the statement as it is, so a percent sign in it is written twice.
        """
        emitter = SqlEmitter(self._indexes, fact_sql, prefix)
        return emitter.text(self.clause.form), emitter.parameters


def compile_condition(
    group: Any,
    catalog: FieldCatalog,
    collections: Mapping[str, Sequence[Any]] | None = None,
    name: str = "group",
) -> CompiledCondition:
    """A rule group as the query builder writes it. Raises RulesRefused with paths that begin at `when`."""
    notes = Notes()
    nodes = {
        code: CollectionNode(f"collections.{code}", code, tuple(values))
        for code, values in (collections or {}).items()
    }
    checker = ConditionChecker(catalog, nodes, notes)
    typed = notes.attempt(lambda: checker.group(parse_group(group, "when", notes)))
    if checker.cost > RULE_COST_MAX:
        notes.add("when", "too_costly", f"This condition costs {checker.cost:,}; at most {RULE_COST_MAX:,}.")
    if typed is None or notes.diagnostics:
        raise RulesRefused(notes.diagnostics)
    return CompiledCondition(Lowering().clause(typed), name)
