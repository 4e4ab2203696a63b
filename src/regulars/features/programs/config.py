"""A program's whole configuration as one frozen value, and the cache that keeps it for as long as it is true."""

from __future__ import annotations

from regulars.features.programs import store
from regulars.features.programs.errors import UnknownProgram
from regulars.features.programs.model import Program, ProgramConfig, assemble
from regulars.infra.db import Transaction, TransactionConflict

# A configuration that changes five times while it is read is being rewritten by a script; the caller tries again.
LOAD_ATTEMPTS = 5


async def program_by_code(tx: Transaction, code: str) -> Program:
    """Return the program with this code, archived or not. Refuses with UnknownProgram."""
    program = await store.select_program_by_code(tx, code)
    if program is None:
        raise UnknownProgram(f"There is no program with the code {code}.")
    return program


async def load_config(tx: Transaction, program_id: int) -> ProgramConfig:
    """Return a program with all its parts as of one revision. Refuses with UnknownProgram.

    Its parts are read one after the other; when somebody changed them in between, all are read again.
    """
    for _ in range(LOAD_ATTEMPTS):
        program = await store.select_program(tx, program_id)
        if program is None:
            raise UnknownProgram
        config = assemble(
            program,
            await store.select_point_types(tx, program_id),
            await store.select_partners(tx, program_id),
            await store.select_stores(tx, program_id),
            await store.select_sources(tx, program_id),
        )
        if await store.select_revision(tx, program_id) == program.revision:
            return config
    raise TransactionConflict


class ConfigCache:
    """The configurations a process has in use, each until its program has another revision."""

    def __init__(self) -> None:
        """Start empty."""
        self._configs: dict[int, ProgramConfig] = {}

    async def get(self, tx: Transaction, program_id: int, revision: int | None = None) -> ProgramConfig:
        """Return a program's configuration as it is now.

        `revision` is the program's, where the caller has just read it (a write key's look-up brings it along);
        otherwise one cheap statement asks. Refuses with UnknownProgram.
        """
        if revision is None:
            revision = await store.select_revision(tx, program_id)
        known = self._configs.get(program_id)
        if known is not None and known.revision == revision:
            return known
        config = await load_config(tx, program_id)
        # A slow reader of an older snapshot must not overwrite what a faster one has learned.
        if known is None or config.revision >= known.revision:
            self._configs[program_id] = config
        return config
