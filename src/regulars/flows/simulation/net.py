"""What events gave: net points by where they came from, in one world and really.

A source is a rule (or the entry into a tier) with a point type. Sources have numbers, which are added up many times
for every event; their names are looked up once.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from regulars.flows.accrual.insight import Outcome, Rulebook
from regulars.flows.simulation.model import Told
from regulars.flows.simulation.worlds import Chunk, Lived

Points = dict[int, int]
"""Source → net points of one event."""

NO_TRANSFERS: frozenset[int] = frozenset()


class Left(msgspec.Struct, frozen=True):
    """What is left of the awards of corrected orders: their outcomes by event, and the transfers in these."""

    outcomes: Mapping[int, Outcome]
    transfers: frozenset[int]

    @classmethod
    def of(cls, outcomes: Mapping[int, Outcome]) -> Left:
        """Return what is left, by the events of the orders."""
        return cls(outcomes, _transfers(outcomes))


def _transfers(outcomes: Mapping[int, Outcome]) -> frozenset[int]:
    return frozenset([granted.transfer_id for one in outcomes.values() for granted in one.granted])


class Sources:
    """The sources of points of some rulebooks: `named` (rule or entry:<set>/<tier>, point type) by number."""

    def __init__(self, *books: Rulebook) -> None:
        self.rules = {v.number: [rule.code for rule in v.ruleset.rules] for b in books for v in b.versions}
        self.points = {number: point_type.code for number, point_type in books[0].points_by_id.items()}
        self.named: list[tuple[str, str]] = []
        self.codes: list[str] = []
        self._known: dict[tuple[str, str], int] = {}
        self._of_rules: dict[int, dict[int, dict[int, int]]] = {
            version: {point_type: {} for point_type in self.points} for version in self.rules
        }

    def number(self, rule: str, code: str) -> int:
        """Return the number of a source; a new one for one that was never seen."""
        source = self._known.get((rule, code))
        if source is None:
            source = self._known[rule, code] = len(self.named)
            self.named.append((rule, code))
            self.codes.append(code)
        return source

    def net(self, outcome: Outcome | Told, skipped: frozenset[int] = NO_TRANSFERS) -> Points:
        """Return what an outcome gave, leaving out some transfers; entry awards with it."""
        found: Points = {}
        granted = outcome.granted
        if granted:
            for one in granted:
                if skipped and one.transfer_id in skipped:
                    continue
                version = one.version or outcome.version
                by_rule = self._of_rules[version][one.point_type_id]
                for rule, points in one.rules:
                    source = by_rule.get(rule)
                    if source is None:
                        code = self.points[one.point_type_id]
                        source = by_rule[rule] = self.number(self.rules[version][rule], code)
                    found[source] = found.get(source, 0) + points
        entries = outcome.entries
        if entries:
            for tier_set, tier, code, points in entries:
                source = self.number(f"entry:{tier_set}/{tier}", code)
                found[source] = found.get(source, 0) + points
        return found

    def net_after(self, final: Outcome, first: Outcome | Told) -> Points:
        """Return what an order gave after its corrections: what is left of it, and the entries paid at first."""
        net = self.net(final)
        _add(net, self.net(Told(entries=first.entries)))
        return net


def net_by_place(
    sources: Sources, chunk: Chunk, lived: Lived, like: tuple[Lived, list[Points]] | None = None
) -> list[Points]:
    """Return what each event gave in one world, after the corrections of its order, with what it caused.

    Where the outcome is the one of the world `like`, which was decided for both, so is what it gave.
    """
    corrected = lived.corrected
    skipped = _transfers(corrected) if corrected else NO_TRANSFERS
    others = like[0].outcomes if like is not None else lived.outcomes
    found: list[Points] = []
    for place, outcome in enumerate(lived.outcomes):
        if like is not None and outcome is others[place]:
            found.append(like[1][place])
        elif outcome is None:
            found.append({})
        elif corrected and outcome.order_event_id is None and chunk.event_ids[place] in corrected:
            found.append(sources.net_after(corrected[chunk.event_ids[place]], outcome))
        else:
            found.append(
                sources.net(outcome, skipped if outcome.order_event_id is not None else NO_TRANSFERS)
            )
    for place, outcome in lived.caused:
        if like is None or found[place] is not like[1][place]:
            _add(found[place], sources.net(outcome))
    return found


def net_really(sources: Sources, chunk: Chunk, left: Left, base: tuple[Lived, list[Points]]) -> list[Points]:
    """Return what was really given for each event, after the corrections of its order, with what it caused.

    Where the world of the day gave the same awards by the same rules, as it should everywhere, it is what that gave.
    """
    lived, nets = base
    event_ids, told, final, corrected = chunk.event_ids, chunk.told, left.outcomes, lived.corrected
    place_of = {event_id: place for place, event_id in enumerate(event_ids)} if chunk.caused else {}
    apart = {place for place, _ in lived.caused}
    apart.update([place_of[cause] for cause, _ in chunk.caused if cause in place_of])
    found: list[Points] = []
    for place, outcome in enumerate(lived.outcomes):
        one, event_id = told[place], event_ids[place]
        if final and one.order_event_id is None and event_id in final:
            found.append(sources.net_after(final[event_id], one))
        elif (
            outcome is not None
            and _gave_alike(one, outcome)
            and not (corrected and event_id in corrected)
            and not (apart and place in apart)
        ):
            found.append(nets[place])
        else:
            found.append(sources.net(one, left.transfers if one.order_event_id is not None else NO_TRANSFERS))
    for cause, one in chunk.caused:
        if cause in place_of:
            _add(found[place_of[cause]], sources.net(one))
    return found


def _gave_alike(told: Told, outcome: Outcome) -> bool:
    """Say whether two outcomes of one event, which is no correction, gave the same by the same rules."""
    if told.version != outcome.version or told.order_event_id is not None:
        return False
    theirs, ours = told.granted, outcome.granted
    if len(theirs) != len(ours) or outcome.order_event_id is not None or told.entries != outcome.entries:
        return False
    for place, one in enumerate(theirs):
        other = ours[place]
        if one.point_type_id != other.point_type_id or one.rules != other.rules:
            return False
    return True


def _add(net: Points, more: Points) -> None:
    for source, points in more.items():
        net[source] = net.get(source, 0) + points
