"""Who is calling, and the protocol by which the application finds out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import msgspec


class Grant(msgspec.Struct, frozen=True):
    """What somebody may do and where: roles and scopes in one program (None: in all), or for a part of it only.

    `partner` and `region` are codes; a grant with one of them counts where a route says that it keeps to such a part.
    """

    roles: frozenset[str]
    scopes: frozenset[str]
    program_id: int | None = None
    program: str | None = None
    partner: str | None = None
    region: str | None = None


class Subject(msgspec.Struct, frozen=True):
    """The one who calls: a person of the staff, an API key, a member, or nobody.

    `credential` tells two callers apart (`key:12`, `staff:5`, `member:901`); idempotency keys are private to it.
    `program_id` is None for the platform's own staff. `roles` are roles of staff; `scopes` are what a key may do.

    A person has `grants` instead, and no roles until a route has found out which of them count there (narrowing.py).
    `partners` and `regions` are the codes to which the caller is kept on routes that know of such parts; None = all.
    `csrf` is what a browser must send along with whatever changes something; "" where no cookie speaks for anybody.
    """

    credential: str
    kind: str
    program_id: int | None = None
    member_id: int | None = None
    roles: frozenset[str] = frozenset()
    scopes: frozenset[str] = frozenset()
    grants: tuple[Grant, ...] = ()
    partners: frozenset[str] | None = None
    regions: frozenset[str] | None = None
    csrf: str = ""
    session_id: int | None = None


ANONYMOUS = Subject(credential="anonymous", kind="anonymous")


class Authenticator(Protocol):
    """Finds out who is calling. The application puts one into `app.state.authenticator`."""

    async def authenticate(self, headers: Mapping[str, str]) -> Subject | None:
        """Return the subject of the credentials in a request's headers.

        None when there are none. Raises Unauthenticated when there are some and they are wrong, revoked or expired.
        """
