"""From the rules whose conditions hold to what really happens: exclusive groups, group modes, multipliers, limits.

The order is fixed and documented: a rule whose count limit is used up does not apply; one exclusive group silences all
others; base awards, then multipliers of them; `best` and `first` groups keep one rule; limits are taken in rank order.
Ties go to the higher priority, then to the rule that stands first in the document.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from regulars.core.rules.check import POINTS_MAX
from regulars.core.rules.model import Award, Decision, Room
from regulars.core.rules.plans import Plan, PlannedAward, PlannedGroup, PlannedLimit, attribute_value

Outs = tuple[Any, ...]
Fired = list[tuple[int, Outs]]
Trace = dict[int, str]
"""Rank → why a rule whose conditions hold did not apply."""


class Resolver:
    """Applies groups, multipliers and limits of one ruleset."""

    def __init__(self, plans: Sequence[Plan], groups: Sequence[PlannedGroup]) -> None:
        self._plans = plans
        self._groups = groups
        self._plain = all(g.mode == "stack" and not g.exclusive for g in groups) and not any(
            plan.counted or any(award.targets for award in plan.awards) for plan in plans
        )

    def resolve(self, fired: Fired, room: Room, trace: Trace | None = None) -> Decision:
        """The decision for rules in rank order with what their functions returned."""
        decision = Decision([], [], [], [], [])
        points: dict[int, list[int]] | None = None
        if not self._plain:
            fired = self._not_exhausted(fired, room, decision, trace)
            fired, points = self._selected(self._not_excluded(fired, trace), room, trace)
        left: dict[int, int] = {}
        for rank, outs in fired:
            plan = self._plans[rank]
            if plan.limits:
                self._apply_limited(rank, outs, points, room, left, decision, trace)
                continue
            decision.fired.append(plan.index)
            for i, award in enumerate(plan.awards):
                amount = bounded(outs[award.slot]) if points is None else points[rank][i]
                if amount > 0:
                    _give(decision, plan, award, amount, amount)
            if plan.effects:
                _add_effects(decision, plan, outs)
        return decision

    # --- which rules apply ---

    def _not_exhausted(self, fired: Fired, room: Room, decision: Decision, trace: Trace | None) -> Fired:
        kept: Fired = []
        for rank, outs in fired:
            plan = self._plans[rank]
            spent = _used_up(plan, room, {}) if plan.counted else None
            if spent is None:
                kept.append((rank, outs))
            else:
                _refuse_counted(decision, plan, spent, rank, trace)
        return kept

    def _not_excluded(self, fired: Fired, trace: Trace | None) -> Fired:
        exclusive = [g for rank, _ in fired if self._groups[g := self._plans[rank].group].exclusive]
        if not exclusive:
            return fired
        winner = min(exclusive)
        if trace is not None:
            reason = f"group “{self._groups[winner].code}” is exclusive and applied instead"
            trace |= {rank: reason for rank, _ in fired if self._plans[rank].group != winner}
        return [pair for pair in fired if self._plans[pair[0]].group == winner]

    def _selected(self, fired: Fired, room: Room, trace: Trace | None) -> tuple[Fired, dict[int, list[int]]]:
        """Rules left after group modes, with the points of each award before limits."""
        points: dict[int, list[int]] = {}
        outs_of = dict(fired)
        for level in sorted({self._plans[rank].level for rank in outs_of}):
            ranks = [rank for rank, _ in fired if self._plans[rank].level == level]
            for rank in ranks:
                points[rank] = self._uncapped(self._plans[rank], outs_of[rank], points)
            for group in {self._plans[rank].group for rank in ranks}:
                if self._groups[group].mode != "stack":
                    members = [rank for rank in ranks if self._plans[rank].group == group]
                    self._keep_one(group, members, points, room, trace)
        return [pair for pair in fired if pair[0] in points], points

    def _keep_one(
        self, group: int, members: list[int], points: dict[int, list[int]], room: Room, trace: Trace | None
    ) -> None:
        winner = members[0]
        if self._groups[group].mode == "best":
            winner = max(members, key=lambda rank: (self._worth(rank, points[rank], room), -rank))
        for rank in members:
            if rank != winner:
                del points[rank]
                if trace is not None:
                    verb = "gave more" if self._groups[group].mode == "best" else "came first"
                    trace[rank] = f"“{self._plans[winner].name}” {verb} in group “{self._groups[group].code}”"

    def _worth(self, rank: int, points: list[int], room: Room) -> int:
        """Points to the member within the room that is left, on one scale for all point types."""
        plan = self._plans[rank]
        worth = 0
        for award, amount in zip(plan.awards, points, strict=True):
            limits = [
                lim for lim in plan.limits if lim.measure == "points" and lim.point_type == award.point_type
            ]
            for limit in limits:
                remaining = _remaining(limit, room, {})
                amount = amount if remaining is None else max(0, min(amount, remaining))
            worth += 0 if award.deduct else amount * award.value_unit
        return worth

    def _uncapped(self, plan: Plan, outs: Outs, points: dict[int, list[int]]) -> list[int]:
        return [
            self._multiple(award, points) if award.targets else bounded(outs[award.slot])
            for award in plan.awards
        ]

    def _multiple(self, award: PlannedAward, points: dict[int, list[int]]) -> int:
        base = 0
        for target in award.targets:
            for other, amount in zip(self._plans[target].awards, points.get(target, ()), strict=False):
                if other.point_type == award.point_type and not other.deduct:
                    base += amount
        assert award.divide is not None
        return bounded(award.divide(base * award.extra[0], award.extra[1]))

    # --- limits ---

    def _apply_limited(
        self,
        rank: int,
        outs: Outs,
        points: dict[int, list[int]] | None,
        room: Room,
        left: dict[int, int],
        decision: Decision,
        trace: Trace | None,
    ) -> None:
        plan = self._plans[rank]
        spent = _used_up(plan, room, left)
        if spent is not None:
            _refuse_counted(decision, plan, spent, rank, trace)
            return
        decision.fired.append(plan.index)
        for limit in plan.limits:
            if limit.measure == "count":
                _use(decision, limit, 1, room, left)
        for i, award in enumerate(plan.awards):
            uncapped = bounded(outs[award.slot]) if points is None else points[rank][i]
            amount = uncapped
            if not award.deduct and uncapped > 0:
                amount = self._capped(plan, award, outs, uncapped, room, left, decision)
            if amount > 0:
                _give(decision, plan, award, amount, uncapped)
        if plan.effects:
            _add_effects(decision, plan, outs)

    def _capped(
        self,
        plan: Plan,
        award: PlannedAward,
        outs: Outs,
        uncapped: int,
        room: Room,
        left: dict[int, int],
        decision: Decision,
    ) -> int:
        amount = uncapped
        base: int = 0 if award.base_slot < 0 else outs[award.base_slot]
        money = [limit for limit in plan.limits if limit.measure == "money" and award.base_slot >= 0]
        for limit in money:
            remaining = _remaining(limit, room, left)
            if remaining is not None and base > remaining:
                decision.limited.append((plan.index, limit.index, base - max(0, remaining)))
                base = max(0, remaining)
                assert award.from_base is not None
                recomputed = award.from_base(None, None, (base,), None)
                amount = 0 if base == 0 else bounded(recomputed and recomputed[0])
        limits = [
            lim for lim in plan.limits if lim.measure == "points" and lim.point_type == award.point_type
        ]
        for limit in limits:
            remaining = _remaining(limit, room, left)
            if remaining is not None and amount > remaining:
                decision.limited.append((plan.index, limit.index, amount - max(0, remaining)))
                amount = max(0, remaining)
        for limit in money:
            _use(decision, limit, base, room, left)
        for limit in limits:
            _use(decision, limit, amount, room, left)
        return amount


def bounded(points: Any) -> int:
    """Points of one award: 0 for missing, negative or absurdly large amounts."""
    return points if points is not None and 0 < points <= POINTS_MAX else 0


def _remaining(limit: PlannedLimit, room: Room, left: dict[int, int]) -> int | None:
    """What is left of a limit, counting what this event used; None for no restriction."""
    if limit.index in left:
        return left[limit.index]
    remaining = room.get(limit.index)
    return limit.full if remaining is None else remaining


def _used_up(plan: Plan, room: Room, left: dict[int, int]) -> PlannedLimit | None:
    for limit in plan.limits:
        if limit.measure == "count":
            remaining = _remaining(limit, room, left)
            if remaining is not None and remaining <= 0:
                return limit
    return None


def _refuse_counted(
    decision: Decision, plan: Plan, limit: PlannedLimit, rank: int, trace: Trace | None
) -> None:
    decision.limited.append((plan.index, limit.index, 1))
    if trace is not None:
        trace[rank] = "its limit on the number of times is used up"


def _use(decision: Decision, limit: PlannedLimit, amount: int, room: Room, left: dict[int, int]) -> None:
    if amount <= 0:
        return
    decision.used.append((limit.index, amount))
    remaining = _remaining(limit, room, left)
    if remaining is not None:
        left[limit.index] = remaining - amount


def _give(decision: Decision, plan: Plan, award: PlannedAward, amount: int, uncapped: int) -> None:
    if award.deduct:
        decision.effects.append((plan.index, "deduct", {"point_type": award.point_type, "points": amount}))
    else:
        decision.awards.append(Award(plan.index, award.point_type, amount, uncapped, award.pending_days))


def _add_effects(decision: Decision, plan: Plan, outs: Outs) -> None:
    for effect in plan.effects:
        if effect.slot < 0:
            decision.effects.append((plan.index, effect.name, effect.arguments))
        elif outs[effect.slot] is not None:
            value = attribute_value(outs[effect.slot])
            decision.effects.append((plan.index, effect.name, {**effect.arguments, "value": value}))
