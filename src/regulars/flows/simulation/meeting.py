"""Ways that part and meet again: a member who is the same person under both rulesets but for her points.

What a changed rule gives more or less is often only in her purse: no rule asks for it, no tier counts it, no limit is
used by it. From there on her events are decided once again, until one concerns a changed rule; the purse under the
draft is then given the awards that it missed.
"""

from __future__ import annotations

import msgspec

from regulars.flows.accrual.insight import WALLET_CHANGED, Rulebook, State, Work

_copied = msgspec.json.Decoder(State).decode
_written = msgspec.json.Encoder().encode


def points_alone(book: Rulebook) -> bool:
    """Say whether points in a purse are only counted: nothing that is decided depends on how many there are."""
    return not (
        book.takes_points
        or any(point_type.policy.balance_max is not None for point_type in book.points.values())
        or any(
            WALLET_CHANGED in version.ruleset.triggers
            or any(fact.kind == "wallet" for fact in version.ruleset.facts)
            for version in book.versions
        )
    )


def alike(one: Work, other: Work) -> bool:
    """Say whether a member is the same in both worlds but for what is in her purse."""
    mine, yours = one.state, other.state
    return (
        mine.s == yours.s
        and mine.l == yours.l
        and mine.t == yours.t
        and mine.c == yours.c
        and _paid_alike(mine.e, yours.e)
        and one.member == other.member
        and one.attributes == other.attributes
        and one.tags == other.tags
        and one.lists == other.lists
        and not (one.purse.debts or other.purse.debts)
    )


def _paid_alike(mine: dict[str, int], yours: dict[str, int]) -> bool:
    """Say whether the same entries into tiers were paid, or not (below zero), by whatever transfers."""
    return mine.keys() == yours.keys() and {entry for entry, paid in mine.items() if paid < 0} == {
        entry for entry, paid in yours.items() if paid < 0
    }


class Meeting:
    """Where the ways of a member met: what her purse under the rules of the day held then.

    `others` counts the movements of points that are no awards; `passed` says that events were decided once since.
    """

    __slots__ = ("balances", "base", "draft", "entries", "lots", "others", "passed")

    def __init__(self, base: Work, draft: Work, others: int) -> None:
        self.base = base
        self.draft = draft
        self.others = others
        self.balances = list(base.purse.balances)
        self.lots = {point_type: len(lots) for point_type, lots in base.purse.lots.items()}
        self.entries = dict(base.state.e)
        self.passed = False

    def catch_up(self, others: int, to_go_on: bool) -> bool:
        """Bring the member under the draft to where she is now under the rules of the day; False where that is unknown.

        Awards come to both purses alike; what else moves points depends on what is there. `to_go_on`: more events of
        hers are decided, so that the draft needs a state of its own.
        """
        if not self.passed:
            return True
        base, draft = self.base, self.draft
        if others != self.others or base.purse.debts:
            return False
        for point_type, lots in base.purse.lots.items():
            missed = [lot.copy() for lot in lots[self.lots.get(point_type, 0) :]]
            draft.purse.lots.setdefault(point_type, []).extend(missed)
        before, held = self.balances, draft.purse.balances
        held.extend([0] * (len(base.purse.balances) - len(held)))
        for place, amount in enumerate(base.purse.balances):
            held[place] += amount - (before[place] if place < len(before) else 0)
        if to_go_on:
            self._go_on(draft.state.e)
        else:
            draft.read = base.state
        return True

    def _go_on(self, paid: dict[str, int]) -> None:
        base, draft = self.base, self.draft
        state = _copied(_written(base.state))
        # Entries into tiers that were paid before were paid by other transfers under the draft.
        for entry, transfer in base.state.e.items():
            if self.entries.get(entry) == transfer:
                state.e[entry] = paid[entry]
        draft.read = state
        draft.member = base.member
        draft.attributes = base.attributes
        draft.tags = base.tags
        draft.lists = base.lists
        draft.changed = base.changed
