"""REST: what a member can claim."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Body, Depends, Path, Request, Response
from pydantic import Field

from regulars.features.members import resolve_ref
from regulars.flows.accrual.claim import claim_order
from regulars.flows.accrual.clock import micros
from regulars.flows.accrual.evaluation import evaluation_of
from regulars.flows.accrual.tier_preview import preview_document
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

PREVIEW = route_roles("owner", "operator", "manager", scope="rules:read")
CLAIM = route_roles("owner", "operator", "manager", "agent", scope="points:write")


class ClaimBody(StrictModel):
    """Which order."""

    order_id: str = Field(min_length=1, max_length=200, description="The order's id, as the shop sent it")


class ClaimAnswer(StrictModel):
    """What the order earned, in the shape of every evaluation."""

    event: str
    evaluation: dict[str, Any]


class TierMove(StrictModel):
    """Members who would go from one tier to another (or stay: both the same; null = no tier)."""

    before: str | None
    after: str | None
    members: int
    sample: list[str]


class TierPreview(StrictModel):
    """Who would move."""

    members: int
    moved: int
    moves: list[TierMove]


@router.post("/tier-sets/{code}/preview", operation_id="preview_tier_set", response_model=TierPreview)
async def post_preview(
    request: Request,
    subject: Annotated[Subject, Depends(PREVIEW)],  # noqa: ARG001  asks who may call
    program_id: Annotated[int, Depends(program_in_path)],
    code: Annotated[str, Path(max_length=63)],
    body: Annotated[dict[str, Any], Body(description="The tier set as it would be published")],
) -> TierPreview:
    """Say who would move if the tier set were published as it is here; nothing is written."""
    state = request.app.state
    async with state.db.transaction(read_only=True, snapshot=True) as tx:
        book = await state.intake_port.rulebooks.read(tx, program_id)
        moves = await preview_document(tx, book, {**body, "code": code}, micros(state.clock.now()))
    rows = [
        TierMove(
            before=before or None,
            after=after or None,
            members=count,
            sample=[ids.encode("mem", one) for one in moves.samples.get((before, after), [])],
        )
        for (before, after), count in sorted(moves.counts.items())
    ]
    return TierPreview(members=sum(moves.counts.values()), moved=moves.moved, moves=rows)


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
