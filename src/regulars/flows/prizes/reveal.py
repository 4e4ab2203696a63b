"""Revealing a draw, and telling it."""

from __future__ import annotations

from datetime import datetime

from regulars.features.draws import StoredDraw, get_draw, reveal_draw
from regulars.features.webhooks import tell
from regulars.infra.db import Transaction


async def reveal(tx: Transaction, program_id: int, code: str, now: datetime) -> StoredDraw:
    """Reveal a closed draw: its seed and its winners. Refuses with UnknownDraw, DrawNotClosed."""
    before = await get_draw(tx, program_id, code)
    found = await reveal_draw(tx, program_id, code, now)
    if before.status != "revealed":
        facts = {"draw": code, "commitment": found.commitment, "entries_digest": found.entries_digest}
        await tell(tx, program_id, "draw.revealed", facts, now)
    return found
