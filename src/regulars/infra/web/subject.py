"""Who is calling, and the protocol by which the application finds out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import msgspec


class Subject(msgspec.Struct, frozen=True):
    """The one who calls: a person of the staff, an API key, a member, or nobody.

    `credential` tells two callers apart (`key:12`, `staff:5`, `member:901`); idempotency keys are private to it.
    `program_id` is None for the platform's own staff. `roles` are roles of staff; `scopes` are what a key may do.
    """

    credential: str
    kind: str
    program_id: int | None = None
    member_id: int | None = None
    roles: frozenset[str] = frozenset()
    scopes: frozenset[str] = frozenset()


ANONYMOUS = Subject(credential="anonymous", kind="anonymous")


class Authenticator(Protocol):
    """Finds out who is calling. The application puts one into `app.state.authenticator`."""

    async def authenticate(self, headers: Mapping[str, str]) -> Subject | None:
        """Return the subject of the credentials in a request's headers.

        None when there are none. Raises Unauthenticated when there are some and they are wrong, revoked or expired.
        """
