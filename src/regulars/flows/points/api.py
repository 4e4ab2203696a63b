"""REST: points of one member by hand and at the till.

Every operation takes an Idempotency-Key and knows `dry_run`.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from fastapi import Depends, Path, Request, Response

from regulars.features.programs import ProgramConfig
from regulars.flows.points.adjust import adjust
from regulars.flows.points.api_reading import router as reading
from regulars.flows.points.api_tills import router as tills
from regulars.flows.points.bodies import (
    AdjustmentBody,
    CancelBody,
    CaptureBody,
    HoldAnswer,
    HoldBody,
    ReceiptAnswer,
    ReleaseAnswer,
    ReleaseBody,
    SpendBody,
    TransferAnswer,
    TransferBody,
    VoidBody,
    hold_answer,
    receipt_answer,
    release_answer,
    transfer_answer,
)
from regulars.flows.points.errors import UnknownHold, UnknownLot, UnknownSpend
from regulars.flows.points.holds import authorise, capture_hold, void_hold
from regulars.flows.points.release import release
from regulars.flows.points.routes import ADJUST, WRITE, DryRun, OnceKey, Operation, ProgramId, Ref, number_of
from regulars.flows.points.spend import cancel, spend
from regulars.flows.points.tills import Till
from regulars.flows.points.transfer import transfer
from regulars.infra.db import Transaction
from regulars.infra.web import Subject, api_router
from regulars.kit.errors import ApprovalNeeded

router = api_router("/api/v1/programs/{program}", tag="points")
router.routes.extend(reading.routes)
router.routes.extend(tills.routes)

Spender = Annotated[Subject, Depends(WRITE)]
Adjuster = Annotated[Subject, Depends(ADJUST)]
SpendId = Annotated[str, Path(max_length=40, description="trf_… of the spend or capture")]
HoldId = Annotated[str, Path(max_length=40, description="hld_…")]


@router.post(
    "/members/{ref}/adjustments", operation_id="adjust_points", status_code=201, response_model=ReceiptAnswer
)
async def post_adjustment(
    request: Request,
    subject: Adjuster,
    program_id: ProgramId,
    ref: Ref,
    body: AdjustmentBody,
    once: OnceKey,
    dry_run: DryRun = False,
) -> Response:
    """Give or take points by hand, with a reason. 409 `insufficient_points` says how many are missing.

    202 with what now waits for another person, where it is more than one person may give or take alone.
    """
    asked = Operation(request, program_id, ref, subject)

    async def work(tx: Transaction, config: ProgramConfig, member_id: int) -> ReceiptAnswer:
        receipt = await adjust(
            tx,
            config,
            member_id,
            body.points,
            body.direction,
            reason=body.reason,
            actor=asked.actor,
            now=asked.now,
            point_type=body.point_type,
            expires=body.expires_at,
            reference=body.reference,
            review=asked.review,
            approved=dry_run,
        )
        return receipt_answer(receipt)

    try:
        return await asked.once(once, work, dry_run=dry_run)
    except ApprovalNeeded:
        return await asked.ask_approval(once, body)


@router.post(
    "/members/{ref}/transfers", operation_id="transfer_points", status_code=201, response_model=TransferAnswer
)
async def post_transfer(
    request: Request,
    subject: Spender,
    program_id: ProgramId,
    ref: Ref,
    body: TransferBody,
    once: OnceKey,
    dry_run: DryRun = False,
) -> Response:
    """Move points to another member; they keep when they end."""
    asked = Operation(request, program_id, ref, subject)

    async def work(tx: Transaction, config: ProgramConfig, member_id: int) -> TransferAnswer:
        receiver = await asked.member(tx, config, body.to)
        receipt = await transfer(
            tx,
            config,
            member_id,
            receiver,
            body.points,
            actor=asked.actor,
            now=asked.now,
            point_type=body.point_type,
            reason=body.reason,
        )
        return transfer_answer(receipt)

    return await asked.once(once, work, dry_run=dry_run)


@router.post(
    "/members/{ref}/spends", operation_id="spend_points", status_code=201, response_model=ReceiptAnswer
)
async def post_spend(
    request: Request,
    subject: Spender,
    program_id: ProgramId,
    ref: Ref,
    body: SpendBody,
    once: OnceKey,
    dry_run: DryRun = False,
) -> Response:
    """Spend points at once."""
    asked = Operation(request, program_id, ref, subject)

    async def work(tx: Transaction, config: ProgramConfig, member_id: int) -> ReceiptAnswer:
        receipt = await spend(
            tx,
            config,
            member_id,
            body.points,
            actor=asked.actor,
            now=asked.now,
            point_type=body.point_type,
            reference=body.reference,
            reason=body.reason,
            at=Till(body.partner, body.store, body.order),
        )
        return receipt_answer(receipt)

    return await asked.once(once, work, dry_run=dry_run)


@router.post(
    "/members/{ref}/spends/{spend}/cancel",
    operation_id="cancel_spend",
    status_code=201,
    response_model=ReceiptAnswer,
)
async def post_cancel(
    request: Request,
    subject: Spender,
    program_id: ProgramId,
    ref: Ref,
    spend: SpendId,
    body: CancelBody,
    once: OnceKey,
    dry_run: DryRun = False,
) -> Response:
    """Give a spend back, whole or in part, to the lots it came from."""
    asked = Operation(request, program_id, ref, subject)

    async def work(tx: Transaction, config: ProgramConfig, member_id: int) -> ReceiptAnswer:
        receipt = await cancel(
            tx,
            config,
            member_id,
            number_of("trf", spend, UnknownSpend),
            actor=asked.actor,
            reason=body.reason,
            now=asked.now,
            points=body.points,
        )
        return receipt_answer(receipt)

    return await asked.once(once, work, dry_run=dry_run)


@router.post("/members/{ref}/holds", operation_id="hold_points", status_code=201, response_model=HoldAnswer)
async def post_hold(
    request: Request,
    subject: Spender,
    program_id: ProgramId,
    ref: Ref,
    body: HoldBody,
    once: OnceKey,
    dry_run: DryRun = False,
) -> Response:
    """Set points aside until they are captured, let go, or their time is over."""
    asked = Operation(request, program_id, ref, subject)

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
            at=Till(body.partner, body.store, body.order),
        )
        return hold_answer(receipt)

    return await asked.once(once, work, dry_run=dry_run)


@router.post(
    "/members/{ref}/holds/{hold}/capture",
    operation_id="capture_hold",
    status_code=201,
    response_model=HoldAnswer,
)
async def post_capture(
    request: Request,
    subject: Spender,
    program_id: ProgramId,
    ref: Ref,
    hold: HoldId,
    body: CaptureBody,
    once: OnceKey,
    dry_run: DryRun = False,
) -> Response:
    """Spend what was set aside, whole or in part; the rest returns.

    409 `hold_closed` says what became of it.
    """
    asked = Operation(request, program_id, ref, subject)

    async def work(tx: Transaction, config: ProgramConfig, member_id: int) -> HoldAnswer:
        receipt = await capture_hold(
            tx,
            config,
            member_id,
            number_of("hld", hold, UnknownHold),
            actor=asked.actor,
            now=asked.now,
            points=body.points,
            reason=body.reason,
            at=Till(body.partner, body.store, body.order),
        )
        return hold_answer(receipt)

    return await asked.once(once, work, dry_run=dry_run)


@router.post(
    "/members/{ref}/holds/{hold}/void", operation_id="void_hold", status_code=201, response_model=HoldAnswer
)
async def post_void(
    request: Request,
    subject: Spender,
    program_id: ProgramId,
    ref: Ref,
    hold: HoldId,
    body: VoidBody,  # noqa: ARG001 - an empty object, checked
    once: OnceKey,
    dry_run: DryRun = False,
) -> Response:
    """Let go of what was set aside."""
    asked = Operation(request, program_id, ref, subject)

    async def work(tx: Transaction, config: ProgramConfig, member_id: int) -> HoldAnswer:
        number = number_of("hld", hold, UnknownHold)
        receipt = await void_hold(tx, config, member_id, number, actor=asked.actor, now=asked.now)
        return hold_answer(receipt)

    return await asked.once(once, work, dry_run=dry_run)


@router.post(
    "/members/{ref}/releases", operation_id="release_points", status_code=201, response_model=ReleaseAnswer
)
async def post_release(
    request: Request,
    subject: Adjuster,
    program_id: ProgramId,
    ref: Ref,
    body: ReleaseBody,
    once: OnceKey,
    dry_run: DryRun = False,
) -> Response:
    """Make pending points available by hand: one lot, or all of a point type."""
    asked = Operation(request, program_id, ref, subject)

    async def work(tx: Transaction, config: ProgramConfig, member_id: int) -> ReleaseAnswer:
        receipt = await release(
            tx,
            config,
            member_id,
            reason=body.reason,
            actor=asked.actor,
            now=asked.now,
            point_type=body.point_type,
            lot_id=None if body.lot is None else number_of("lot", body.lot, UnknownLot),
        )
        return release_answer(receipt)

    return await asked.once(once, work, dry_run=dry_run)
