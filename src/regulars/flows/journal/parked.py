"""Events set aside: listed with the reason, and sent through the rules once more, which counts exactly once.

A replay first gives back the ids that the event had taken when it was admitted (only while nothing was ever
rated under
them), then sends it in again under its own id. Wherever it is interrupted, the next replay finds either the
ids free, or
the event rated and then a duplicate: both end with the event rated once.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from regulars.core.events import Event, EventStatus, decode_doc
from regulars.features.programs import ProgramConfig
from regulars.flows.journal.entries import message_key, queries
from regulars.flows.journal.errors import ParkedUnknown, StillWaiting
from regulars.flows.journal.port import JournalPort
from regulars.infra.db import Database, Transaction, failpoint
from regulars.kit import ids

# The namespace in which an order is rated once.
ORDER_NAMESPACE_ID = 0
WAITING = "waiting_for_order"
TAKEN = frozenset({EventStatus.ACCEPTED, EventStatus.DUPLICATE, EventStatus.DUPLICATE_ORDER,
EventStatus.PARKED,
                   EventStatus.WAITING_FOR_ORDER, EventStatus.UNKNOWN_MEMBER})  # fmt: skip


class ParkedRow(msgspec.Struct, frozen=True):
    """A row of `events.parked`."""

    id: int
    source_id: int
    key: str
    reason: str
    detail: str
    doc: str
    event_id: int | None
    attempts: int
    received_at: datetime
    replayed_at: datetime | None


class ParkedEntry(msgspec.Struct, frozen=True):
    """An event set aside. `reason` is waiting_for_order or failed; `event` is its normal form."""

    id: int
    type: str
    reason: str
    detail: str
    source: str | None
    key: str
    order_id: str | None
    event_id: str | None
    attempts: int
    received_at: datetime
    replayed_at: datetime | None
    event: dict[str, Any]


class Replayed(msgspec.Struct, frozen=True):
    """What became of an event that was replayed."""

    status: EventStatus
    event_id: str | None
    message: str


async def list_parked(
    tx: Transaction, config: ProgramConfig, *, before: int, limit: int, only_open: bool = True
) -> list[ParkedEntry]:
    """Return events set aside, the latest first."""
    rows = await tx.all(
        queries.select_parked, row=ParkedRow, program_id=config.id, before=before, limit=limit, open=only_open
    )
    return [shown(config, row) for row in rows]


def shown(config: ProgramConfig, row: ParkedRow) -> ParkedEntry:
    """Return a row as an entry."""
    source = config.sources.get(row.source_id)
    told = msgspec.json.decode(row.doc)
    return ParkedEntry(
        id=row.id,
        type=told.get("type", ""),
        reason=row.reason,
        detail=row.detail,
        source=None if source is None else source.code,
        key=row.key,
        order_id=(told.get("order") or {}).get("order_id"),
        event_id=None if row.event_id is None else ids.encode("evt", row.event_id),
        attempts=row.attempts,
        received_at=row.received_at,
        replayed_at=row.replayed_at,
        event=told,
    )


async def replay(
    db: Database, port: JournalPort, config: ProgramConfig, parked_id: int, now: datetime
) -> Replayed:
    """Send an event set aside through the rules as they are now. Refuses with ParkedUnknown, StillWaiting."""
    async with db.transaction() as tx:
        row = await tx.maybe(queries.lock_parked, row=ParkedRow, program_id=config.id, id=parked_id)
        if row is None:
            raise ParkedUnknown
        if row.reason == WAITING:
            raise StillWaiting
        event = _with_key(row)
        taken = _taken_ids(row, event)
        await tx.run(
            queries.release_identities,
            program_id=config.id,
            source_ids=[source_id for source_id, _ in taken],
            keys=[key for _, key in taken],
        )
    failpoint("after_release_before_replay")
    source = await port.source_by_code(config.id, config.sources[row.source_id].code)
    (result,) = await port.accept(source, [event], received_at=now)
    failpoint("after_replay_before_mark")
    if result.status in TAKEN:
        async with db.transaction() as tx:
            await tx.run(queries.mark_replayed, id=row.id, now=now)
    number = None if result.event_id is None else ids.encode("evt", result.event_id)
    return Replayed(result.status, number, result.message)


def _with_key(row: ParkedRow) -> Event:
    """Return the event; one without an id gets one of its own, so that its replay counts once, too."""
    event = decode_doc(row.doc)
    return event if event.key else msgspec.structs.replace(event, key=f"parked:{row.id}")


def _taken_ids(row: ParkedRow, event: Event) -> list[tuple[int, UUID]]:
    taken = [(row.source_id, message_key(event.key))]
    if event.order is not None:
        taken.append((ORDER_NAMESPACE_ID, message_key(event.order.order_id)))
    return taken
