"""REST: what a member can claim."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Depends, Path, Request, Response
from pydantic import Field

from regulars.features.members import resolve_ref
from regulars.flows.accrual.claim import claim_order
from regulars.flows.accrual.evaluation import evaluation_of
from regulars.flows.accrual.rulebook import micros
from regulars.infra.db import Transaction
from regulars.infra.web import (
    Once,
    StrictModel,
    Subject,
    api_router,
    once_per_key,
    program_in_path,
    route_roles,
)
from regulars.kit import ids

router = api_router("/api/v1/programs/{program}", tag="points")

CLAIM = route_roles("owner", "operator", "manager", "agent", scope="points:write")


class ClaimBody(StrictModel):
    """Which order."""

    order_id: str = Field(min_length=1, max_length=200, description="The order's id, as the shop sent it")


class ClaimAnswer(StrictModel):
    """What the order earned, in the shape of every evaluation."""

    event: str
    evaluation: dict[str, Any]


@router.post("/members/{ref}/claims", operation_id="claim_order", status_code=201, response_model=ClaimAnswer)
async def post_claim(
    request: Request,
    subject: Annotated[Subject, Depends(CLAIM)],  # noqa: ARG001  asks who may call
    program_id: Annotated[int, Depends(program_in_path)],
    ref: Annotated[
        str, Path(max_length=400, description="mem_…, or kind:value such as email:ann@example.com")
    ],
    body: ClaimBody,
    once: Annotated[Once, Depends(once_per_key)],
) -> Response:
    """Claim a sale that was made without naming the member. 404 `unknown_order`, 409 `order_taken`."""
    state = request.app.state
    now = state.clock.now()

    async def work(tx: Transaction) -> ClaimAnswer:
        config = await state.programs.config_of(tx, program_id)
        member_id = await resolve_ref(tx, config, ref)
        receipt = await claim_order(
            tx, state.intake_port.rulebooks, program_id, body.order_id, member_id, micros(now)
        )
        return ClaimAnswer(
            event=ids.encode("evt", receipt.answers[0].event_id or 0), evaluation=evaluation_of(receipt, 0)
        )

    return await once.answer(state.db, work, now=now, status=201)
