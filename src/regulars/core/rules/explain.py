"""Why each rule did or did not apply to an event. Evaluates the very forms that `decide` evaluates, one at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from types import FunctionType
from typing import Any

from regulars.core.rules import forms, ratios
from regulars.core.rules.emit_python import PythonEmitter, define
from regulars.core.rules.lower import Clause, LoweredRule, Lowering
from regulars.core.rules.model import FactSpec, Kind, LocalTime, RuleVerdict
from regulars.core.rules.tables import TableIndex
from regulars.core.rules.typed import NUMERIC, TypedGroup, TypedLineMatch, TypedTest
from regulars.core.rules.wording import Words

Failure = tuple[str, str, Decimal | None]
"""Path of the condition, reason, distance."""


class Explainer:
    """Explains one event; forms are emitted when they are asked for."""

    def __init__(
        self,
        facts: Mapping[FactSpec, int],
        tables: Mapping[str, TableIndex],
        words: Words,
        event: tuple[Any, Sequence[Any], LocalTime],
        known: dict[forms.Form, FunctionType],
    ) -> None:
        """`known` keeps what was emitted for forms of this ruleset, from one explanation to the next."""
        self._facts = facts
        self._tables = tables
        self._words = words
        self._e, self._f, self._local = event
        self._known = known

    def verdict(self, rule: LoweredRule, fired: bool, suppressed: str | None) -> RuleVerdict:
        """The verdict on one rule; `suppressed` says why it lost although its conditions hold."""
        typed = rule.typed
        if fired:
            return RuleVerdict(typed.code, typed.index, True, reason="the rule applied")
        if not typed.active:
            return RuleVerdict(typed.code, typed.index, False, f"{typed.path}.status", "the rule is paused")
        if suppressed is not None:
            return RuleVerdict(typed.code, typed.index, False, typed.path, suppressed)
        for clause in rule.clauses:
            if not self.value(clause.form):
                path, reason, distance = self._failure(clause)
                return RuleVerdict(typed.code, typed.index, False, path, reason, distance)
        raise AssertionError(f"rule {typed.code} did not fire, though all of its conditions hold")

    def value(self, form: forms.Form) -> Any:
        """What a form yields for the event."""
        function = self._known.get(form)
        if function is None:
            emitter = PythonEmitter(self._facts, self._tables)
            body = [f"return {emitter.text(form)}"]
            function = self._known[form] = define("explained", body, "<explained form>", emitter.namespace)
        return function(self._e, self._e.order, self._f, self._local)

    def _failure(self, clause: Clause) -> Failure:
        source = clause.source
        if isinstance(source, TypedGroup) and not source.negated and clause.parts:
            failures = [self._failure(part) for part in clause.parts if not self.value(part.form)]
            if source.every or len(failures) == 1:
                return failures[0]
            nearest = min(failures, key=lambda failure: (failure[2] is None, failure[2] or 0))
            return source.path, f"none of these holds: {'; '.join(f[1] for f in failures)}", nearest[2]
        if isinstance(source, TypedLineMatch):
            return self._lines(source)
        if isinstance(source, TypedTest):
            return self._test(source)
        return source.path, f"it does not hold that {self._words.condition(source)}", None

    def _lines(self, match: TypedLineMatch) -> Failure:
        wanted = self._words.condition(match)
        count = self.value(forms.LineCount(Lowering().clause(match.where).form))
        if count is None:
            return match.path, f"{wanted}: the event has no order", None
        least = 1 if match.mode == "some" else match.threshold if match.mode in {"atLeast", "exactly"} else 0
        distance = Decimal(least - count) if least > count else None
        return match.path, f"{wanted}: {count} of the lines do", distance

    def _test(self, test: TypedTest) -> Failure:
        wanted = self._words.condition(test)
        if test.subject.kind not in NUMERIC:
            actual = self.value(Lowering().values.plain(test.subject))
            return test.path, f"{wanted}: it is {self._shown(actual, test.subject.kind)}", None
        ratio = ratios.material(Lowering().values.number(test.subject))
        stored = self.value(ratio.top())
        if stored is None:
            return test.path, f"{wanted}: it is not known", None
        actual = Decimal(stored) / ratio.down
        reason = f"{wanted}: it is {self._words.value(actual, test.subject.kind)}"
        distance = _distance(test, actual)
        if distance is None:
            return test.path, reason, None
        amount = self._words.value(abs(distance), test.subject.kind)
        return test.path, f"{reason}, {amount} too {'little' if distance > 0 else 'much'}", abs(distance)

    def _shown(self, value: Any, kind: Kind) -> str:
        if value is None:
            return "not known"
        if isinstance(value, list | tuple | set | frozenset):
            return ", ".join(f"“{item}”" for item in value) or "empty"
        return self._words.value(value, kind)


def _distance(test: TypedTest, actual: Decimal) -> Decimal | None:
    """How far the value is from holding: positive when it is too small, negative when it is too large."""
    if not test.values or test.operator in {"!=", "in", "notIn", "notBetween", "null", "notNull"}:
        return None
    low, high = test.values[0], test.values[-1]
    assert isinstance(low, Decimal)
    assert isinstance(high, Decimal)
    if test.operator in {"<", "<="}:
        return high - actual
    return low - actual if actual < low or test.operator in {">", ">="} else high - actual
