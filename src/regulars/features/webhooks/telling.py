"""One notice about something that is no batch of events: into the outbox, in the transaction of what it tells."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from regulars.core.events import announce, next_batch_id, notice
from regulars.core.ledger import micros
from regulars.features.webhooks.subscriptions import subscribed_types
from regulars.infra.db import Transaction


async def tell(
    tx: Transaction, program_id: int, kind: str, facts: dict[str, Any], now: datetime, member_id: int = 0
) -> None:
    """Write one notice, when anybody listens; member 0 = about nobody in particular."""
    if kind in await subscribed_types(tx, program_id):
        told = [notice(kind, member_id, micros(now), facts)]
        await announce(tx, await next_batch_id(tx), program_id, now, told)
