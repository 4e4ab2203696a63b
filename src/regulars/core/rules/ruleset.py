"""A compiled ruleset: one published version of all rules, indexed, decided by emitted Python.

A rule's function is emitted when its conditions are first looked at, so that ten thousand rules are ready at once
and only those that are ever candidates cost their compilation.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any

from regulars.core.rules import forms, runtime
from regulars.core.rules.check import Checked, check_document
from regulars.core.rules.cycles import levels
from regulars.core.rules.emit_python import PythonEmitter, define
from regulars.core.rules.emit_sql import FactSql, SqlEmitter
from regulars.core.rules.errors import Diagnostic, RulesRefused
from regulars.core.rules.explain import Explainer
from regulars.core.rules.fields import FieldCatalog
from regulars.core.rules.index import Candidates, RuleIndex
from regulars.core.rules.lower import LoweredAward, LoweredRule, lower_rule
from regulars.core.rules.model import (
    Decision,
    FactSpec,
    LimitSpec,
    LocalTime,
    Measure,
    Room,
    RuleVerdict,
    TimerSpec,
)
from regulars.core.rules.parse import parse_document
from regulars.core.rules.plans import (
    Evaluate,
    Plan,
    PlannedAward,
    PlannedEffect,
    PlannedGroup,
    PlannedLimit,
)
from regulars.core.rules.reading import Notes
from regulars.core.rules.reads import fact_specs, lookups
from regulars.core.rules.resolve import Fired, Resolver, Trace
from regulars.core.rules.sentence import Words, rule_sentence
from regulars.core.rules.tables import TableIndex

_POINT_SCALE_MAX = 6


def check_ruleset(document: Any, catalog: FieldCatalog) -> list[Diagnostic]:
    """Everything that is wrong with a document, empty when it can be published."""
    return _checked(document, catalog)[1]


def compile_ruleset(document: Any, catalog: FieldCatalog, version: int) -> Ruleset:
    """The document ready to decide. Raises RulesRefused with all diagnostics."""
    checked, diagnostics = _checked(document, catalog)
    if diagnostics or checked is None:
        raise RulesRefused(diagnostics)
    return Ruleset(checked, version, Words(catalog.currency, catalog.currency_exponent))


def _checked(document: Any, catalog: FieldCatalog) -> tuple[Checked | None, list[Diagnostic]]:
    notes = Notes()
    parsed = parse_document(document, notes)
    checked = None if parsed is None else check_document(parsed, catalog, notes)
    return checked, notes.diagnostics


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
        self.groups = checked.groups
        self._collect()
        order = sorted(
            (i for i, rule in enumerate(self.lowered) if rule.typed.active),
            key=lambda i: (-self.lowered[i].typed.priority, i),
        )
        self._order = order
        self._ranks = {index: rank for rank, index in enumerate(order)}
        self._plan()
        self._evaluate: list[Evaluate] = [self._stub(rank) for rank in range(len(order))]
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
    ) -> tuple[Decision, dict[int, str]]:
        """The same with, by rule index, why a rule whose conditions hold did not apply."""
        trace: Trace = {}
        decision = self._resolver.resolve(self._fire(e, f, local), room, trace)
        return decision, {self._order[rank]: reason for rank, reason in trace.items()}

    def explain(self, e: Any, f: Sequence[Any], room: Room, local: LocalTime) -> list[RuleVerdict]:
        """A verdict on every rule that listens to this type of event, in document order. Slow; for people."""
        decision, suppressed = self.decide_traced(e, f, room, local)
        fired = set(decision.fired)
        explainer = Explainer(self._fact_indexes, self._tables, self._words, (e, f, local))
        return [
            explainer.verdict(rule, i in fired, suppressed.get(i))
            for i, rule in enumerate(self.lowered)
            if e.type in rule.typed.events
        ]

    def sentence(self, index: int) -> str:
        """One rule in plain English."""
        return rule_sentence(self.rules[index], self._words)

    def limits_of(self, e: Any, f: Sequence[Any], local: LocalTime) -> set[int]:
        """The limits of all rules whose conditions hold: what `room` has to say before `decide` is exact."""
        return {limit.index for rank, _ in self._fire(e, f, local) for limit in self.plans[rank].limits}

    def facts_for(self, event_type: str) -> tuple[int, ...]:
        """Indexes of the facts that rules on this event type read; the others may be None."""
        return self._facts_by_event.get(event_type, ())

    def evaluate(self, index: int, e: Any, f: Sequence[Any], local: LocalTime) -> tuple[Any, ...] | None:
        """One rule on its own, active or not: its values when its conditions hold, else None. Slow; not indexed."""
        if index not in self._ranks:
            return self._emit(self.lowered[index])(e, e.order, f, local)
        return self._evaluate[self._ranks[index]](e, e.order, f, local)

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
        candidates = self._candidates.get(e.type)
        if candidates is None:
            return []
        o = e.order
        evaluate = self._evaluate
        fired: Fired = []
        for rank in candidates(e, o, f, local):
            outs = evaluate[rank](e, o, f, local)
            if outs is not None:
                fired.append((rank, outs))
        fired.sort()
        return fired

    def _stub(self, rank: int) -> Evaluate:
        def first_call(e: Any, o: Any, f: Any, local: Any) -> tuple[Any, ...] | None:
            self._evaluate[rank] = evaluate = self._emit(self.lowered[self._order[rank]])
            return evaluate(e, o, f, local)

        return first_call

    def _emit(self, rule: LoweredRule) -> Evaluate:
        emitter = PythonEmitter(self._fact_indexes, self._tables)
        condition = emitter.text(rule.condition)
        values = [emitter.text(form) for form in self._outs(rule)]
        result = "(" + "".join(f"{value}, " for value in values) + ")"
        body = [f"if {condition}:", f"    return {result}", "return None"]
        return define("rule", body, f"<rule {rule.typed.code}@{self.version}>", emitter.namespace)

    def _outs(self, rule: LoweredRule) -> list[forms.Form]:
        """What the rule's function returns: award values, then bases of money limits, then computed effects."""
        values = [forms.Constant(0) if award.value is None else award.value for award in rule.awards]
        values += [award.base for award in self._based(rule) if award.base is not None]
        return values + [effect.computed for effect in rule.effects if effect.computed is not None]

    def _based(self, rule: LoweredRule) -> list[LoweredAward]:
        money = any(limit.measure == "money" for limit in rule.typed.limits)
        return [award for award in rule.awards if money and award.base is not None]

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

    def _plan(self) -> None:
        limits: dict[LimitSpec, LimitSpec] = {}
        groups = {group.code: i for i, group in enumerate(self.groups)}
        level = self._levels()
        plans: list[Plan] = []
        for index in self._order:
            rule = self.lowered[index]
            planned = tuple(self._limit(rule, i, limits) for i in range(len(rule.typed.limits)))
            plans.append(self._planned(index, rule, groups[rule.typed.group], level[index], planned))
        self.plans = tuple(plans)
        self.rules = tuple(rule.typed for rule in self.lowered)
        self.limits = tuple(limits.values())
        modes = [PlannedGroup(group.code, group.mode, group.exclusive) for group in self.groups]
        self._resolver = Resolver(self.plans, modes)

    def _levels(self) -> Mapping[int, int]:
        """How many multipliers deep a rule stands; the rules of a best or first group stand together."""
        modes = {group.code: group.mode for group in self.groups}
        codes: dict[str, int] = {}
        node = {
            i: i
            if modes[rule.typed.group] == "stack"
            else -1 - codes.setdefault(rule.typed.group, len(codes))
            for i, rule in enumerate(self.lowered)
        }
        edges: dict[int, set[int]] = {}
        for i, rule in enumerate(self.lowered):
            for award in rule.awards:
                edges.setdefault(node[i], set()).update(node[target] for target in award.typed.targets)
        found = levels(set(node.values()), edges)
        return {i: found[node[i]] for i in node}

    def _limit(self, rule: LoweredRule, i: int, limits: dict[LimitSpec, LimitSpec]) -> PlannedLimit:
        typed = rule.typed.limits[i]
        key = LimitSpec(-1, typed.owner, typed.measure, typed.max, typed.per, typed.period, typed.point_type)
        if key not in limits:
            limits[key] = LimitSpec(
                len(limits), typed.owner, typed.measure, typed.max, typed.per, typed.period, typed.point_type
            )
        full = typed.max if typed.period == "order" else None
        return PlannedLimit(limits[key].index, typed.measure, typed.point_type, full)

    def _planned(
        self, index: int, rule: LoweredRule, group: int, level: int, limits: tuple[PlannedLimit, ...]
    ) -> Plan:
        typed = rule.typed
        based = self._based(rule)
        awards = tuple(
            self._award(award, slot, based, len(rule.awards)) for slot, award in enumerate(rule.awards)
        )
        slot = len(rule.awards) + len(based)
        effects: list[PlannedEffect] = []
        for effect in rule.effects:
            effects.append(
                PlannedEffect(
                    effect.typed.name, effect.typed.arguments, -1 if effect.computed is None else slot
                )
            )
            slot += effect.computed is not None
        return Plan(
            index, typed.code, typed.name, typed.path, typed.campaign, group, level, awards, tuple(effects), limits,
            typed.funding, any(limit.measure == "count" for limit in limits),
        )  # fmt: skip

    def _award(self, award: LoweredAward, slot: int, based: list[LoweredAward], first: int) -> PlannedAward:
        typed = award.typed
        unit = 10 ** (_POINT_SCALE_MAX - typed.scale)
        if typed.kind == "multiply":
            assert typed.by is not None
            targets = tuple(self._ranks[target] for target in typed.targets if target in self._ranks)
            extra = Fraction(typed.by) - 1
            return PlannedAward(
                typed.point_type, slot, typed.pending_days, False, unit, targets, extra.as_integer_ratio(),
                DIVIDES[typed.rounding],
            )  # fmt: skip
        if award not in based:
            return PlannedAward(typed.point_type, slot, typed.pending_days, typed.deduct, unit)
        return PlannedAward(
            typed.point_type, slot, typed.pending_days, typed.deduct, unit,
            base_slot=first + based.index(award), from_base=self._from_base(award),
        )  # fmt: skip

    def _from_base(self, award: LoweredAward) -> Evaluate:
        assert award.from_base is not None
        emitter = PythonEmitter({}, {})
        return define(
            "points", [f"return ({emitter.text(award.from_base)},)"], "<points of base>", emitter.namespace
        )

    def _index(self) -> None:
        by_event: dict[str, dict[int, forms.Form]] = {}
        for rank, index in enumerate(self._order):
            rule = self.lowered[index]
            for event in rule.typed.events:
                by_event.setdefault(event, {})[rank] = rule.condition
        self._candidates: dict[str, Candidates] = {
            event: RuleIndex(conditions, self._fact_indexes, f"{event}@{self.version}").candidates
            for event, conditions in by_event.items()
        }


def rule_forms(rule: LoweredRule) -> list[forms.Form]:
    """Everything a rule evaluates."""
    values = [award.value for award in rule.awards] + [effect.computed for effect in rule.effects]
    return [rule.condition, *[value for value in values if value is not None]]


def ceil_divide(left: int, right: int) -> int:
    """left ÷ right towards +∞."""
    return -(-left // right)


DIVIDES: dict[str, Callable[[int, int], int | None]] = {
    "floor": runtime.floor_divide,
    "ceil": ceil_divide,
    "half_up": runtime.half_up_divide,
    "half_even": runtime.half_even_divide,
}
