"""REST: vouchers of members and at the till. Wrong codes are counted per caller; too many of them are refused."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Annotated, Any, Protocol

from fastapi import Depends, Path, Request, Response

from regulars.features.members import resolve_ref
from regulars.features.programs import ProgramConfig
from regulars.features.vouchers import (
    UnknownVoucher,
    VoucherAnswer,
    add_audience,
    find_vouchers,
    guessing,
    issue_voucher,
    remove_audience,
    return_vouchers,
    select_history,
    select_of_member,
    use_answer,
    void_vouchers,
    voucher_answer,
)
from regulars.flows.couponing.bodies import (
    AudienceAnswer,
    AudienceBody,
    CheckAnswer,
    CheckBody,
    CodesAnswer,
    HistoryAnswer,
    IssueBody,
    IssuedAnswer,
    RedeemBody,
    ReturnBody,
    VoidBody,
    basket_of,
    check_answer,
)
from regulars.flows.couponing.carry_out import try_again
from regulars.flows.couponing.redeem import check_basket, redeem_basket
from regulars.infra.db import Transaction
from regulars.infra.web import (
    Once,
    Page,
    PageQuery,
    Subject,
    api_router,
    once_per_key,
    program_in_path,
    route_roles,
)

router = api_router("/api/v1/programs/{program}", tag="vouchers")

READ = route_roles("owner", "operator", "manager", "agent", scope="vouchers:read")
REDEEM = route_roles("owner", "operator", "manager", "agent", scope="vouchers:redeem")
WRITE = route_roles("owner", "operator", "manager", "marketer", scope="vouchers:write")
ISSUE = route_roles("owner", "operator", "manager", "agent", scope="vouchers:issue")

ProgramId = Annotated[int, Depends(program_in_path)]
Ref = Annotated[str, Path(max_length=400, description="mem_…, or kind:value such as email:ann@example.com")]
CodePath = Annotated[str, Path(max_length=128)]
Audience = Annotated[str, Path(min_length=1, max_length=63)]
OnceKey = Annotated[Once, Depends(once_per_key)]
Redeemer = Annotated[Subject, Depends(REDEEM)]
Reader = Annotated[Subject, Depends(READ)]
Writer = Annotated[Subject, Depends(WRITE)]
Issuer = Annotated[Subject, Depends(ISSUE)]


class Programs(Protocol):
    """What the application's `state.programs` can do here."""

    async def config_of(self, tx: Transaction, program_id: int) -> ProgramConfig:
        """Return a program as it is now."""


class Till:
    """One request about codes: who asks, for which member, and how many codes turn out to be wrong."""

    def __init__(self, request: Request, program_id: int, subject: Subject, member: str | None) -> None:
        """Take clock and database from the application."""
        self.state = request.app.state
        self.program_id = program_id
        self.ref = member
        self.caller = f"{subject.credential}\n{member or ''}"
        self.now = self.state.clock.now()
        self.wrong: int | None = None

    async def member(self, tx: Transaction) -> int | None:
        """Return the member, None for somebody unknown. Refuses with UnknownMember."""
        return (
            None if self.ref is None else await member_of(tx, self.state.programs, self.program_id, self.ref)
        )

    def count(self, codes: Sequence[str], unknown: int) -> None:
        """Note how many of the codes do not exist."""
        self.wrong = min(len(codes), unknown)

    @asynccontextmanager
    async def guarded(self, codes: Sequence[str]) -> AsyncIterator[None]:
        """Count the codes as guesses until it is known how many of them were wrong."""
        async with guessing(self.state.db, self.program_id, self.caller, len(codes), self.now) as tries:
            try:
                yield
            except UnknownVoucher:
                self.wrong = len(codes) if self.wrong is None else self.wrong  # which of them is not said
                raise
            except Exception:
                self.wrong = self.wrong or 0  # refused for another reason: the codes exist
                raise
            finally:
                tries.wrong = self.wrong or 0


async def member_of(tx: Transaction, programs: Programs, program_id: int, ref: str) -> int:
    """Return the member a reference names. Refuses with UnknownMember."""
    return await resolve_ref(tx, await programs.config_of(tx, program_id), ref)


@router.post("/vouchers/check", operation_id="check_vouchers")
async def check(request: Request, program_id: ProgramId, subject: Reader, body: CheckBody) -> CheckAnswer:
    """Say of each code whether it can be used now and why not, and what all take off the basket. Writes nothing."""
    till = Till(request, program_id, subject, body.member)
    async with till.guarded(body.codes), till.state.db.transaction() as tx:
        checked = await check_basket(
            tx, program_id, body.codes, basket_of(body.basket), member_id=await till.member(tx), now=till.now
        )
        till.count(body.codes, sum(isinstance(one.refusal, UnknownVoucher) for one in checked.found))
        return check_answer(checked)


@router.post("/vouchers/redeem", operation_id="redeem_vouchers", status_code=201, response_model=CheckAnswer)
async def redeem(
    request: Request, program_id: ProgramId, subject: Redeemer, body: RedeemBody, once: OnceKey
) -> Response:
    """Use codes with an order, all or none. A refusal says why: `voucher_already_used` when, and so on."""
    till = Till(request, program_id, subject, body.member)

    async def work(tx: Transaction) -> CheckAnswer:
        checked = await redeem_basket(
            tx,
            program_id,
            body.codes,
            basket_of(body.basket),
            member_id=await till.member(tx),
            order_id=body.order_id,
            now=till.now,
        )
        return check_answer(checked)

    async with till.guarded(body.codes):
        return await once.answer(till.state.db, work, now=till.now, status=201)


@router.post("/vouchers/return", operation_id="return_vouchers", status_code=201, response_model=CodesAnswer)
async def give_back(
    request: Request,
    program_id: ProgramId,
    subject: Redeemer,  # noqa: ARG001 - who may, and whose key it is
    body: ReturnBody,
    once: OnceKey,
) -> Response:
    """Give the vouchers that an order used back: they can be used again while they are valid."""
    now = request.app.state.clock.now()

    async def work(tx: Transaction) -> CodesAnswer:
        codes = await return_vouchers(tx, program_id, body.order_id, now=now, codes=body.codes)
        return CodesAnswer(codes=codes)

    return await once.answer(request.app.state.db, work, now=now, status=201)


@router.post("/vouchers/void", operation_id="void_vouchers", dependencies=[Depends(WRITE)])
async def void(request: Request, program_id: ProgramId, body: VoidBody) -> CodesAnswer:
    """Take codes back for good, used or not; return those that were there."""
    now = request.app.state.clock.now()

    async def work(tx: Transaction) -> list[str]:
        return await void_vouchers(tx, program_id, body.codes, now=now)

    return CodesAnswer(codes=await request.app.state.db.attempt(work))


@router.get("/vouchers/{code}", operation_id="get_voucher")
async def read(request: Request, program_id: ProgramId, subject: Reader, code: CodePath) -> HistoryAnswer:
    """Read a code with every use of it: what to tell a customer who says it does not work."""
    till = Till(request, program_id, subject, None)
    async with till.guarded([code]), till.state.db.transaction(read_only=True) as tx:
        (found,) = await find_vouchers(tx, program_id, [code], member_id=None, now=till.now)
        if found.voucher is None:
            raise UnknownVoucher
        uses = await select_history(tx, program_id, found.code)
        return HistoryAnswer(voucher=voucher_answer(found.voucher), uses=[use_answer(use) for use in uses])


@router.get("/members/{ref}/vouchers", operation_id="list_member_vouchers", dependencies=[Depends(READ)])
async def of_member(
    request: Request, program_id: ProgramId, ref: Ref, page: Annotated[PageQuery, Depends()]
) -> Page[VoucherAnswer]:
    """List the vouchers a member holds."""
    (after,) = page.after(str) or ("",)
    state = request.app.state
    async with state.db.transaction(read_only=True) as tx:
        member_id = await member_of(tx, state.programs, program_id, ref)
        found = await select_of_member(tx, program_id, member_id, after=after, limit=page.rows)
    return page.page([voucher_answer(voucher) for voucher in found], lambda row: (row.code,))


@router.post(
    "/members/{ref}/vouchers", operation_id="issue_voucher", status_code=201, response_model=IssuedAnswer
)
async def issue(
    request: Request,
    program_id: ProgramId,
    ref: Ref,
    body: IssueBody,
    subject: Issuer,  # noqa: ARG001 - who may, and whose key it is
    once: OnceKey,
) -> Response:
    """Give a member a voucher. 409 `pool_empty` when no code is left."""
    state = request.app.state
    now = state.clock.now()

    async def work(tx: Transaction) -> IssuedAnswer:
        member_id = await member_of(tx, state.programs, program_id, ref)
        cause = f"hand:{body.cause}"
        code = await issue_voucher(tx, program_id, body.definition, member_id, now, cause)
        return IssuedAnswer(code=code)

    return await once.answer(state.db, work, now=now, status=201)


@router.post(
    "/voucher-audiences/{audience}/members",
    operation_id="add_voucher_audience",
    dependencies=[Depends(WRITE)],
)
async def add_members(
    request: Request, program_id: ProgramId, audience: Audience, body: AudienceBody
) -> AudienceAnswer:
    """Put members on the list that vouchers name as their audience."""
    return await _change_audience(request, program_id, audience, body, add_audience)


@router.post(
    "/voucher-audiences/{audience}/members/remove",
    operation_id="remove_voucher_audience",
    dependencies=[Depends(WRITE)],
)
async def remove_members(
    request: Request, program_id: ProgramId, audience: Audience, body: AudienceBody
) -> AudienceAnswer:
    """Take members off that list."""
    return await _change_audience(request, program_id, audience, body, remove_audience)


async def _change_audience(
    request: Request, program_id: int, audience: str, body: AudienceBody, change: Any
) -> AudienceAnswer:
    state = request.app.state

    async def work(tx: Transaction) -> int:
        config = await state.programs.config_of(tx, program_id)
        members = [await resolve_ref(tx, config, ref) for ref in body.members]
        return int(await change(tx, program_id, audience, members))

    return AudienceAnswer(audience=audience, members=await state.db.attempt(work))


@router.post(
    "/effects/retry", operation_id="retry_refused_effects", dependencies=[Depends(WRITE)], status_code=202
)
async def retry(request: Request, program_id: ProgramId) -> dict[str, int]:
    """Let vouchers and tickets that rules owe, and that found an empty pool or a closed draw, be tried again."""
    async with request.app.state.db.transaction() as tx:
        return {"effects": await try_again(tx, program_id)}
