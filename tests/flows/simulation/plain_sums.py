"""The sums of a simulation, counted plainly: text by text, world by world. What `Counter` must come to as well."""

from __future__ import annotations

from collections import Counter as Bag
from typing import Any

from regulars.core.events import ORDER_COMPLETED
from regulars.flows.accrual.insight import Outcome, Rulebook, local_time_at
from regulars.flows.simulation.model import Told
from regulars.flows.simulation.net import Left
from regulars.flows.simulation.worlds import Chunk, Lived

Points = dict[tuple[str, str], int]


class PlainSums:
    """Counts chunks beside the real counter; `real` is what it stands in front of."""

    def __init__(self, real: Any, books: tuple[Rulebook, Rulebook], from_at: int) -> None:
        self.real = real
        self.books = books
        self.from_at = from_at
        self.rules = {
            v.number: [rule.code for rule in v.ruleset.rules] for book in books for v in book.versions
        }
        self.sums: Bag[tuple[str, ...]] = Bag()

    def count(self, chunk: Chunk, worlds: tuple[Lived, Lived], left: Left) -> None:
        """Count a chunk, and let the real counter do it."""
        nets = [self._nets(chunk, lived) for lived in worlds]
        really = self._really(chunk, left)
        for place, item in enumerate(chunk.items):
            if item.occurred_at < self.from_at or place in chunk.paid:
                continue
            if item.event.type == ORDER_COMPLETED and item.event.order is not None:
                self.sums["counts", "orders"] += 1
            if place not in chunk.unheard:
                self.sums["counts", "events"] += 1
            if really[place] != nets[0][place]:
                self.sums["counts", "events_not_as_posted"] += 1
            for (_, code), points in really[place].items():
                self.sums["posted", code] += points
            local = local_time_at(item.occurred_at, self.books[0].zone)
            where = (f"{local.year}-{local.month:02}", item.event.store or "-", worlds[0].tiers[place])
            for world, lived in enumerate(worlds):
                self._one("base" if not world else "draft", nets[world][place], lived.outcomes[place], where)
        self.real.count(chunk, worlds, left)

    def ends(self, *arguments: Any) -> None:
        """Leave it to the real counter."""
        self.real.ends(*arguments)

    def settle(self) -> None:
        """Leave it to the real counter."""
        self.real.settle()

    def _one(self, world: str, net: Points, outcome: Outcome | None, where: tuple[str, str, Any]) -> None:
        month, store, tiers = where
        for (rule, code), points in net.items():
            self.sums["rules", rule, "points", code, world] += points
            self.sums["points", code, world] += points
            self.sums["months", month, code, world] += points
            self.sums["stores", store, code, world] += points
            for tier_set, tier in tiers:
                self.sums["tiers", tier_set, tier or "-", code, world] += points
        if outcome is not None and outcome.fired:
            for rule in outcome.fired:
                self.sums["rules", self.rules[outcome.version][rule], "fired", world] += 1
            for rule, kind in outcome.effects:
                self.sums["effects", self.rules[outcome.version][rule], kind, world] += 1
        for became, rule_code, kind, _ in () if outcome is None else outcome.order_effects:
            self.sums["effects", rule_code, kind, world] += -1 if became == "taken_back" else 1

    def _nets(self, chunk: Chunk, lived: Lived) -> list[Points]:
        gone = {granted.transfer_id for one in lived.corrected.values() for granted in one.granted}
        found = [
            {}
            if outcome is None
            else self._net_of(outcome, lived.corrected.get(chunk.event_ids[place]), gone)
            for place, outcome in enumerate(lived.outcomes)
        ]
        for place, outcome in lived.caused:
            found[place] = _sum(found[place], self._net(outcome))
        return found

    def _really(self, chunk: Chunk, left: Left) -> list[Points]:
        found = {
            event_id: self._net_of(told, left.outcomes.get(event_id), left.transfers)
            for event_id, told in zip(chunk.event_ids, chunk.told, strict=True)
        }
        for cause, told in chunk.caused:
            if cause in found:
                found[cause] = _sum(found[cause], self._net(told))
        return [found[event_id] for event_id in chunk.event_ids]

    def _net_of(self, one: Outcome | Told, final: Outcome | None, gone: Any) -> Points:
        if one.order_event_id is not None:
            return self._net(one, gone)
        return self._net(one) if final is None else _sum(self._net(final), _entries(one))

    def _net(self, one: Outcome | Told, gone: Any = ()) -> Points:
        found: Points = {}
        for granted in one.granted:
            if granted.transfer_id not in gone:
                code = self.books[0].points_by_id[granted.point_type_id].code
                for rule, points in granted.rules:
                    found = _sum(found, {(self.rules[one.version][rule], code): points})
        return _sum(found, _entries(one))


def _entries(one: Outcome | Told) -> Points:
    found: Points = {}
    for tier_set, tier, code, points in one.entries:
        found = _sum(found, {(f"entry:{tier_set}/{tier}", code): points})
    return found


def _sum(some: Points, more: Points) -> Points:
    return {key: some.get(key, 0) + more.get(key, 0) for key in (*some, *more)}
