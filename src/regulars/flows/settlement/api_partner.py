"""REST: a partner's own side of its statements. Everything is asked for with the partner of the address, so that
nobody sees another one's.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Path, Request
from fastapi.responses import StreamingResponse
from pydantic import Field

from regulars.features.partners import PartnerCode, acts_as_partner, partner_in_path
from regulars.features.programs import ProgramConfig, load_config
from regulars.flows.settlement.disputes import answer, close_dispute, open_dispute, upload
from regulars.flows.settlement.routes import (
    CSV_ANSWER,
    OWN_READ,
    OWN_WRITE,
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
from regulars.flows.settlement.states import agree
from regulars.infra.db import Transaction
from regulars.infra.web import Page, PageQuery, StrictModel, Subject, api_router, bodies_up_to

router = api_router("/api/v1/programs/{program}/partners/{partner}", tag="settlement")

Partner = Annotated[PartnerCode, Depends(partner_in_path)]
Writer = Annotated[Subject, Depends(OWN_WRITE)]
PageOf = Annotated[PageQuery, Depends()]
Number = Annotated[int, Path(ge=1, lt=2**62)]
JsonObject = dict[str, Any]
T = TypeVar("T")
# A file of 200,000 rows has about ten megabytes, and somewhat more as a text in JSON.
FILE_LETTERS_MAX = 10_000_000
UPLOAD_BYTES_MAX = 12 * 1024 * 1024


class UploadBody(StrictModel):
    """A partner's own figures: CSV with the columns date, order_id, side (issue or burn), points, amount."""

    file: Annotated[str, Field(min_length=1, max_length=FILE_LETTERS_MAX)]


class DisputeBody(StrictModel):
    """Something that is not right."""

    reference: Annotated[str, Field(min_length=1, max_length=200, description="An order, a line, a fee")]
    text: Annotated[str, Field(min_length=1, max_length=2000)]


@router.get("/statements", operation_id="list_partner_statements", dependencies=[Depends(OWN_READ)])
async def list_own_statements(
    request: Request, program_id: ProgramId, partner: Partner, page: PageOf, status: Status = None
) -> Page[JsonObject]:
    """List a partner's statements once they were issued, the latest first."""
    return await page_of_statements(request, program_id, page, partner, status, drafts=False)


@router.get("/statements/{number}", operation_id="get_partner_statement", dependencies=[Depends(OWN_READ)])
async def get_own_statement(
    request: Request, program_id: ProgramId, partner: Partner, number: StatementId
) -> JsonObject:
    """Read a statement with its sections, entries and versions."""
    return await whole_statement(request, program_id, number, partner)


@router.get(
    "/statements/{number}/lines",
    operation_id="list_partner_statement_lines",
    dependencies=[Depends(OWN_READ)],
)
async def list_own_lines(
    request: Request, program_id: ProgramId, partner: Partner, number: StatementId, page: PageOf
) -> Page[JsonObject]:
    """List the lines of a statement."""
    return await line_answers(request, program_id, number, page, partner)


@router.get(
    "/statements/{number}/lines.csv",
    operation_id="export_partner_statement_lines",
    dependencies=[Depends(OWN_READ)],
    response_class=StreamingResponse,
    responses=CSV_ANSWER,
)
async def export_own_lines(
    request: Request, program_id: ProgramId, partner: Partner, number: StatementId
) -> StreamingResponse:
    """Write the lines of a statement as CSV, in the columns that an own file is read by."""
    return await lines_file(request, program_id, number, partner)


@router.get(
    "/statements/{number}/uploads", operation_id="list_partner_uploads", dependencies=[Depends(OWN_READ)]
)
async def list_own_uploads(
    request: Request, program_id: ProgramId, partner: Partner, number: StatementId
) -> list[JsonObject]:
    """List the own files about a statement, and how they matched, the latest first."""
    return await upload_answers(request, program_id, number, partner)


@router.post(
    "/statements/{number}/agree", operation_id="agree_own_statement", dependencies=[Depends(OWN_WRITE)]
)
async def agree_own(
    request: Request, program_id: ProgramId, partner: Partner, number: StatementId
) -> JsonObject:
    """Agree to a statement. 409 `still_disputed` while a dispute is open."""

    async def work(tx: Transaction, config: ProgramConfig) -> JsonObject:
        return plain(await agree(tx, config, number, request.app.state.clock.now(), partner))

    return await _in_program(request, program_id, work)


@router.post("/statements/{number}/uploads", operation_id="upload_partner_file", status_code=201)
@bodies_up_to(UPLOAD_BYTES_MAX)
async def post_upload(
    request: Request,
    subject: Writer,
    program_id: ProgramId,
    partner: Partner,
    number: StatementId,
    body: UploadBody,
) -> JsonObject:
    """Compare own figures with a statement; what does not match within the tolerance is disputed."""

    async def work(tx: Transaction, config: ProgramConfig) -> JsonObject:
        now = request.app.state.clock.now()
        done = await upload(tx, config, number, body.file, by=subject.credential, now=now, partner=partner)
        return plain(done)

    return await _in_program(request, program_id, work)


@router.post("/statements/{number}/disputes", operation_id="open_partner_dispute", status_code=201)
async def post_dispute(
    request: Request,
    subject: Writer,
    program_id: ProgramId,
    partner: Partner,
    number: StatementId,
    body: DisputeBody,
) -> JsonObject:
    """Dispute something about a statement."""

    async def work(tx: Transaction, config: ProgramConfig) -> JsonObject:
        opened = await open_dispute(
            tx,
            config,
            number,
            body.reference,
            body.text,
            side=_side(subject),
            by=subject.credential,
            now=request.app.state.clock.now(),
            partner=partner,
        )
        return plain(opened)

    return await _in_program(request, program_id, work)


@router.get("/disputes", operation_id="list_partner_disputes", dependencies=[Depends(OWN_READ)])
async def list_own_disputes(
    request: Request,
    program_id: ProgramId,
    partner: Partner,
    page: PageOf,
    open_only: OpenOnly = False,
    statement: OfStatement = None,
) -> Page[JsonObject]:
    """List a partner's disputes, the latest first."""
    return await page_of_disputes(request, program_id, page, partner, open_only, statement)


@router.get("/disputes/{number}", operation_id="get_partner_dispute", dependencies=[Depends(OWN_READ)])
async def get_own_dispute(
    request: Request, program_id: ProgramId, partner: Partner, number: Number
) -> JsonObject:
    """Read a dispute with the notes of both sides."""
    return await dispute_answer(request, program_id, number, partner)


@router.post("/disputes/{number}/notes", operation_id="answer_partner_dispute", status_code=201)
async def post_own_answer(
    request: Request, subject: Writer, program_id: ProgramId, partner: Partner, number: Number, body: NoteBody
) -> JsonObject:
    """Write a note on a dispute."""

    async def work(tx: Transaction, config: ProgramConfig) -> JsonObject:
        noted = await answer(
            tx,
            config,
            number,
            body.text,
            side=_side(subject),
            by=subject.credential,
            now=request.app.state.clock.now(),
            partner=partner,
        )
        return plain(noted)

    return await _in_program(request, program_id, work)


@router.post("/disputes/{number}/withdraw", operation_id="withdraw_partner_dispute")
async def post_withdraw(
    request: Request, subject: Writer, program_id: ProgramId, partner: Partner, number: Number, body: NoteBody
) -> JsonObject:
    """Withdraw a dispute."""

    async def work(tx: Transaction, config: ProgramConfig) -> JsonObject:
        closed = await close_dispute(
            tx,
            config,
            number,
            "withdrawn",
            body.text,
            side=_side(subject),
            by=subject.credential,
            now=request.app.state.clock.now(),
            partner=partner,
        )
        return plain(closed)

    return await _in_program(request, program_id, work)


def _side(subject: Subject) -> str:
    return "partner" if acts_as_partner(subject) else "program"


async def _in_program(
    request: Request, program_id: int, work: Callable[[Transaction, ProgramConfig], Awaitable[T]]
) -> T:
    async def in_program(tx: Transaction) -> T:
        return await work(tx, await load_config(tx, program_id))

    done: T = await request.app.state.db.attempt(in_program)
    return done
