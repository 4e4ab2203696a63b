"""Questions to which one answer is awaited: kept under a hash, taken away with the answer."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from regulars.features.staff.errors import ChallengeSpent
from regulars.features.staff.model import hash_token, new_token
from regulars.features.staff.store import queries
from regulars.infra.db import Transaction


async def ask(
    tx: Transaction,
    purpose: str,
    content: dict[str, Any],
    expires_at: datetime,
    person_id: int | None = None,
) -> str:
    """Keep what the answer will be held against; return the token by which it is found again."""
    token = new_token()
    await tx.run(
        queries.insert_challenge,
        token_hash=hash_token(token),
        purpose=purpose,
        person_id=person_id,
        content=msgspec.json.encode(content).decode(),
        expires_at=expires_at,
    )
    return token


async def take(
    tx: Transaction, purpose: str, token: str, now: datetime, person_id: int | None = None
) -> dict[str, Any]:
    """Return what was kept, this once. Refuses with ChallengeSpent."""
    found = await tx.value(
        queries.take_challenge,
        token_hash=hash_token(token),
        purpose=purpose,
        now=now,
        person_id=person_id,
    )
    if found is None:
        raise ChallengeSpent
    content: dict[str, Any] = msgspec.json.decode(found)
    return content
