"""REST: what a partner may see of its transactions and figures: its own and nothing of anybody else's."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date, datetime, timedelta
from typing import Annotated, Literal

from fastapi import Depends, Query, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

from regulars.features.partners import PartnerCode, UnknownPartner, partner_in_path, select_terms
from regulars.features.programs import PointType, ProgramConfig, load_config
from regulars.flows.connection.movements import (
    LATEST,
    Figures,
    Movement,
    Wanted,
    movements_csv,
    select_figures,
    select_movements,
    wanted_of,
)
from regulars.infra.db import Transaction
from regulars.infra.web import Instant, Page, PageQuery, api_router, program_in_path, route_roles

router = api_router("/api/v1/programs/{program}/partners/{partner}", tag="partners")

OWN = route_roles("owner", "operator", "manager", "finance", "analyst", "partner", scope="partners:read")
ProgramId = Annotated[int, Depends(program_in_path)]
Partner = Annotated[PartnerCode, Depends(partner_in_path)]
Start = Annotated[
    Instant | None, Query(description="Posted from this instant on; else `days` before the end")
]
End = Annotated[Instant | None, Query(description="Posted before this instant; else up to now")]
Days = Annotated[
    int, Query(ge=1, le=36_600, description="How many days before the end, where there is no start")
]
Between = tuple[datetime, datetime]
CSV_ANSWER: dict[int | str, dict[str, object]] = {200: {"content": {"text/csv": {}}}}


class TransactionAnswer(BaseModel):
    """A movement of points at a partner, or that it funded; the member by her id only."""

    transfer: str
    member: str
    kind: str
    point_type: str
    scale: Annotated[int, Field(description="Decimals of the smallest unit, in which points are written")]
    points: int
    account: Annotated[str, Field(description="partner:<code> funded it, spent:<code> = spent there")]
    order_id: str
    store: str
    occurred_at: datetime
    posted_at: datetime


class OwnPointTypeAnswer(BaseModel):
    """A point type that a partner has to do with."""

    code: str
    name: str
    kind: str
    scale: int
    own: Annotated[bool, Field(description="Whether these points are the partner's own")]


class DayAnswer(BaseModel):
    """Movements of one day, kind and point type."""

    day: date
    kind: str
    point_type: str
    transactions: int
    points: int


class StoreFigureAnswer(BaseModel):
    """Movements at one store; an empty code = none was named."""

    store: str
    transactions: int
    members: int


class OverviewAnswer(BaseModel):
    """A partner and its figures between two instants; days are those of the program's clock."""

    code: str
    name: str
    roles: list[str]
    start: datetime
    end: datetime
    transactions: int
    members: int
    days: list[DayAnswer]
    stores: list[StoreFigureAnswer]


def between(request: Request, start: Start = None, end: End = None, days: Days = 90) -> Between:
    """Return the while that a query asks for: by the server's clock where it names no instants."""
    # Whatever is posted in this very moment belongs to it.
    until = end or request.app.state.clock.now() + timedelta(seconds=1)
    return start or until - timedelta(days=days), until


def asked(
    during: Annotated[Between, Depends(between)],
    kind: Annotated[Literal["all", "earn", "spend"], Query()] = "all",
    point_type: Annotated[str | None, Query(max_length=63)] = None,
    store: Annotated[str | None, Query(max_length=63)] = None,
    order_id: Annotated[str | None, Query(max_length=200)] = None,
    member: Annotated[str | None, Query(max_length=40, description="mem_…")] = None,
) -> Wanted:
    """Return which movements the query asks for."""
    return wanted_of(*during, kind, point_type, store, order_id, member)


Asked = Annotated[Wanted, Depends(asked)]


@router.get("/overview", operation_id="get_partner_overview", dependencies=[Depends(OWN)])
async def get_overview(
    request: Request,
    program_id: ProgramId,
    partner: Partner,
    during: Annotated[Between, Depends(between)],
) -> OverviewAnswer:
    """Read a partner's figures of a while: by day and kind, by store, and how many members it had."""
    wanted = wanted_of(*during)
    async with request.app.state.db.transaction(read_only=True) as tx:
        config = await known(tx, program_id, partner)
        found = await select_figures(tx, program_id, partner, wanted, config.zone)
    return _overview(config, partner, wanted, found)


@router.get("/point-types", operation_id="list_partner_point_types", dependencies=[Depends(OWN)])
async def list_point_types(
    request: Request, program_id: ProgramId, partner: Partner
) -> list[OwnPointTypeAnswer]:
    """List the point types that a partner has to do with: the program's, its own, and those it accepts of others."""
    async with request.app.state.db.transaction(read_only=True) as tx:
        config = await known(tx, program_id, partner)
        terms = (await select_terms(tx, program_id)).get(config.partners[partner].id)
    accepted = {one.point_type for one in terms.accepts} if terms else set()
    seen = [
        one for one in config.point_types.values() if one.partner in (None, partner) or one.code in accepted
    ]
    return [_point_type(one, partner) for one in seen]


@router.get("/transactions", operation_id="list_partner_transactions", dependencies=[Depends(OWN)])
async def list_transactions(
    request: Request,
    program_id: ProgramId,
    partner: Partner,
    wanted: Asked,
    page: Annotated[PageQuery, Depends()],
) -> Page[TransactionAnswer]:
    """List movements of points at a partner or funded by it, the latest first: nothing of other partners."""
    (before,) = page.after(int) or (LATEST,)
    async with request.app.state.db.transaction(read_only=True) as tx:
        await known(tx, program_id, partner)
        rows = await select_movements(tx, program_id, partner, wanted, before, page.rows)
    listed = page.page(rows, lambda row: (row.id,))
    return Page(data=[_transaction(row) for row in listed.data], next_cursor=listed.next_cursor)


@router.get(
    "/transactions.csv",
    operation_id="export_partner_transactions",
    dependencies=[Depends(OWN)],
    response_class=StreamingResponse,
    responses=CSV_ANSWER,
)
async def export_transactions(
    request: Request, program_id: ProgramId, partner: Partner, wanted: Asked
) -> StreamingResponse:
    """Write the same movements as CSV, the latest first; cells are safe to open in a spreadsheet."""
    db = request.app.state.db
    async with db.transaction(read_only=True) as tx:
        await known(tx, program_id, partner)

    async def text() -> AsyncIterator[str]:
        async with db.transaction(read_only=True, snapshot=True) as tx:
            async for part in movements_csv(tx, program_id, partner, wanted):
                yield part

    headers = {"content-disposition": f'attachment; filename="{partner}-transactions.csv"'}
    return StreamingResponse(text(), media_type="text/csv; charset=utf-8", headers=headers)


async def known(tx: Transaction, program_id: int, partner: str) -> ProgramConfig:
    """Return the program's configuration, in which there is this partner. Refuses with UnknownPartner."""
    config = await load_config(tx, program_id)
    if partner not in config.partners:
        raise UnknownPartner
    return config


def _overview(config: ProgramConfig, partner: str, wanted: Wanted, found: Figures) -> OverviewAnswer:
    one = config.partners[partner]
    days = [
        DayAnswer(day=day, kind=kind, point_type=point_type, transactions=count, points=points)
        for day, kind, point_type, count, points in found.days
    ]
    stores = [
        StoreFigureAnswer(store=store, transactions=count, members=members)
        for store, count, members in found.stores
    ]
    return OverviewAnswer(
        code=one.code,
        name=one.name,
        roles=list(one.roles),
        start=wanted.start,
        end=wanted.end,
        transactions=found.transactions,
        members=found.members,
        days=days,
        stores=stores,
    )


def _point_type(one: PointType, partner: str) -> OwnPointTypeAnswer:
    return OwnPointTypeAnswer(
        code=one.code, name=one.name, kind=one.kind, scale=one.scale, own=one.partner == partner
    )


def _transaction(row: Movement) -> TransactionAnswer:
    return TransactionAnswer(
        transfer=row.transfer,
        member=row.member,
        kind=row.kind_name,
        point_type=row.point_type,
        scale=row.scale,
        points=row.points,
        account=row.account,
        order_id=row.order_id,
        store=row.store,
        occurred_at=row.occurred_at,
        posted_at=row.posted_at,
    )
