"""Forgetting old messages and dead secrets, as a job."""

from __future__ import annotations

from datetime import timedelta

from regulars.features.webhooks import store
from regulars.infra.jobs import JobContext, Task, Tick

# As long as receivers are told that a message can be looked at and sent again.
RETENTION = timedelta(days=30)
MESSAGES_PER_TRANSACTION = 5_000


async def forget_old(context: JobContext, tick: Tick) -> None:
    """Delete messages that ended before the retention, in transactions of bounded size, and secrets that ended."""
    deleted = MESSAGES_PER_TRANSACTION
    while deleted == MESSAGES_PER_TRANSACTION:
        async with context.transaction() as tx:
            deleted = await store.delete_old_messages(tx, tick.tick - RETENTION, MESSAGES_PER_TRANSACTION)
            await store.delete_expired_secrets(tx, tick.tick)


FORGET_OLD = Task("webhooks.forget_old", forget_old, payload=Tick)
