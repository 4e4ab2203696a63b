"""REST: terms of partners, funding agreements, blocks bought ahead, tasks, and who funded what."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

import msgspec
from fastapi import Depends, Header, Path, Query, Request, Response
from pydantic import BaseModel, Field

from regulars.features.partners import (
    Agreement,
    PartnerCode,
    Terms,
    Treasury,
    UnknownPartner,
    UnknownTask,
    convert,
    expect,
    partner_in_path,
    put_terms,
    put_treasury,
    select_agreements,
    select_block_entries,
    select_tasks,
    select_terms,
    select_treasury,
    update_task_done,
    version_of,
)
from regulars.features.programs import ProgramConfig, load_config
from regulars.flows.funding.agreements import (
    BlockInvalid,
    Standing,
    buy_block,
    end_funding,
    find_agreement,
    known_of,
    put_funding,
    standing_of,
    standings,
    withdraw_from_block,
)
from regulars.flows.funding.errors import UnknownEvent, UnknownSpend
from regulars.flows.funding.tracing import funders_of_spend, funding_of_event
from regulars.infra.db import Transaction
from regulars.infra.web import (
    Once,
    Page,
    PageQuery,
    StrictModel,
    Subject,
    api_router,
    etag_of,
    once_per_key,
    program_in_path,
    route_roles,
    version_in,
)
from regulars.kit import ids
from regulars.kit.errors import FieldError, NotFound
from regulars.kit.money import exact_minor, exponent, format_money

router = api_router("/api/v1/programs/{program}", tag="partners")

READ = route_roles("owner", "operator", "manager", "finance", "analyst", scope="partners:read")
OWN = route_roles("owner", "operator", "manager", "finance", "analyst", "partner", scope="partners:read")
WRITE = route_roles("owner", "operator", "manager", "finance", scope="partners:write")
ProgramId = Annotated[int, Depends(program_in_path)]
Partner = Annotated[PartnerCode, Depends(partner_in_path)]
Code = Annotated[str, Path(max_length=63)]
JsonObject = dict[str, Any]
IfMatch = Annotated[str | None, Header(description="The ETag you read; refused with 412 when it has changed")]
OnceKey = Annotated[Once, Depends(once_per_key)]


class PurchaseBody(StrictModel):
    """Points bought ahead, or given back unused."""

    points: Annotated[int, Field(ge=1, description="Smallest units of the point type", examples=[1000000])]
    price: Annotated[str, Field(pattern=r"^\d{1,12}(\.\d{1,4})?$", examples=["9000.00"])]
    reference: Annotated[str, Field(max_length=200)] = ""


class ShareAnswer(BaseModel):
    """Who funded one transfer of an event; negative points came back."""

    transfer: str
    point_type: str
    points: int
    account: str
    share_of: str
    agreement: str
    payer: str
    mode: str
    kind: str
    posted_at: datetime
    reverses: str | None


class TaskAnswer(BaseModel):
    """Something to do about a block."""

    id: int
    agreement: str
    partner: str
    kind: str
    bought: int
    remaining: int
    created_at: datetime
    done_at: datetime | None
    done_by: str


@router.get("/partners/{partner}/terms", operation_id="get_partner_terms", dependencies=[Depends(OWN)])
async def get_terms(
    request: Request, response: Response, program_id: ProgramId, partner: Partner
) -> JsonObject:
    """Read what a partner pays and is paid."""
    async with request.app.state.db.transaction(read_only=True) as tx:
        config = await load_config(tx, program_id)
        terms = await select_terms(tx, program_id)
    if partner not in config.partners:
        raise UnknownPartner
    return _shown(response, terms.get(config.partners[partner].id, Terms()))


@router.put("/partners/{partner}/terms", operation_id="put_partner_terms", dependencies=[Depends(WRITE)])
async def write_terms(
    request: Request,
    response: Response,
    program_id: ProgramId,
    partner: PartnerCode,
    body: JsonObject,
    if_match: IfMatch = None,
) -> JsonObject:
    """Write what a partner pays and is paid; lines that are on a statement keep their price."""
    terms, now = convert(body, Terms), request.app.state.clock.now()
    async with request.app.state.db.transaction() as tx:
        known = known_of(await load_config(tx, program_id))
        number = known.partner_id(partner)
        expect((await select_terms(tx, program_id)).get(number, Terms()), version_in(if_match))
        await put_terms(tx, known, partner, terms, now)
    return _shown(response, terms)


@router.get("/treasury", operation_id="get_treasury", dependencies=[Depends(READ)])
async def get_treasury(request: Request, response: Response, program_id: ProgramId) -> JsonObject:
    """Read the program's own side of settlement: bank account and names of its books' accounts."""
    async with request.app.state.db.transaction(read_only=True) as tx:
        return _shown(response, await select_treasury(tx, program_id))


@router.put("/treasury", operation_id="put_treasury", dependencies=[Depends(WRITE)])
async def write_treasury(
    request: Request,
    response: Response,
    program_id: ProgramId,
    body: JsonObject,
    if_match: IfMatch = None,
) -> JsonObject:
    """Write the program's own side of settlement."""
    treasury, now = convert(body, Treasury), request.app.state.clock.now()
    async with request.app.state.db.transaction() as tx:
        expect(await select_treasury(tx, program_id), version_in(if_match))
        await put_treasury(tx, program_id, treasury, now)
    return _shown(response, treasury)


@router.get("/funding", operation_id="list_funding", dependencies=[Depends(READ)])
async def list_funding(request: Request, program_id: ProgramId) -> list[JsonObject]:
    """List the funding agreements with what their caps and blocks have left."""
    return await _standings(request, program_id, None)


@router.get("/partners/{partner}/funding", operation_id="list_partner_funding", dependencies=[Depends(OWN)])
async def list_partner_funding(request: Request, program_id: ProgramId, partner: Partner) -> list[JsonObject]:
    """List the agreements that a partner pays for, with what their caps and blocks have left."""
    return await _standings(request, program_id, partner)


@router.get("/funding/{code}", operation_id="get_funding", dependencies=[Depends(READ)])
async def get_funding(request: Request, response: Response, program_id: ProgramId, code: Code) -> JsonObject:
    """Read an agreement with what its caps and block have left."""
    now = request.app.state.clock.now()
    async with request.app.state.db.transaction(read_only=True) as tx:
        live = await find_agreement(tx, program_id, code)
        standing = await standing_of(tx, await load_config(tx, program_id), live, now)
    response.headers["etag"] = etag_of(version_of(standing.agreement))
    return _plain(standing)


@router.put("/funding/{code}", operation_id="put_funding", dependencies=[Depends(WRITE)])
async def write_funding(
    request: Request,
    response: Response,
    program_id: ProgramId,
    code: Code,
    body: JsonObject,
    if_match: IfMatch = None,
) -> JsonObject:
    """Make an agreement or change its caps, fallback, reserve, reorder level or validity."""
    one, now = convert({**body, "code": code}, Agreement), request.app.state.clock.now()

    async def work(tx: Transaction) -> Standing:
        config = await load_config(tx, program_id)
        before = {live.agreement.code: live.agreement for live in await select_agreements(tx, program_id)}
        expect(before.get(code), version_in(if_match))
        (live,) = await put_funding(tx, config, [one], now)
        return await standing_of(tx, config, live, now)

    standing: Standing = await request.app.state.db.attempt(work)
    response.headers["etag"] = etag_of(version_of(standing.agreement))
    return _plain(standing)


@router.delete("/funding/{code}", operation_id="end_funding", status_code=204, dependencies=[Depends(WRITE)])
async def delete_funding(
    request: Request, program_id: ProgramId, code: Code, if_match: IfMatch = None
) -> None:
    """End an agreement: its account funds nothing any more; what was billed by it stays on its statements."""
    now, expected = request.app.state.clock.now(), version_in(if_match)
    async with request.app.state.db.transaction() as tx:
        await end_funding(tx, program_id, code, now, expected)


@router.get("/funding/{code}/block", operation_id="list_block", dependencies=[Depends(READ)])
async def list_block(request: Request, program_id: ProgramId, code: Code) -> list[JsonObject]:
    """List what was bought of a block and given back, the newest first; prices in minor units."""
    async with request.app.state.db.transaction(read_only=True) as tx:
        live = await find_agreement(tx, program_id, code)
        return [_plain(one) for one in await select_block_entries(tx, live.id)]


@router.post("/funding/{code}/block", operation_id="buy_block", status_code=201)
async def post_block(
    request: Request,
    subject: Annotated[Subject, Depends(WRITE)],
    program_id: ProgramId,
    code: Code,
    body: PurchaseBody,
    once: OnceKey,
) -> Response:
    """Add points that a partner bought ahead; awards draw on them from the next event on."""
    return await _entry(request, subject, program_id, code, body, once, buy_block)


@router.post("/funding/{code}/block/withdrawals", operation_id="withdraw_from_block", status_code=201)
async def post_withdrawal(
    request: Request,
    subject: Annotated[Subject, Depends(WRITE)],
    program_id: ProgramId,
    code: Code,
    body: PurchaseBody,
    once: OnceKey,
) -> Response:
    """Give unused points of a block back. 409 `block_too_small` says how many it holds."""
    return await _entry(request, subject, program_id, code, body, once, withdraw_from_block)


@router.get("/funding-tasks", operation_id="list_funding_tasks", dependencies=[Depends(READ)])
async def list_tasks(
    request: Request,
    program_id: ProgramId,
    page: Annotated[PageQuery, Depends()],
    done: Annotated[bool, Query(description="Also those that are done")] = False,
) -> Page[TaskAnswer]:
    """List blocks that are to be bought again, the newest first."""
    (before,) = page.after(int) or (2**62,)
    async with request.app.state.db.transaction(read_only=True) as tx:
        rows = await select_tasks(tx, program_id, done=done, before=before, limit=page.rows)
    found = [TaskAnswer(**msgspec.structs.asdict(row)) for row in rows]
    return page.page(found, lambda row: (row.id,))


@router.post("/funding-tasks/{task}/done", operation_id="finish_funding_task", status_code=204)
async def finish_task(
    request: Request,
    subject: Annotated[Subject, Depends(WRITE)],
    program_id: ProgramId,
    task: Annotated[int, Path(ge=1, lt=2**62)],
) -> None:
    """Say that a task is done."""
    async with request.app.state.db.transaction() as tx:
        now = request.app.state.clock.now()
        if not await update_task_done(tx, program_id, task, subject.credential, now):
            raise UnknownTask


@router.get("/events/{event}/funding", operation_id="explain_event_funding", dependencies=[Depends(READ)])
async def explain_event(
    request: Request, program_id: ProgramId, event: Annotated[str, Path(max_length=40, description="evt_…")]
) -> list[ShareAnswer]:
    """Say who funded the points of an event: every share with its agreement and payer, and what came back of it."""
    number = _number("evt", event, UnknownEvent)
    async with request.app.state.db.transaction(read_only=True) as tx:
        shares = await funding_of_event(tx, await load_config(tx, program_id), number)
    return [
        ShareAnswer(
            **{
                **msgspec.structs.asdict(one),
                "transfer": ids.encode("trf", one.transfer),
                "reverses": None if one.reverses is None else ids.encode("trf", one.reverses),
            }
        )
        for one in shares
    ]


@router.get("/spends/{spend}/funding", operation_id="explain_spend_funding", dependencies=[Depends(READ)])
async def explain_spend(
    request: Request, program_id: ProgramId, spend: Annotated[str, Path(max_length=40, description="trf_…")]
) -> dict[str, int]:
    """Say whose points a spend used, net of what came back: points by funding account."""
    number = _number("trf", spend, UnknownSpend)
    async with request.app.state.db.transaction(read_only=True) as tx:
        used = await funders_of_spend(tx, await load_config(tx, program_id), number)
    return {one.account: one.points for one in used}


async def _standings(request: Request, program_id: int, partner: str | None) -> list[JsonObject]:
    now = request.app.state.clock.now()
    async with request.app.state.db.transaction(read_only=True) as tx:
        config = await load_config(tx, program_id)
        if partner is not None and partner not in config.partners:
            raise UnknownPartner
        found = [
            one for one in await select_agreements(tx, program_id) if partner in (None, one.agreement.payer)
        ]
        return [_plain(one) for one in await standings(tx, config, found, now)]


async def _entry(
    request: Request,
    subject: Subject,
    program_id: int,
    code: str,
    body: PurchaseBody,
    once: Once,
    act: Any,
) -> Response:
    now = request.app.state.clock.now()

    async def work(tx: Transaction) -> JsonObject:
        config: ProgramConfig = await load_config(tx, program_id)
        try:
            price = exact_minor(Decimal(body.price), exponent(config.currency))
        except ValueError as mistake:
            raise BlockInvalid(errors=[FieldError("price", "too_fine", str(mistake))]) from mistake
        standing = await act(
            tx, config, code, body.points, price, reference=body.reference, by=subject.credential, now=now
        )
        return {**_plain(standing), "price": format_money(price, config.currency)}

    return await once.answer(request.app.state.db, work, now=now, status=201)


def _number(prefix: str, text: str, unknown: type[NotFound]) -> int:
    try:
        return ids.decode(prefix, text)
    except ValueError:
        raise unknown from None


def _shown(response: Response, document: Any) -> JsonObject:
    response.headers["etag"] = etag_of(version_of(document))
    return _plain(document)


def _plain(value: Any) -> JsonObject:
    found: JsonObject = msgspec.to_builtins(value)
    return found
