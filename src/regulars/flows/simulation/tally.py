"""The sums of a simulation: how much under the rules of the day and under the draft, from every side.

Constant in size: nothing is kept per member or event but the ten who gain and lose most. Every leaf is a list of
numbers, so that the sums of several processes add up.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable
from typing import Any

from regulars.core.events import ORDER_COMPLETED
from regulars.features.rewards import Priced
from regulars.flows.accrual.insight import Outcome, Rulebook, local_time_at
from regulars.flows.simulation.model import Told
from regulars.flows.simulation.spending import Paid
from regulars.flows.simulation.worlds import Chunk, Lived

BASE, DRAFT = 0, 1
# Members are sorted by what they spent into buckets of about 3 %: deciles are read off these.
BUCKETS_PER_DOUBLING = 24
# Those who gain and lose most, to be looked at one by one.
EXTREMES = 10

Points = dict[tuple[str, str], int]
"""(rule or entry:<set>/<tier>, point type) → net points of one event."""


class Tally:
    """Sums by path, and those who gain and lose most."""

    def __init__(self) -> None:
        self.flat: dict[tuple[str, ...], list[int]] = {}
        self.gains: list[tuple[int, int, int, int]] = []
        self.losses: list[tuple[int, int, int, int]] = []

    def add(self, path: tuple[str, ...], place: int, amount: int, width: int = 2) -> None:
        """Add to one number of the leaf at `path`."""
        leaf = self.flat.get(path)
        if leaf is None:
            leaf = self.flat[path] = [0] * width
        leaf[place] += amount

    def add_to_both(self, path: tuple[str, ...], amount: int) -> None:
        """Add to both numbers of the leaf at `path`."""
        leaf = self.flat.get(path)
        if leaf is None:
            leaf = self.flat[path] = [0, 0]
        leaf[0] += amount
        leaf[1] += amount

    @property
    def sums(self) -> dict[str, Any]:
        """The sums as nested dicts, by the steps of their paths."""
        found: dict[str, Any] = {}
        for path, leaf in self.flat.items():
            node = found
            for step in path[:-1]:
                node = node.setdefault(step, {})
            node[path[-1]] = leaf
        return found

    def extreme(self, member_id: int, base: int, draft: int) -> None:
        """Keep the member when she is among those who gain or lose most."""
        change = draft - base
        if change > 0:
            _keep(self.gains, (change, member_id, base, draft))
        elif change < 0:
            _keep(self.losses, (-change, member_id, base, draft))

    def merge(
        self, leaves: Iterable[tuple[tuple[str, ...], list[int]]], gains: Iterable[Any], losses: Iterable[Any]
    ) -> None:
        """Add what another process found."""
        for path, leaf in leaves:
            known = self.flat.get(path)
            self.flat[path] = leaf if known is None else [a + b for a, b in zip(known, leaf, strict=True)]
        for one in gains:
            _keep(self.gains, tuple(one))
        for one in losses:
            _keep(self.losses, tuple(one))


def _keep(heap: list[tuple[int, int, int, int]], one: tuple[int, int, int, int]) -> None:
    if len(heap) < EXTREMES:
        heapq.heappush(heap, one)
    else:
        heapq.heappushpop(heap, one)


class Names:
    """The codes of rules and point types of a rulebook, by the numbers outcomes carry."""

    def __init__(self, *books: Rulebook) -> None:
        self.rules = {v.number: [rule.code for rule in v.ruleset.rules] for b in books for v in b.versions}
        self.points = {number: point_type.code for number, point_type in books[0].points_by_id.items()}

    def net(self, outcome: Outcome | Told, skipped: frozenset[int] = frozenset()) -> Points:
        """Return what an outcome gave by rule and point type, leaving out some transfers; entry awards with it."""
        found: Points = {}
        if outcome.granted:
            rules = self.rules[outcome.version]
            for granted in outcome.granted:
                if granted.transfer_id in skipped:
                    continue
                code = self.points[granted.point_type_id]
                for rule, points in granted.rules:
                    key = (rules[rule], code)
                    found[key] = found.get(key, 0) + points
        for tier_set, tier, code, points in outcome.entries:
            key = (f"entry:{tier_set}/{tier}", code)
            found[key] = found.get(key, 0) + points
        return found


def net_by_place(
    chunk: Chunk, lived: Lived, names: Names, like: tuple[Lived, list[Points]] | None = None
) -> list[Points]:
    """Return what each event gave in one world, after the corrections of its order, with what it caused.

    Where the outcome is the one of the world `like`, which was decided for both, so is what it gave.
    """
    corrected = lived.corrected
    skipped = frozenset(g.transfer_id for outcome in corrected.values() for g in outcome.granted)
    found: list[Points] = []
    for place, outcome in enumerate(lived.outcomes):
        if like is not None and outcome is like[0].outcomes[place]:
            found.append(like[1][place])
            continue
        if outcome is None:
            found.append({})
            continue
        final = corrected.get(chunk.event_ids[place]) if corrected else None
        if final is not None and outcome.order_event_id is None:
            net = names.net(final)
            for key, points in names.net(Outcome(entries=outcome.entries)).items():
                net[key] = net.get(key, 0) + points
            found.append(net)
        else:
            found.append(names.net(outcome, skipped if outcome.order_event_id is not None else frozenset()))
    for place, outcome in lived.caused:
        if like is not None and found[place] is like[1][place]:
            continue
        for key, points in names.net(outcome).items():
            found[place][key] = found[place].get(key, 0) + points
    return found


class Counter:
    """Adds chunks to a tally."""

    def __init__(self, tally: Tally, books: tuple[Rulebook, Rulebook], from_at: int) -> None:
        self.tally = tally
        # An event that the draft decides as the rules of its day do is told in their words.
        self._names = Names(*books)
        self._zone = books[0].zone
        self._from_at = from_at
        self._months: dict[int, str] = {}

    def count(
        self, chunk: Chunk, worlds: tuple[Lived, Lived], posted: list[Points | None]
    ) -> dict[int, tuple[Points, Points]]:
        """Count a chunk; return each member's points under both rules by ("", point type)."""
        before = net_by_place(chunk, worlds[BASE], self._names)
        nets = [before, net_by_place(chunk, worlds[DRAFT], self._names, (worlds[BASE], before))]
        members: dict[int, tuple[Points, Points]] = {}
        spend: dict[int, int] = {}
        differing: set[int] = set()
        add = self.tally.add
        for place, item in enumerate(chunk.items):
            if item.occurred_at < self._from_at:
                continue
            if place in chunk.paid:
                prices = worlds[BASE].priced[place], worlds[DRAFT].priced[place]
                self._price(chunk.paid[place], prices, self._month(item.occurred_at))
                continue
            owner = chunk.owners[place]
            of_member = members.setdefault(owner, ({}, {}))
            self._event(chunk, worlds, nets, place, of_member)
            order = item.event.order
            if order is not None and item.event.type == ORDER_COMPLETED:
                spend[owner] = spend.get(owner, 0) + order.amount
                add(("counts", "orders"), 0, 1, 1)
            if place not in chunk.unheard:
                add(("counts", "events"), 0, 1, 1)
            really = posted[place]
            if really is not None and really != nets[BASE][place]:
                differing.add(owner)
                add(("counts", "events_not_as_posted"), 0, 1, 1)
            for key, points in (really or {}).items():
                add(("posted", key[1]), 0, points, 1)
        add(("counts", "members"), 0, len(members), 1)
        add(("counts", "members_not_as_posted"), 0, len(differing), 1)
        for owner, of_member in members.items():
            self._member(owner, of_member, spend.get(owner, 0))
        return members

    def _event(
        self,
        chunk: Chunk,
        worlds: tuple[Lived, Lived],
        nets: list[list[Points]],
        place: int,
        of_member: tuple[Points, Points],
    ) -> None:
        add = self.tally.add
        item = chunk.items[place]
        month = self._month(item.occurred_at)
        store = item.event.store or "-"
        tiers = worlds[BASE].tiers[place].items()
        if nets[DRAFT][place] is nets[BASE][place]:
            self._event_of_both(
                worlds[BASE].outcomes[place], nets[BASE][place], of_member, (month, store), tiers
            )
            return
        for world in (BASE, DRAFT):
            whole: dict[str, int] = {}
            for (rule, code), points in nets[world][place].items():
                add(("rules", rule, "points", code), world, points)
                whole[code] = whole.get(code, 0) + points
            mine = of_member[world]
            for code, points in whole.items():
                add(("points", code), world, points)
                add(("months", month, code), world, points)
                add(("stores", store, code), world, points)
                for tier_set, tier in tiers:
                    add(("tiers", tier_set, tier or "-", code), world, points)
                mine["", code] = mine.get(("", code), 0) + points
            outcome = worlds[world].outcomes[place]
            if outcome is not None and outcome.fired and outcome.version:
                rules = self._names.rules[outcome.version]
                for rule_index in outcome.fired:
                    add(("rules", rules[rule_index], "fired"), world, 1)
                for rule_index, kind in outcome.effects:
                    add(("effects", rules[rule_index], kind), world, 1)

    def _event_of_both(
        self,
        outcome: Outcome | None,
        net: Points,
        of_member: tuple[Points, Points],
        where: tuple[str, str],
        tiers: Iterable[tuple[str, str]],
    ) -> None:
        """Add an event that came to the same in both worlds: to both sums of each leaf at once."""
        add = self.tally.add_to_both
        month, store = where
        whole: dict[str, int] = {}
        for (rule, code), points in net.items():
            add(("rules", rule, "points", code), points)
            whole[code] = whole.get(code, 0) + points
        for code, points in whole.items():
            add(("points", code), points)
            add(("months", month, code), points)
            add(("stores", store, code), points)
            for tier_set, tier in tiers:
                add(("tiers", tier_set, tier or "-", code), points)
            key = ("", code)
            for mine in of_member:
                mine[key] = mine.get(key, 0) + points
        if outcome is not None and outcome.fired and outcome.version:
            rules = self._names.rules[outcome.version]
            for rule_index in outcome.fired:
                add(("rules", rules[rule_index], "fired"), 1)
            for rule_index, kind in outcome.effects:
                add(("effects", rules[rule_index], kind), 1)

    def _price(self, paid: Paid, prices: tuple[Priced, Priced], month: str) -> None:
        """Count a reward: what was really paid, what each world asks, and which rules take how much off."""
        code, add = paid.point_type, self.tally.add
        really = paid.points - paid.points_back
        add(("counts", "redemptions"), 0, 1, 1)
        add(("spent_really", code), 0, really, 1)
        if paid.kept(prices[BASE].points) != really:
            add(("counts", "redemptions_not_as_posted"), 0, 1, 1)
        for world, price in enumerate(prices):
            points = paid.kept(price.points)
            for path in (("points",), ("rewards", paid.reward), ("months", month)):
                add(("spending", *path, code), world, points)
            left = price.listed
            for change in price.changes:
                off = paid.kept(left) - paid.kept(left - change.off)
                left -= change.off
                add(("spending", "rules", change.rule, "applied"), world, 1)
                add(("spending", "rules", change.rule, "points", code), world, off)

    def _member(self, owner: int, of_member: tuple[Points, Points], spend: int) -> None:
        base, draft = of_member
        bucket = str(_bucket(spend))
        self.tally.add(("deciles", bucket, "members"), 0, 1, 1)
        self.tally.add(("deciles", bucket, "spend"), 0, spend, 1)
        for code in {key[1] for key in (*base, *draft)}:
            before, after = base.get(("", code), 0), draft.get(("", code), 0)
            self.tally.add(("deciles", bucket, "points", code), BASE, before)
            self.tally.add(("deciles", bucket, "points", code), DRAFT, after)
            side = 0 if after > before else 1 if after < before else 2
            self.tally.add(("members", code), side, 1, 3)
        whole = sum(base.values()), sum(draft.values())
        self.tally.extreme(owner, *whole)

    def moves(self, code: str, before: str, after: str) -> None:
        """Count a member's tier at the end of the window under both rules."""
        self.tally.add(("moves", code, before or "-", after or "-"), 0, 1, 1)

    def _month(self, at: int) -> str:
        day = at // 86_400_000_000
        known = self._months.get(day)
        if known is None:
            local = local_time_at(at, self._zone)
            known = self._months[day] = f"{local.year}-{local.month:02}"
        return known


def more_paid(chunk: Chunk, worlds: tuple[Lived, Lived]) -> dict[int, dict[int, int]]:
    """Return how many points more (less: below zero) members pay under the draft, by member and point type."""
    found: dict[int, dict[int, int]] = {}
    for place, paid in chunk.paid.items():
        before, after = (paid.kept(lived.priced[place].points) for lived in worlds)
        if before != after:
            of_member = found.setdefault(chunk.owners[place], {})
            of_member[paid.point_type_id] = of_member.get(paid.point_type_id, 0) + after - before
    return found


def _bucket(spend: int) -> int:
    """Return the bucket of an amount: 0 for nothing, then about 3 % wide each."""
    if spend <= 0:
        return 0
    doublings = spend.bit_length() - 1
    part = (spend * BUCKETS_PER_DOUBLING >> doublings) - BUCKETS_PER_DOUBLING
    return 1 + doublings * BUCKETS_PER_DOUBLING + part
