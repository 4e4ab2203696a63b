"""A world: the program under some rules, deciding the history of some members from the first event to the last.

The decision is accrual's own. What is left out is what would be written: rows are not packed, points move in purses
that are forgotten with their member.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from regulars.core.events import EventStatus
from regulars.core.ledger import Cause, Ids, Postings, Purse, Side, Terms, TransferKind, settle
from regulars.features.rewards import CHANGE_PRICE, Change, Priced
from regulars.flows.accrual.insight import (
    Batch,
    Decided,
    EventRow,
    Gathered,
    Item,
    MemberRow,
    Outcome,
    PointType,
    Rulebook,
    Work,
    considered,
    decide_place,
    gives_back,
    is_correction,
)
from regulars.flows.simulation.budgets import Budgets
from regulars.flows.simulation.model import Told
from regulars.flows.simulation.spending import Paid

# Ids of a simulation are counted from a batch that no real one has.
BATCH_ID = 1
# The row of an event that nobody will look at.
NO_ROW = EventRow(0, 0, 0, EventStatus.ACCEPTED, "", 0, b"", None)


class Chunk:
    """The whole histories of some members, in the order of decision: by member, then as they occurred.

    `caused`: what the platform's own events did that others caused, by the events that caused them. `paid`: places at
    which a reward is asked for, nothing happens and a price is decided. `unheard`: places of rewards taken while no
    rule listened, so that no event tells of them. `forged`: places of what others sent in the platform's name, before
    that was refused: nobody believes it.
    """

    def __init__(
        self,
        *,
        items: list[Item],
        owners: list[int],
        received: list[int],
        told: list[Told],
        event_ids: list[int],
        order_keys: list[bytes | None],
        members: dict[int, MemberRow],
        corrected: frozenset[bytes],
        caused: list[tuple[int, Told]],
        paid: dict[int, Paid],
        unheard: frozenset[int],
        forged: frozenset[int],
    ) -> None:
        self.items = items
        self.owners = owners
        self.received = received
        self.told = told
        self.event_ids = event_ids
        self.order_keys = order_keys
        self.members = members
        self.corrected = corrected
        self.caused = caused
        self.paid = paid
        self.unheard = unheard
        self.forged = forged


class _Postings(Postings):
    """Postings whose transfers are counted on nobody's books; `others` says how many of them were no awards."""

    def __init__(self, ids: Ids) -> None:
        super().__init__(ids)
        self.others = 0

    def transfer(
        self,
        purse: Purse,
        terms: Terms,  # noqa: ARG002 - the signature is the ledger's
        debit: int,  # noqa: ARG002
        credit: int,  # noqa: ARG002
        amount: int,  # noqa: ARG002
        kind: TransferKind,
        cause: Cause,  # noqa: ARG002
    ) -> int:
        """Return an id for a movement that is not written."""
        if kind is not TransferKind.EARN:
            self.others += 1
        self.purses[purse.member_id] = purse
        return self.ids.take()


class _Decided(Decided):
    """A decision that keeps what a report needs: outcomes, and the orders that corrections name."""

    postings: _Postings

    def __init__(self, gathered: Gathered, chunk: Chunk, budgets: Budgets, batch_id: int) -> None:
        super().__init__(gathered)
        self.postings = _Postings(Ids(batch_id))
        self.event_ids = chunk.event_ids
        # All of a dict that deciding asks for.
        self.budgets = budgets  # type: ignore[assignment]
        self.chunk = chunk

    def event_row(
        self, member_id: int, place: int, status: EventStatus, outcome: msgspec.Struct | None
    ) -> EventRow:
        """Return the row; its outcome only when a correction will ask for it."""
        if not self.looks_up_orders:
            return NO_ROW
        item = self.chunk.items[place]
        asked = self.chunk.order_keys[place] in self.chunk.corrected
        return EventRow(
            member_id,
            self.event_ids[place],
            item.source_id,
            status,
            item.event.type,
            item.occurred_at,
            item.doc,
            self.encode(outcome) if asked and outcome is not None else None,
        )

    def notice(self, heard_as: str, member_id: int, at: int, data: dict[str, Any]) -> None:
        """Tell nobody."""

    def settle_again(self, purse: Purse, point_type: PointType) -> None:
        """Leave in the purse what has ended: how much that is, is counted when the member's history is over."""


class Lived:
    """What a chunk came to in one world. `outcomes` and `tiers` (before each event) run beside the chunk's items."""

    def __init__(self, size: int, works: dict[int, Work]) -> None:
        self.outcomes: list[Outcome | None] = [None] * size
        self.tiers: list[tuple[tuple[str, str], ...]] = [()] * size
        self.caused: list[tuple[int, Outcome]] = []
        self.corrected: dict[int, Outcome] = {}
        self.works = works
        self.priced: dict[int, Priced] = {}


class Living:
    """A chunk in the middle of being decided in one world."""

    def __init__(self, decided: _Decided, chunk: Chunk, lived: Lived) -> None:
        self.decided = decided
        self.chunk = chunk
        self.lived = lived


class World:
    """The program under one rulebook."""

    def __init__(
        self, book: Rulebook, budgets: Budgets, restore: Callable[[Work, Item, Told], None], number: int
    ) -> None:
        """`number` keeps the transfers of worlds apart."""
        self.book = book
        self.batch_id = BATCH_ID + 1 + number
        self.budgets = budgets
        self.restore = restore
        self._has_tiers = bool(book.tiers)

    def open(self, chunk: Chunk) -> Living:
        """Begin with the histories of a chunk."""
        decided = _Decided(self._gathered(chunk), chunk, self.budgets, self.batch_id)
        return Living(decided, chunk, Lived(len(chunk.items), decided.works))

    def live(self, living: Living, places: range) -> None:
        """Decide the history of one member; corrections that came before their order last.

        Those whose order never came do nothing.
        """
        decided, chunk = living.decided, living.chunk
        late: list[int] = []
        for place in places:
            if is_correction(chunk.items[place].event) and chunk.order_keys[place] not in decided.orders:
                late.append(place)
            else:
                self.decide(living, place)
        for place in late:
            self.decide(living, place)

    def close(self, living: Living, decode: Callable[[str], Outcome]) -> Lived:
        """Return what the chunk came to."""
        for rated in living.decided.corrected.values():
            living.lived.corrected[rated.event_id] = decode(rated.outcome)
        return living.lived

    def _gathered(self, chunk: Chunk) -> Gathered:
        purses = {}
        for member_id in chunk.members:
            purse = purses[member_id] = Purse(member_id, self.book.program_id, [], None, 0, "")
            purse.lots_read = True
        return Gathered(
            batch=Batch(self.book, chunk.items, 0),
            batch_id=BATCH_ID,
            member_of=chunk.owners,
            fresh=[EventStatus.ACCEPTED] * len(chunk.items),
            members=chunk.members,
            purses=purses,
            orders={},
            budgets={},
            history={},
            order_keys=chunk.order_keys,
            past={member_id: {} for member_id in chunk.members} if self._recounts(chunk) else {},
        )

    def _recounts(self, chunk: Chunk) -> bool:
        """Say whether something may have to be counted again when orders of these histories come back."""
        return bool(chunk.corrected and self.book.recounted_types)

    def decide(self, living: Living, place: int) -> None:
        """Decide one event."""
        decided, lived, chunk = living.decided, living.lived, living.chunk
        work = decided.work(chunk.owners[place])
        if place in chunk.paid:
            lived.priced[place] = self.price(living, place, work)
            return
        if place in chunk.forged:
            return
        told = chunk.told[place]
        self.restore(work, chunk.items[place], told)
        decided.posted_at = chunk.received[place]
        self.budgets.open(chunk.items[place].occurred_at, told, self.book)
        event = chunk.items[place].event
        if is_correction(event) or gives_back(event):
            settle_all(decided.postings, work.purse, self.book, decided.posted_at)
        if self._has_tiers:
            lived.tiers[place] = tuple([(code, standing.tier) for code, standing in work.state.t.items()])
        decide_place(decided, place)
        lived.outcomes[place] = decided.answers[place].outcome
        if decided.events:
            for row in decided.events:
                if row.outcome is not None:
                    lived.caused.append((place, _decode_outcome(row.outcome)))
            decided.events.clear()
        decided.caused.clear()
        decided.standings.clear()
        decided.effects.clear()

    def price(self, living: Living, place: int, work: Work) -> Priced:
        """Return what a member is asked to pay for a reward; nothing comes of it."""
        decided, chunk = living.decided, living.chunk
        item, paid = chunk.items[place], chunk.paid[place]
        if not paid.listed:
            return paid.price(())
        self.restore(work, item, chunk.told[place])
        self.budgets.open(item.occurred_at, chunk.told[place], self.book)
        does = considered(decided, work, item.event, item.occurred_at)
        return paid.price(
            tuple(Change.of(rule, said, paid.scale) for rule, effect, said in does if effect == CHANGE_PRICE)
        )


_decode_outcome = msgspec.json.Decoder(Outcome).decode


def settle_all(postings: Postings, purse: Purse, book: Rulebook, at: int) -> None:
    """Do what fell due in every wallet of a purse up to an instant: points become available, lots end."""
    for point_type in book.points.values():
        if purse.lots.get(point_type.id):
            settle(postings, purse, point_type.terms, at)


def outstanding(work: Work, book: Rulebook, spent: dict[int, int], at: int) -> dict[str, tuple[int, int]]:
    """Return by point type (what the member could claim at `at`, what ended before), after what she spent.

    What was spent is taken first, the lots nearest to their end before the others; then what fell due by `at` is done.
    """
    postings = _Postings(Ids(BATCH_ID))
    found = {}
    for code, point_type in book.points.items():
        terms, purse = point_type.terms, work.purse
        before = _held(purse, terms)
        used = spent.get(point_type.id, 0)
        taken = 0
        if used > 0:
            cause = Cause(0, 0)
            taken = postings.debit(purse, terms, used, terms.accounts.spent, TransferKind.SPEND, cause)
        if purse.lots.get(point_type.id):
            settle(postings, purse, terms, at)
        held = _held(purse, terms)
        found[code] = (held, before - taken - held)
    return found


def _held(purse: Purse, terms: Terms) -> int:
    return purse.available(terms.slot) + purse.balance(terms.slot, Side.PENDING)
