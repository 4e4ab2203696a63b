"""REST: a person's dashboards in a program, those of the program, and those that others share. Keys have theirs too."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from fastapi import Depends, Header, Path, Request, Response

from regulars.features.dashboards.bodies import (
    CODE,
    DashboardAnswer,
    DashboardBody,
    DashboardsAnswer,
    ProgramDashboardBody,
)
from regulars.features.dashboards.keep import keep_of_program, keep_own, remove
from regulars.features.dashboards.store import PROGRAM, Dashboard, select_dashboards
from regulars.infra.web import Subject, api_router, etag_of, program_in_path, revision_in, route_roles

SHOWN_MAX = 200

router = api_router("/api/v1/programs/{program}", tag="dashboards")

# Everybody has a home page; what a widget shows, each reads only where she may.
EVERYBODY = ("owner", "operator", "manager", "marketer", "approver", "analyst", "agent", "finance", "auditor")
LOOKS = route_roles(*EVERYBODY, scope="dashboards:read")
KEEPS = route_roles(*EVERYBODY, scope="dashboards:write")
CONFIGURES = route_roles("owner", "operator", "manager", scope="programs:write")
Looks = Annotated[Subject, Depends(LOOKS)]
Keeps = Annotated[Subject, Depends(KEEPS)]
Configures = Annotated[Subject, Depends(CONFIGURES)]
ProgramId = Annotated[int, Depends(program_in_path)]
Code = Annotated[str, Path(pattern=CODE, description="Code of the dashboard")]
IfMatch = Annotated[str | None, Header(description="The revision you have seen; 0 where none is to be there")]


def shown(found: Dashboard, subject: Subject) -> DashboardAnswer:
    """Return a dashboard as the API shows it to `subject`."""
    known: dict[str, Any] = msgspec.structs.asdict(found)
    widgets = msgspec.json.decode(found.widgets)
    mine = CONFIGURES.allows(subject) if found.owner == PROGRAM else found.owner == subject.credential
    return DashboardAnswer(**{**known, "widgets": widgets}, mine=mine)


@router.get("/dashboards", operation_id="list_dashboards")
async def list_dashboards(request: Request, subject: Looks, program_id: ProgramId) -> DashboardsAnswer:
    """List the caller's dashboards, then the program's, then those that others share."""
    async with request.app.state.db.transaction(read_only=True) as tx:
        found = await select_dashboards(tx, program_id, subject.credential, SHOWN_MAX)
    return DashboardsAnswer(data=[shown(one, subject) for one in found])


@router.put("/dashboards/{code}", operation_id="put_dashboard")
async def put_dashboard(
    request: Request,
    response: Response,
    subject: Keeps,
    program_id: ProgramId,
    code: Code,
    body: DashboardBody,
    if_match: IfMatch = None,
) -> DashboardAnswer:
    """Keep a dashboard of the caller's own: a new one (201) or the next revision (200)."""
    now, expected = request.app.state.clock.now(), revision_in(if_match)
    async with request.app.state.db.transaction() as tx:
        kept = await keep_own(tx, program_id, subject.credential, code, body, now=now, expected=expected)
    return _answered(response, kept, subject)


@router.delete("/dashboards/{code}", operation_id="delete_dashboard", status_code=204)
async def remove_dashboard(request: Request, subject: Keeps, program_id: ProgramId, code: Code) -> None:
    """Remove a dashboard of the caller's own."""
    async with request.app.state.db.transaction() as tx:
        await remove(tx, program_id, subject.credential, code)


@router.put("/program-dashboards/{code}", operation_id="put_program_dashboard")
async def put_program_dashboard(
    request: Request,
    response: Response,
    subject: Configures,
    program_id: ProgramId,
    code: Code,
    body: ProgramDashboardBody,
    if_match: IfMatch = None,
) -> DashboardAnswer:
    """Keep a dashboard of the program, which roles may see first: a new one (201) or the next revision (200)."""
    now, expected = request.app.state.clock.now(), revision_in(if_match)
    async with request.app.state.db.transaction() as tx:
        kept = await keep_of_program(tx, program_id, code, body, now=now, expected=expected)
    return _answered(response, kept, subject)


@router.delete(
    "/program-dashboards/{code}",
    operation_id="delete_program_dashboard",
    status_code=204,
    dependencies=[Depends(CONFIGURES)],
)
async def remove_program_dashboard(request: Request, program_id: ProgramId, code: Code) -> None:
    """Remove a dashboard of the program."""
    async with request.app.state.db.transaction() as tx:
        await remove(tx, program_id, PROGRAM, code)


def _answered(response: Response, kept: Dashboard, subject: Subject) -> DashboardAnswer:
    response.status_code = 201 if kept.revision == 1 else 200
    response.headers["etag"] = etag_of(kept.revision)
    return shown(kept, subject)
