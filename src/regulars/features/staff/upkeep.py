"""Forgetting what is over: sessions, links, unanswered questions, attempts long made."""

from __future__ import annotations

from datetime import timedelta

from regulars.features.staff import store
from regulars.infra.jobs import JobContext, Task, Tick

# Who signed in when is looked up for a while after something went wrong.
RETENTION = timedelta(days=90)


async def forget_spent(context: JobContext, tick: Tick) -> None:
    """Delete what ended before the retention, and questions that nobody answered in time."""
    async with context.transaction() as tx:
        await store.delete_spent(tx, tick.tick, tick.tick - RETENTION)


FORGET_SPENT = Task("staff.forget_spent", forget_spent, payload=Tick)
