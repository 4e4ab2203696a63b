"""Programs by the code in an address, for slices that know no programs; the application's `state.programs`."""

from __future__ import annotations

from regulars.features.programs.config import ConfigCache
from regulars.features.programs.model import ProgramConfig
from regulars.features.programs.store import select_program_by_code
from regulars.infra.db import Database, Transaction


class ProgramDirectory:
    """Finds programs by code, and keeps their configurations for as long as they are true."""

    def __init__(self, db: Database) -> None:
        """Look codes up in `db`."""
        self._db = db
        self._configs = ConfigCache()

    async def id_of(self, code: str) -> int | None:
        """Return the id of the program with this code; None when there is none or it is archived."""
        async with self._db.transaction(read_only=True) as tx:
            program = await select_program_by_code(tx, code)
        return None if program is None or program.archived_at else program.id

    async def config_of(self, tx: Transaction, program_id: int) -> ProgramConfig:
        """Return a program's configuration as it is now. Refuses with UnknownProgram."""
        return await self._configs.get(tx, program_id)
