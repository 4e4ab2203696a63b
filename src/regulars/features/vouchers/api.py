"""REST: /api/v1/programs/{program}/voucher-definitions: kinds of vouchers, their codes, batches and exports."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, Literal, Protocol

from fastapi import Depends, Header, Path, Query, Request, Response
from starlette.responses import StreamingResponse

from regulars.features.vouchers import store
from regulars.features.vouchers.batches import generate_codes, get_batch, import_piece, list_batches
from regulars.features.vouchers.bodies import (
    BatchAnswer,
    CodeBody,
    CountsAnswer,
    DefinitionAnswer,
    DefinitionBody,
    GenerateBody,
    PieceAnswer,
    PieceBody,
    RefusedAnswer,
    VoucherAnswer,
    batch_answer,
    counts_answer,
    definition_answer,
    definition_of,
    voucher_answer,
)
from regulars.features.vouchers.define import archive_definition, get_definition, put_definition
from regulars.features.vouchers.exporting import export_codes
from regulars.features.vouchers.issue import add_code
from regulars.features.vouchers.model import StoredDefinition
from regulars.infra.db import Transaction
from regulars.infra.web import (
    Once,
    Page,
    PageQuery,
    Subject,
    api_router,
    etag_of,
    once_per_key,
    program_in_path,
    revision_in,
    route_roles,
)

router = api_router("/api/v1/programs/{program}", tag="vouchers")

READ = route_roles(
    "owner", "operator", "manager", "marketer", "agent", "analyst", "finance", scope="vouchers:read"
)
WRITE = route_roles("owner", "operator", "manager", "marketer", scope="vouchers:write")
EXPORT = route_roles("owner", "operator", "manager", scope="vouchers:export")

ProgramId = Annotated[int, Depends(program_in_path)]
Code = Annotated[str, Path(max_length=63, description="Code of the kind of vouchers")]
Status = Literal["stock", "issued", "void"]
IfMatch = Annotated[str | None, Header(description="The ETag you read; refused with 412 when it has changed")]
Writer = Annotated[Subject, Depends(WRITE)]
OnceKey = Annotated[Once, Depends(once_per_key)]


class HasZone(Protocol):
    """What vouchers ask of a program's configuration."""

    @property
    def zone(self) -> str:
        """IANA name of the zone whose calendar the program keeps."""


class Programs(Protocol):
    """What the application's `state.programs` can do for vouchers."""

    async def config_of(self, tx: Transaction, program_id: int) -> HasZone:
        """Return a program as it is now."""


@router.get("/voucher-definitions", operation_id="list_voucher_definitions", dependencies=[Depends(READ)])
async def list_definitions(
    request: Request,
    program_id: ProgramId,
    page: Annotated[PageQuery, Depends()],
    archived: Annotated[bool, Query(description="Archived kinds too")] = False,
) -> Page[DefinitionAnswer]:
    """List kinds of vouchers in the order of their codes."""
    (after,) = page.after(str) or ("",)
    async with request.app.state.db.transaction(read_only=True) as tx:
        found = await store.select_definitions(
            tx, program_id, after=after, limit=page.rows, archived=archived
        )
    return page.page([definition_answer(stored) for stored in found], lambda row: (row.code,))


@router.get(
    "/voucher-definitions/{code}", operation_id="get_voucher_definition", dependencies=[Depends(READ)]
)
async def read_definition(
    request: Request, response: Response, program_id: ProgramId, code: Code
) -> DefinitionAnswer:
    """Read a kind of vouchers, archived or not."""
    async with request.app.state.db.transaction(read_only=True) as tx:
        return _shown(response, await get_definition(tx, program_id, code))


@router.put(
    "/voucher-definitions/{code}", operation_id="put_voucher_definition", dependencies=[Depends(WRITE)]
)
async def write_definition(
    request: Request,
    response: Response,
    program_id: ProgramId,
    code: Code,
    body: DefinitionBody,
    if_match: IfMatch = None,
) -> DefinitionAnswer:
    """Make a kind of vouchers (201) or change it (200); codes that exist follow. An archived one comes back."""
    now, expected = request.app.state.clock.now(), revision_in(if_match)

    async def work(tx: Transaction) -> tuple[StoredDefinition, bool]:
        programs: Programs = request.app.state.programs
        zone = (await programs.config_of(tx, program_id)).zone
        definition = definition_of(code, body)
        return await put_definition(tx, program_id, definition, zone=zone, now=now, expected=expected)

    stored, new = await request.app.state.db.attempt(work)
    response.status_code = 201 if new else 200
    return _shown(response, stored)


@router.delete(
    "/voucher-definitions/{code}",
    operation_id="archive_voucher_definition",
    status_code=204,
    dependencies=[Depends(WRITE)],
)
async def archive(request: Request, program_id: ProgramId, code: Code, if_match: IfMatch = None) -> None:
    """Archive a kind of vouchers: they cannot be used or issued any more."""
    now, expected = request.app.state.clock.now(), revision_in(if_match)

    async def work(tx: Transaction) -> None:
        await archive_definition(tx, program_id, code, now, expected)

    await request.app.state.db.attempt(work)


@router.get("/voucher-definitions/{code}/counts", operation_id="count_vouchers", dependencies=[Depends(READ)])
async def counts(request: Request, program_id: ProgramId, code: Code) -> CountsAnswer:
    """Count the codes of a kind: waiting, issued, taken back, and their uses."""
    async with request.app.state.db.transaction(read_only=True) as tx:
        stored = await get_definition(tx, program_id, code)
        return counts_answer(await store.count_codes(tx, stored.id))


@router.get("/voucher-definitions/{code}/codes", operation_id="list_vouchers", dependencies=[Depends(EXPORT)])
async def list_codes(
    request: Request,
    program_id: ProgramId,
    code: Code,
    page: Annotated[PageQuery, Depends()],
    status: Annotated[Status | None, Query()] = None,
) -> Page[VoucherAnswer]:
    """List the codes of a kind in their order."""
    (after,) = page.after(str) or ("",)
    async with request.app.state.db.transaction(read_only=True) as tx:
        stored = await get_definition(tx, program_id, code)
        found = await store.select_page(tx, stored.id, after=after, limit=page.rows, status=status)
    return page.page([voucher_answer(voucher) for voucher in found], lambda row: (row.code,))


@router.post(
    "/voucher-definitions/{code}/codes",
    operation_id="add_voucher",
    status_code=201,
    response_model=VoucherAnswer,
)
async def add(
    request: Request,
    program_id: ProgramId,
    code: Code,
    body: CodeBody,
    subject: Writer,  # noqa: ARG001 - who may, and whose key it is
    once: OnceKey,
) -> Response:
    """Make one code of your own choice, for whoever holds it. 409 `code_taken` when it exists."""
    now = request.app.state.clock.now()

    async def work(tx: Transaction) -> VoucherAnswer:
        stored = await get_definition(tx, program_id, code)
        kept = await add_code(tx, stored, body.code, uses=body.uses, now=now)
        found = await store.select_vouchers(tx, program_id, [kept], None, now)
        return voucher_answer(found[kept][0])

    return await once.answer(request.app.state.db, work, now=now, status=201)


@router.post(
    "/voucher-definitions/{code}/codes/pieces",
    operation_id="import_voucher_piece",
    response_model=PieceAnswer,
)
async def import_one_piece(
    request: Request,
    program_id: ProgramId,
    code: Code,
    body: PieceBody,
    subject: Writer,  # noqa: ARG001 - who may, and whose key it is
    once: OnceKey,
) -> Response:
    """Take a piece of a list of your own codes, once however often it comes; mistakes are listed, the others taken."""
    now = request.app.state.clock.now()

    async def work(tx: Transaction) -> PieceAnswer:
        batch, refused = await import_piece(
            tx,
            program_id,
            code,
            body.codes,
            mark=body.name,
            at=body.at,
            last=body.last,
            now=now,
            bearer=body.bearer,
            uses=body.uses,
        )
        named = [RefusedAnswer(at=one.at, code=one.code, reason=one.reason) for one in refused]
        return PieceAnswer(**batch_answer(batch).model_dump(), refused_here=named)

    return await once.answer(request.app.state.db, work, now=now)


@router.post(
    "/voucher-definitions/{code}/batches",
    operation_id="generate_vouchers",
    status_code=202,
    response_model=BatchAnswer,
)
async def generate(
    request: Request,
    program_id: ProgramId,
    code: Code,
    body: GenerateBody,
    subject: Writer,  # noqa: ARG001 - who may, and whose key it is
    once: OnceKey,
) -> Response:
    """Begin to make codes in the background; the batch says how far it is."""
    now = request.app.state.clock.now()

    async def work(tx: Transaction) -> BatchAnswer:
        made = await generate_codes(tx, program_id, code, body.count, bearer=body.bearer, now=now)
        return batch_answer(made)

    return await once.answer(request.app.state.db, work, now=now, status=202)


@router.get(
    "/voucher-definitions/{code}/batches", operation_id="list_voucher_batches", dependencies=[Depends(READ)]
)
async def read_batches(
    request: Request, program_id: ProgramId, code: Code, page: Annotated[PageQuery, Depends()]
) -> Page[BatchAnswer]:
    """List the batches of a kind, generated and imported, the latest first, with how far each is."""
    (before,) = page.after(int) or (None,)
    async with request.app.state.db.transaction(read_only=True) as tx:
        found = await list_batches(tx, program_id, code, before, page.rows)
    return page.page([batch_answer(one) for one in found], lambda row: (row.batch,))


@router.get("/voucher-batches/{batch}", operation_id="get_voucher_batch", dependencies=[Depends(READ)])
async def read_batch(
    request: Request, program_id: ProgramId, batch: Annotated[int, Path(ge=1, le=2**62)]
) -> BatchAnswer:
    """Read how far a batch of codes is."""
    async with request.app.state.db.transaction(read_only=True) as tx:
        return batch_answer(await get_batch(tx, program_id, batch))


@router.get(
    "/voucher-definitions/{code}/export",
    operation_id="export_vouchers",
    dependencies=[Depends(EXPORT)],
    response_class=StreamingResponse,
)
async def export(
    request: Request,
    program_id: ProgramId,
    code: Code,
    status: Annotated[Status | None, Query()] = None,
) -> StreamingResponse:
    """Export the codes of a kind as CSV; cells are safe to open in a spreadsheet."""
    db = request.app.state.db
    async with db.transaction(read_only=True) as tx:
        stored = await get_definition(tx, program_id, code)

    async def text() -> AsyncIterator[str]:
        async with db.transaction(read_only=True, snapshot=True) as tx:
            async for part in export_codes(tx, stored.id, status):
                yield part

    headers = {"content-disposition": f'attachment; filename="{code}.csv"'}
    return StreamingResponse(text(), media_type="text/csv; charset=utf-8", headers=headers)


def _shown(response: Response, stored: StoredDefinition) -> DefinitionAnswer:
    response.headers["etag"] = etag_of(stored.revision)
    return definition_answer(stored)
