"""Sessions of browsers: begun after somebody proved who she is, read anew by every request, over when revoked."""

from __future__ import annotations

from datetime import datetime

from regulars.features.staff import store
from regulars.features.staff.errors import UnknownSession
from regulars.features.staff.model import (
    SESSION_LONGEST,
    SESSIONS_MAX,
    Browser,
    Opened,
    hash_token,
    new_token,
)
from regulars.features.staff.roles import PLATFORM_ADMIN
from regulars.features.staff.store import Living
from regulars.infra.db import Transaction

_BROWSER_LETTERS_MAX = 200


async def open_session(
    tx: Transaction, person_id: int, method: str, browser: Browser, now: datetime
) -> Opened:
    """Begin a session of a person who proved by `method` who she is; her oldest ends when she has too many."""
    token, expires_at = new_token(), now + SESSION_LONGEST
    await store.insert_session(
        tx,
        hash_token(token),
        person_id,
        method,
        now,
        expires_at,
        browser.address,
        browser.name[:_BROWSER_LETTERS_MAX],
    )
    await store.end_oldest_sessions(tx, person_id, SESSIONS_MAX, now)
    return Opened(token, expires_at)


async def find_session(tx: Transaction, token: str, now: datetime) -> Living | None:
    """Return the living session of a token."""
    return await store.select_session(tx, hash_token(token), now)


async def programs_of(tx: Transaction, living: Living) -> list[tuple[str, str]]:
    """Return the programs (code, name) in which somebody has a role; all where one of her roles is everywhere."""
    if any(one.program_id is None for one in living.held):
        return [(code, name) for _, code, name in await store.select_programs_of_all(tx)]
    return sorted({(one.program or "", one.program_name or "") for one in living.held})


async def revoke_own_session(tx: Transaction, person_id: int, session_id: int, now: datetime) -> None:
    """End a session of one's own. Refuses with UnknownSession."""
    if not await store.revoke_session(tx, person_id, session_id, now):
        raise UnknownSession


def administers(living: Living) -> bool:
    """Whether somebody administers the installation."""
    return any(one.role == PLATFORM_ADMIN for one in living.held)
