"""Chunks of decided history, added to the sums: what both worlds gave, from every side.

An event is added to the sums of its rules at once. Its month, store and tiers make a cell, in which what is given is
added up by point type; a cell is added to the sums of month, store and tier when cells are many, or at the end.
"""

from __future__ import annotations

from collections.abc import Mapping

from regulars.core.events import ORDER_COMPLETED
from regulars.features.rewards import Priced
from regulars.flows.accrual.insight import TAKEN_BACK, Outcome, Rulebook, Work, local_time_at
from regulars.flows.simulation.net import Left, Points, Sources, net_by_place, net_really
from regulars.flows.simulation.spending import Paid
from regulars.flows.simulation.tally import BASE, DRAFT, Leaf, Tally
from regulars.flows.simulation.worlds import Chunk, Lived, outstanding

# Members are sorted by what they spent into buckets of about 3 %: deciles are read off these.
BUCKETS_PER_DOUBLING = 24
# A cell is half a kilobyte; a chain of a hundred shops with five tiers has so many in two years.
CELLS_MAX = 10_000
# Months are remembered by the quarter of an hour, on which alone zones change: a year of them.
QUARTER_HOUR_US = 900_000_000
QUARTERS_MAX = 36_000

Pairs = dict[str, Leaf]
"""Point type → (points under the rules of the day, under the draft)."""


class Counter:
    """Adds chunks to a tally."""

    def __init__(self, tally: Tally, books: tuple[Rulebook, Rulebook], from_at: int) -> None:
        self.tally = tally
        # An event that the draft decides as the rules of its day do is told in their words.
        self.sources = Sources(*books)
        self._books = books
        self._zone = books[BASE].zone
        self._from_at = from_at
        self._months: dict[int, str] = {}
        self._given: dict[int, Leaf] = {}
        self._fired: dict[int, dict[int, Leaf]] = {}
        self._cells: dict[tuple[str, str, tuple[tuple[str, str], ...]], Pairs] = {}
        self._posted: dict[str, Leaf] = {}

    def count(self, chunk: Chunk, worlds: tuple[Lived, Lived], left: Left) -> None:
        """Count a chunk; `left` is what is left of orders that were corrected."""
        base, draft = worlds
        before = net_by_place(self.sources, chunk, base)
        after = net_by_place(self.sources, chunk, draft, (base, before))
        posted = net_really(self.sources, chunk, left, (base, before))
        members: dict[int, Pairs] = {}
        spend: dict[int, int] = {}
        differing: set[int] = set()
        orders = events = not_as_posted = 0
        owners, unheard = chunk.owners, chunk.unheard
        for place, item in enumerate(chunk.items):
            at = item.occurred_at
            if at < self._from_at:
                continue
            if chunk.paid and place in chunk.paid:
                self._price(chunk.paid[place], (base.priced[place], draft.priced[place]), self._month(at))
                continue
            owner, event = owners[place], item.event
            of_member = members.get(owner)
            if of_member is None:
                of_member = members[owner] = {}
                spend[owner] = 0
            cell = self._cell(self._month(at), event.store or "-", base.tiers[place])
            net, really = before[place], posted[place]
            if after[place] is net:
                self._both(base.outcomes[place], net, cell, of_member)
            else:
                self._one(BASE, base.outcomes[place], net, cell, of_member)
                self._one(DRAFT, draft.outcomes[place], after[place], cell, of_member)
            if event.type == ORDER_COMPLETED and event.order is not None:
                spend[owner] += event.order.amount
                orders += 1
            if not unheard or place not in unheard:
                events += 1
            if really is not net and really != net:
                differing.add(owner)
                not_as_posted += 1
            if really:
                self._really(really)
        self._numbers(orders, events, not_as_posted, len(members), len(differing))
        for owner, of_member in members.items():
            self._member(owner, of_member, spend[owner])
        if len(self._cells) > CELLS_MAX:
            self.settle()

    def _numbers(self, orders: int, events: int, not_as_posted: int, members: int, differing: int) -> None:
        tally = self.tally
        if orders:
            tally.add(("counts", "orders"), 0, orders, 1)
        if events:
            tally.add(("counts", "events"), 0, events, 1)
        if not_as_posted:
            tally.add(("counts", "events_not_as_posted"), 0, not_as_posted, 1)
        tally.add(("counts", "members"), 0, members, 1)
        tally.add(("counts", "members_not_as_posted"), 0, differing, 1)

    def settle(self) -> None:
        """Add what was counted in cells to the sums; to be called when nothing more is counted."""
        tally = self.tally
        for (month, store, tiers), given in self._cells.items():
            for code, pair in given.items():
                paths = [("points", code), ("months", month, code), ("stores", store, code)]
                for tier_set, tier in tiers:
                    paths.append(("tiers", tier_set, tier or "-", code))
                for path in paths:
                    _add(tally.leaf(path), pair)
        self._cells.clear()

    def _cell(self, month: str, store: str, tiers: tuple[tuple[str, str], ...]) -> Pairs:
        key = (month, store, tiers)
        cell = self._cells.get(key)
        if cell is None:
            cell = self._cells[key] = {}
        return cell

    def _both(self, outcome: Outcome | None, net: Points, cell: Pairs, of_member: Pairs) -> None:
        """Add an event that came to the same in both worlds: to both numbers of each leaf at once."""
        if net:
            codes = self.sources.codes
            whole: dict[str, int] = {}
            for source, points in net.items():
                leaf = self._given.get(source)
                if leaf is None:
                    leaf = self._given[source] = self._source(source)
                leaf[0] += points
                leaf[1] += points
                code = codes[source]
                whole[code] = whole.get(code, 0) + points
            for code, points in whole.items():
                leaf = _pair(cell, code)
                leaf[0] += points
                leaf[1] += points
                leaf = _pair(of_member, code)
                leaf[0] += points
                leaf[1] += points
        if outcome is not None:
            for rule in outcome.fired:
                leaf = self._rule(outcome.version, rule)
                leaf[0] += 1
                leaf[1] += 1
            if outcome.order_effects or (outcome.effects and outcome.fired):
                self._effects(outcome, 1, 1)

    def _one(self, world: int, outcome: Outcome | None, net: Points, cell: Pairs, of_member: Pairs) -> None:
        """Add what an event came to in one world."""
        codes = self.sources.codes
        whole: dict[str, int] = {}
        for source, points in net.items():
            leaf = self._given.get(source)
            if leaf is None:
                leaf = self._given[source] = self._source(source)
            leaf[world] += points
            code = codes[source]
            whole[code] = whole.get(code, 0) + points
        for code, points in whole.items():
            _pair(cell, code)[world] += points
            _pair(of_member, code)[world] += points
        if outcome is not None:
            for rule in outcome.fired:
                self._rule(outcome.version, rule)[world] += 1
            if outcome.order_effects or (outcome.effects and outcome.fired):
                self._effects(outcome, int(world == BASE), int(world == DRAFT))

    def _really(self, net: Points) -> None:
        codes = self.sources.codes
        for source, points in net.items():
            leaf = self._posted.get(codes[source])
            if leaf is None:
                code = codes[source]
                leaf = self._posted[code] = self.tally.leaf(("posted", code), 1)
            leaf[0] += points

    def _source(self, source: int) -> Leaf:
        rule, code = self.sources.named[source]
        return self.tally.leaf(("rules", rule, "points", code))

    def _rule(self, version: int, rule: int) -> Leaf:
        """Return how often a rule fired."""
        of_version = self._fired.get(version)
        if of_version is None:
            of_version = self._fired[version] = {}
        leaf = of_version.get(rule)
        if leaf is None:
            path = ("rules", self.sources.rules[version][rule], "fired")
            leaf = of_version[rule] = self.tally.leaf(path)
        return leaf

    def _effects(self, outcome: Outcome, base: int, draft: int) -> None:
        if outcome.fired:
            rules = self.sources.rules[outcome.version]
            for rule, kind in outcome.effects:
                _add(self.tally.leaf(("effects", rules[rule], kind)), [base, draft])
        for became, code, kind, _ in outcome.order_effects:
            one = -1 if became == TAKEN_BACK else 1
            _add(self.tally.leaf(("effects", code, kind)), [base * one, draft * one])

    def _price(self, paid: Paid, prices: tuple[Priced, Priced], month: str) -> None:
        """Count a reward: what was really paid, what each world asks, and which rules take how much off."""
        code, tally = paid.point_type, self.tally
        really = paid.points - paid.points_back
        tally.add(("counts", "redemptions"), 0, 1, 1)
        tally.add(("spent_really", code), 0, really, 1)
        if paid.kept(prices[BASE].points) != really:
            tally.add(("counts", "redemptions_not_as_posted"), 0, 1, 1)
        for world, price in enumerate(prices):
            points = paid.kept(price.points)
            for path in (("points",), ("rewards", paid.reward), ("months", month)):
                tally.add(("spending", *path, code), world, points)
            left = price.listed
            for change in price.changes:
                off = paid.kept(left) - paid.kept(left - change.off)
                left -= change.off
                tally.add(("spending", "rules", change.rule, "applied"), world, 1)
                tally.add(("spending", "rules", change.rule, "points", code), world, off)

    def _member(self, owner: int, of_member: Pairs, spend: int) -> None:
        tally = self.tally
        bucket = str(_bucket(spend))
        tally.add(("deciles", bucket, "members"), 0, 1, 1)
        tally.add(("deciles", bucket, "spend"), 0, spend, 1)
        base = draft = 0
        for code, (before, after) in of_member.items():
            base += before
            draft += after
            leaf = tally.leaf(("deciles", bucket, "points", code))
            leaf[BASE] += before
            leaf[DRAFT] += after
            side = 0 if after > before else 1 if after < before else 2
            tally.add(("members", code), side, 1, 3)
        tally.extreme(owner, base, draft)

    def ends(
        self, chunk: Chunk, worlds: tuple[Lived, Lived], spent: Mapping[int, dict[int, int]], at: int
    ) -> None:
        """Count where the members of a chunk end: their tiers, and what they could claim at `at`.

        `spent`: what they used up by themselves, by member and point type.
        """
        more = more_paid(chunk, worlds) if chunk.paid else {}
        base, draft = (lived.works for lived in worlds)
        for member_id in chunk.members:
            first, second = base.get(member_id), draft.get(member_id)
            paid = extra = spent.get(member_id, {})
            if member_id in more:
                extra = _sum(paid, more[member_id])
                if second is not None and second is first:
                    second = second.twin()
            if first is not None and second is not None:
                for track in self._books[BASE].tiers:
                    code = track.tier_set.code
                    self._moves(code, _tier(first, code), _tier(second, code))
            if first is second:
                if first is not None:
                    self._holds(outstanding(first, self._books[BASE], paid, at), 1, 1)
                continue
            if first is not None:
                self._holds(outstanding(first, self._books[BASE], paid, at), 1, 0)
            if second is not None:
                self._holds(outstanding(second, self._books[DRAFT], extra, at), 0, 1)

    def _holds(self, found: dict[str, tuple[int, int]], base: int, draft: int) -> None:
        tally = self.tally
        for code, (held, ended) in found.items():
            _add(tally.leaf(("outstanding", code)), [held * base, held * draft])
            _add(tally.leaf(("ended", code)), [ended * base, ended * draft])

    def _moves(self, code: str, before: str, after: str) -> None:
        """Count a member's tier at the end of the window under both rules."""
        self.tally.add(("moves", code, before or "-", after or "-"), 0, 1, 1)

    def _month(self, at: int) -> str:
        quarter = at // QUARTER_HOUR_US
        known = self._months.get(quarter)
        if known is None:
            if len(self._months) >= QUARTERS_MAX:
                self._months.clear()
            local = local_time_at(at, self._zone)
            known = self._months[quarter] = f"{local.year}-{local.month:02}"
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


def _pair(pairs: Pairs, code: str) -> Leaf:
    pair = pairs.get(code)
    if pair is None:
        pair = pairs[code] = [0, 0]
    return pair


def _add(leaf: Leaf, pair: Leaf) -> None:
    leaf[0] += pair[0]
    leaf[1] += pair[1]


def _sum(some: dict[int, int], more: dict[int, int]) -> dict[int, int]:
    return {key: some.get(key, 0) + more.get(key, 0) for key in (*some, *more)}


def _tier(work: Work, code: str) -> str:
    standing = work.state.t.get(code)
    return standing.tier if standing is not None else ""


def _bucket(spend: int) -> int:
    """Return the bucket of an amount: 0 for nothing, then about 3 % wide each."""
    if spend <= 0:
        return 0
    doublings = spend.bit_length() - 1
    part = (spend * BUCKETS_PER_DOUBLING >> doublings) - BUCKETS_PER_DOUBLING
    return 1 + doublings * BUCKETS_PER_DOUBLING + part
