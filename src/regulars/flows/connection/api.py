"""REST: connecting shops, and templates of what a new partner gets. A partner's own side is in api_partner."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from fastapi import Body, Depends, Header, Path, Request, Response
from pydantic import BaseModel, Field

from regulars.features.partners import (
    Template,
    UnknownTemplate,
    convert,
    delete_template,
    expect,
    select_templates,
    upsert_template,
    version_of,
)
from regulars.flows.connection.api_partner import router as partner_router
from regulars.flows.connection.api_partner_parts import router as parts_router
from regulars.flows.connection.bulk import Outcome, connect_each, numbered, shops_in_text
from regulars.flows.connection.connect import connect_shop
from regulars.flows.connection.model import Connected, Shop
from regulars.flows.connection.queries import queries
from regulars.flows.connection.snippets import snippet
from regulars.infra.db import Transaction
from regulars.infra.web import (
    Page,
    PageQuery,
    StrictModel,
    api_router,
    etag_of,
    program_in_path,
    route_roles,
    version_in,
)
from regulars.kit.errors import FieldError, Invalid

router = api_router("/api/v1/programs/{program}", tag="partners")

CONNECT = route_roles("owner", "operator", "manager", scope="partners:write")
READ = route_roles("owner", "operator", "manager", "finance", "analyst", scope="partners:read")
ProgramId = Annotated[int, Depends(program_in_path)]
Code = Annotated[str, Path(max_length=63, pattern="^[a-z0-9][a-z0-9_-]{0,62}$")]
JsonObject = dict[str, Any]
# Each shop is a transaction of some ten milliseconds; more come by `regulars partner import`.
SHOPS_MAX = 500
FILE_LETTERS_MAX = 1_000_000
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


class ShopsBody(StrictModel):
    """Many shops: as they stand in single calls, or as a CSV file with the columns of `regulars partner import`."""

    shops: Annotated[list[JsonObject] | None, Field(min_length=1, max_length=SHOPS_MAX)] = None
    file: Annotated[str | None, Field(min_length=1, max_length=FILE_LETTERS_MAX)] = None


class ProblemAnswer(BaseModel):
    """What is wrong with one row."""

    path: str
    code: str
    message: str


class OutcomeAnswer(BaseModel):
    """What became of one shop."""

    row: int
    code: str
    status: Literal["connected", "known", "failed"]
    connected: ConnectedAnswer | None
    problems: list[ProblemAnswer]


class ConnectedShopsAnswer(BaseModel):
    """What became of many shops, in the order in which they stood."""

    connected: int
    known: int
    failed: int
    shops: list[OutcomeAnswer]


class ConnectionAnswer(BaseModel):
    """A shop that is connected."""

    partner: str
    name: str
    source: str
    platform: str
    hook: str | None
    enabled: bool
    last_used_at: datetime | None


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


@router.post(
    "/connections/batch", operation_id="connect_shops", status_code=200, dependencies=[Depends(CONNECT)]
)
async def post_connections(
    request: Request, response: Response, program_id: ProgramId, body: ShopsBody
) -> ConnectedShopsAnswer:
    """Connect many shops: each in its own transaction, so that one that is refused spoils no other.

    Sent again, it connects what is missing; keys are in the answer that makes them and nowhere else.
    """
    if (body.shops is None) == (body.file is None):
        raise Invalid(errors=[FieldError("shops", "one_of_both", "Write either shops or a file.")])
    rows = list(numbered(body.shops)) if body.shops is not None else shops_in_text(body.file or "")
    if len(rows) > SHOPS_MAX:
        raise Invalid(errors=[FieldError("file", "too_many", f"At most {SHOPS_MAX} shops in one call.")])
    found = await connect_each(request.app.state.db, program_id, rows, request.app.state.clock.now)
    response.headers["cache-control"] = "no-store"
    host = f"{request.url.scheme}://{request.url.netloc}"
    shown = [_outcome(one, host) for one in found]
    counted = Counter(one.status for one in shown)
    return ConnectedShopsAnswer(
        connected=counted["connected"], known=counted["known"], failed=counted["failed"], shops=shown
    )


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


def _outcome(one: Outcome, host: str) -> OutcomeAnswer:
    made = one.made
    status: Literal["connected", "known", "failed"] = "failed"
    shown = None
    if made is not None:
        status = "connected" if made.new else "known"
        shown = ConnectedAnswer(**msgspec.structs.asdict(made), snippet=snippet(made, host))
    problems = [ProblemAnswer(path=p.path, code=p.code, message=p.message) for p in one.problems]
    return OutcomeAnswer(row=one.row, code=one.code, status=status, connected=shown, problems=problems)


def plain(template: Template) -> JsonObject:
    """Return a template as plain data."""
    found: JsonObject = msgspec.to_builtins(template)
    return found


router.routes.extend(partner_router.routes)
router.routes.extend(parts_router.routes)
