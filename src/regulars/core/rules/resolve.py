"""From the rules whose conditions hold to what really happens: exclusive groups, group modes, multipliers, limits.

The order is fixed and documented: a rule whose count limit is used up does not apply; one exclusive group silences all
others; base awards, then multipliers of them; `best` and `first` groups keep one rule; limits are taken in rank order.
Ties go to the higher priority, then to the rule that stands first in the document.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from regulars.core.rules.ast import GroupNode
from regulars.core.rules.check import POINTS_MAX
from regulars.core.rules.model import Award, Decision, Room, Why
from regulars.core.rules.plans import Plan, PlannedAward, PlannedLimit, attribute_value

Fired = list[tuple[int, Any]]
"""(rank, what its function returned)."""
Caps = tuple[tuple[PlannedLimit, ...], tuple[PlannedLimit, ...]]
"""Limits of money, limits of points."""
Trace = dict[int, Why]
"""Rank → why a rule whose conditions hold did not apply."""


class Amounts:
    """Points of the awards of rules that fired, before limits; a multiplier's are worked out when asked for."""

    def __init__(self, plans: Sequence[Plan], fired: Fired) -> None:
        self._plans = plans
        self._fired = fired
        self._outs: dict[int, Any] | None = None
        self._known: dict[int, list[int]] = {}

    def keep(self, ranks: set[int]) -> None:
        """Forget all other rules: they give nothing and nothing multiplies them."""
        self._outs = {rank: outs for rank, outs in self._fired if rank in ranks}

    def drop(self, ranks: set[int]) -> None:
        """Forget these rules."""
        assert self._outs is not None
        for rank in ranks:
            del self._outs[rank]
            self._known.pop(rank, None)

    def of(self, rank: int) -> Sequence[int]:
        """Points of each award of a rule; none when it did not fire."""
        found = self._known.get(rank)
        if found is None:
            if self._outs is None:
                self._outs = dict(self._fired)
            outs = self._outs.get(rank)
            if outs is None:
                return ()
            found = (
                [outs.points]
                if outs.__class__ is Award
                else [
                    bounded(outs[award.slot]) if award.divide is None else self.multiple(award)
                    for award in self._plans[rank].awards
                ]
            )
            self._known[rank] = found
        return found

    def multiple(self, award: PlannedAward) -> int:
        """The points of a multiplier: (by − 1) × what the rules it multiplies give."""
        base = 0
        for target, places in award.targets:
            points = self.of(target)
            if points:
                for place in places:
                    base += points[place]
        assert award.divide is not None
        return bounded(award.divide(base * award.extra[0], award.extra[1])) if base else 0


class Resolver:
    """Applies groups, multipliers and limits of one ruleset."""

    def __init__(self, plans: Sequence[Plan], groups: Sequence[GroupNode]) -> None:
        self._plans = plans
        self._groups = groups
        # What most rulesets do without is not looked for event by event.
        self._counts = any(plan.counted for plan in plans)
        self._excludes = any(groups[plan.group].exclusive for plan in plans)
        self._selects = any(groups[plan.group].mode != "stack" for plan in plans)
        self._caps = [tuple(caps_of(plan, award) for award in plan.awards) for plan in plans]
        self._counted = frozenset(rank for rank, plan in enumerate(plans) if plan.counted)

    def resolve(self, fired: Fired, room: Room, trace: Trace | None = None) -> Decision:
        """The decision for rules in rank order with what their functions returned."""
        decision = Decision([], [], [], [], [])
        if self._counts:
            fired = self._not_exhausted(fired, room, decision, trace)
        if self._excludes:
            fired = self._not_excluded(fired, trace)
        amounts = Amounts(self._plans, fired)
        if self._selects:
            fired = self._selected(fired, amounts, room, trace)
        left: dict[int, int] = {}
        plans, applied, awards = self._plans, decision.fired, decision.awards
        for rank, outs in fired:
            if outs.__class__ is Award:
                applied.append(outs.rule_index)
                awards.append(outs)
                continue
            plan = plans[rank]
            if plan.limits:
                self._apply_limited(rank, outs, amounts, room, left, decision, trace)
                continue
            index = plan.index
            applied.append(index)
            for award in plan.awards:
                amount = outs[award.slot] if award.divide is None else amounts.multiple(award)
                if amount is not None and 0 < amount <= POINTS_MAX:
                    if award.deduct:
                        _give(decision, plan, award, amount, amount)
                    else:
                        awards.append(Award(index, award.point_type, amount, amount, award.pending_days))
            if plan.effects:
                _add_effects(decision, plan, outs)
        return decision

    # --- which rules apply ---

    def _not_exhausted(self, fired: Fired, room: Room, decision: Decision, trace: Trace | None) -> Fired:
        spent: set[int] = set()
        counted = self._counted
        for rank, _ in fired:
            if rank in counted:
                plan = self._plans[rank]
                limit = _used_up(plan, room, {})
                if limit is not None:
                    spent.add(rank)
                    _refuse_counted(decision, plan, limit, rank, trace)
        return [pair for pair in fired if pair[0] not in spent] if spent else fired

    def _not_excluded(self, fired: Fired, trace: Trace | None) -> Fired:
        groups = [self._plans[rank].group for rank, _ in fired]
        exclusive = [group for group in groups if self._groups[group].exclusive]
        if not exclusive:
            return fired
        winner = min(exclusive)
        if trace is not None:
            why = Why("group_exclusive", {"group": self._groups[winner].code})
            trace |= {rank: why for rank, _ in fired if self._plans[rank].group != winner}
        return [pair for pair in fired if self._plans[pair[0]].group == winner]

    def _selected(self, fired: Fired, amounts: Amounts, room: Room, trace: Trace | None) -> Fired:
        """Rules left after group modes; groups whose rules multiply those of others are decided after them."""
        amounts.keep({rank for rank, _ in fired})
        members: dict[tuple[int, int], list[int]] = {}
        for rank, _ in fired:
            plan = self._plans[rank]
            if self._groups[plan.group].mode != "stack":
                members.setdefault((plan.level, plan.group), []).append(rank)
        lost: set[int] = set()
        for (_, group), ranks in sorted(members.items()):
            losers = self._losers(group, ranks, amounts, room, trace)
            amounts.drop(losers)
            lost |= losers
        return [pair for pair in fired if pair[0] not in lost]

    def _losers(
        self, group: int, ranks: list[int], amounts: Amounts, room: Room, trace: Trace | None
    ) -> set[int]:
        winner = ranks[0]
        if self._groups[group].mode == "best":
            winner = max(ranks, key=lambda rank: (self._worth(rank, amounts.of(rank), room), -rank))
        losers = {rank for rank in ranks if rank != winner}
        if trace is not None:
            code = "gave_less" if self._groups[group].mode == "best" else "came_later"
            why = Why(code, {"winner": self._plans[winner].name, "group": self._groups[group].code})
            trace |= dict.fromkeys(losers, why)
        return losers

    def _worth(self, rank: int, points: Sequence[int], room: Room) -> int:
        """Points to the member within the room that is left, on one scale for all point types."""
        plan = self._plans[rank]
        worth = 0
        for award, amount in zip(plan.awards, points, strict=True):
            for limit in plan.limits:
                if limit.measure == "points" and limit.point_type == award.point_type:
                    remaining = _remaining(limit, room, {})
                    amount = amount if remaining is None else max(0, min(amount, remaining))
            worth += 0 if award.deduct else amount * award.value_unit
        return worth

    # --- limits ---

    def _apply_limited(
        self,
        rank: int,
        outs: Any,
        amounts: Amounts,
        room: Room,
        left: dict[int, int],
        decision: Decision,
        trace: Trace | None,
    ) -> None:
        plan = self._plans[rank]
        if plan.counted:
            spent = _used_up(plan, room, left)
            if spent is not None:
                _refuse_counted(decision, plan, spent, rank, trace)
                return
            for limit in plan.limits:
                if limit.measure == "count":
                    _use(decision, limit, 1, room, left)
        decision.fired.append(plan.index)
        for award, caps in zip(plan.awards, self._caps[rank], strict=True):
            uncapped = bounded(outs[award.slot]) if award.divide is None else amounts.multiple(award)
            amount = uncapped
            if not award.deduct and uncapped > 0:
                amount = self._capped(plan, award, caps, outs, uncapped, room, left, decision)
            if amount > 0:
                _give(decision, plan, award, amount, uncapped)
        if plan.effects:
            _add_effects(decision, plan, outs)

    def _capped(
        self,
        plan: Plan,
        award: PlannedAward,
        caps: Caps,
        outs: Any,
        uncapped: int,
        room: Room,
        left: dict[int, int],
        decision: Decision,
    ) -> int:
        amount, (money, points) = uncapped, caps
        if not money and len(points) == 1:
            return _capped_once(plan, points[0], uncapped, room, left, decision)
        base: int = outs[award.base_slot] if money else 0
        for limit in money:
            remaining = _remaining(limit, room, left)
            if remaining is not None and base > remaining:
                decision.limited.append((plan.index, limit.index, base - max(0, remaining)))
                base = max(0, remaining)
                assert award.from_base is not None
                amount = bounded(award.from_base(base)) if base > 0 else 0
        for limit in points:
            remaining = _remaining(limit, room, left)
            if remaining is not None and amount > remaining:
                decision.limited.append((plan.index, limit.index, amount - max(0, remaining)))
                amount = max(0, remaining)
        for limit in money:
            _use(decision, limit, base, room, left)
        for limit in points:
            _use(decision, limit, amount, room, left)
        return amount


def _capped_once(
    plan: Plan, limit: PlannedLimit, uncapped: int, room: Room, left: dict[int, int], decision: Decision
) -> int:
    """The points that one limit of points lets through: what nearly every limited award is held against."""
    index = limit.index
    remaining = left.get(index)
    if remaining is None:
        remaining = room.get(index)
        if remaining is None:
            remaining = limit.full
            if remaining is None:
                decision.used.append((index, uncapped))
                return uncapped
    amount = uncapped
    if amount > remaining:
        amount = max(0, remaining)
        decision.limited.append((plan.index, index, uncapped - amount))
    if amount > 0:
        decision.used.append((index, amount))
        left[index] = remaining - amount
    return amount


def caps_of(plan: Plan, award: PlannedAward) -> Caps:
    """The limits of a rule that one of its awards is held against: of money, of points."""
    money = tuple(limit for limit in plan.limits if limit.measure == "money" and award.base_slot >= 0)
    points = (lim for lim in plan.limits if lim.measure == "points" and lim.point_type == award.point_type)
    return money, tuple(points)


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
        trace[rank] = Why("limit_reached", {"limit": limit.index})


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


def _add_effects(decision: Decision, plan: Plan, outs: Any) -> None:
    for effect in plan.effects:
        if effect.slot < 0:
            decision.effects.append((plan.index, effect.name, effect.arguments))
        elif outs[effect.slot] is not None:
            value = attribute_value(outs[effect.slot])
            decision.effects.append((plan.index, effect.name, {**effect.arguments, "value": value}))
