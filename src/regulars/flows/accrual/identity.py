"""Admission: every message once for ever, every order rated once. Keys go in first, in the transaction of
their
effects.

All keys of a batch are written in one COPY. It fails as a whole when one of them is known (a repeat, or
another
server has
just written it); only then the known ones are read, told apart, and the rest is written.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from hashlib import blake2b
from struct import Struct
from typing import TypeVar
from uuid import UUID

from regulars.core.events import ORDER_COMPLETED, EventStatus
from regulars.core.ledger import copy_body
from regulars.flows.accrual.queries import queries
from regulars.flows.accrual.types import ORDER_NAMESPACE_ID, Batch, Item
from regulars.infra.db import Together, Transaction, map_constraint
from regulars.kit.errors import Conflict

T = TypeVar("T")

_IDENTITY = Struct(">hiiiii16si16siqiq").pack
# Where program, source and key end in such a row: that far it says which key this is.
_KEY_END = Struct(">hiiiii16s").size

# A batch may meet another writer of the same keys; after so many meetings it begins again from the start.
ATTEMPTS_MAX = 4

Known = dict[tuple[int, bytes], tuple[bytes, int, int]]
"""(source id, key) → (content, member id, event id) of what was admitted before."""


class AlreadyAdmitted(Conflict):
    """A message of this batch was admitted before."""


map_constraint("events_identity_once", AlreadyAdmitted)


def message_key(key: str) -> bytes:
    """Return the 16 bytes that stand for a message id."""
    return blake2b(key.encode(), digest_size=16).digest()


class Admission:
    """The admission of one batch: what each item is, and the keys that say so."""

    def __init__(
        self, batch: Batch, batch_id: int, member_of: list[int], order_keys: list[bytes | None]
    ) -> None:
        self.batch = batch
        self.member_of = member_of
        self.order_keys = order_keys
        self.first_event_id = (batch_id << 20) + 1
        self.status = [EventStatus.ACCEPTED] * len(batch.items)
        self.repeats: dict[int, tuple[int, int]] = {}
        self.contents = [item.content for item in batch.items]
        self.keys = [message_key(item.event.key) if item.event.key else None for item in batch.items]

    def rows(self, known: Known) -> list[bytes]:
        """Return the identity rows of what is fresh, marking everything else; sorted, so that two batches
        never
        wait in a ring.
        """
        rows = self._all_fresh() if not known else None
        if rows is not None:
            return rows
        seen = dict(known)
        fresh: list[tuple[int, bytes, bytes, int, int]] = []
        for place, item in enumerate(self.batch.items):
            event_id, member_id = self.first_event_id + place, self.member_of[place]
            status = self._message(place, item, seen)
            if status is EventStatus.ACCEPTED:
                status = self._order(place, item, seen)
            self.status[place] = status
            if status is EventStatus.DUPLICATE_ORDER:
                # Its id leads to the event that rated the order; there is none of its own.
                member_id, event_id = self.repeats[place]
            if status is EventStatus.ACCEPTED or status is EventStatus.DUPLICATE_ORDER:
                content = self.contents[place]
                for source_id, key in self._own_keys(place, item, status):
                    seen[source_id, key] = (content, member_id, event_id)
                    fresh.append((source_id, key, content, member_id, event_id))
        program_id = self.batch.rulebook.program_id
        return sorted(
            _IDENTITY(6, 4, program_id, 4, source_id, 16, key, 16, content, 8, member_id, 8, event_id)
            for source_id, key, content, member_id, event_id in fresh
        )

    def _all_fresh(self) -> list[bytes] | None:
        """Return the same rows where no key is in the batch twice, which needs no look at each; else None."""
        program_id = self.batch.rulebook.program_id
        rows = []
        contents, member_of, order_keys = self.contents, self.member_of, self.order_keys
        event_id = self.first_event_id
        for place, (item, key) in enumerate(zip(self.batch.items, self.keys, strict=True)):
            content, member_id, order_key = contents[place], member_of[place], order_keys[place]
            if key is not None:
                rows.append(
                    _IDENTITY(
                        6, 4, program_id, 4, item.source_id, 16, key, 16, content, 8, member_id, 8, event_id + place
                    )
                )  # fmt: skip
            if order_key is not None and item.event.type == ORDER_COMPLETED:
                rows.append(
                    _IDENTITY(
                        6, 4, program_id, 4, ORDER_NAMESPACE_ID, 16, order_key, 16, content, 8, member_id,
                        8, event_id + place,
                    )
                )  # fmt: skip
        if len({row[:_KEY_END] for row in rows}) < len(rows):
            return None
        self.status = [EventStatus.ACCEPTED] * len(self.batch.items)
        rows.sort()
        return rows

    def _own_keys(self, place: int, item: Item, status: EventStatus) -> list[tuple[int, bytes]]:
        keys = []
        key, order_key = self.keys[place], self.order_keys[place]
        if key is not None:
            keys.append((item.source_id, key))
        if order_key is not None and item.event.type == ORDER_COMPLETED and status is EventStatus.ACCEPTED:
            keys.append((ORDER_NAMESPACE_ID, order_key))
        return keys

    def _message(self, place: int, item: Item, seen: Known) -> EventStatus:
        key = self.keys[place]
        before = seen.get((item.source_id, key)) if key is not None else None
        if before is None:
            return EventStatus.ACCEPTED
        self.repeats[place] = before[1:]
        if before[0] == self.contents[place]:
            return EventStatus.DUPLICATE
        return EventStatus.DUPLICATE_WITH_DIFFERENT_PAYLOAD

    def _order(self, place: int, item: Item, seen: Known) -> EventStatus:
        key = self.order_keys[place]
        if key is None or item.event.type != ORDER_COMPLETED:
            return EventStatus.ACCEPTED
        before = seen.get((ORDER_NAMESPACE_ID, key))
        if before is None:
            return EventStatus.ACCEPTED
        self.repeats[place] = before[1:]
        return EventStatus.DUPLICATE_ORDER

    def all_keys(self) -> tuple[list[int], list[UUID]]:
        """Return every key the batch could write, as two parallel lists."""
        pairs = [
            pair
            for place, item in enumerate(self.batch.items)
            for pair in self._own_keys(place, item, EventStatus.ACCEPTED)
        ]
        return [source_id for source_id, _ in pairs], [UUID(bytes=key) for _, key in pairs]


async def admit(tx: Transaction, admission: Admission, along: Callable[[Together], Awaitable[T]]) -> T:
    """Write the identities of the batch; afterwards `admission.status` says what each item is.

    What `along` reads then goes to the server with them; it is done again when a key turns out to be known.
    """
    known: Known = {}
    for _ in range(ATTEMPTS_MAX):
        rows = admission.rows(known)
        try:
            async with Together(tx, undo=True) as soon:
                if rows:
                    await soon.copy(queries.copy_identities, copy_body(rows))
                return await along(soon)
        except AlreadyAdmitted:
            known = await select_known(tx, admission)
    raise AlreadyAdmitted


async def select_known(tx: Transaction, admission: Admission) -> Known:
    """Return what the database knows of the batch's messages and orders."""
    source_ids, keys = admission.all_keys()
    found = await tx.all(
        queries.select_identities,
        program_id=admission.batch.rulebook.program_id,
        source_ids=source_ids,
        keys=keys,
    )
    return {
        (source_id, key.bytes): (content.bytes, member_id, event_id)
        for source_id, key, content, member_id, event_id in found
    }
