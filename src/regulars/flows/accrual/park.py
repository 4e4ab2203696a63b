"""Set an event aside that could not be decided: visible, with its reason, replayable; its neighbours flow."""

from __future__ import annotations

from regulars.flows.accrual.clock import instant
from regulars.flows.accrual.decide import EventFailed
from regulars.flows.accrual.queries import queries
from regulars.flows.accrual.types import Gathered
from regulars.infra.db import Transaction


async def park(tx: Transaction, gathered: Gathered, failure: EventFailed) -> None:
    """Write the event that failed to `events.parked` with what went wrong."""
    item = gathered.batch.items[failure.place]
    event_id = gathered.resumed.get(failure.place, (gathered.batch_id << 20) + 1 + failure.place)
    cause = failure.__cause__
    await tx.run(
        queries.insert_parked,
        program_id=gathered.batch.rulebook.program_id,
        source_id=item.source_id,
        key=item.event.key,
        reason="failed",
        detail=f"{type(cause).__name__}: {cause}",
        doc=item.doc.decode(),
        event_id=event_id,
        now=instant(gathered.batch.received_at),
    )
