"""What subscribers of webhooks hear of settlement."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from regulars.core.events import announce, next_batch_id, notice
from regulars.core.ledger import micros
from regulars.features.webhooks import subscribed_types
from regulars.infra.db import Transaction


async def tell(tx: Transaction, program_id: int, kind: str, facts: dict[str, Any], now: datetime) -> None:
    """Write one notice into the outbox, in the transaction of what it tells of, when anybody listens."""
    if kind in await subscribed_types(tx, program_id):
        told = [notice(kind, 0, micros(now), facts)]
        await announce(tx, await next_batch_id(tx), program_id, now, told)
