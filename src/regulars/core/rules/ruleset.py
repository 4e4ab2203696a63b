"""A compiled ruleset: one published version of all rules, indexed, decided by emitted Python.

A rule's function is emitted when its conditions are first looked at, so that ten thousand rules are ready at once
and only those that are ever candidates cost their compilation.
"""

from __future__ import annotations

from collections.abc import Sequence
from types import FunctionType
from typing import Any

from regulars.core.rules import forms
from regulars.core.rules.check import Checked, check_document
from regulars.core.rules.emit_python import PythonEmitter, define, define_shared
from regulars.core.rules.emit_sql import FactSql, SqlEmitter
from regulars.core.rules.errors import Diagnostic, RulesRefused
from regulars.core.rules.explain import Explainer
from regulars.core.rules.fields import FieldCatalog
from regulars.core.rules.finding import Finder
from regulars.core.rules.index import RuleIndex
from regulars.core.rules.lower import LoweredRule, lower_rule
from regulars.core.rules.model import (
    Award,
    Decision,
    FactSpec,
    LimitSpec,
    LocalTime,
    Measure,
    Room,
    RuleVerdict,
    TimerSpec,
    Why,
)
from regulars.core.rules.parse import parse_document
from regulars.core.rules.planning import Planner, rule_outs
from regulars.core.rules.plans import (
    Evaluate,
    Outs,
)
from regulars.core.rules.reading import Notes
from regulars.core.rules.reads import fact_specs, lookups
from regulars.core.rules.resolve import Fired, Resolver, Trace
from regulars.core.rules.sentence import Language, rule_sentence, words_in
from regulars.core.rules.tables import TableIndex
from regulars.core.rules.typed import TypedLimit
from regulars.core.rules.wording import Words

_POINT_SCALE_MAX = 6


def check_ruleset(document: Any, catalog: FieldCatalog) -> list[Diagnostic]:
    """Everything that is wrong with a document, empty when it can be published."""
    return _checked(document, catalog)[1]


def compile_ruleset(
    document: Any, catalog: FieldCatalog, version: int, *, published: bool = False
) -> Ruleset:
    """The document ready to decide. Raises RulesRefused with all diagnostics.

    `published` = it is in force already, and was checked by the rules of its time.
    """
    checked, diagnostics = _checked(document, catalog, published)
    if diagnostics or checked is None:
        raise RulesRefused(diagnostics)
    return Ruleset(checked, version, words_in("en", catalog.currency, catalog.currency_exponent))


def _checked(
    document: Any, catalog: FieldCatalog, published: bool = False
) -> tuple[Checked | None, list[Diagnostic]]:
    notes = Notes(published)
    parsed = parse_document(document, notes)
    checked = None if parsed is None else check_document(parsed, catalog, notes)
    return checked, notes.diagnostics


READABLE_RULES_MAX = 300
"""Up to here each rule's code is its own, with its constants in it, for people to read. Above, rules that differ only
in constants share code: with 10,000 rules a decision then takes 13 µs instead of 16."""

Shared = tuple[Any, ...]
"""A function that many rules share, and the constants of one rule."""
Step = Evaluate | Shared | Award
"""What to do with a candidate; an award when no condition is left and nothing has to be computed."""


def _never(e: Any, o: Any, f: Any, local: Any) -> Outs | None:  # noqa: ARG001
    """Stands where a rule does not listen to the event type; no candidate ever points there."""
    return None


class Ruleset:
    """One version of all rules. Immutable to its users; safe to share between threads.

    `rules` are in the order of the document (an award's `rule_index` points into them), `facts` say what the list
    given to
    `decide` has to hold, `limits` what `room` may hold, `measures` which counters to keep, `triggers` which event types
    matter at all, `timers` which synthetic events to make.
    """

    def __init__(self, checked: Checked, version: int, words: Words) -> None:
        self._words = words
        self.version = version
        self.lowered: tuple[LoweredRule, ...] = tuple(lower_rule(rule) for rule in checked.rules)
        self.rules = tuple(rule.typed for rule in self.lowered)
        self.groups = checked.groups
        self._collect()
        order = sorted(
            (i for i, rule in enumerate(self.lowered) if rule.typed.active),
            key=lambda i: (-self.lowered[i].typed.priority, i),
        )
        self._shared: dict[str, FunctionType] = {}
        self._alone: dict[int, FunctionType] = {}
        self._explained: dict[forms.Form, FunctionType] = {}
        self._order = order
        planner = Planner(self.lowered, self.groups, order)
        self.plans = planner.plans()
        self.limits: tuple[LimitSpec, ...] = tuple(planner.limits.values())
        self._resolver = Resolver(self.plans, self.groups)
        self._index()

    # --- what a caller does ---

    def decide(self, e: Any, f: Sequence[Any], room: Room, local: LocalTime) -> Decision:
        """What the rules say about an event.

        `f` holds one value per fact, `room` what is left of limits, `local` the local time
        of the event in the program's zone.
        """
        fired = self._fire(e, f, local)
        if not fired:
            return Decision([], [], [], [], [])
        return self._resolver.resolve(fired, room)

    def decide_traced(
        self, e: Any, f: Sequence[Any], room: Room, local: LocalTime
    ) -> tuple[Decision, dict[int, Why]]:
        """The same with, by rule index, why a rule whose conditions hold did not apply."""
        trace: Trace = {}
        decision = self._resolver.resolve(self._fire(e, f, local), room, trace)
        return decision, {self._order[rank]: reason for rank, reason in trace.items()}

    def explain(
        self, e: Any, f: Sequence[Any], room: Room, local: LocalTime, language: Language = "en"
    ) -> list[RuleVerdict]:
        """A verdict on every rule that listens to this type of event, in document order. Slow; for people."""
        decision, suppressed = self.decide_traced(e, f, room, local)
        fired = set(decision.fired)
        words = self._said_in(language)
        explainer = Explainer(self._fact_indexes, self._tables, words, (e, f, local), self._explained)
        return [
            explainer.verdict(rule, i in fired, self._named(i, suppressed.get(i), words))
            for i, rule in enumerate(self.lowered)
            if e.type in rule.typed.events
        ]

    def _named(self, index: int, why: Why | None, words: Words) -> Why | None:
        """The reason with its limit in words, where a limit is the reason."""
        if why is None or "limit" not in why.facts:
            return why
        limit = self.limits[why.facts["limit"]]
        said = words.limit(self._typed_limit(index, limit))
        if limit.per in {"campaign", "member_in_campaign"}:
            return Why("campaign_limit_reached", {"campaign": limit.owner, "limit": said})
        return Why("limit_reached", {"limit": said})

    def _typed_limit(self, index: int, limit: LimitSpec) -> TypedLimit:
        names = ("owner", "measure", "max", "per", "period", "point_type")
        wanted = tuple(getattr(limit, name) for name in names)
        return next(
            one for one in self.rules[index].limits if tuple(getattr(one, name) for name in names) == wanted
        )

    def limit_sentence(self, index: int, limit: int, language: Language = "en") -> str:
        """One of the limits of a rule, or of its campaign, in plain words."""
        return self._said_in(language).limit(self._typed_limit(index, self.limits[limit]))

    def _said_in(self, language: Language) -> Words:
        return words_in(language, self._words.currency, self._words.exponent)

    def sentence(self, index: int, language: Language = "en") -> str:
        """One rule in plain words."""
        return rule_sentence(self.rules[index], self._said_in(language))

    def limits_of(self, e: Any, f: Sequence[Any], local: LocalTime) -> set[int]:
        """The limits of all rules whose conditions hold: what `room` has to say before `decide` is exact."""
        return {limit.index for rank, _ in self._fire(e, f, local) for limit in self.plans[rank].limits}

    def facts_for(self, event_type: str) -> tuple[int, ...]:
        """Indexes of the facts that rules on this event type read; the others may be None."""
        return self._facts_by_event.get(event_type, ())

    def facts_of(self, index: int) -> tuple[int, ...]:
        """Indexes of the facts that one rule reads."""
        specs = dict.fromkeys(fact_specs(rule_forms(self.lowered[index])))
        return tuple(self._fact_indexes[spec] for spec in specs)

    def evaluate(self, index: int, e: Any, f: Sequence[Any], local: LocalTime) -> Any:
        """One rule on its own, active or not: its values when its conditions hold, else None. Slow; not indexed."""
        if index not in self._alone:
            rule = self.lowered[index]
            emitter = PythonEmitter(self._fact_indexes, self._tables)
            outs = "(" + "".join(f"{emitter.text(form)}, " for form in rule_outs(rule)) + ")"
            body = [f"if {emitter.text(rule.condition)}:", f"    return {outs}", "return None"]
            filename = f"<rule {rule.typed.code}@{self.version} alone>"
            self._alone[index] = define("rule", body, filename, emitter.namespace)
        return self._alone[index](e, e.order, f, local)

    def rule_sql(
        self, index: int, fact_sql: FactSql | None = None, prefix: str = "rule"
    ) -> tuple[str, list[str], dict[str, Any]]:
        """One rule in SQL: its condition, the points of its awards before limits (multipliers as 0), the parameters.

        The texts read the jsonb columns `doc`, `facts` (in the order of `Ruleset.facts`) and `local`.
        """
        emitter = SqlEmitter(self._fact_indexes, fact_sql, prefix)
        rule = self.lowered[index]
        awards = [emitter.text(award.value or forms.Constant(0)) for award in rule.awards]
        return emitter.text(rule.condition), awards, emitter.parameters

    # --- the hot path ---

    def _fire(self, e: Any, f: Sequence[Any], local: LocalTime) -> Fired:
        listening = self._by_event.get(e.type)
        if listening is None:
            return []
        finder, evaluate = listening
        o = e.order
        fired: Fired = []
        for rank in finder.find(e, o, f, local):
            step: Any = evaluate[rank]
            kind = step.__class__
            if kind is Award:
                fired.append((rank, step))
            elif kind is tuple:
                outs = step[0](e, o, f, local, step)
                if outs is not None:
                    fired.append((rank, outs))
            else:
                outs = step(e, o, f, local)
                if outs is not None:
                    fired.append((rank, outs))
        fired.sort()
        return fired

    def _stub(self, evaluate: list[Step], rank: int, condition: forms.Form) -> Evaluate:
        """Emits the rule when it is first a candidate, and takes itself out of the way."""

        def first_call(e: Any, o: Any, f: Any, local: Any) -> Outs | None:
            rule = self.lowered[self._order[rank]]
            step = evaluate[rank] = self._emit(rule, condition, self.plans[rank].always)
            return step[0](e, o, f, local, step) if isinstance(step, tuple) else step(e, o, f, local)

        return first_call

    def _emit(self, rule: LoweredRule, condition: forms.Form, always: Award | None) -> Evaluate | Shared:
        sharing = len(self._order) > READABLE_RULES_MAX
        emitter = PythonEmitter(self._fact_indexes, self._tables, sharing)
        outs = "(" + "".join(f"{emitter.text(form)}, " for form in rule_outs(rule)) + ")"
        result = outs if always is None else emitter.named(always)
        body = [f"if {emitter.text(condition)}:", f"    return {result}", "return None"]
        filename = f"<rule {rule.typed.code}@{self.version}>"
        if sharing:
            return define_shared(body, emitter, filename, self._shared)
        return define("rule", body, filename, emitter.namespace)

    # --- preparation ---

    def _collect(self) -> None:
        everything = [form for rule in self.lowered for form in rule_forms(rule)]
        by_rule = [list(fact_specs(rule_forms(rule))) for rule in self.lowered]
        self.facts: tuple[FactSpec, ...] = tuple(dict.fromkeys(fact for facts in by_rule for fact in facts))
        self._fact_indexes = {fact: i for i, fact in enumerate(self.facts)}
        self.measures: tuple[Measure, ...] = tuple(f.measure for f in self.facts if f.measure is not None)
        self._tables = {look.table: TableIndex(look.rows, look.default) for look in lookups(everything)}
        self.timers: tuple[TimerSpec, ...] = tuple(
            dict.fromkeys(timer for rule in self.lowered if rule.typed.active for timer in rule.typed.timers)
        )
        by_event: dict[str, dict[int, None]] = {}
        for rule, facts in zip(self.lowered, by_rule, strict=True):
            for event in rule.typed.events if rule.typed.active else ():
                by_event.setdefault(event, {}).update(
                    dict.fromkeys(self._fact_indexes[fact] for fact in facts)
                )
        self._facts_by_event = {event: tuple(indexes) for event, indexes in by_event.items()}
        self.triggers = frozenset(by_event)

    def _index(self) -> None:
        by_event: dict[str, dict[int, forms.Form]] = {}
        for rank, index in enumerate(self._order):
            rule = self.lowered[index]
            for event in rule.typed.events:
                by_event.setdefault(event, {})[rank] = rule.condition
        self._by_event: dict[str, tuple[Finder, list[Step]]] = {}
        for event, conditions in by_event.items():
            filed = RuleIndex(conditions, self._fact_indexes, f"{event}@{self.version}")
            evaluate: list[Step] = [_never] * len(self._order)
            for rank, rest in filed.rest.items():
                evaluate[rank] = self._step(evaluate, rank, rest)
            self._by_event[event] = filed.finder, evaluate

    def _step(self, evaluate: list[Step], rank: int, rest: forms.Form) -> Step:
        """What to do with a candidate: nothing where nothing is left to test or to compute."""
        always = self.plans[rank].always
        if always is not None and rest == forms.Truth(True):
            return always
        return self._stub(evaluate, rank, rest)


def rule_forms(rule: LoweredRule) -> list[forms.Form]:
    """Everything a rule evaluates."""
    values = [award.value for award in rule.awards] + [effect.computed for effect in rule.effects]
    return [rule.condition, *[value for value in values if value is not None]]
