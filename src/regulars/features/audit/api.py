"""REST: who changed what, when, before and after; as pages or as CSV; and whether the log is as it was written."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated, Any, Final

import msgspec
from fastapi import Depends, Query, Request
from pydantic import BaseModel
from starlette.responses import StreamingResponse

from regulars.features.audit import store
from regulars.features.audit.model import Entry, Wanted, read_anchor
from regulars.features.audit.verify import verify
from regulars.infra.csv_files import csv_lines
from regulars.infra.db import Database
from regulars.infra.web import Instant, Page, PageQuery, Subject, api_router, program_in_path, route_roles
from regulars.kit.errors import Forbidden

CSV_ANSWER: Final[dict[int | str, dict[str, Any]]] = {200: {"content": {"text/csv": {}}}}

router = api_router("/api/v1", tag="audit")

READ = route_roles("owner", "operator", "auditor", scope="audit:read")
ProgramId = Annotated[int, Depends(program_in_path)]
Reader = Annotated[Subject, Depends(READ)]
PageOf = Annotated[PageQuery, Depends()]
COLUMNS: Final = (
    "number", "at", "actor", "request_id", "program", "action", "kind", "key", "name", "before", "after",
)  # fmt: skip
# Greater than any number.
_BEYOND: Final = 2**63 - 1
_CSV_ROWS: Final = 1_000


class EntryAnswer(BaseModel):
    """A change of one row: the columns that changed, before and after; secrets are hidden."""

    number: int
    at: datetime
    actor: str
    request_id: str
    program: str | None
    action: str
    kind: str
    key: str
    name: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None


class VerificationAnswer(BaseModel):
    """Whether the log is as it was written. Keep `anchor` outside of the database, and ask with it later."""

    sound: bool
    entries: int
    anchor: str
    problem: str | None
    place: int | None
    number: int | None


def wanted(
    actor: Annotated[str | None, Query(max_length=200, description="staff:5, key:12, cli:ann, …")] = None,
    action: Annotated[str | None, Query(pattern="^(created|changed|removed)$")] = None,
    kind: Annotated[str | None, Query(max_length=120, description="Table, such as rulesets.rule")] = None,
    object: Annotated[str | None, Query(max_length=200, description="Key or code")] = None,  # noqa: A002
    request_id: Annotated[str | None, Query(max_length=128)] = None,
    since: Annotated[Instant | None, Query()] = None,
    until: Annotated[Instant | None, Query()] = None,
    number: Annotated[int | None, Query(ge=1, le=2**62, description="The one of this number")] = None,
) -> Wanted:
    """Return which changes the query asks for."""
    return Wanted(None, actor, action, kind, object, request_id, since, until, number)


Asked = Annotated[Wanted, Depends(wanted)]


@router.get("/programs/{program}/audit", operation_id="list_program_changes", dependencies=[Depends(READ)])
async def list_of_program(
    request: Request, program_id: ProgramId, asked: Asked, page: PageOf
) -> Page[EntryAnswer]:
    """List changes of a program's configuration, and what people changed about its members, newest first."""
    return await _page(request, msgspec.structs.replace(asked, program_id=program_id), page)


@router.get("/audit", operation_id="list_changes")
async def list_all(request: Request, subject: Reader, asked: Asked, page: PageOf) -> Page[EntryAnswer]:
    """List changes of the installation, or of the caller's program, newest first."""
    return await _page(request, msgspec.structs.replace(asked, program_id=subject.program_id), page)


@router.get(
    "/programs/{program}/audit.csv",
    operation_id="export_program_changes",
    dependencies=[Depends(READ)],
    response_class=StreamingResponse,
    responses=CSV_ANSWER,
)
async def export_of_program(request: Request, program_id: ProgramId, asked: Asked) -> StreamingResponse:
    """Write changes of a program as CSV, newest first."""
    return _csv(request.app.state.db, msgspec.structs.replace(asked, program_id=program_id))


@router.get(
    "/audit.csv", operation_id="export_changes", response_class=StreamingResponse, responses=CSV_ANSWER
)
async def export_all(request: Request, subject: Reader, asked: Asked) -> StreamingResponse:
    """Write changes of the installation, or of the caller's program, as CSV, newest first."""
    return _csv(request.app.state.db, msgspec.structs.replace(asked, program_id=subject.program_id))


@router.get("/audit/verify", operation_id="verify_audit")
async def get_verify(
    request: Request,
    subject: Reader,
    anchor: Annotated[str | None, Query(max_length=100, description="PLACE:HASH noted earlier")] = None,
) -> VerificationAnswer:
    """Say whether anybody tampered with the log, and where first."""
    if subject.program_id is not None:
        raise Forbidden("The chain runs over all programs; it is the platform's own business.")
    noted = read_anchor(anchor) if anchor else None
    async with request.app.state.db.transaction(read_only=True, snapshot=True) as tx:
        found = await verify(tx, noted)
    return VerificationAnswer(
        sound=found.sound,
        entries=found.entries,
        anchor=str(found.anchor),
        problem=found.problem,
        place=found.place,
        number=found.number,
    )


async def _page(request: Request, asked: Wanted, page: PageQuery) -> Page[EntryAnswer]:
    (before,) = page.after(int) or (_BEYOND,)
    async with request.app.state.db.transaction(read_only=True) as tx:
        rows = await store.select_entries(tx, asked, before=before, limit=page.rows)
    shown = [EntryAnswer(**msgspec.structs.asdict(row)) for row in rows]
    return page.page(shown, lambda row: (row.number,))


def _csv(db: Database, asked: Wanted) -> StreamingResponse:
    headers = {"content-disposition": 'attachment; filename="audit.csv"'}
    return StreamingResponse(_lines(db, asked), media_type="text/csv; charset=utf-8", headers=headers)


async def _lines(db: Database, asked: Wanted) -> AsyncIterator[str]:
    """Yield the file piece by piece, each from a transaction of its own: a slow reader holds nothing open."""
    yield csv_lines([COLUMNS])
    before = _BEYOND
    while True:
        async with db.transaction(read_only=True) as tx:
            rows = await store.select_entries(tx, asked, before=before, limit=_CSV_ROWS)
        if not rows:
            return
        yield csv_lines(csv_row(row) for row in rows)
        before = rows[-1].number


def csv_row(entry: Entry) -> list[str]:
    """Return a change as a row of the file."""
    values = (getattr(entry, column) for column in COLUMNS)
    return [_cell(value) for value in values]


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat()
    return msgspec.json.encode(value).decode() if isinstance(value, dict) else str(value)
