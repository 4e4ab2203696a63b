"""The till of this process: callers are remembered and proven by each use; programs are looked up for all together."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from datetime import datetime
from hashlib import sha256
from typing import Final, NamedTuple

from regulars.app.authentication import KeyAuthenticator, subject_of_key
from regulars.app.redemption_ports import redemption_ports
from regulars.app.shared_lookups import SharedLookups
from regulars.features.programs import ProgramDirectory
from regulars.flows.accrual import Rulebooks
from regulars.flows.redemption import Caller, Grounds, Till
from regulars.infra.clock import Clock
from regulars.infra.db import Database
from regulars.infra.web import Authenticator

# As many as the intake remembers; who falls out is read again.
CALLERS_KNOWN_MAX: Final = 20_000


def open_till(
    db: Database,
    clock: Clock,
    authenticator: Authenticator,
    programs: ProgramDirectory,
    rulebooks: Rulebooks | None = None,
    came: Callable[[str], None] = lambda _: None,
) -> Till:
    """Return the till of an application: `rulebooks` of the process; `came` is told the prefix of each key."""
    callers = KnownCallers(db, clock, authenticator, came)
    codes = SharedLookups(programs.id_of)
    return Till(db, clock, Grounds(redemption_ports(rulebooks)), callers.find, codes.find)


class _Known(NamedTuple):
    caller: Caller
    prefix: str
    ends_at: datetime | None


class KnownCallers:
    """Callers with an API key of a program, remembered by the hash of what they sent until its end.

    What is remembered bears the revision it was read under, which a revocation raises: whoever relies on it compares
    that with the program's, in the transaction that does the work. Requests that come together share a reading.
    """

    def __init__(
        self,
        db: Database,
        clock: Clock,
        authenticator: Authenticator,
        came: Callable[[str], None] = lambda _: None,
    ) -> None:
        """Read keys in `db`; `authenticator` knows everybody else, `came` is told the prefix of each key."""
        self._clock = clock
        self._came = came
        self._authenticator = authenticator
        self._keys = KeyAuthenticator(db, clock, came)
        self._known: OrderedDict[bytes, _Known] = OrderedDict()
        self._reading: SharedLookups[str, Caller | None] = SharedLookups(self._read)

    async def find(self, headers: Mapping[str, str], *, anew: bool = False) -> Caller | None:
        """Return who is calling, None without credentials; `anew`: as read from now on. Raises Unauthenticated."""
        authorization = headers.get("authorization")
        if authorization is None or "cookie" in headers:
            subject = await self._authenticator.authenticate(headers)
            return None if subject is None else Caller(subject)
        known = None if anew else self._known.get(_hash(authorization))
        if known is not None and (known.ends_at is None or self._clock.now() < known.ends_at):
            self._came(known.prefix)
            return known.caller
        caller = await self._reading.find(authorization)
        return caller if caller is None or not anew else Caller(caller.subject)

    async def _read(self, authorization: str) -> Caller | None:
        name = _hash(authorization)
        self._known.pop(name, None)
        bearer = await self._keys.bearer(authorization)
        if bearer is None:
            return None
        if bearer.program_id is None:  # the platform's has no revision that could be compared
            return Caller(subject_of_key(bearer))
        caller = Caller(subject_of_key(bearer), bearer.revision)
        self._known[name] = _Known(caller, bearer.prefix, bearer.expires_at)
        if len(self._known) > CALLERS_KNOWN_MAX:
            self._known.popitem(last=False)
        return caller


def _hash(authorization: str) -> bytes:
    return sha256(authorization.encode()).digest()
