"""Why each rule did or did not apply to an event. Evaluates the very forms that `decide` evaluates, one at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from types import FunctionType
from typing import Any

from regulars.core.rules import forms, ratios
from regulars.core.rules.emit_python import PythonEmitter, define
from regulars.core.rules.lower import Clause, LoweredRule, Lowering
from regulars.core.rules.model import FactSpec, Kind, LocalTime, RuleVerdict, Why
from regulars.core.rules.tables import TableIndex
from regulars.core.rules.typed import NUMERIC, TypedGroup, TypedLineMatch, TypedRule, TypedTest
from regulars.core.rules.wording import Words

Failure = tuple[str, Why, Decimal | None]
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

    def verdict(self, rule: LoweredRule, fired: bool, suppressed: Why | None) -> RuleVerdict:
        """The verdict on one rule; `suppressed` says why it lost although its conditions hold."""
        typed = rule.typed
        if fired:
            return self._verdict(typed, "", Why("applied"), fired=True)
        if not typed.active:
            return self._verdict(typed, f"{typed.path}.status", Why("paused"))
        if suppressed is not None:
            return self._verdict(typed, typed.path, suppressed)
        for clause in rule.clauses:
            if not self.value(clause.form):
                return self._verdict(typed, *self._failure(clause))
        raise AssertionError(f"rule {typed.code} did not fire, though all of its conditions hold")

    def _verdict(
        self, typed: TypedRule, path: str, why: Why, distance: Decimal | None = None, *, fired: bool = False
    ) -> RuleVerdict:
        reason = self._words.why(why)
        return RuleVerdict(typed.code, typed.index, fired, path, reason, distance, why.code, why.facts)

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
            reasons = [self._words.why(failure[1]) for failure in failures]
            return source.path, Why("none_of", {"reasons": "; ".join(reasons)}), nearest[2]
        if isinstance(source, TypedLineMatch):
            return self._lines(source)
        if isinstance(source, TypedTest):
            return self._test(source)
        return source.path, Why("not_held", {"wanted": self._words.condition(source)}), None

    def _lines(self, match: TypedLineMatch) -> Failure:
        wanted = self._words.condition(match)
        count = self.value(forms.LineCount(Lowering().clause(match.where).form))
        if count is None:
            return match.path, Why("no_order", {"wanted": wanted}), None
        least = 1 if match.mode == "some" else match.threshold if match.mode in {"atLeast", "exactly"} else 0
        distance = Decimal(least - count) if least > count else None
        return match.path, Why("lines", {"wanted": wanted, "count": count}), distance

    def _test(self, test: TypedTest) -> Failure:
        wanted, kind = self._words.condition(test), test.subject.kind
        if kind not in NUMERIC:
            actual = self.value(Lowering().values.plain(test.subject))
            return test.path, self._is(wanted, self._shown(actual, kind), known=actual is not None), None
        ratio = ratios.material(Lowering().values.number(test.subject))
        stored = self.value(ratio.top())
        if stored is None:
            return test.path, self._is(wanted, "", known=False), None
        actual = Decimal(stored) / ratio.down
        distance = _distance(test, actual)
        if distance is None:
            return test.path, self._is(wanted, self._words.value(actual, kind), known=True), None
        facts = {
            "wanted": wanted,
            "actual": self._words.value(actual, kind),
            "missing": self._words.value(abs(distance), kind),
        }
        return test.path, Why("too_little" if distance > 0 else "too_much", facts), abs(distance)

    def _is(self, wanted: str, actual: str, *, known: bool) -> Why:
        return (
            Why("other", {"wanted": wanted, "actual": actual})
            if known
            else Why("unknown", {"wanted": wanted})
        )

    def _shown(self, value: Any, kind: Kind) -> str:
        if value is None:
            return self._words.missing
        if isinstance(value, list | tuple | set | frozenset):
            return ", ".join(f"“{item}”" for item in value) or self._words.empty
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
