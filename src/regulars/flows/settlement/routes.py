"""What the routes of both sides share: who may call, and how statements and disputes are shown."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, Any, Literal

import msgspec
from fastapi import Depends, Path, Query, Request
from fastapi.responses import StreamingResponse
from pydantic import Field

from regulars.features.programs import load_config
from regulars.flows.settlement.dispute_store import (
    find_dispute,
    select_disputes,
    select_notes,
    select_uploads,
)
from regulars.flows.settlement.lines_file import lines_csv
from regulars.flows.settlement.states import account_of, plain_account
from regulars.flows.settlement.store import (
    find_statement,
    select_lines,
    select_statements,
    select_versions,
)
from regulars.infra.web import Page, PageQuery, StrictModel, program_in_path, route_roles
from regulars.kit import ids

READ = route_roles("owner", "operator", "manager", "finance", "analyst", scope="settlement:read")
SETTLE = route_roles("owner", "operator", "finance", scope="settlement:write")
OWN_READ = route_roles("owner", "operator", "manager", "finance", "partner", scope="settlement:read")
OWN_WRITE = route_roles("owner", "operator", "finance", "partner", scope="settlement:write")

ProgramId = Annotated[int, Depends(program_in_path)]
StatementId = Annotated[int, Path(ge=1, lt=2**62, description="Number of the statement")]
Status = Annotated[Literal["draft", "issued", "agreed", "disputed", "settled"] | None, Query()]
OpenOnly = Annotated[bool, Query(alias="open", description="Only those that are not closed")]
OfStatement = Annotated[int | None, Query(ge=1, lt=2**62, description="Only those of this statement")]
CSV_ANSWER: dict[int | str, dict[str, Any]] = {200: {"content": {"text/csv": {}}}}
JsonObject = dict[str, Any]
LATEST = 2**62


class NoteBody(StrictModel):
    """What one side writes about a dispute."""

    text: Annotated[str, Field(min_length=1, max_length=2000)]


def plain(value: Any) -> JsonObject:
    """Return a value as plain data; exact amounts as text."""
    found: JsonObject = msgspec.to_builtins(value)
    return found


async def page_of_statements(
    request: Request,
    program_id: int,
    page: PageQuery,
    partner: str | None,
    status: str | None,
    *,
    drafts: bool,
) -> Page[JsonObject]:
    """Return a page of statements, the latest first."""
    (before,) = page.after(int) or (LATEST,)
    async with request.app.state.db.transaction(read_only=True) as tx:
        rows = await select_statements(
            tx, program_id, partner=partner, status=status, drafts=drafts, before=before, limit=page.rows
        )
    return page.page([plain(row) for row in rows], lambda row: (row["id"],))


async def whole_statement(request: Request, program_id: int, number: int, partner: str | None) -> JsonObject:
    """Return a statement with its sections, entries and versions; with `partner` only if it is that partner's."""
    async with request.app.state.db.transaction(read_only=True, snapshot=True) as tx:
        config = await load_config(tx, program_id)
        account = await account_of(tx, config, number, partner)
        versions = await select_versions(tx, number)
    return {**plain_account(config, account), "versions": [plain(one) for one in versions]}


async def line_answers(
    request: Request, program_id: int, number: int, page: PageQuery, partner: str | None
) -> Page[JsonObject]:
    """Return a page of the lines of a statement; with `partner` only if it is that partner's."""
    after = page.after(int, int, int) or (-1, -1, -1)
    async with request.app.state.db.transaction(read_only=True) as tx:
        await find_statement(tx, program_id, number, partner)
        rows = await select_lines(tx, number, (after[0], after[1], after[2]), page.rows)
    listed = page.page(rows, lambda row: (row.member_id, row.transfer_id, row.share))
    data = [
        {
            **{name: value for name, value in plain(row).items() if name not in ("member_id", "transfer_id")},
            "member": ids.encode("mem", row.member_id),
            "transfer": ids.encode("trf", row.transfer_id),
        }
        for row in listed.data
    ]
    return Page(data=data, next_cursor=listed.next_cursor)


async def lines_file(
    request: Request, program_id: int, number: int, partner: str | None
) -> StreamingResponse:
    """Return the lines of a statement as CSV; with `partner` only if it is that partner's."""
    db = request.app.state.db
    async with db.transaction(read_only=True) as tx:
        config = await load_config(tx, program_id)
        await find_statement(tx, program_id, number, partner)

    async def text() -> AsyncIterator[str]:
        async with db.transaction(read_only=True, snapshot=True) as tx:
            async for part in lines_csv(tx, number, config.currency, config.zone):
                yield part

    headers = {"content-disposition": f'attachment; filename="statement-{number}.csv"'}
    return StreamingResponse(text(), media_type="text/csv; charset=utf-8", headers=headers)


async def upload_answers(
    request: Request, program_id: int, number: int, partner: str | None
) -> list[JsonObject]:
    """Return a partner's files about a statement; with `partner` only if it is that partner's."""
    async with request.app.state.db.transaction(read_only=True) as tx:
        await find_statement(tx, program_id, number, partner)
        return [plain(one) for one in await select_uploads(tx, number)]


async def page_of_disputes(
    request: Request,
    program_id: int,
    page: PageQuery,
    partner: str | None,
    open_only: bool,
    statement: int | None,
) -> Page[JsonObject]:
    """Return a page of disputes, the latest first."""
    (before,) = page.after(int) or (LATEST,)
    async with request.app.state.db.transaction(read_only=True) as tx:
        rows = await select_disputes(
            tx,
            program_id,
            partner=partner,
            statement_id=statement,
            open_only=open_only,
            before=before,
            limit=page.rows,
        )
    return page.page([plain(row) for row in rows], lambda row: (row["id"],))


async def dispute_answer(request: Request, program_id: int, number: int, partner: str | None) -> JsonObject:
    """Return a dispute with its notes; with `partner` only if it is that partner's."""
    async with request.app.state.db.transaction(read_only=True) as tx:
        dispute = await find_dispute(tx, program_id, number, partner)
        notes = await select_notes(tx, number)
    return {**plain(dispute), "notes": [plain(one) for one in notes]}
