"""Histories: stored rows of members, put in the order in which they were decided, ready to be decided again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal
from operator import attrgetter
from typing import NamedTuple

import msgspec

from regulars.core.events import PLATFORM_NAMES, decode_doc
from regulars.core.rules import REWARD_REDEEMED
from regulars.flows.accrual.insight import (
    SYSTEM_SOURCE_ID,
    Item,
    MemberRow,
    Rulebook,
    gives_back,
    is_correction,
    order_key_of,
    redemption_key,
)
from regulars.flows.simulation.model import Row, Told
from regulars.flows.simulation.spending import Paid, purchase_of
from regulars.flows.simulation.worlds import Chunk

# Events decided together: few enough that what they come to is counted and forgotten while it is in the processor's
# cache. Twenty kilobytes an event: with a thousand at once an order costs 83 µs, with fifty 60.
CHUNK_EVENTS = 50

# Further apart no two batches ran side by side: a transaction may take so long (infra/db/limits.py).
BATCH_US_MAX = 60_000_000

_told = msgspec.json.Decoder(Told, float_hook=Decimal).decode
NOTHING_TOLD = Told()
_key = attrgetter("key")
NOWHERE: frozenset[int] = frozenset()
NO_ORDERS: frozenset[bytes] = frozenset()

Order = dict[tuple[int, int], int]
"""(member, batch) → the number at whose place the batch stands, where that is not its own."""


def in_chunks(rows: list[Row]) -> Iterator[list[Row]]:
    """Yield rows (by member) in lists of about CHUNK_EVENTS that never part the events of a member."""
    first = 0
    for place, row in enumerate(rows):
        if place - first >= CHUNK_EVENTS and row.member_id != rows[place - 1].member_id:
            yield rows[first:place]
            first = place
    yield rows[first:]


class Run(NamedTuple):
    """Batches of one member, each of which may have run beside another one of them."""

    member_id: int
    batches: list[int]


def close_batches(rows: Iterable[Row]) -> list[Run]:
    """Return the runs of batches of each member; `rows` by member, then by number."""
    runs: list[Run] = []
    known: dict[int, int] = {}
    member = 0
    for row in rows:
        batch = row.id >> 20
        if row.member_id != member:
            member, known = row.member_id, {}
        if batch in known:
            continue
        if known and row.received_at - max(known.values()) <= BATCH_US_MAX:
            runs[-1].batches.append(batch)
        else:
            runs.append(Run(member, [batch]))
            known = {}
        known[batch] = row.received_at
    return [run for run in runs if len(run.batches) > 1]


class Place:
    """Where something stands in the histories of a chunk; `key` sorts it among the others."""

    __slots__ = ("event_id", "item", "key", "owner", "paid", "received_at", "told", "unheard")

    def __init__(
        self, row: Row, order: Order, told: Told, item: Item, paid: Paid | None = None, unheard: bool = False
    ) -> None:
        self.owner = row.member_id
        self.event_id = row.id
        self.key = _order_of_decision(row, order)
        self.received_at = row.received_at
        self.told = told
        self.item = item
        self.paid = paid
        self.unheard = unheard


def chunk_of(rows: list[Row], members: dict[int, MemberRow], book: Rulebook, order: Order) -> Chunk:
    """Return the rows in the order of decision, and apart what the platform's own events did that others caused."""
    taken: list[Place] = []
    caused: list[tuple[int, Told]] = []
    bought: list[Row] = []
    for row in rows:
        if row.source_id is None:
            if row.member_id in members:
                bought.append(row)
            continue
        told = _told(row.outcome) if row.outcome else NOTHING_TOLD
        if row.source_id == SYSTEM_SOURCE_ID and told.cause is not None and told.cause.isdigit():
            caused.append((int(told.cause), told))
        elif row.member_id in members:
            doc = row.doc.encode()
            item = Item(row.source_id, decode_doc(doc), doc, row.occurred_at, b"")
            taken.append(Place(row, order, told, item))
    if bought:
        taken += _bought(bought, taken, book, order)
    taken.sort(key=_key)
    items = [one.item for one in taken]
    keys, corrected = _orders(items, book)
    return Chunk(
        items=items,
        owners=[one.owner for one in taken],
        received=[max(one.received_at, one.item.occurred_at) for one in taken],
        told=[one.told for one in taken],
        event_ids=[one.event_id for one in taken],
        order_keys=keys,
        members=members,
        corrected=corrected,
        caused=caused,
        paid={place: one.paid for place, one in enumerate(taken) if one.paid is not None} if bought else {},
        unheard=frozenset([place for place, one in enumerate(taken) if one.unheard]) if bought else NOWHERE,
        forged=frozenset([place for place, item in enumerate(items) if _is_forged(item)]),
    )


def _is_forged(item: Item) -> bool:
    return item.source_id != SYSTEM_SOURCE_ID and item.event.type in PLATFORM_NAMES


def _orders(items: list[Item], book: Rulebook) -> tuple[list[bytes | None], frozenset[bytes]]:
    """Return the key of each one's order, and those of orders that something is about; none where nothing is."""
    about = [
        place
        for place, item in enumerate(items)
        if is_correction(item.event) or gives_back(item.event) or item.event.type in book.releasing
    ]
    if not about:
        return [None] * len(items), NO_ORDERS
    keys = [redemption_key(item.event) or order_key_of(item.event, book) for item in items]
    return keys, frozenset([key for place in about if (key := keys[place]) is not None])


def _bought(rows: list[Row], events: list[Place], book: Rulebook, order: Order) -> list[Place]:
    """Return the asking for rewards, and their taking where no event tells of it, because no rule listened then."""
    heard = {
        one.item.event.key: one.told
        for one in events
        if one.item.event.type == REWARD_REDEEMED and not _is_forged(one.item)
    }
    found = []
    for row in rows:
        bought = purchase_of(row, book)
        told = heard.get(bought.key, NOTHING_TOLD) if bought.at_once else NOTHING_TOLD
        asked = msgspec.structs.replace(row, source_id=SYSTEM_SOURCE_ID)
        found.append(Place(asked, order, told, bought.considered, bought.paid))
        if bought.key not in heard and not bought.moved:
            at = bought.redeemed.occurred_at
            then = msgspec.structs.replace(asked, id=bought.taken_by, occurred_at=at, received_at=at)
            found.append(Place(then, order, NOTHING_TOLD, bought.redeemed, None, True))
    return found


def _order_of_decision(row: Row, order: Order) -> tuple[int, int, int, bool, int]:
    """Sort events as they were decided: batch after batch in the order of decision, in each as they occurred.

    At one instant the platform's own events (she joined, it is her birthday) come before what the member did.
    """
    of_others = row.source_id is not None and row.source_id >= 0
    batch = row.id >> 20
    if order:
        batch = order.get((row.member_id, batch), batch)
    return (row.member_id, batch, row.occurred_at, of_others, row.id)
