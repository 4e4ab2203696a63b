"""REST: the inbox of what waits for another person, and what needs one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from fastapi import Depends, Path, Query, Request
from pydantic import BaseModel, Field

from regulars.flows.approval import store
from regulars.flows.approval.decide import approve, get, plain, reject, withdraw
from regulars.flows.approval.model import Approval, Policy
from regulars.infra.web import (
    Page,
    PageQuery,
    StrictModel,
    Subject,
    api_router,
    program_in_path,
    route_roles,
)

router = api_router("/api/v1/programs/{program}/approvals", tag="approvals")

EVERYBODY = ("owner", "operator", "manager", "approver", "marketer", "agent", "finance", "analyst", "auditor")
READ = route_roles(*EVERYBODY, scope="approvals:read")
DECIDE = route_roles("owner", "manager", "approver")
WITHDRAW = route_roles(
    "owner", "operator", "manager", "marketer", "agent", "finance", scope="approvals:write"
)
RULE = route_roles("owner")
ProgramId = Annotated[int, Depends(program_in_path)]
Number = Annotated[int, Path(ge=1, le=2**63 - 1)]
Checker = Annotated[Subject, Depends(DECIDE)]
ADJUSTMENT_OVER = (
    "Points by hand over so many of a type, in smallest units of the program's first redeemable type"
)
Comment = Annotated[str, Field(max_length=1_000)]


class ApprovalAnswer(BaseModel):
    """Something that waits, or waited, for another person. `digest` names exactly what is to be done."""

    id: int
    kind: str
    title: str
    payload: dict[str, Any]
    digest: str
    reason: str
    maker: str
    created_at: datetime
    expires_at: datetime
    status: str
    checker: str | None
    comment: str
    decided_at: datetime | None
    outcome: dict[str, Any] | None
    maker_name: str = Field("", description="What the person is called; in lists and where one is read")
    checker_name: str = ""


class ApproveBody(StrictModel):
    """Why, and the digest of what was looked at: it is approved only if it still is that."""

    comment: Comment = ""
    digest: Annotated[str | None, Field(pattern="^[0-9a-f]{64}$")] = None


class RejectBody(StrictModel):
    """Why not."""

    comment: Annotated[str, Field(min_length=1, max_length=1_000)]


class WithdrawBody(StrictModel):
    """Why it is taken back."""

    comment: Comment = ""


class PolicyBody(StrictModel):
    """What needs a second person; what is left out does not."""

    publishing: Annotated[bool, Field(description="Every version of the rules")] = False
    budget_points_over: Annotated[
        Decimal | None, Field(ge=0, description="Budgets of rules and campaigns over so many points")
    ] = None
    budget_money_over: Annotated[
        Decimal | None, Field(ge=0, description="Budgets of rules and campaigns over so much money")
    ] = None
    adjustment_over: Annotated[int | None, Field(ge=0, le=2**62, description=ADJUSTMENT_OVER)] = None
    days: Annotated[int, Field(ge=1, le=90, description="How long something waits")] = 7


@router.get("", operation_id="list_approvals", dependencies=[Depends(READ)])
async def list_approvals(
    request: Request,
    program_id: ProgramId,
    page: Annotated[PageQuery, Depends()],
    status: Annotated[
        Literal["waiting", "approved", "rejected", "withdrawn", "void", "expired"] | None, Query()
    ] = None,
) -> Page[ApprovalAnswer]:
    """List what waits or waited for another person, newest first."""
    (before,) = page.after(int) or (2**63 - 1,)
    async with request.app.state.db.transaction(read_only=True) as tx:
        rows = await store.select_requests(
            tx, program_id, request.app.state.clock.now(), status=status, before=before, limit=page.rows
        )
        names = await store.select_names(tx, rows)
    return page.page([answer(row, names) for row in rows], lambda row: (row.id,))


@router.get("/policy", operation_id="get_approval_policy", dependencies=[Depends(READ)])
async def get_policy(request: Request, program_id: ProgramId) -> PolicyBody:
    """Say what needs a second person in the program."""
    async with request.app.state.db.transaction(read_only=True) as tx:
        policy = await store.select_policy(tx, program_id)
    return PolicyBody(
        publishing=policy.publishing,
        budget_points_over=policy.budget_points_over,
        budget_money_over=policy.budget_money_over,
        adjustment_over=policy.adjustment_over,
        days=policy.days,
    )


@router.put("/policy", operation_id="put_approval_policy", dependencies=[Depends(RULE)])
async def put_policy(request: Request, program_id: ProgramId, body: PolicyBody) -> PolicyBody:
    """Say what needs a second person; only who stands above the program can, or it would bind nobody."""
    policy = Policy(
        body.publishing, body.budget_points_over, body.budget_money_over, body.adjustment_over, body.days
    )
    async with request.app.state.db.transaction() as tx:
        await store.write_policy(tx, program_id, policy, request.app.state.clock.now())
    return body


@router.get("/{number}", operation_id="get_approval", dependencies=[Depends(READ)])
async def get_one(request: Request, program_id: ProgramId, number: Number) -> ApprovalAnswer:
    """Show something that waits or waited."""
    async with request.app.state.db.transaction(read_only=True) as tx:
        found = await get(tx, program_id, number, request.app.state.clock.now())
        return answer(found, await store.select_names(tx, [found]))


@router.post("/{number}/approve", operation_id="approve")
async def post_approve(
    request: Request, subject: Checker, program_id: ProgramId, number: Number, body: ApproveBody
) -> ApprovalAnswer:
    """Approve what somebody else asked for: it is done at once, in the same transaction."""
    state = request.app.state
    decided = await approve(
        state.db,
        state.approvals,
        program_id,
        number,
        checker=subject.credential,
        comment=body.comment,
        seen=body.digest,
        now=state.clock.now(),
    )
    return answer(decided)


@router.post("/{number}/reject", operation_id="reject")
async def post_reject(
    request: Request, subject: Checker, program_id: ProgramId, number: Number, body: RejectBody
) -> ApprovalAnswer:
    """Reject what somebody else asked for, and say why."""
    now = request.app.state.clock.now()
    async with request.app.state.db.transaction() as tx:
        return answer(
            await reject(tx, program_id, number, checker=subject.credential, comment=body.comment, now=now)
        )


@router.post("/{number}/withdraw", operation_id="withdraw_approval")
async def post_withdraw(
    request: Request,
    subject: Annotated[Subject, Depends(WITHDRAW)],
    program_id: ProgramId,
    number: Number,
    body: WithdrawBody,
) -> ApprovalAnswer:
    """Take back what you asked for."""
    now = request.app.state.clock.now()
    async with request.app.state.db.transaction() as tx:
        return answer(
            await withdraw(tx, program_id, number, maker=subject.credential, comment=body.comment, now=now)
        )


def answer(approval: Approval, names: Mapping[str, str] | None = None) -> ApprovalAnswer:
    """Return an approval as it is shown; `names` says what people are called by their credentials."""
    known = {name: value for name, value in plain(approval).items() if name != "program_id"}
    called = names or {}
    return ApprovalAnswer(
        **known,
        maker_name=called.get(approval.maker, ""),
        checker_name=called.get(approval.checker or "", ""),
    )
