"""REST: points set aside and spent at a partner's till, by the partner itself: it sees its own and nothing else."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from fastapi import Depends, Path, Request, Response
from pydantic import Field

from regulars.features.members import select_merged_ids
from regulars.features.partners import PartnerCode, partner_in_path
from regulars.features.programs import ProgramConfig
from regulars.flows.points.bodies import (
    Amount,
    HoldAnswer,
    HoldSeconds,
    PointTypeCode,
    Reason,
    ReceiptAnswer,
    Reference,
    hold_answer,
    receipt_answer,
)
from regulars.flows.points.desk import queries
from regulars.flows.points.errors import UnknownHold, UnknownSpend
from regulars.flows.points.holds import HOLD_DEFAULT, authorise, capture_hold, void_hold
from regulars.flows.points.routes import DryRun, OnceKey, Operation, ProgramId, number_of
from regulars.flows.points.spend import cancel, spend
from regulars.flows.points.tills import ORDER_LETTERS_MAX, Till
from regulars.infra.db import Transaction
from regulars.infra.web import StrictModel, Subject, api_router, route_roles
from regulars.kit.ids import encode

router = api_router("/api/v1/programs/{program}", tag="partners")

AT_TILL = route_roles("owner", "operator", "manager", "agent", "partner", scope="points:write")
AtTill = Annotated[Subject, Depends(AT_TILL)]
SpendId = Annotated[str, Path(max_length=40, description="trf_… of the spend or capture")]
HoldId = Annotated[str, Path(max_length=40, description="hld_…")]
Partner = Annotated[PartnerCode, Depends(partner_in_path)]
MemberRef = Annotated[str, Field(max_length=400, description="mem_…, or kind:value such as card:4000 1234")]
StoreCode = Annotated[str, Field(max_length=63, description="In which of its stores")]
OrderNumber = Annotated[
    str, Field(max_length=ORDER_LETTERS_MAX, description="Your order number; nothing personal")
]


class TillSpendBody(StrictModel):
    """Points that a member spends at a partner."""

    member: MemberRef
    points: Amount
    point_type: PointTypeCode = None
    store: StoreCode = ""
    order: OrderNumber = ""


class TillCancelBody(StrictModel):
    """A spend given back, whole when `points` is left out."""

    reason: Reason
    points: Amount | None = None


class PartnerHoldBody(TillSpendBody):
    """Points of a member to set aside at a partner."""

    expires_in_s: HoldSeconds = int(HOLD_DEFAULT.total_seconds())
    reference: Reference = ""


class PartnerCaptureBody(StrictModel):
    """A hold at a partner spent for good; whole when `points` is left out, else the rest returns."""

    member: MemberRef
    points: Amount | None = None
    store: StoreCode = ""
    order: OrderNumber = ""


class PartnerVoidBody(StrictModel):
    """A hold at a partner let go."""

    member: MemberRef


@router.post(
    "/partners/{partner}/spends",
    operation_id="spend_at_partner",
    status_code=201,
    response_model=ReceiptAnswer,
)
async def post_till_spend(
    request: Request,
    subject: AtTill,
    program_id: ProgramId,
    partner: Partner,
    body: TillSpendBody,
    once: OnceKey,
    dry_run: DryRun = False,
) -> Response:
    """Spend a member's points at a partner with the role burn. 409 `not_honoured_here` for another one's points."""
    asked = Operation(request, program_id, body.member, subject)

    async def work(tx: Transaction, config: ProgramConfig, member_id: int) -> ReceiptAnswer:
        receipt = await spend(
            tx,
            config,
            member_id,
            body.points,
            actor=asked.actor,
            now=asked.now,
            point_type=body.point_type,
            at=Till(partner, body.store, body.order),
        )
        return receipt_answer(receipt)

    return await asked.once(once, work, dry_run=dry_run)


@router.post(
    "/partners/{partner}/spends/{spend}/cancel",
    operation_id="cancel_spend_at_partner",
    status_code=201,
    response_model=ReceiptAnswer,
)
async def post_till_cancel(
    request: Request,
    subject: AtTill,
    program_id: ProgramId,
    partner: Partner,
    spend: SpendId,
    body: TillCancelBody,
    once: OnceKey,
    dry_run: DryRun = False,
) -> Response:
    """Give a spend at this partner back, to the lots it came from. 404 for a spend that was made elsewhere."""
    number = number_of("trf", spend, UnknownSpend)
    async with request.app.state.db.transaction(read_only=True) as tx:
        member_id = await tx.value(
            queries.select_till_spend, program_id=program_id, id=number, partner=partner
        )
    if member_id is None:
        raise UnknownSpend
    asked = Operation(request, program_id, encode("mem", member_id), subject)

    async def work(tx: Transaction, config: ProgramConfig, found: int) -> ReceiptAnswer:
        receipt = await cancel(
            tx,
            config,
            found,
            number,
            actor=asked.actor,
            reason=body.reason,
            now=asked.now,
            points=body.points,
        )
        return receipt_answer(receipt)

    return await asked.once(once, work, dry_run=dry_run)


@router.post(
    "/partners/{partner}/holds",
    operation_id="hold_at_partner",
    status_code=201,
    response_model=HoldAnswer,
)
async def post_till_hold(
    request: Request,
    subject: AtTill,
    program_id: ProgramId,
    partner: Partner,
    body: PartnerHoldBody,
    once: OnceKey,
    dry_run: DryRun = False,
) -> Response:
    """Set a member's points aside at a partner with the role burn, until they are captured, let go, or time is over."""
    asked = Operation(request, program_id, body.member, subject)

    async def work(tx: Transaction, config: ProgramConfig, member_id: int) -> HoldAnswer:
        receipt = await authorise(
            tx,
            config,
            member_id,
            body.points,
            actor=asked.actor,
            now=asked.now,
            limit=timedelta(seconds=body.expires_in_s),
            point_type=body.point_type,
            reference=body.reference,
            at=Till(partner, body.store, body.order),
        )
        return hold_answer(receipt)

    return await asked.once(once, work, dry_run=dry_run)


@router.post(
    "/partners/{partner}/holds/{hold}/capture",
    operation_id="capture_hold_at_partner",
    status_code=201,
    response_model=HoldAnswer,
)
async def post_till_capture(
    request: Request,
    subject: AtTill,
    program_id: ProgramId,
    partner: Partner,
    hold: HoldId,
    body: PartnerCaptureBody,
    once: OnceKey,
    dry_run: DryRun = False,
) -> Response:
    """Spend what was set aside at this partner, whole or in part; the rest returns. 404 for a hold made elsewhere."""
    asked, number = Operation(request, program_id, body.member, subject), number_of("hld", hold, UnknownHold)

    async def work(tx: Transaction, config: ProgramConfig, member_id: int) -> HoldAnswer:
        await _check_hold(tx, config, member_id, number, partner)
        receipt = await capture_hold(
            tx,
            config,
            member_id,
            number,
            actor=asked.actor,
            now=asked.now,
            points=body.points,
            at=Till(partner, body.store, body.order),
        )
        return hold_answer(receipt)

    return await asked.once(once, work, dry_run=dry_run)


@router.post(
    "/partners/{partner}/holds/{hold}/void",
    operation_id="void_hold_at_partner",
    status_code=201,
    response_model=HoldAnswer,
)
async def post_till_void(
    request: Request,
    subject: AtTill,
    program_id: ProgramId,
    partner: Partner,
    hold: HoldId,
    body: PartnerVoidBody,
    once: OnceKey,
    dry_run: DryRun = False,
) -> Response:
    """Let a hold at this partner go: its points return. 404 for a hold made elsewhere."""
    asked, number = Operation(request, program_id, body.member, subject), number_of("hld", hold, UnknownHold)

    async def work(tx: Transaction, config: ProgramConfig, member_id: int) -> HoldAnswer:
        await _check_hold(tx, config, member_id, number, partner)
        receipt = await void_hold(tx, config, member_id, number, actor=asked.actor, now=asked.now)
        return hold_answer(receipt)

    return await asked.once(once, work, dry_run=dry_run)


async def _check_hold(
    tx: Transaction, config: ProgramConfig, member_id: int, number: int, partner: str
) -> None:
    """Refuse with UnknownHold what was not set aside at this partner."""
    ids = await select_merged_ids(tx, member_id)
    if not await tx.value(
        queries.select_till_hold, member_ids=ids, id=number, program_id=config.id, partner=partner
    ):
        raise UnknownHold
