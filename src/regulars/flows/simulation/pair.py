"""Two worlds side by side: what both rulesets say alike is decided once.

A draft usually changes a few rules of hundreds. As long as no rule that was changed, added or dropped would apply to an
event of a member, she is the same person under both rulesets, and her events are decided once for both. With the first
event that concerns such a rule her ways part, and each world decides for itself until they meet again, if they do
(`meeting`). What cannot be told apart
so cheaply (corrections and their orders, a draft that counts other behaviour, groups that changed, budgets that run
out) is decided twice from the start.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import groupby, zip_longest
from typing import Any

from regulars.flows.accrual.insight import (
    MEMBER_JOINED,
    TIER_CHANGED,
    WALLET_CHANGED,
    Outcome,
    Rulebook,
    Version,
    Work,
    earning_part,
    is_correction,
    local_time_at,
    period_of_day,
)
from regulars.flows.accrual.insight import Item as Taken
from regulars.flows.simulation.meeting import Meeting, alike, points_alone
from regulars.flows.simulation.worlds import Chunk, Lived, Living, World

# A draft that changes more rules than this concerns nearly every event, and asking each rule costs more than it saves.
CHANGED_RULES_MAX = 16
# Events that other events cause: where a changed rule waits for one, everything may concern it.
CAUSED_TYPES = frozenset({TIER_CHANGED, WALLET_CHANGED, MEMBER_JOINED})


class Changes:
    """The rules in which two versions differ."""

    def __init__(self, base: Version | None, draft: Version | None) -> None:
        """`comparable`: few rules differ, and whether they concern an event can be asked beforehand."""
        self.comparable = False
        self._asked: dict[str, list[tuple[Version, int, tuple[int, ...]]]] = {}
        if base is None or draft is None:
            return
        rules = zip_longest(base.ruleset.rules, draft.ruleset.rules)
        changed = [index for index, (old, new) in enumerate(rules) if old != new]
        for index in changed[: CHANGED_RULES_MAX + 1]:
            ask = [version for version in (base, draft) if _is_active(version, index)]
            if len(ask) == len((base, draft)) and _ask_alike(base, draft, index):
                ask = [base]
            for version in ask:
                self._ask(version, index)
        self.comparable = (
            len(changed) <= CHANGED_RULES_MAX
            and base.ruleset.groups == draft.ruleset.groups
            and CAUSED_TYPES.isdisjoint(self._asked)
        )

    def _ask(self, version: Version, index: int) -> None:
        facts = version.ruleset.facts_of(index)
        for event in version.ruleset.rules[index].events:
            self._asked.setdefault(event, []).append((version, index, facts))

    def concern(self, work: Work, item: Taken, book: Rulebook) -> bool:
        """Return whether one of the rules would apply to an event of a member, were it alone."""
        event = item.event
        asked = self._asked.get(event.type)
        if asked is None:
            return False
        part, local = earning_part(event), local_time_at(item.occurred_at, book.zone)
        for version, index, facts in asked:
            values: list[Any] = []
            if facts:
                values = [None] * len(version.fact_readers)
                for fact in facts:
                    values[fact] = version.fact_readers[fact](work, event, local)
            if version.ruleset.evaluate(index, part, values, local) is not None:
                return True
        return False


def _is_active(version: Version, index: int) -> bool:
    rules = version.ruleset.rules
    return index < len(rules) and rules[index].active


def _ask_alike(base: Version, draft: Version, index: int) -> bool:
    """Say whether a rule applies under the same conditions in both versions, and differs in what it does alone."""
    old, new = base.ruleset.lowered[index], draft.ruleset.lowered[index]
    return old.condition == new.condition and old.typed.events == new.typed.events


class Pair:
    """The world under the rules of the day and the world under the draft."""

    def __init__(self, base: World, draft: World) -> None:
        self.base = base
        self.draft = draft
        self._changes: dict[tuple[int, int], Changes] = {}
        # Behaviour must be counted alike, and awards be paid for by the same.
        same_members = base.book.counted == draft.book.counted
        self._may_share = same_members and not (base.book.covers or draft.book.covers)
        self._limits = {version.number: version.limits for version in base.book.versions}
        self._points_alone = points_alone(base.book) and points_alone(draft.book)

    def live(self, chunk: Chunk, decode: Callable[[str], Outcome]) -> tuple[Lived, Lived]:
        """Decide the histories of a chunk in both worlds."""
        base, draft = self.base.open(chunk), self.draft.open(chunk)
        for _, group in groupby(range(len(chunk.owners)), key=chunk.owners.__getitem__):
            self.base.budgets.keep()
            self.draft.budgets.keep()
            found = list(group)
            places = range(found[0], found[-1] + 1)
            if not (self._shareable(chunk, places) and self._live_together(base, draft, places)):
                self.base.live(base, places)
                self.draft.live(draft, places)
        return self.base.close(base, decode), self.draft.close(draft, decode)

    def _shareable(self, chunk: Chunk, places: range) -> bool:
        return self._may_share and all(
            chunk.order_keys[place] not in chunk.corrected and not is_correction(chunk.items[place].event)
            for place in places
        )

    def _live_together(self, base: Living, draft: Living, places: range) -> bool:
        """Decide a member's history once for as long as both rulesets say the same; False = nothing was decided."""
        owner = base.chunk.owners[places[0]]
        caused = len(base.lived.caused), len(draft.lived.caused)
        if self._decide_together(base, draft, owner, places):
            return True
        self.base.budgets.undo()
        self.draft.budgets.undo()
        for living, count in zip((base, draft), caused, strict=True):
            living.decided.works.pop(owner, None)
            del living.lived.caused[count:]
        return False

    def _decide_together(self, base: Living, draft: Living, owner: int, places: range) -> bool:
        """Decide a member's history; False where it turns out that something of it cannot be decided once."""
        parted, met = False, None
        for place in places:
            if place in base.chunk.paid:
                self._price(base, draft, place, parted)
                continue
            if not parted and self._parts(base, place):
                if not self._part(base, draft, owner, met):
                    return False
                parted = True
            known = len(base.lived.caused)
            self.base.decide(base, place)
            if parted:
                self.draft.decide(draft, place)
                met = self._meet(base, draft, place)
                parted = met is None
            elif not self._share(base, draft, place, known):
                return False
            elif met is not None:
                met.passed = True
        if met is not None:
            return met.catch_up(base.decided.postings.others, False)
        if not parted:
            draft.decided.works[owner] = base.decided.works[owner]
        return True

    def _meet(self, base: Living, draft: Living, place: int) -> Meeting | None:
        """Return where a member's ways meet again, after an event that each world decided; None where they do not."""
        if not self._points_alone:
            return None
        changes = self._between(base.chunk.items[place].occurred_at)
        if changes is None or not changes.comparable:
            return None
        owner = base.chunk.owners[place]
        work, drafted = base.decided.works[owner], draft.decided.works[owner]
        return Meeting(work, drafted, base.decided.postings.others) if alike(work, drafted) else None

    def _price(self, base: Living, draft: Living, place: int, parted: bool) -> None:
        """Decide what a reward costs in both worlds: her ways do not part over a price."""
        chunk = base.chunk
        self.base.decide(base, place)
        if parted:
            self.draft.decide(draft, place)
        elif self._between(chunk.items[place].occurred_at) is None:
            draft.lived.priced[place] = base.lived.priced[place]
        else:
            work = base.decided.work(chunk.owners[place])
            draft.lived.priced[place] = self.draft.price(draft, place, work)

    def _parts(self, base: Living, place: int) -> bool:
        """Return whether a member's ways part at an event, because it concerns a rule that differs."""
        item = base.chunk.items[place]
        changes = self._between(item.occurred_at)
        if changes is None or not changes.comparable:
            return changes is not None
        work = base.decided.work(base.chunk.owners[place])
        self.base.restore(work, item, base.chunk.told[place])
        return changes.concern(work, item, self.base.book)

    def _part(self, base: Living, draft: Living, owner: int, met: Meeting | None) -> bool:
        """Let the draft go on by itself from where the member is; False where that is not known."""
        if met is not None:
            return met.catch_up(base.decided.postings.others, True)
        draft.decided.works[owner] = base.decided.work(owner).twin()
        return True

    def _between(self, at: int) -> Changes | None:
        """Return what differs between the versions of both worlds at an instant; None for nothing."""
        old, new = self.base.book.version_at(at), self.draft.book.version_at(at)
        key = old.number if old else 0, new.number if new else 0
        if key[0] == key[1]:
            return None
        if key not in self._changes:
            self._changes[key] = Changes(old, new)
        return self._changes[key]

    def _share(self, base: Living, draft: Living, place: int, known: int) -> bool:
        """Take over into the draft what an event came to; False where its budgets might say something else."""
        outcome = base.lived.outcomes[place]
        draft.lived.outcomes[place] = outcome
        draft.lived.tiers[place] = base.lived.tiers[place]
        caused = base.lived.caused[known:]
        draft.lived.caused += caused
        if outcome is None or not outcome.version:
            return not any(one.used or one.limited for _, one in caused)
        if any(one.used or one.limited for _, one in caused):
            return False
        return self._budgets_agree(outcome, base.chunk, place)

    def _budgets_agree(self, outcome: Outcome, chunk: Chunk, place: int) -> bool:
        """Note what the event used of the draft's budgets; False where one of them has less, or gave less already."""
        if not outcome.used and not outcome.limited:
            return True
        item, budgets = chunk.items[place], self.draft.budgets
        limits = self._limits[outcome.version]
        if any(limits[index].budget is not None for _, index, _ in outcome.limited):
            return False
        budgets.open(item.occurred_at, chunk.told[place], self.draft.book)
        day = local_time_at(item.occurred_at, self.base.book.zone).day_number
        for index, amount in outcome.used:
            limit = limits[index]
            if limit.budget is not None and limit.period != "order":
                key = (*limit.budget, period_of_day(limit.period, day))
                given = budgets.get(key, 0)
                if given + amount > limit.max:
                    return False
                budgets[key] = given + amount
        return True
