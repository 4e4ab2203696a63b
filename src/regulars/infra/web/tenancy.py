"""Addresses below `/programs/{program}`: the code in the address turned into an id, for callers who may see it."""

from __future__ import annotations

from typing import Protocol

from fastapi import Request

from regulars.infra.web.subject import Subject
from regulars.kit.errors import Bug, NotFound


class ProgramUnknown(NotFound):
    """There is no program with this code."""


class ProgramCodes(Protocol):
    """Knows programs by their code. The application puts one into `app.state.programs`."""

    async def id_of(self, code: str) -> int | None:
        """Return the id of a program that is not archived, None when there is none."""


async def program_in_path(request: Request, program: str) -> int:
    """Return the id of the program in the address; a dependency, to be named after the one that declares the roles.

    `program_id: Annotated[int, Depends(program_in_path)]`. Raises ProgramUnknown, also for callers of another program:
    they are not to learn that it exists.
    """
    subject: Subject | None = getattr(request.state, "subject", None)
    if subject is None:
        raise Bug("Declare the roles first: Depends(route_roles(…)) finds out who is calling.")
    codes: ProgramCodes = request.app.state.programs
    program_id = await codes.id_of(program)
    if program_id is None or subject.program_id not in (None, program_id):
        raise ProgramUnknown
    return program_id
