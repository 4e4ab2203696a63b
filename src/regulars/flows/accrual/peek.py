"""Look and leave no trace: everything that deciding takes, read in a read-only transaction, nothing numbered
or locked.

Whoever is not known and would be enrolled is decided for as a member of a moment, with a negative id.
"""

from __future__ import annotations

from typing import Any

import msgspec

from regulars.core.events import Event, EventStatus
from regulars.core.ledger import Purse, select_purses
from regulars.features.members import split_traits
from regulars.flows.accrual.admission import Admission
from regulars.flows.accrual.decide import EventFailed, decide
from regulars.flows.accrual.decided import Decided
from regulars.flows.accrual.gather import (
    _history,
    _read_owners,
    budgets_of,
    identifiers_known,
    past_of,
    rated_orders,
    read_wallets,
    resolve,
    survivors_of,
)
from regulars.flows.accrual.identity import select_known
from regulars.flows.accrual.item import Item
from regulars.flows.accrual.load import Rulebooks
from regulars.flows.accrual.moved import follow_moved
from regulars.flows.accrual.queries import queries
from regulars.flows.accrual.recall import former_owners, recall_drawn
from regulars.flows.accrual.roll import Resolution, Roll, identifiers_of, owners
from regulars.flows.accrual.rulebook import Rulebook
from regulars.flows.accrual.types import Batch, Gathered, MemberRow
from regulars.infra.db import Database, Transaction


def rulebooks_in(state: Any) -> Rulebooks:
    """Return the rulebooks that the parts of one application share, kept in its state."""
    found: Rulebooks | None = getattr(state, "rulebooks", None)
    if found is None:
        found = state.rulebooks = Rulebooks()
    return found


async def current_rulebook(db: Database, rulebooks: Rulebooks, program_id: int) -> Rulebook:
    """Return the program's rulebook as it is now; one small statement when it has not changed."""
    book = await rulebooks.get(db, program_id)
    async with db.transaction(read_only=True) as tx:
        revisions = await tx.maybe(queries.select_revisions, program_id=program_id)
    if revisions is not None and revisions != (book.revision, book.catalogue, book.listening):
        rulebooks.forget(program_id)
        book = await rulebooks.get(db, program_id)
    return book


async def peek(tx: Transaction, batch: Batch, owner: MemberRow | None = None) -> Gathered:
    """Read what deciding the batch takes. Messages and orders that were seen before are told as such.

    With an `owner` the events are hers, whoever they name (of a correction: whoever made the order), and are
    decided
    as if they were new.
    """
    book = batch.rulebook
    roll = Roll(batch.items, book)
    batch = msgspec.structs.replace(batch, items=roll.items)
    orders = await rated_orders(tx, roll)
    resolution = await resolve(tx, roll)
    newcomers = _guests(batch, resolution)
    if owner is not None:
        resolution = _Owned(owner)
    member_of = owners(roll, resolution, orders)
    await _read_owners(tx, book.program_id, resolution.members, member_of)
    admission = Admission(batch, 0, member_of, roll.order_keys)
    if owner is None:
        admission.rows(await select_known(tx, admission))
    wanted = sorted({member_id for member_id in member_of if member_id})
    leaving = sorted(former_owners(orders.values()) - set(wanted))
    purses = await peek_purses(tx, book, [*wanted, *leaving])
    await follow_moved(tx, orders, purses)
    drawn = await recall_drawn(tx, orders, purses)
    return Gathered(
        batch=batch,
        batch_id=0,
        member_of=member_of,
        fresh=admission.status,
        members=resolution.members,
        purses=purses,
        orders=orders,
        budgets=await budgets_of(tx, batch, orders, lock=False),
        history=await _history(tx, book, {n: purses[n] for n in wanted}),
        past=await past_of(tx, roll, member_of),
        order_keys=roll.order_keys,
        repeats=admission.repeats,
        newcomers=newcomers,
        identifiers=await identifiers_known(tx, book, purses),
        drawn=drawn,
        former={member_id: purses.pop(member_id) for member_id in leaving},
    )


class _Owned(Resolution):
    """Everything is one member's."""

    def __init__(self, owner: MemberRow) -> None:
        super().__init__({}, {owner.id: owner})
        self.owner_id = owner.id

    def member_of(self, item: Item, order: tuple[str, ...]) -> int:  # noqa: ARG002 - whoever it names
        return self.owner_id


async def member_row(tx: Transaction, program_id: int, member_id: int) -> MemberRow | None:
    """Return a member of a program as rules see her; of one who was merged, who took over."""
    survivors = await survivors_of(tx, [member_id])
    found = await tx.all(queries.select_members, program_id=program_id, member_ids=list(survivors.values()))
    return MemberRow(*found[0]) if found else None


async def member_of_event(tx: Transaction, batch: Batch) -> MemberRow | None:
    """Return whom the only event of a batch is about, None when nobody known."""
    roll = Roll(batch.items, batch.rulebook)
    resolution = await resolve(tx, roll)
    member_id = resolution.member_of(roll.items[0], batch.rulebook.identifier_order)
    return resolution.members[member_id] if member_id else None


async def peek_purses(tx: Transaction, book: Rulebook, member_ids: list[int]) -> dict[int, Purse]:
    """Return the purses of members with their lots, not locked; empty ones for those who have none."""
    known = await select_purses(tx, [member_id for member_id in member_ids if member_id > 0])
    await read_wallets(tx, book, list(known.values()))
    for member_id in member_ids:
        if member_id not in known:
            known[member_id] = Purse(member_id, book.program_id, [], None, 0, "")
            known[member_id].lots_read = True
    return known


def decide_all(gathered: Gathered) -> Decided:
    """Decide; an event that cannot be decided is told as parked, as it would be."""
    while True:
        try:
            return decide(gathered)
        except EventFailed as failure:
            gathered.fresh[failure.place] = EventStatus.PARKED


def guest(member_id: int, joined_at: int, event: Event | None = None) -> MemberRow:
    """Return somebody who is not a member, as she would be on joining at `joined_at` (microseconds)."""
    traits = split_traits(event.traits) if event is not None and event.traits else None
    attributes = dict(traits.attributes) if traits is not None else {}
    return MemberRow(member_id, "active", False, joined_at, None, None, attributes, [], [])


def _guests(batch: Batch, resolution: Resolution) -> frozenset[int]:
    """Let those be known whom accrual would enrol; return their ids, which are negative."""
    guests: set[int] = set()
    for item in batch.items:
        if not (item.enrol or item.introduces) or resolution.member_of(item, batch.rulebook.identifier_order):
            continue
        event = item.event
        if event.user_id or event.identifiers:
            member_id = -1 - len(guests)
            guests.add(member_id)
            resolution.members[member_id] = guest(member_id, item.occurred_at, event)
            for pair in identifiers_of(event):
                resolution.known.setdefault(pair, member_id)
    return frozenset(guests)
