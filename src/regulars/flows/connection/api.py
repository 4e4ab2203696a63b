"""REST: connecting shops, templates, and what a partner may see of its own transactions."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from fastapi import Body, Depends, Header, Path, Query, Request, Response
from pydantic import BaseModel, Field

from regulars.core.ledger import TransferKind
from regulars.features.partners import (
    PartnerCode,
    Template,
    UnknownPartner,
    UnknownTemplate,
    convert,
    delete_template,
    expect,
    partner_in_path,
    select_templates,
    upsert_template,
    version_of,
)
from regulars.features.programs import load_config
from regulars.flows.connection.connect import connect_shop
from regulars.flows.connection.model import Connected, Shop
from regulars.flows.connection.queries import queries
from regulars.flows.connection.snippets import snippet
from regulars.infra.db import Transaction
from regulars.infra.web import (
    Instant,
    Page,
    PageQuery,
    api_router,
    etag_of,
    program_in_path,
    route_roles,
    version_in,
)
from regulars.kit import ids
from regulars.kit.errors import FieldError, Invalid

router = api_router("/api/v1/programs/{program}", tag="partners")

CONNECT = route_roles("owner", "operator", "manager", scope="partners:write")
READ = route_roles("owner", "operator", "manager", "finance", "analyst", scope="partners:read")
OWN = route_roles("owner", "operator", "manager", "finance", "analyst", "partner", scope="partners:read")
ProgramId = Annotated[int, Depends(program_in_path)]
Code = Annotated[str, Path(max_length=63, pattern="^[a-z0-9][a-z0-9_-]{0,62}$")]
JsonObject = dict[str, Any]
LATEST = 2**62
IfMatch = Annotated[str | None, Header(description="The ETag you read; refused with 412 when it has changed")]


class ConnectedAnswer(BaseModel):
    """A connected shop. Keys and secret are in the answer that makes them and nowhere else."""

    partner: str
    source: str
    platform: str
    new: bool
    write_key: str
    api_key: str
    hook: str
    secret: str
    snippet: str


class ConnectionAnswer(BaseModel):
    """A shop that is connected."""

    partner: str
    name: str
    source: str
    platform: str
    hook: str | None
    enabled: bool
    last_used_at: datetime | None


class TransactionAnswer(BaseModel):
    """A movement of points at a partner, or that it funded; the member by her id only."""

    transfer: str
    member: str
    kind: str
    point_type: str
    points: int
    account: Annotated[str, Field(description="partner:<code> funded it, spent:<code> = spent there")]
    order_id: str
    store: str
    occurred_at: datetime
    posted_at: datetime


@router.post("/connections", operation_id="connect_shop", status_code=201, dependencies=[Depends(CONNECT)])
async def post_connection(
    request: Request,
    response: Response,
    program_id: ProgramId,
    body: Annotated[JsonObject, Body(description="code, name, template, platform, stores, secret, bank")],
) -> ConnectedAnswer:
    """Connect a shop: partner, stores, source, keys and terms in one call. Calling it again makes nothing twice."""
    shop, now = convert(body, Shop), request.app.state.clock.now()

    async def work(tx: Transaction) -> Connected:
        return await connect_shop(tx, program_id, shop, now)

    made = await request.app.state.db.attempt(work)
    response.headers["cache-control"] = "no-store"
    response.status_code = 201 if made.new else 200
    host = f"{request.url.scheme}://{request.url.netloc}"
    return ConnectedAnswer(**msgspec.structs.asdict(made), snippet=snippet(made, host))


@router.get("/connections", operation_id="list_connections", dependencies=[Depends(READ)])
async def list_connections(
    request: Request, program_id: ProgramId, page: Annotated[PageQuery, Depends()]
) -> Page[ConnectionAnswer]:
    """List the connected shops in the order of their codes, without their keys."""
    partner, source = page.after(str, str) or ("", "")
    async with request.app.state.db.transaction(read_only=True) as tx:
        rows = await tx.all(
            queries.select_connections, program_id=program_id, partner=partner, source=source, limit=page.rows
        )
    names = ("partner", "name", "source", "platform", "hook", "enabled", "last_used_at")
    found = [ConnectionAnswer(**dict(zip(names, row, strict=True))) for row in rows]
    return page.page(found, lambda row: (row.partner, row.source))


@router.get("/partner-templates", operation_id="list_partner_templates", dependencies=[Depends(READ)])
async def list_templates(request: Request, program_id: ProgramId) -> dict[str, JsonObject]:
    """List what new partners get, by the code of the template; `default` is used where none is named."""
    async with request.app.state.db.transaction(read_only=True) as tx:
        found = await select_templates(tx, program_id)
    return {code: plain(one) for code, one in found.items()}


@router.put("/partner-templates/{code}", operation_id="put_partner_template", dependencies=[Depends(CONNECT)])
async def put_template(
    request: Request,
    response: Response,
    program_id: ProgramId,
    code: Code,
    body: JsonObject,
    if_match: IfMatch = None,
) -> JsonObject:
    """Make or change a template."""
    template, now = convert(body, Template), request.app.state.clock.now()
    async with request.app.state.db.transaction() as tx:
        expect((await select_templates(tx, program_id)).get(code), version_in(if_match))
        await upsert_template(tx, program_id, code, template, now)
    response.headers["etag"] = etag_of(version_of(template))
    return plain(template)


@router.get("/partner-templates/{code}", operation_id="get_partner_template", dependencies=[Depends(READ)])
async def get_template(request: Request, response: Response, program_id: ProgramId, code: Code) -> JsonObject:
    """Read a template."""
    async with request.app.state.db.transaction(read_only=True) as tx:
        found = (await select_templates(tx, program_id)).get(code)
    if found is None:
        raise UnknownTemplate
    response.headers["etag"] = etag_of(version_of(found))
    return plain(found)


@router.delete(
    "/partner-templates/{code}",
    operation_id="delete_partner_template",
    status_code=204,
    dependencies=[Depends(CONNECT)],
)
async def remove_template(
    request: Request, program_id: ProgramId, code: Code, if_match: IfMatch = None
) -> None:
    """Remove a template; partners made from it stay as they are."""
    async with request.app.state.db.transaction() as tx:
        expect((await select_templates(tx, program_id)).get(code), version_in(if_match))
        if not await delete_template(tx, program_id, code):
            raise UnknownTemplate


@router.get(
    "/partners/{partner}/transactions", operation_id="list_partner_transactions", dependencies=[Depends(OWN)]
)
async def list_transactions(
    request: Request,
    program_id: ProgramId,
    partner: Annotated[PartnerCode, Depends(partner_in_path)],
    start: Annotated[Instant, Query(description="Posted from this instant on")],
    end: Annotated[Instant, Query(description="Posted before this instant")],
    page: Annotated[PageQuery, Depends()],
    kind: Annotated[Literal["all", "earn", "spend"], Query()] = "all",
) -> Page[TransactionAnswer]:
    """List movements of points at a partner or funded by it, the latest first: nothing of other partners."""
    if start >= end:
        raise Invalid(errors=[FieldError("end", "not_after", "Write an instant after start.")])
    (before,) = page.after(int) or (LATEST,)
    async with request.app.state.db.transaction(read_only=True) as tx:
        config = await load_config(tx, program_id)
        if partner not in config.partners:
            raise UnknownPartner
        rows = await tx.all(
            queries.select_transactions,
            program_id=program_id,
            partner=partner,
            partner_id=config.partners[partner].id,
            start=start,
            end=end,
            before=before,
            limit=page.rows,
        )
    wanted = {"all": range(100), "earn": (1, 3, 13), "spend": (5, 6, 9)}[kind]
    listed = page.page(rows, lambda row: (row[1],))
    data = [_transaction(row) for row in listed.data if row[2] in wanted]
    return Page(data=data, next_cursor=listed.next_cursor)


def _transaction(row: tuple[Any, ...]) -> TransactionAnswer:
    member_id, number, kind, point_type, points, occurred_at, posted_at, account, order_id, store = row
    return TransactionAnswer(
        transfer=ids.encode("trf", number),
        member=ids.encode("mem", member_id),
        kind=TransferKind(kind).name.lower(),
        point_type=point_type,
        points=points,
        account=account,
        order_id=order_id,
        store=store,
        occurred_at=occurred_at,
        posted_at=posted_at,
    )


def plain(template: Template) -> JsonObject:
    """Return a template as plain data."""
    found: JsonObject = msgspec.to_builtins(template)
    return found
