"""What a batch comes to, while it is being decided and when it is done: rows to write and answers to give."""

from __future__ import annotations

from typing import Any

import msgspec

from regulars.core.events import EventStatus
from regulars.core.ledger import Ids, Lot, Postings, Purse, settle
from regulars.flows.accrual.catch_up import catch_up
from regulars.flows.accrual.clock import instant, local_day_at
from regulars.flows.accrual.orders import CORRECTIONS, REWARD_CANCELLED
from regulars.flows.accrual.rulebook import PointType, Rulebook
from regulars.flows.accrual.types import (
    SYSTEM_SOURCE_ID,
    Answer,
    Caused,
    EffectRow,
    EventRow,
    Gathered,
    RatedOrder,
    StandingRow,
)
from regulars.flows.accrual.work import NOBODY, BudgetDeltas, Work

_LOOK_UP = CORRECTIONS | {REWARD_CANCELLED}

_encode = msgspec.json.Encoder(decimal_format="number").encode


class Decided:
    """Everything a batch comes to, in the order of its items. Opened on what was gathered, filled by
    `decide`."""

    def __init__(self, gathered: Gathered) -> None:
        self.gathered = gathered
        self.rulebook: Rulebook = gathered.batch.rulebook
        self.ids = Ids(gathered.batch_id)
        self.postings = Postings(self.ids)
        self.posted_at = gathered.batch.received_at
        self.event_ids = self.ids.take_many(len(gathered.batch.items))
        for place, event_id in gathered.resumed.items():
            self.event_ids[place] = event_id
        self.answers = [Answer(status) for status in gathered.fresh]
        self.events: list[EventRow] = []
        self.effects: list[EffectRow] = []
        self.standings: list[StandingRow] = []
        self.notices: list[dict[str, Any]] = []
        self.budgets = dict(gathered.budgets)
        self.budget_deltas: BudgetDeltas = {}
        self.covered: dict[int, tuple[str, str]] = {}
        self.works: dict[int, Work] = {}
        self.orders: dict[bytes, RatedOrder] = dict(gathered.orders)
        self.corrected: dict[bytes, RatedOrder] = {}
        self.drawn: dict[int, list[tuple[Lot, int]]] = dict(gathered.drawn)
        self.former: dict[int, Purse] = {}
        self.waiting: list[int] = []
        self.welcomed: set[int] = set()
        self.caused: dict[int, list[Caused]] = {}
        releasing = self.rulebook.releasing
        named = {item.type or item.event.type for item in gathered.batch.items}
        self.looks_up_orders = not named.isdisjoint(_LOOK_UP) or not named.isdisjoint(releasing)

    encode = staticmethod(_encode)

    def work(self, member_id: int) -> Work:
        """Return the member's work, opened on first use."""
        work = self.works.get(member_id)
        if work is None:
            member = self.gathered.members[member_id]
            joined = local_day_at(member.joined_at, self.rulebook.zone)
            known = self.gathered.identifiers.get(member_id, NOBODY)
            work = self.works[member_id] = Work(member, self.gathered.purses[member_id].copy(), joined, known)
            if member_id in self.gathered.past:
                work.past = {**self.gathered.past[member_id]}
            if work.purse.lots_read:
                self._settle(work)
            if member_id in self.gathered.history:
                catch_up(work, self.rulebook, self.gathered.history[member_id])
        work.open = True
        return work

    def former_purse(self, member_id: int) -> Purse:
        """Return the purse of a member who was merged since points were taken from her for an order."""
        if member_id not in self.former:
            self.former[member_id] = self.gathered.former[member_id].copy()
        return self.former[member_id]

    def _settle(self, work: Work) -> None:
        """Do what fell due in a wallet before anything is taken from it, so that what is taken does not depend on
        when the job ran that looks for it. Holds end by the job."""
        for point_type in self.rulebook.points.values():
            self.settle_again(work.purse, point_type)

    def settle_late(self, purse: Purse, point_type: PointType) -> None:
        """Do what fell due in a wallet to which points came that have ended already: nobody has them to spend.

        What comes with time alone is left to the job, which goes through time in its order and warns before the end.
        """
        if any(item.source_id != SYSTEM_SOURCE_ID for item in self.gathered.batch.items):
            self.settle_again(purse, point_type)

    def settle_again(self, purse: Purse, point_type: PointType) -> None:
        """Do what fell due in one wallet, and tell of it."""
        for due in settle(self.postings, purse, point_type.terms, self.posted_at):
            facts = {"point_type": point_type.code, "points": due.amount, "lot": due.id}
            self.notice(f"points.{due.what}", due.member_id, due.at, facts)

    def take_covered(self) -> dict[int, tuple[str, str]]:
        """Return what was noted of transfers under funding agreements since it was last asked."""
        noted, self.covered = self.covered, {}
        return noted

    def close(self, member_id: int) -> None:
        """Write a member's state into her purse when all her events are decided, while it is still at hand (in the
        processor's cache: a third of what it costs at the end of the batch).
        """
        work = self.works.get(member_id)
        if work is not None and work.open:
            work.close(self.rulebook.counted)

    def releases(self, place: int) -> bytes | None:
        """Return the key of the order whose pending points the event at `place` makes available, None when
        none."""
        event = self.gathered.batch.items[place].event
        return self.gathered.order_keys[place] if event.type in self.rulebook.releasing else None

    def notice(self, heard_as: str, member_id: int, at: int, data: dict[str, Any]) -> None:
        """Tell subscribers of webhooks, when there are any for this type; member 0 = about nobody in
        particular."""
        if heard_as in self.rulebook.subscribed:
            moment = instant(at).isoformat().replace("+00:00", "Z")
            self.notices.append(
                {"type": heard_as, "member": str(member_id) if member_id else "", "at": moment, "data": data}
            )

    def event_row(
        self, member_id: int, place: int, status: EventStatus, outcome: msgspec.Struct | None
    ) -> EventRow:
        """Note the row of one of the batch's own events."""
        item = self.gathered.batch.items[place]
        row = EventRow(
            member_id,
            self.event_ids[place],
            item.source_id,
            status,
            item.event.type,
            item.occurred_at,
            item.doc,
            None if outcome is None else self.encode(outcome),
        )
        self.events.append(row)
        return row
