"""From lowered rules to the plans that the resolver works with: ranks, levels of multipliers, limits, slots."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import cast

from regulars.core.rules import forms, runtime
from regulars.core.rules.ast import GroupNode
from regulars.core.rules.cycles import levels
from regulars.core.rules.emit_python import PythonEmitter, define
from regulars.core.rules.lower import LoweredAward, LoweredRule
from regulars.core.rules.model import Award, LimitSpec
from regulars.core.rules.plans import Plan, PlannedAward, PlannedEffect, PlannedLimit
from regulars.core.rules.typed import TypedAward

_POINT_SCALE_MAX = 6


class Planner:
    """Plans the rules of one ruleset; `order` lists the indexes of active rules by rank."""

    def __init__(
        self, lowered: Sequence[LoweredRule], groups: Sequence[GroupNode], order: Sequence[int]
    ) -> None:
        self.limits: dict[LimitSpec, LimitSpec] = {}
        self._lowered = lowered
        self._groups = groups
        self._order = order
        self._ranks = {index: rank for rank, index in enumerate(order)}

    def plans(self) -> tuple[Plan, ...]:
        """One plan per rank; fills `limits`."""
        groups = {group.code: i for i, group in enumerate(self._groups)}
        level = self._levels()
        plans: list[Plan] = []
        for index in self._order:
            rule = self._lowered[index]
            limits = tuple(self._limit(rule, i) for i in range(len(rule.typed.limits)))
            plans.append(self._planned(index, rule, groups[rule.typed.group], level[index], limits))
        return tuple(plans)

    def _levels(self) -> Mapping[int, int]:
        """How many multipliers deep a rule stands; the rules of a best or first group stand together."""
        modes = {group.code: group.mode for group in self._groups}
        codes: dict[str, int] = {}
        node = {
            i: i
            if modes[rule.typed.group] == "stack"
            else -1 - codes.setdefault(rule.typed.group, len(codes))
            for i, rule in enumerate(self._lowered)
        }
        edges: dict[int, set[int]] = {}
        for i, rule in enumerate(self._lowered):
            for award in rule.awards:
                edges.setdefault(node[i], set()).update(node[target] for target in award.typed.targets)
        found = levels(set(node.values()), edges)
        return {i: found[node[i]] for i in node}

    def _limit(self, rule: LoweredRule, i: int) -> PlannedLimit:
        typed = rule.typed.limits[i]
        key = LimitSpec(-1, typed.owner, typed.measure, typed.max, typed.per, typed.period, typed.point_type)
        limits = self.limits
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
        based = based_awards(rule)
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
            typed.funding, any(limit.measure == "count" for limit in limits), always(index, rule),
        )  # fmt: skip

    def _award(self, award: LoweredAward, slot: int, based: list[LoweredAward], first: int) -> PlannedAward:
        typed = award.typed
        unit = 10 ** (_POINT_SCALE_MAX - typed.scale)
        if typed.kind == "multiply":
            assert typed.by is not None
            targets = self._targets(typed)
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

    def _targets(self, multiplier: TypedAward) -> tuple[tuple[int, tuple[int, ...]], ...]:
        found = []
        for target in multiplier.targets:
            awards = self._lowered[target].typed.awards
            same = [a.point_type == multiplier.point_type and not a.deduct for a in awards]
            if target in self._ranks and any(same):
                found.append((self._ranks[target], tuple(i for i, is_same in enumerate(same) if is_same)))
        return tuple(found)

    def _from_base(self, award: LoweredAward) -> Callable[[int], int | None]:
        assert award.from_base is not None
        emitter = PythonEmitter({}, {})
        function = define(
            "points", [f"return {emitter.text(award.from_base)}"], "<points of base>", emitter.namespace
        )
        return lambda base: cast("int | None", function(None, None, (base,), None))


def rule_outs(rule: LoweredRule) -> list[forms.Form]:
    """What the rule's function returns: award values, then bases of money limits, then computed effects."""
    values = [forms.Constant(0) if award.value is None else award.value for award in rule.awards]
    values += [award.base for award in based_awards(rule) if award.base is not None]
    return values + [effect.computed for effect in rule.effects if effect.computed is not None]


def based_awards(rule: LoweredRule) -> list[LoweredAward]:
    """The awards whose amount of money a limit may cut."""
    money = any(limit.measure == "money" for limit in rule.typed.limits)
    return [award for award in rule.awards if money and award.base is not None]


def always(index: int, rule: LoweredRule) -> Award | None:
    """What a rule gives that has one fixed award and neither limits nor other effects."""
    if len(rule.awards) != 1 or rule.effects or rule.typed.limits:
        return None
    award = rule.awards[0]
    if award.typed.deduct or not isinstance(award.value, forms.Constant):
        return None
    points = award.value.value
    assert isinstance(points, int)
    return Award(index, award.typed.point_type, points, points, award.typed.pending_days)


def ceil_divide(left: int, right: int) -> int:
    """left ÷ right towards +∞."""
    return -(-left // right)


DIVIDES: dict[str, Callable[[int, int], int | None]] = {
    "floor": runtime.floor_divide,
    "ceil": ceil_divide,
    "half_up": runtime.half_up_divide,
    "half_even": runtime.half_even_divide,
}
