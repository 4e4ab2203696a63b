"""REST: statements, disputes, netting, files for bank and books: the program's side."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import date
from typing import Annotated, Any, Literal, TypeVar

import msgspec
from fastapi import Depends, Path, Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import Field

from regulars.features.partners import select_terms, select_treasury
from regulars.features.programs import ProgramConfig, load_config
from regulars.flows.settlement.api_partner import router as partner_router
from regulars.flows.settlement.bookkeeping import (
    entries_csv,
)
from regulars.flows.settlement.books import read_entries, read_entries_between
from regulars.flows.settlement.disputes import answer, close_dispute
from regulars.flows.settlement.draw_up import draw_up
from regulars.flows.settlement.netting_store import select_nettings
from regulars.flows.settlement.payment_file import check_banks, payment_csv, payment_xml
from regulars.flows.settlement.routes import (
    CSV_ANSWER,
    READ,
    SETTLE,
    NoteBody,
    OfStatement,
    OpenOnly,
    ProgramId,
    StatementId,
    Status,
    dispute_answer,
    line_answers,
    lines_file,
    page_of_disputes,
    page_of_statements,
    plain,
    upload_answers,
    whole_statement,
)
from regulars.flows.settlement.settle import Netted, confirm_paid, make_netting, netted
from regulars.flows.settlement.states import agree, issue, plain_account, reopen
from regulars.infra.db import Transaction
from regulars.infra.web import Page, PageQuery, StrictModel, Subject, api_router
from regulars.kit.zones import local_date, zone

router = api_router("/api/v1/programs/{program}", tag="settlement")

JsonObject = dict[str, Any]
T = TypeVar("T")
Finance = Annotated[Subject, Depends(SETTLE)]
Number = Annotated[int, Path(ge=1, lt=2**62)]
Numbers = Annotated[list[Annotated[int, Field(ge=1, lt=2**62)]], Query(default_factory=list, max_length=500)]
PageOf = Annotated[PageQuery, Depends()]


class DrawUpBody(StrictModel):
    """For which period: that of `day`, today's where it is left out; one partner or all."""

    day: date | None = None
    partner: Annotated[str | None, Field(max_length=63)] = None


class CloseBody(StrictModel):
    """How a dispute ends. `adjustment` in minor units, negative in the partner's favour, only when accepted."""

    outcome: Literal["accepted", "rejected", "withdrawn"]
    text: Annotated[str, Field(min_length=1, max_length=2000)]
    adjustment: Annotated[int, Field(ge=-(10**15), le=10**15)] = 0


@router.post("/statements/draw-up", operation_id="draw_up_statements", dependencies=[Depends(SETTLE)])
async def post_draw_up(request: Request, program_id: ProgramId, body: DrawUpBody) -> list[JsonObject]:
    """Draw up statements: drafts are brought up to date, issued ones stay. Calling it again bills nothing twice."""

    async def work(tx: Transaction, config: ProgramConfig) -> list[JsonObject]:
        now = request.app.state.clock.now()
        day = body.day or local_date(now, zone(config.zone))
        found = await draw_up(tx, config, day, now, partner=body.partner)
        return [plain_account(config, one) for one in found]

    return await _in_program(request, program_id, work)


@router.get("/statements", operation_id="list_statements", dependencies=[Depends(READ)])
async def list_statements(
    request: Request,
    program_id: ProgramId,
    page: PageOf,
    partner: Annotated[str | None, Query(max_length=63)] = None,
    status: Status = None,
) -> Page[JsonObject]:
    """List statements, the latest first; totals in minor units, positive = the partner owes."""
    return await page_of_statements(request, program_id, page, partner, status, drafts=True)


@router.get("/statements/{number}", operation_id="get_settlement_statement", dependencies=[Depends(READ)])
async def get_statement(request: Request, program_id: ProgramId, number: StatementId) -> JsonObject:
    """Read a statement with its sections, entries, and the versions that were issued."""
    return await whole_statement(request, program_id, number, None)


@router.get("/statements/{number}/lines", operation_id="list_statement_lines", dependencies=[Depends(READ)])
async def list_lines(
    request: Request, program_id: ProgramId, number: StatementId, page: PageOf
) -> Page[JsonObject]:
    """List the lines of a statement: each one share of one transfer."""
    return await line_answers(request, program_id, number, page, None)


@router.get(
    "/statements/{number}/lines.csv",
    operation_id="export_statement_lines",
    dependencies=[Depends(READ)],
    response_class=StreamingResponse,
    responses=CSV_ANSWER,
)
async def export_lines(request: Request, program_id: ProgramId, number: StatementId) -> StreamingResponse:
    """Write the lines of a statement as CSV."""
    return await lines_file(request, program_id, number, None)


@router.get(
    "/statements/{number}/uploads", operation_id="list_statement_uploads", dependencies=[Depends(READ)]
)
async def list_uploads(request: Request, program_id: ProgramId, number: StatementId) -> list[JsonObject]:
    """List the files that the partner sent about a statement, and how they matched, the latest first."""
    return await upload_answers(request, program_id, number, None)


@router.post("/statements/{number}/issue", operation_id="issue_statement")
async def post_issue(
    request: Request, subject: Finance, program_id: ProgramId, number: StatementId
) -> JsonObject:
    """Issue a draft to its partner as the next version, once its period is over."""

    async def work(tx: Transaction, config: ProgramConfig) -> JsonObject:
        now = request.app.state.clock.now()
        return plain(await issue(tx, config, number, by=subject.credential, now=now))

    return await _in_program(request, program_id, work)


@router.post("/statements/{number}/agree", operation_id="agree_statement", dependencies=[Depends(SETTLE)])
async def post_agree(request: Request, program_id: ProgramId, number: StatementId) -> JsonObject:
    """Note that the partner agreed to a statement without disputes."""

    async def work(tx: Transaction, config: ProgramConfig) -> JsonObject:
        return plain(await agree(tx, config, number, request.app.state.clock.now()))

    return await _in_program(request, program_id, work)


@router.post("/statements/{number}/reopen", operation_id="reopen_statement", dependencies=[Depends(SETTLE)])
async def post_reopen(request: Request, program_id: ProgramId, number: StatementId) -> JsonObject:
    """Take an issued statement back into work: late lines come in, and it is issued as its next version."""

    async def work(tx: Transaction, config: ProgramConfig) -> JsonObject:
        return plain(await reopen(tx, config, number))

    return await _in_program(request, program_id, work)


@router.get("/disputes", operation_id="list_disputes", dependencies=[Depends(READ)])
async def list_disputes(
    request: Request,
    program_id: ProgramId,
    page: PageOf,
    partner: Annotated[str | None, Query(max_length=63)] = None,
    open_only: OpenOnly = False,
    statement: OfStatement = None,
) -> Page[JsonObject]:
    """List disputes, the latest first."""
    return await page_of_disputes(request, program_id, page, partner, open_only, statement)


@router.get("/disputes/{number}", operation_id="get_dispute", dependencies=[Depends(READ)])
async def get_dispute(request: Request, program_id: ProgramId, number: Number) -> JsonObject:
    """Read a dispute with the notes of both sides."""
    return await dispute_answer(request, program_id, number, None)


@router.post("/disputes/{number}/notes", operation_id="answer_dispute", status_code=201)
async def post_answer(
    request: Request, subject: Finance, program_id: ProgramId, number: Number, body: NoteBody
) -> JsonObject:
    """Answer a dispute."""

    async def work(tx: Transaction, config: ProgramConfig) -> JsonObject:
        now = request.app.state.clock.now()
        by = subject.credential
        return plain(await answer(tx, config, number, body.text, side="program", by=by, now=now))

    return await _in_program(request, program_id, work)


@router.post("/disputes/{number}/close", operation_id="close_dispute")
async def post_close(
    request: Request, subject: Finance, program_id: ProgramId, number: Number, body: CloseBody
) -> JsonObject:
    """Close a dispute; an accepted one with an adjustment gives the statement its next version."""

    async def work(tx: Transaction, config: ProgramConfig) -> JsonObject:
        closed = await close_dispute(
            tx,
            config,
            number,
            body.outcome,
            body.text,
            side="program",
            by=subject.credential,
            now=request.app.state.clock.now(),
            adjustment=body.adjustment,
        )
        return plain(closed)

    return await _in_program(request, program_id, work)


@router.post("/nettings", operation_id="make_netting", status_code=201)
async def post_netting(request: Request, subject: Finance, program_id: ProgramId) -> JsonObject:
    """Net every agreed statement that is not settled into as few payments as there are parties less one."""

    async def work(tx: Transaction, config: ProgramConfig) -> JsonObject:
        now = request.app.state.clock.now()
        return plain(await make_netting(tx, config, by=subject.credential, now=now))

    return await _in_program(request, program_id, work)


@router.get("/nettings", operation_id="list_nettings", dependencies=[Depends(READ)])
async def list_nettings(request: Request, program_id: ProgramId, page: PageOf) -> Page[JsonObject]:
    """List nettings, the latest first."""
    (before,) = page.after(int) or (2**62,)
    async with request.app.state.db.transaction(read_only=True) as tx:
        found = [plain(one) for one in await select_nettings(tx, program_id, before, page.rows)]
    return page.page(found, lambda row: (row["id"],))


@router.get("/nettings/{number}", operation_id="get_netting", dependencies=[Depends(READ)])
async def get_netting(request: Request, program_id: ProgramId, number: Number) -> JsonObject:
    """Read a netting: its statements, what each party owes on the whole ("" = the program), who pays whom."""
    return plain(await _netted(request, program_id, number))


@router.post("/nettings/{number}/paid", operation_id="confirm_netting_paid", dependencies=[Depends(SETTLE)])
async def post_paid(request: Request, program_id: ProgramId, number: Number) -> JsonObject:
    """Note that the payments were made: the statements are settled."""

    async def work(tx: Transaction, config: ProgramConfig) -> JsonObject:
        return plain(await confirm_paid(tx, config, number, request.app.state.clock.now()))

    return await _in_program(request, program_id, work)


@router.get("/nettings/{number}/payment-file", operation_id="get_payment_file", dependencies=[Depends(READ)])
async def get_payment_file(
    request: Request,
    program_id: ProgramId,
    number: Number,
    written_as: Annotated[Literal["pain.001", "csv"], Query(alias="format")] = "pain.001",
) -> Response:
    """Write the payments as a file for banks: ISO 20022 pain.001.001.09, or CSV."""
    done = await _netted(request, program_id, number)
    async with request.app.state.db.transaction(read_only=True) as tx:
        config = await load_config(tx, program_id)
        terms = await select_terms(tx, program_id)
        treasury = await select_treasury(tx, program_id)
    banks = {config_code: one.bank for config_code, one in _by_code(config, terms).items()}
    known = check_banks(done, {**banks, "": treasury.bank})
    if written_as == "csv":
        return Response(payment_csv(done, known, config.code), media_type="text/csv")
    xml = payment_xml(done, known, config.program.name, request.app.state.clock.now())
    return Response(xml, media_type="application/xml")


@router.get("/settlement/entries", operation_id="export_settlement_entries", dependencies=[Depends(READ)])
async def get_entries(
    request: Request,
    program_id: ProgramId,
    statement: Numbers,
    netting: Numbers,
    version: Annotated[
        int | None, Query(ge=1, lt=2**31, description="Of statements only this version: what it changed")
    ] = None,
    since: Annotated[
        date | None, Query(description="All that was issued, netted or paid from this day on")
    ] = None,
    until: Annotated[date | None, Query(description="… and before this day; today when left out")] = None,
    written_as: Annotated[Literal["json", "csv"], Query(alias="format")] = "json",
) -> Response:
    """Write statements and nettings as double entry for the books; every entry balances.

    A version of a statement is an entry of its own, the difference to the version before; an entry's number never
    changes what it says, so that whoever imports each number once counts nothing twice.
    """
    async with request.app.state.db.transaction(read_only=True) as tx:
        config = await load_config(tx, program_id)
        found = await read_entries(tx, config, statement, netting, version)
        if since is not None:
            known, now = {one.entry for one in found}, request.app.state.clock.now()
            more = await read_entries_between(tx, config, since, until, now)
            found += [one for one in more if one.entry not in known]
    if written_as == "csv":
        return Response(entries_csv(found, config.currency), media_type="text/csv")
    return Response(msgspec.json.encode(found), media_type="application/json")


async def _in_program(
    request: Request, program_id: int, work: Callable[[Transaction, ProgramConfig], Awaitable[T]]
) -> T:
    async def in_program(tx: Transaction) -> T:
        return await work(tx, await load_config(tx, program_id))

    done: T = await request.app.state.db.attempt(in_program)
    return done


async def _netted(request: Request, program_id: int, number: int) -> Netted:
    async with request.app.state.db.transaction(read_only=True) as tx:
        return await netted(tx, await load_config(tx, program_id), number)


def _by_code(config: ProgramConfig, by_id: dict[int, Any]) -> dict[str, Any]:
    return {one.code: by_id[one.id] for one in config.partners.values() if one.id in by_id}


router.routes.extend(partner_router.routes)
