"""A rule's own tests: example events with what they are expected to give."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from regulars.core.rules.ast import ExampleNode
from regulars.core.rules.fields import FieldCatalog
from regulars.core.rules.model import ExampleResult, FactSpec, LocalTime
from regulars.core.rules.reading import decimal
from regulars.core.rules.ruleset import Ruleset, compile_ruleset

ReadEvent = Callable[[dict[str, Any]], tuple[Any, LocalTime]]
"""An example's event (plain form) → the event in normal form with its local time. Raises ValueError when malformed."""


def run_examples(document: Any, catalog: FieldCatalog, read_event: ReadEvent) -> list[ExampleResult]:
    """Run the tests of all rules against the whole document. Raises RulesRefused when it does not compile.

    A test's `facts` are keyed by field path (`member.tier`) and by `measure` (one value for all measures); `room`
    by the position of the rule's own limit. `points` are those of the test's own rule by point type, in major units.
    """
    ruleset = compile_ruleset(document, catalog, 0)
    return [
        _run(ruleset, catalog, index, example, read_event)
        for index, rule in enumerate(ruleset.rules)
        for example in rule.tests
    ]


def _run(
    ruleset: Ruleset, catalog: FieldCatalog, index: int, example: ExampleNode, read_event: ReadEvent
) -> ExampleResult:
    rule = ruleset.rules[index]
    problems: list[str] = []
    try:
        event, local = read_event(example.event)
    except ValueError as error:
        return ExampleResult(rule.code, example.name, False, (f"its event cannot be read: {error}",))
    facts = [_fact(spec, example.facts, catalog) for spec in ruleset.facts]
    unknown = set(example.facts) - {"measure"} - set(catalog.fields)
    problems += [f"there is no field `{name}`" for name in sorted(unknown)]
    decision = ruleset.decide(event, facts, _room(ruleset, index, example.room), local)
    fired = index in decision.fired
    if example.fired is not None and fired is not example.fired:
        problems.append(
            f"it {'fired' if fired else 'did not fire'}" + _why(ruleset, index, event, facts, local, fired)
        )
    problems += _points_problems(example, decision.awards, index, catalog)
    return ExampleResult(rule.code, example.name, not problems, tuple(problems))


def _fact(spec: FactSpec, given: dict[str, Any], catalog: FieldCatalog) -> Any:
    if spec.kind == "measure":
        return given.get("measure")
    for field in catalog.fields.values():
        if field.fact == spec and field.path in given:
            return given[field.path]
    return None


def _room(ruleset: Ruleset, index: int, given: dict[str, Any]) -> dict[int, int]:
    plan = next((plan for plan in ruleset.plans if plan.index == index), None)
    limits = () if plan is None else plan.limits
    return {limit.index: given[str(i)] for i, limit in enumerate(limits) if str(i) in given}


def _why(ruleset: Ruleset, index: int, event: Any, facts: list[Any], local: LocalTime, fired: bool) -> str:
    if fired:
        return ""
    reasons = [v.reason for v in ruleset.explain(event, facts, {}, local) if v.rule_index == index]
    return f": {reasons[0]}" if reasons else f": it does not listen to “{event.type}”"


def _points_problems(example: ExampleNode, awards: Any, index: int, catalog: FieldCatalog) -> list[str]:
    if example.points is None:
        return []
    given: dict[str, Decimal] = {}
    for award in awards:
        if award.rule_index == index:
            amount = Decimal(award.points).scaleb(-catalog.point_types[award.point_type])
            given[award.point_type] = given.get(award.point_type, Decimal(0)) + amount
    problems = []
    for point_type in sorted({*example.points, *given}):
        expected = decimal(example.points.get(point_type, 0))
        actual = given.get(point_type, Decimal(0))
        if expected is None or expected != actual:
            problems.append(
                f"expected {example.points.get(point_type, 0)} {point_type}, got {actual.normalize():f}"
            )
    return problems
