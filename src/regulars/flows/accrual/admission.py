"""What of a batch is new: every message once for ever, every order rated once, by the keys that are known already."""

from __future__ import annotations

from struct import Struct
from uuid import UUID

from regulars.core.events import ORDER_COMPLETED, EventStatus
from regulars.flows.accrual.item import Item
from regulars.flows.accrual.rulebook import speaks_for_another
from regulars.flows.accrual.types import ORDER_NAMESPACE_ID, Batch

_IDENTITY = Struct(">hiiiii16si16siqiq").pack
# Where program, source and key end in such a row: that far it says which key this is.
_KEY_END = Struct(">hiiiii16s").size

Known = dict[tuple[int, bytes], tuple[bytes, int, int, str]]
"""(source id, key) → (content, member id, event id, partner of an order, "" = nobody's) of what was admitted before."""


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
                content = item.content
                for source_id, key in self._own_keys(place, item, status):
                    seen[source_id, key] = (content, member_id, event_id, item.event.partner or "")
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
        member_of, order_keys = self.member_of, self.order_keys
        event_id = self.first_event_id
        for place, item in enumerate(self.batch.items):
            key, content, member_id, order_key = item.key, item.content, member_of[place], order_keys[place]
            if key is not None:
                rows.append(
                    _IDENTITY(
                        6, 4, program_id, 4, item.source_id, 16, key, 16, content, 8, member_id, 8, event_id + place
                    )
                )  # fmt: skip
            if order_key is not None and item.type == ORDER_COMPLETED:
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
        key, order_key = item.key, self.order_keys[place]
        if key is not None:
            keys.append((item.source_id, key))
        if order_key is not None and item.type == ORDER_COMPLETED and status is EventStatus.ACCEPTED:
            keys.append((ORDER_NAMESPACE_ID, order_key))
        return keys

    def _message(self, place: int, item: Item, seen: Known) -> EventStatus:
        before = seen.get((item.source_id, item.key)) if item.key is not None else None
        if before is None:
            return EventStatus.ACCEPTED
        self.repeats[place] = before[1:3]
        if before[0] == item.content:
            return EventStatus.DUPLICATE
        return EventStatus.DUPLICATE_WITH_DIFFERENT_PAYLOAD

    def _order(self, place: int, item: Item, seen: Known) -> EventStatus:
        key = self.order_keys[place]
        if key is None or item.type != ORDER_COMPLETED:
            return EventStatus.ACCEPTED
        before = seen.get((ORDER_NAMESPACE_ID, key))
        if before is None:
            return EventStatus.ACCEPTED
        if speaks_for_another(self.batch.rulebook, item.source_id, before[3]):
            return EventStatus.ORDER_OF_ANOTHER
        self.repeats[place] = before[1:3]
        return EventStatus.DUPLICATE_ORDER

    def all_keys(self) -> tuple[list[int], list[UUID]]:
        """Return every key the batch could write, as two parallel lists."""
        pairs = [
            pair
            for place, item in enumerate(self.batch.items)
            for pair in self._own_keys(place, item, EventStatus.ACCEPTED)
        ]
        return [source_id for source_id, _ in pairs], [UUID(bytes=key) for _, key in pairs]
