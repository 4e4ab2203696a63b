"""Closing a draw, with everybody in it who bought in time."""

from __future__ import annotations

from datetime import datetime

from regulars.features.draws import StoredDraw, close_draw
from regulars.flows.prizes.port import Owed
from regulars.infra.db import Transaction


async def close(
    tx: Transaction, owed: Owed, program_id: int, code: str, now: datetime, public_value: str = ""
) -> StoredDraw:
    """Enter what rules owe, then close the draw. Refuses with UnknownDraw, DrawNotOpen, PublicValueFixed."""
    await owed.settle_tickets(tx, program_id, code, now)
    return await close_draw(tx, program_id, code, now, public_value)
