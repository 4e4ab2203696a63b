"""Fan-out: outbox rows become messages, one per notice and listening endpoint, in one transaction.

Rows are found by what they are (not yet fanned out), never by a number above the last one seen: numbers commit out of
order. Any number of workers may do this at once.
"""

from __future__ import annotations

from datetime import datetime

import structlog

from regulars.features.webhooks import NoticesUnreadable, bodies_of, insert_messages, insert_unreadable
from regulars.infra.clock import Clock
from regulars.infra.db import Database, Transaction, failpoint, load_queries

log = structlog.get_logger(__name__)

queries = load_queries(__package__)

# One round's memory: a batch of 1,000 events has at most some thousand notices of some hundred bytes.
BATCHES_PER_ROUND = 50


async def fan_out(db: Database, clock: Clock) -> int:
    """Do one round in a transaction of its own; return how many outbox rows were done."""
    async with db.transaction() as tx:
        return await fan_out_batches(tx, clock.now())


async def fan_out_batches(tx: Transaction, now: datetime) -> int:
    """Turn at most BATCHES_PER_ROUND outbox rows into messages; return how many rows were done.

    The same number of statements for one row and for all; a row that cannot be decoded is set aside by one more.
    """
    batches = await tx.all(queries.claim_batches, limit=BATCHES_PER_ROUND)
    if not batches:
        return 0
    notices: list[tuple[int, str, str]] = []
    for batch_id, program_id, text in batches:
        try:
            notices += [(program_id, kind, body) for kind, body in bodies_of(text)]
        except NoticesUnreadable as error:
            log.error("notices_unreadable", batch=batch_id, reason=str(error))
            await insert_unreadable(tx, batch_id, program_id, str(error), now)
    await insert_messages(tx, notices, now)
    failpoint("after_fan_out_before_mark")
    await tx.run(queries.mark_fanned_out, ids=[batch[0] for batch in batches])
    return len(batches)
