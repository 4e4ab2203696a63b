"""The outbox: whoever changes something numbers its batch here and leaves in the same row what others must hear."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from regulars.infra.db import Transaction, load_queries

queries = load_queries(__package__)

_encode = msgspec.json.Encoder(decimal_format="number").encode
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


async def next_batch_id(tx: Transaction) -> int:
    """Return the number of a new batch; ids of what it writes are (number << 20) + 1, 2, 3, …"""
    number: int = await tx.value(queries.next_batch_id)
    return number


def notice(type: str, member_id: int, at: int, facts: dict[str, Any]) -> dict[str, Any]:  # noqa: A002
    """Return one notice: what happened to whom at which instant (microseconds since 1970).

    Ids in `facts` are numbers; webhooks show them in their public form.
    """
    moment = (_EPOCH + timedelta(microseconds=at)).isoformat().replace("+00:00", "Z")
    return {"type": type, "member": str(member_id), "at": moment, "data": facts}


async def announce(
    tx: Transaction,
    batch_id: int,
    program_id: int,
    received_at: datetime,
    notices: Sequence[dict[str, Any]],
    *,
    events: int = 0,
) -> None:
    """Write the batch's row in the transaction of its changes; no notices, nothing to hear."""
    await tx.run(
        queries.insert_batch,
        id=batch_id,
        program_id=program_id,
        received_at=received_at,
        events=events,
        notices=_encode(notices).decode() if notices else None,
    )
