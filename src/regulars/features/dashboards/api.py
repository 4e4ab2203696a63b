"""REST: a person's dashboards in a program, and those that others share. Keys have theirs as people do."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from fastapi import Depends, Header, Path, Request, Response
from pydantic import BaseModel, Field

from regulars.features.dashboards.errors import DashboardChanged, TooManyDashboards, UnknownDashboard
from regulars.features.dashboards.store import (
    Dashboard,
    count_dashboards,
    delete_dashboard,
    select_dashboards,
    upsert_dashboard,
)
from regulars.infra.web import (
    StrictModel,
    Subject,
    api_router,
    etag_of,
    program_in_path,
    revision_in,
    route_roles,
)

# More would be a page nobody reads.
WIDGETS_MAX = 40
OWN_MAX = 30
SHOWN_MAX = 200

router = api_router("/api/v1/programs/{program}/dashboards", tag="dashboards")

LOOKS = route_roles(
    "owner", "operator", "manager", "marketer", "analyst", "finance", "auditor", scope="reports:read"
)
Looks = Annotated[Subject, Depends(LOOKS)]
ProgramId = Annotated[int, Depends(program_in_path)]
Code = Annotated[str, Path(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$", description="Code of the dashboard")]
IfMatch = Annotated[str | None, Header(description="The revision you have seen")]
Word = Annotated[str, Field(max_length=63)]
Cell = Annotated[int, Field(ge=0, le=10_000)]


class Widget(StrictModel):
    """One report in one form at one place of the grid of 12 columns."""

    id: Word
    title: Annotated[str, Field(max_length=120)] = ""
    report: Word
    by: Word = ""
    field: Word = ""
    show: Literal["figure", "line", "area", "bar", "pie", "table", "heat", "live"] = "bar"
    days: Annotated[int, Field(ge=1, le=3_660, description="How many days back from today")] = 90
    compare: Literal["", "previous", "year"] = ""
    point_type: Word = ""
    rows: Annotated[int, Field(ge=1, le=100, description="At most so many rows")] = 12
    x: Cell
    y: Cell
    w: Annotated[int, Field(ge=1, le=12)]
    h: Annotated[int, Field(ge=1, le=40)]


class DashboardBody(StrictModel):
    """A page of widgets; `shared` shows it to everybody of the program who may see reports."""

    name: Annotated[str, Field(min_length=1, max_length=120)]
    shared: bool = False
    widgets: Annotated[list[Widget], Field(max_length=WIDGETS_MAX)]


class DashboardAnswer(BaseModel):
    """A dashboard; `mine` says that the caller may change it."""

    owner: str
    mine: bool
    code: str
    name: str
    shared: bool
    widgets: list[Widget]
    revision: int
    updated_at: datetime


class DashboardsAnswer(BaseModel):
    """The caller's dashboards, then the shared ones."""

    data: list[DashboardAnswer]
    next_cursor: str | None = None


def shown(found: Dashboard, subject: Subject) -> DashboardAnswer:
    """Return a dashboard as the API shows it to `subject`."""
    known: dict[str, Any] = msgspec.structs.asdict(found)
    widgets = msgspec.json.decode(found.widgets)
    return DashboardAnswer(**{**known, "widgets": widgets}, mine=found.owner == subject.credential)


@router.get("", operation_id="list_dashboards")
async def list_dashboards(request: Request, subject: Looks, program_id: ProgramId) -> DashboardsAnswer:
    """List the caller's dashboards, then those that others share."""
    async with request.app.state.db.transaction(read_only=True) as tx:
        found = await select_dashboards(tx, program_id, subject.credential, SHOWN_MAX)
    return DashboardsAnswer(data=[shown(one, subject) for one in found])


@router.put("/{code}", operation_id="put_dashboard")
async def put_dashboard(
    request: Request,
    response: Response,
    subject: Looks,
    program_id: ProgramId,
    code: Code,
    body: DashboardBody,
    if_match: IfMatch = None,
) -> DashboardAnswer:
    """Keep a dashboard of the caller's own: a new one (201) or the next revision (200)."""
    widgets = msgspec.json.encode([widget.model_dump() for widget in body.widgets]).decode()
    wanted = Dashboard(
        subject.credential, code, body.name, body.shared, widgets, 0, request.app.state.clock.now()
    )
    async with request.app.state.db.transaction() as tx:
        kept = await upsert_dashboard(tx, program_id, wanted, expected=revision_in(if_match))
        if kept is None:
            raise DashboardChanged
        if kept.revision == 1 and await count_dashboards(tx, program_id, subject.credential) > OWN_MAX:
            raise TooManyDashboards(most=OWN_MAX)
    response.status_code = 201 if kept.revision == 1 else 200
    response.headers["etag"] = etag_of(kept.revision)
    return shown(kept, subject)


@router.delete("/{code}", operation_id="delete_dashboard", status_code=204)
async def remove_dashboard(request: Request, subject: Looks, program_id: ProgramId, code: Code) -> None:
    """Remove a dashboard of the caller's own."""
    async with request.app.state.db.transaction() as tx:
        if not await delete_dashboard(tx, program_id, subject.credential, code):
            raise UnknownDashboard
