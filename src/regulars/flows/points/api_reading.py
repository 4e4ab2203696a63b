"""REST: how wallets stand, stood and came to stand."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Literal

from fastapi import Depends, Query, Request

from regulars.features.programs import ProgramConfig
from regulars.flows.points import reading
from regulars.flows.points.bodies import (
    ExpiringAnswer,
    ExpiringDayAnswer,
    ExpiringDaysAnswer,
    HoldRow,
    LotAnswer,
    MovementAnswer,
    PastBalancesAnswer,
    StatementAnswer,
    StatementLine,
    WalletAnswer,
    WalletsAnswer,
    balance_answer,
    hold_row,
    lot_answer,
    movement_answer,
)
from regulars.flows.points.errors import InvalidOperation
from regulars.flows.points.model import Wallet
from regulars.flows.points.routes import READ, Operation, ProgramId, Ref
from regulars.infra.db import Transaction
from regulars.infra.web import Instant, Page, PageQuery, api_router
from regulars.kit.errors import FieldError
from regulars.kit.ids import decode, encode
from regulars.kit.zones import local_date, start_of_day, zone

router = api_router("/api/v1/programs/{program}", tag="points")
READS = [Depends(READ)]
PageOf = Annotated[PageQuery, Depends()]
By = Annotated[
    Literal["posted", "occurred"],
    Query(description="posted = as the ledger said then; occurred = what had happened by then"),
]
TypeCode = Annotated[str | None, Query(max_length=63, description="Only this point type")]
# A year of days fits on one page; a longer look ahead is a report.
DAYS_AHEAD_MAX = 366
# Stands in a cursor for "no end": later than every date there is.
NO_END = datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)


@router.get("/members/{ref}/wallets", operation_id="list_wallets", dependencies=READS)
async def list_wallets(request: Request, program_id: ProgramId, ref: Ref) -> WalletsAnswer:
    """Show a member's wallets as they stand now: available, pending, held, owed, and what ends when."""
    asked = Operation(request, program_id, ref)

    async def work(tx: Transaction, config: ProgramConfig, member_id: int) -> WalletsAnswer:
        found = await reading.wallets(tx, config, member_id, asked.now)
        return WalletsAnswer(member=encode("mem", member_id), wallets=[_wallet(one) for one in found])

    return await asked.read(work)


@router.get("/members/{ref}/wallets/as-of", operation_id="get_past_balances", dependencies=READS)
async def past_balances(
    request: Request,
    program_id: ProgramId,
    ref: Ref,
    at: Annotated[Instant, Query()],
    by: By = "posted",
) -> PastBalancesAnswer:
    """Show what a member's wallets held at a past instant, from the transfers alone."""

    async def work(tx: Transaction, config: ProgramConfig, member_id: int) -> PastBalancesAnswer:
        found = await reading.balances_as_of(tx, config, member_id, at, by)
        balances = [balance_answer(one) for one in found]
        return PastBalancesAnswer(member=encode("mem", member_id), at=at, by=by, wallets=balances)

    return await Operation(request, program_id, ref).read(work)


@router.get("/members/{ref}/statement", operation_id="get_statement", dependencies=READS)
async def get_statement(
    request: Request,
    program_id: ProgramId,
    ref: Ref,
    start: Annotated[Instant, Query(description="Not included")],
    end: Annotated[Instant, Query(description="Included")],
    by: By = "posted",
) -> StatementAnswer:
    """Show what a member's wallets held at the start, what moved since by kind, and what they held at the
    end.
    """
    if end < start:
        raise InvalidOperation(errors=[FieldError("end", "before_start", "Write an end after the start.")])

    async def work(tx: Transaction, config: ProgramConfig, member_id: int) -> StatementAnswer:
        found = await reading.statement(tx, config, member_id, start, end, by)
        lines = [
            StatementLine(
                point_type=one.point_type,
                start=balance_answer(one.start),
                moved=one.moved,
                end=balance_answer(one.end),
            )
            for one in found
        ]
        return StatementAnswer(member=encode("mem", member_id), start=start, end=end, by=by, wallets=lines)

    return await Operation(request, program_id, ref).read(work)


@router.get("/members/{ref}/transfers", operation_id="list_transfers", dependencies=READS)
async def list_transfers(
    request: Request, program_id: ProgramId, ref: Ref, page: PageOf, point_type: TypeCode = None
) -> Page[MovementAnswer]:
    """List a member's transfers, latest first: what each did to her wallet, and why."""
    (before,) = page.after(int) or (None,)

    async def work(tx: Transaction, config: ProgramConfig, member_id: int) -> Page[MovementAnswer]:
        rows = await reading.movements(
            tx, config, member_id, before=before, limit=page.rows, point_type=point_type
        )
        return page.page([movement_answer(row) for row in rows], lambda row: (decode("trf", row.id),))

    return await Operation(request, program_id, ref).read(work)


@router.get("/members/{ref}/lots", operation_id="list_lots", dependencies=READS)
async def list_lots(
    request: Request,
    program_id: ProgramId,
    ref: Ref,
    page: PageOf,
    point_type: TypeCode = None,
    spent: Annotated[bool, Query(description="Also lots of which nothing is left")] = False,
) -> Page[LotAnswer]:
    """List a member's lots, those that end first before others."""
    start = _lot_cursor(page)

    async def work(tx: Transaction, config: ProgramConfig, member_id: int) -> Page[LotAnswer]:
        rows = await reading.lots(
            tx, config, member_id, after=start, limit=page.rows, point_type=point_type, spent=spent
        )
        return page.page(
            [lot_answer(row) for row in rows],
            lambda row: ((row.expires_at or NO_END).isoformat(), decode("lot", row.id)),
        )

    return await Operation(request, program_id, ref).read(work)


@router.get("/members/{ref}/holds", operation_id="list_holds", dependencies=READS)
async def list_holds(
    request: Request,
    program_id: ProgramId,
    ref: Ref,
    page: PageOf,
    closed: Annotated[bool, Query(description="Also holds that are over")] = False,
) -> Page[HoldRow]:
    """List a member's holds, latest first."""
    (before,) = page.after(int) or (None,)

    async def work(tx: Transaction, config: ProgramConfig, member_id: int) -> Page[HoldRow]:
        rows = await reading.holds(tx, config, member_id, before=before, limit=page.rows, closed=closed)
        return page.page([hold_row(row) for row in rows], lambda row: (decode("hld", row.id),))

    return await Operation(request, program_id, ref).read(work)


@router.get("/points/expiring", operation_id="list_expiring_points", dependencies=READS)
async def list_expiring(
    request: Request,
    program_id: ProgramId,
    days: Annotated[int, Query(ge=1, le=DAYS_AHEAD_MAX, description="How many local days ahead")] = 30,
) -> ExpiringDaysAnswer:
    """Show how many points of how many members end in the coming days.

    A day is the first on which they are gone.
    """
    asked = Operation(request, program_id, "")
    async with asked.state.db.transaction(read_only=True) as tx:
        config = await asked.config(tx)
        place = zone(config.zone)
        last: date = local_date(asked.now, place) + timedelta(days=days)
        rows = await reading.expiring_by_day(tx, config, asked.now, start_of_day(last, place))
    return ExpiringDaysAnswer(
        data=[
            ExpiringDayAnswer(day=row.day, point_type=row.point_type, points=row.points, members=row.members)
            for row in rows
        ]
    )


def _lot_cursor(page: PageQuery) -> tuple[datetime, int] | None:
    after = page.after(str, int)
    if after is None:
        return None
    try:
        return datetime.fromisoformat(after[0]).astimezone(UTC), after[1]
    except ValueError:
        message = "This is not a cursor; begin again without one."
        raise InvalidOperation(message, errors=[FieldError("cursor", "invalid_cursor", message)]) from None


def _wallet(wallet: Wallet) -> WalletAnswer:
    return WalletAnswer(
        point_type=wallet.point_type,
        name=wallet.name,
        scale=wallet.scale,
        available=wallet.available,
        pending=wallet.pending,
        held=wallet.held,
        debt=wallet.debt,
        expiring=[ExpiringAnswer(expires_at=one.expires_at, points=one.points) for one in wallet.expiring],
        idle_ends_at=wallet.idle_ends_at,
        worth_minor=None if wallet.worth_minor is None else f"{wallet.worth_minor:f}",
    )
