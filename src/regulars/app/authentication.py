"""Who is calling: API keys, and whatever else is plugged in behind the same protocol."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping, Sequence

from regulars.features.programs import Bearer, bearer_of_api_key
from regulars.infra.clock import Clock
from regulars.infra.db import Database
from regulars.infra.web import Authenticator, Subject
from regulars.kit.errors import Unauthenticated


class KeyAuthenticator:
    """API keys, as `Authorization: Bearer <key>` or as the user of Basic. Each request reads the key's row again."""

    def __init__(self, db: Database, clock: Clock, came: Callable[[str], None] = lambda _: None) -> None:
        """Look keys up in `db`; `came` is told the prefix of each valid key."""
        self._db = db
        self._came = came
        self._clock = clock

    async def authenticate(self, headers: Mapping[str, str]) -> Subject | None:
        """Return the key's subject; None without an Authorization header. Raises Unauthenticated."""
        bearer = await self.bearer(headers.get("authorization", ""))
        return None if bearer is None else subject_of_key(bearer)

    async def bearer(self, authorization: str) -> Bearer | None:
        """Return who the key in an Authorization header speaks for; None where it has none. Raises Unauthenticated."""
        key = _key_in(authorization)
        if key is None:
            return None
        async with self._db.transaction(read_only=True) as tx:
            bearer = await bearer_of_api_key(tx, key, self._clock.now())
        self._came(bearer.prefix)
        return bearer


def subject_of_key(bearer: Bearer) -> Subject:
    """Return the subject that an API key is."""
    return Subject(
        credential=f"key:{bearer.credential_id}",
        kind="api_key",
        program_id=bearer.program_id,
        roles=frozenset(bearer.roles),
        scopes=frozenset(bearer.roles),
        partners=_partners(bearer.roles),
    )


class FirstOf:
    """Asks several authenticators, in order; the first that recognises its kind of credentials answers."""

    def __init__(self, *authenticators: Authenticator) -> None:
        """Ask `authenticators` in this order."""
        self._authenticators = authenticators

    async def authenticate(self, headers: Mapping[str, str]) -> Subject | None:
        """Return the first subject found, None when nobody recognises anything."""
        for authenticator in self._authenticators:
            subject = await authenticator.authenticate(headers)
            if subject is not None:
                return subject
        return None


def _partners(roles: Sequence[str]) -> frozenset[str] | None:
    """Return the partners that a key is kept to (`partner:<code>` among its scopes), None for a key of the program."""
    if "partner" not in roles:
        return None
    return frozenset(role.partition(":")[2] for role in roles if role.startswith("partner:"))


def _key_in(authorization: str) -> str | None:
    scheme, _, credentials = authorization.strip().partition(" ")
    if scheme.lower() == "bearer":
        return credentials.strip()
    if scheme.lower() == "basic":
        try:
            decoded = base64.b64decode(credentials, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            raise Unauthenticated from None
        return decoded.partition(":")[0]
    return None
