"""REST: /api/v1/programs. Partners, stores, sources and point types are in api_parts, keys in api_keys.

`ETag` is the version of each object; `If-Match` refuses a change of what somebody else changed meanwhile.
"""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from fastapi import Depends, Query, Request, Response

from regulars.features.programs import api_keys, api_parts, configure, store
from regulars.features.programs.bodies import (
    NewProgramBody,
    ProgramAnswer,
    ProgramChangeBody,
    SettingsBody,
)
from regulars.features.programs.errors import UnknownProgram
from regulars.features.programs.model import Program, ProgramSettings
from regulars.features.programs.routes import (
    READ,
    READ_PROGRAM,
    WRITE,
    IfMatch,
    PageOf,
    ProgramId,
    answer,
    shown,
)
from regulars.infra.db import Transaction
from regulars.infra.web import Once, Page, Subject, api_router, once_per_key, route_roles, version_in
from regulars.kit.errors import Forbidden

router = api_router("/api/v1/programs", tag="programs")

PLATFORM = route_roles("owner", "operator", scope="platform:write")


@router.get("", operation_id="list_programs")
async def list_programs(
    request: Request,
    subject: Annotated[Subject, Depends(READ)],
    page: PageOf,
    archived: Annotated[bool, Query(description="Archived programs too")] = False,
) -> Page[ProgramAnswer]:
    """List the programs of the installation; a caller of one program sees that one."""
    (after,) = page.after(str) or ("",)
    async with request.app.state.db.transaction(read_only=True) as tx:
        if subject.program_id is None:
            found = await store.select_programs(tx, after=after, limit=page.rows, archived=archived)
        else:
            own = await store.select_program(tx, subject.program_id)
            found = [own] if own and own.code > after and (archived or not own.archived_at) else []
    return page.page([answer(ProgramAnswer, program) for program in found], lambda row: (row.code,))


@router.post("", operation_id="create_program", status_code=201, response_model=ProgramAnswer)
async def create_program(
    request: Request,
    body: NewProgramBody,
    subject: Annotated[Subject, Depends(PLATFORM)],
    once: Annotated[Once, Depends(once_per_key)],
) -> Response:
    """Make a program. Only the platform's own staff and keys can."""
    if subject.program_id is not None:
        raise Forbidden
    now = request.app.state.clock.now()

    async def work(tx: Transaction) -> ProgramAnswer:
        made = await configure.create_program(
            tx,
            body.code,
            body.name,
            currency=body.currency,
            zone=body.zone,
            region=body.region,
            settings=_settings(body.settings),
            now=now,
        )
        return answer(ProgramAnswer, made)

    return await once.answer(request.app.state.db, work, now=now, status=201)


@router.get("/{program}", operation_id="get_program")
async def get_program(
    request: Request,
    response: Response,
    subject: Annotated[Subject, Depends(READ_PROGRAM)],
    program_id: ProgramId,
) -> ProgramAnswer:
    """Read a program; a partner is told its name, money, clock and country."""
    async with request.app.state.db.transaction(read_only=True) as tx:
        found = await store.select_program(tx, program_id)
    if subject.partners is not None and found is not None:
        known = msgspec.to_builtins(found, builtin_types=())
        hidden = {"settings": None, "revision": None}
        return ProgramAnswer.model_validate(
            {name: known[name] for name in ProgramAnswer.model_fields} | hidden
        )
    return shown(response, ProgramAnswer, found, UnknownProgram)


@router.patch("/{program}", operation_id="change_program", dependencies=[Depends(WRITE)])
async def change_program(
    request: Request,
    response: Response,
    program_id: ProgramId,
    body: ProgramChangeBody,
    if_match: IfMatch = None,
) -> ProgramAnswer:
    """Change a program's name, zone, region or settings; what is left out stays."""
    named: dict[str, Any] = {name: getattr(body, name) for name in ("name", "zone", "region")}
    changes = {name: value for name, value in named.items() if value is not None}
    if body.settings is not None:
        changes["settings"] = _settings(body.settings)

    async def work(tx: Transaction) -> Program:
        return await configure.change_program(tx, program_id, changes, version_in(if_match))

    return shown(response, ProgramAnswer, await request.app.state.db.attempt(work))


@router.delete("/{program}", operation_id="archive_program", status_code=204, dependencies=[Depends(WRITE)])
async def archive_program(request: Request, program_id: ProgramId, if_match: IfMatch = None) -> None:
    """Archive a program: its keys stop working and nothing in it changes any more; its books stay."""
    async with request.app.state.db.transaction() as tx:
        await configure.archive_program(tx, program_id, request.app.state.clock.now(), version_in(if_match))


def _settings(body: SettingsBody) -> ProgramSettings:
    return msgspec.convert(body.model_dump(), ProgramSettings)


router.routes.extend(api_parts.router.routes)
router.routes.extend(api_keys.router.routes)
