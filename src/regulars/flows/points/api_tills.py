"""REST: points spent at a partner's till, by the partner itself: it sees its own spends and nothing else."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Path, Request, Response
from pydantic import Field

from regulars.features.partners import PartnerCode, partner_in_path
from regulars.features.programs import ProgramConfig
from regulars.flows.points.bodies import Amount, PointTypeCode, Reason, ReceiptAnswer, receipt_answer
from regulars.flows.points.desk import queries
from regulars.flows.points.errors import UnknownSpend
from regulars.flows.points.routes import DryRun, OnceKey, Operation, ProgramId, number_of
from regulars.flows.points.spend import cancel, spend
from regulars.flows.points.tills import ORDER_LETTERS_MAX, Till
from regulars.infra.db import Transaction
from regulars.infra.web import StrictModel, Subject, api_router, route_roles
from regulars.kit.ids import encode

router = api_router(tag="partners")

AT_TILL = route_roles("owner", "operator", "manager", "agent", "partner", scope="points:write")
AtTill = Annotated[Subject, Depends(AT_TILL)]
SpendId = Annotated[str, Path(max_length=40, description="trf_… of the spend")]


class TillSpendBody(StrictModel):
    """Points that a member spends at a partner."""

    member: Annotated[str, Field(max_length=400, description="mem_…, or kind:value such as card:4000 1234")]
    points: Amount
    point_type: PointTypeCode = None
    store: Annotated[str, Field(max_length=63, description="In which of its stores")] = ""
    order: Annotated[
        str, Field(max_length=ORDER_LETTERS_MAX, description="Your order number; nothing personal")
    ] = ""


class TillCancelBody(StrictModel):
    """A spend given back, whole when `points` is left out."""

    reason: Reason
    points: Amount | None = None


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
    partner: Annotated[PartnerCode, Depends(partner_in_path)],
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
    partner: Annotated[PartnerCode, Depends(partner_in_path)],
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
