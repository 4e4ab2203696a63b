"""An event once more, as if it came now: decided under the rules in force and on the member as she is; nothing is kept.

What an event was rated for stays what it was. Whoever looks for a mistake wants to see the same message go through the
rules of today: it gets an id and an order of its own, so that it is no duplicate, and is only tried out.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from regulars.core.events import Event, EventStatus, decode_doc
from regulars.core.rules import Language
from regulars.features.programs import ProgramConfig
from regulars.flows.journal.entries import Stored, queries
from regulars.flows.journal.errors import EventErased, EventOfTheSystem, UnknownEvent
from regulars.flows.journal.port import JournalPort
from regulars.infra.db import Database
from regulars.kit import ids

AGAIN = "once more"


class Rehearsed(msgspec.Struct, frozen=True):
    """What an event would do now. `evaluation` is shaped as every evaluation; None where no rules were asked."""

    status: EventStatus
    message: str
    evaluation: Any


async def rehearse(
    db: Database,
    port: JournalPort,
    config: ProgramConfig,
    event_id: int,
    now: datetime,
    language: Language = "en",
) -> Rehearsed:
    """Return what a stored event would do if it came now. Refuses with UnknownEvent, EventErased, EventOfTheSystem."""
    async with db.transaction(read_only=True) as tx:
        stored = await tx.maybe(queries.select_event, row=Stored, program_id=config.id, id=event_id)
    if stored is None:
        raise UnknownEvent
    if stored.doc is None:
        raise EventErased
    source = config.sources.get(stored.source_id)
    if source is None:
        raise EventOfTheSystem
    event = _anew(decode_doc(stored.doc), stored, now)
    (result,) = await port.accept(
        await port.source_by_code(config.id, source.code),
        [event],
        received_at=now,
        dry_run=True,
        effects=True,
        explain=True,
        language=language,
    )
    return Rehearsed(result.status, result.message, result.outcome)


def _anew(event: Event, stored: Stored, now: datetime) -> Event:
    """Return the event with ids of its own, occurring now. Its member is the one it was rated for."""
    order = event.order
    if order is not None and order.refund is None:
        order = msgspec.structs.replace(order, order_id=f"{order.order_id} {AGAIN}")
    return msgspec.structs.replace(
        event, occurred_at=now, stated_at=None, key=f"{AGAIN} {ids.encode('evt', stored.id)}", order=order
    )
