"""Sessions among the ways to say who is calling: the cookie of a browser, read anew with every request."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from regulars.features.staff import store
from regulars.features.staff.model import SEEN_EVERY, csrf_token
from regulars.features.staff.roles import ROLES, scopes_of
from regulars.features.staff.sessions import find_session
from regulars.features.staff.store import Held, Living
from regulars.infra.clock import Clock
from regulars.infra.db import Database
from regulars.infra.web import STAFF, Grant, Subject

COOKIE: Final = "regulars_session"
# Longer than any token of ours; nothing longer is hashed or looked up.
_TOKEN_LETTERS_MAX: Final = 64


class SessionAuthenticator:
    """Recognises signed-in browsers by their cookie. A session that is over speaks for nobody."""

    def __init__(self, db: Database, clock: Clock) -> None:
        """Look sessions up in `db`."""
        self._db = db
        self._clock = clock

    async def authenticate(self, headers: Mapping[str, str]) -> Subject | None:
        """Return the person's subject, None without a living session. Her roles count where a route narrows them."""
        token = token_in(headers)
        if token is None:
            return None
        now = self._clock.now()
        async with self._db.transaction(read_only=True) as tx:
            living = await find_session(tx, token, now)
        if living is None:
            return None
        if now - living.seen_at >= SEEN_EVERY:
            async with self._db.transaction() as tx:
                await store.update_session_seen(tx, living.id, now)
        return _subject(living, token)


def token_in(headers: Mapping[str, str]) -> str | None:
    """Return the session's token in a request's cookies."""
    for part in headers.get("cookie", "").split(";"):
        name, _, value = part.strip().partition("=")
        if name == COOKIE and 0 < len(value) <= _TOKEN_LETTERS_MAX:
            return value
    return None


def _subject(living: Living, token: str) -> Subject:
    return Subject(
        credential=f"staff:{living.person_id}",
        kind=STAFF,
        grants=tuple(_grant(one) for one in living.held),
        csrf=csrf_token(token),
        session_id=living.id,
    )


def _grant(one: Held) -> Grant:
    return Grant(
        ROLES[one.role].routes,
        scopes_of(one.role),
        one.program_id,
        one.program,
        one.partner,
        one.region,
    )
