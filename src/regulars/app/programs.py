"""Codes of programs in addresses, turned into ids for slices that know no programs."""

from __future__ import annotations

from regulars.app.gauges import queries
from regulars.infra.db import Database


class ProgramCodes:
    """Finds programs by their code; the application's `state.programs`."""

    def __init__(self, db: Database) -> None:
        """Look codes up in `db`."""
        self._db = db

    async def id_of(self, code: str) -> int | None:
        """Return the id of the program with this code; None when there is none or it is archived."""
        async with self._db.transaction(read_only=True) as tx:
            found: int | None = await tx.value(queries.select_program, code=code)
        return found
