"""The chain's end, noted once a day where the database's owner cannot change it: in the log of the server."""

from __future__ import annotations

import structlog

from regulars.features.audit import store
from regulars.infra.jobs import JobContext, Task, Tick

log = structlog.get_logger("regulars.audit")


async def note_anchor(context: JobContext, tick: Tick) -> None:  # noqa: ARG001 - the shape of a job
    """Write the anchor into the log; `regulars audit verify --anchor` holds the chain against it."""
    async with context.transaction() as tx:
        head = await store.select_head(tx)
    log.info("audit_anchor", anchor=str(head))


NOTE_ANCHOR = Task("audit.note_anchor", note_anchor, payload=Tick)
