"""The till of this process: who is calling and which program is meant are looked up once for all who ask together."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.datastructures import Headers

from regulars.app.redemption_ports import redemption_ports
from regulars.app.shared_lookups import SharedLookups
from regulars.features.programs import ProgramDirectory
from regulars.flows.accrual import Rulebooks
from regulars.flows.redemption import Grounds, Till
from regulars.infra.clock import Clock
from regulars.infra.db import Database
from regulars.infra.web import Authenticator, Subject


def open_till(
    db: Database,
    clock: Clock,
    authenticator: Authenticator,
    programs: ProgramDirectory,
    rulebooks: Rulebooks | None = None,
) -> Till:
    """Return the till of an application; `rulebooks` are those of the process."""
    callers = _Callers(authenticator)
    codes = SharedLookups(programs.id_of)
    return Till(db, clock, Grounds(redemption_ports(rulebooks)), callers.find, codes.find)


class _Callers:
    """Finds callers; requests that come together with one key share the reading of its row."""

    def __init__(self, authenticator: Authenticator) -> None:
        self._authenticator = authenticator
        self._keys: SharedLookups[str, Subject | None] = SharedLookups(self._read)

    async def find(self, headers: Mapping[str, str]) -> Subject | None:
        authorization = headers.get("authorization")
        if authorization is None or "cookie" in headers:
            return await self._authenticator.authenticate(headers)
        return await self._keys.find(authorization)

    async def _read(self, authorization: str) -> Subject | None:
        return await self._authenticator.authenticate(Headers({"authorization": authorization}))
