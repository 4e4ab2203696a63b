"""REST: rewards taken in a partner's stores, by the partner itself: it sees what was taken there and nothing else."""

from __future__ import annotations

from fractions import Fraction
from typing import Annotated

from fastapi import Depends, Query, Request, Response
from pydantic import Field

from regulars.features.partners import PartnerCode, partner_in_path
from regulars.features.programs import wrong_at_till
from regulars.features.rewards import RewardAnswer, UnknownReward, reward_answer, select_shelves
from regulars.flows.redemption import store
from regulars.flows.redemption.api import (
    Asked,
    DryRun,
    OnceKey,
    ProgramId,
    RedemptionId,
    read_order,
    shown_quote,
)
from regulars.flows.redemption.bodies import (
    RedemptionAnswer,
    RedemptionBody,
    RedemptionCancelBody,
    RedemptionCaptureBody,
    RedemptionQuoteAnswer,
    RedemptionVoidBody,
    redemption_fields,
)
from regulars.flows.redemption.confirm import confirm
from regulars.flows.redemption.counter import Ground
from regulars.flows.redemption.errors import InvalidRedemption, UnknownRedemption
from regulars.flows.redemption.give_back import cancel, void
from regulars.flows.redemption.model import Ask, Capture, Order, Result, Status
from regulars.flows.redemption.quote import quote
from regulars.flows.redemption.take import take
from regulars.flows.redemption.till import ask_of, redemption_number
from regulars.infra.db import Transaction
from regulars.infra.web import Page, PageQuery, Subject, api_router, route_roles
from regulars.kit.errors import Rejected

router = api_router("/api/v1/programs/{program}/partners/{partner}", tag="partners")

AT_TILL = route_roles("owner", "operator", "manager", "agent", "partner", scope="redemptions:write")
READ = route_roles("owner", "operator", "manager", "agent", "finance", "partner", scope="redemptions:read")
AtTill = Annotated[Subject, Depends(AT_TILL)]
Reader = Annotated[Subject, Depends(READ)]
Partner = Annotated[PartnerCode, Depends(partner_in_path)]


class PartnerRedemptionBody(RedemptionBody):
    """A reward that a member wants in one of a partner's stores."""

    member: Annotated[str, Field(max_length=400, description="mem_…, or kind:value of the member")]
    store: Annotated[str, Field(min_length=1, max_length=63, description="In which of its stores")]


@router.get("/rewards", operation_id="list_rewards_at_partner")
async def list_rewards(
    request: Request, subject: Reader, program_id: ProgramId, partner: Partner
) -> list[RewardAnswer]:
    """List the rewards that can be taken in a partner's stores now, with what its stores have of them."""
    asked = Asked(request, program_id, subject)
    async with asked.state.db.transaction() as tx:
        ground = await asked.grounds.open(tx, program_id)
        own = _stores(ground, partner)
        offered = [
            one
            for one in ground.book.by_code.values()
            if one.archived_at is None
            and one.reward.in_force(asked.now)
            and one.reward.partner in (None, partner)
            and (not one.reward.stores or not own.isdisjoint(one.reward.stores))
        ]
        shelves = await select_shelves(tx, [one.id for one in offered if one.reward.stock])
    shown = []
    for one in offered:
        there = [shelf for shelf in shelves.get(one.id, ()) if not shelf.store or shelf.store in own]
        answer = reward_answer(one, there)
        shown.append(answer.model_copy(update={"stores": [code for code in answer.stores if code in own]}))
    return shown


@router.get("/redemptions", operation_id="list_redemptions_at_partner")
async def list_redemptions(
    request: Request,
    subject: Reader,
    program_id: ProgramId,
    partner: Partner,
    page: Annotated[PageQuery, Depends()],
    status: Annotated[Status | None, Query()] = None,
) -> Page[RedemptionAnswer]:
    """List what was taken in a partner's stores, latest first."""
    asked = Asked(request, program_id, subject)
    (before,) = page.after(int) or (None,)
    async with asked.state.db.transaction() as tx:
        ground = await asked.grounds.open(tx, program_id)
        found = await store.list_redemptions(
            tx,
            program_id,
            before=before,
            limit=page.rows,
            status=None if status is None else status.value,
            stores=sorted(_stores(ground, partner)),
        )
    rows = [_shown(asked, ground, order) for order in found]
    return page.page(rows, lambda row: (redemption_number(row.id),))


@router.get("/redemptions/{redemption}", operation_id="get_redemption_at_partner")
async def read_one(
    request: Request, subject: Reader, program_id: ProgramId, partner: Partner, redemption: RedemptionId
) -> RedemptionAnswer:
    """Read a redemption in one of a partner's stores. 404 for one that was made elsewhere."""
    asked = Asked(request, program_id, subject)
    async with asked.state.db.transaction() as tx:
        order, ground = await _own(tx, asked, partner, redemption)
    return _shown(asked, ground, order)


@router.post("/redemptions/quote", operation_id="quote_at_partner")
async def quote_at_partner(
    request: Request, subject: AtTill, program_id: ProgramId, partner: Partner, body: PartnerRedemptionBody
) -> RedemptionQuoteAnswer:
    """Say what a reward would cost a member in a partner's store and why, and whether she could have it."""
    asked = Asked(request, program_id, subject)
    async with asked.state.db.transaction() as tx:
        ask = await _ask(tx, asked, partner, body)
    return shown_quote(await quote(asked.state.db, asked.grounds, program_id, ask, asked.now))


@router.post("/redemptions", operation_id="take_at_partner", status_code=201, response_model=RedemptionAnswer)
async def take_at_partner(
    request: Request,
    subject: AtTill,
    program_id: ProgramId,
    partner: Partner,
    body: PartnerRedemptionBody,
    once: OnceKey,
    dry_run: DryRun = False,
) -> Response:
    """Set a reward aside for a member in a store of a partner with the role burn, or take it at once (`confirm`)."""
    asked = Asked(request, program_id, subject)

    async def work(tx: Transaction) -> RedemptionAnswer:
        ask = await _ask(tx, asked, partner, body)
        return await _only(tx, asked, await take(tx, asked.grounds, program_id, [ask], asked.now))

    return await asked.once(once, work, dry_run=dry_run)


@router.post(
    "/redemptions/{redemption}/capture",
    operation_id="capture_at_partner",
    status_code=201,
    response_model=RedemptionAnswer,
)
async def capture_at_partner(
    request: Request,
    subject: AtTill,
    program_id: ProgramId,
    partner: Partner,
    redemption: RedemptionId,
    body: RedemptionCaptureBody,
    once: OnceKey,
    dry_run: DryRun = False,
) -> Response:
    """Confirm a reservation in one of a partner's stores, whole or in part. 404 for one that was made elsewhere."""
    asked, number = Asked(request, program_id, subject), redemption_number(redemption)

    async def work(tx: Transaction) -> RedemptionAnswer:
        await _own(tx, asked, partner, redemption)
        wanted = Capture(number, body.quantity, body.points, subject.credential)
        return await _only(tx, asked, await confirm(tx, asked.grounds, program_id, [wanted], asked.now))

    return await asked.once(once, work, dry_run=dry_run)


@router.post(
    "/redemptions/{redemption}/void",
    operation_id="void_at_partner",
    status_code=201,
    response_model=RedemptionAnswer,
)
async def void_at_partner(
    request: Request,
    subject: AtTill,
    program_id: ProgramId,
    partner: Partner,
    redemption: RedemptionId,
    body: RedemptionVoidBody,  # noqa: ARG001 - an empty object, checked
    once: OnceKey,
    dry_run: DryRun = False,
) -> Response:
    """Let a reservation in one of a partner's stores go."""
    asked, number = Asked(request, program_id, subject), redemption_number(redemption)

    async def work(tx: Transaction) -> RedemptionAnswer:
        await _own(tx, asked, partner, redemption)
        done = await void(tx, asked.grounds, program_id, number, asked.now, actor=subject.credential)
        return await asked.shown(tx, done)

    return await asked.once(once, work, dry_run=dry_run)


@router.post(
    "/redemptions/{redemption}/cancel",
    operation_id="cancel_at_partner",
    status_code=201,
    response_model=RedemptionAnswer,
)
async def cancel_at_partner(
    request: Request,
    subject: AtTill,
    program_id: ProgramId,
    partner: Partner,
    redemption: RedemptionId,
    body: RedemptionCancelBody,
    once: OnceKey,
    dry_run: DryRun = False,
) -> Response:
    """Give back what was taken in one of a partner's stores, whole or in part."""
    asked, number = Asked(request, program_id, subject), redemption_number(redemption)

    async def work(tx: Transaction) -> RedemptionAnswer:
        await _own(tx, asked, partner, redemption)
        done = await cancel(
            tx,
            asked.grounds,
            program_id,
            number,
            asked.now,
            reason=body.reason,
            quantity=body.quantity,
            share=None if body.share is None else Fraction(body.share) / 100,
            restock=body.restock,
            actor=subject.credential,
        )
        return await asked.shown(tx, done)

    return await asked.once(once, work, dry_run=dry_run)


async def _ask(tx: Transaction, asked: Asked, partner: str, body: PartnerRedemptionBody) -> Ask:
    """Return what a partner's till asks for. Refuses with InvalidRedemption, UnknownReward (another partner's)."""
    ground = await asked.grounds.open(tx, asked.program_id)
    errors = wrong_at_till(ground.config, partner, body.store)
    if errors:
        raise InvalidRedemption(errors=errors)
    if ground.book.offered(body.reward).reward.partner not in (None, partner):
        raise UnknownReward
    return ask_of(await asked.member(tx, ground, body.member), body, asked.subject.credential)


async def _only(tx: Transaction, asked: Asked, results: list[Result]) -> RedemptionAnswer:
    (result,) = results
    if isinstance(result, Rejected):
        raise result
    return await asked.shown(tx, result)


async def _own(tx: Transaction, asked: Asked, partner: str, redemption: str) -> tuple[Order, Ground]:
    """Return a redemption in one of a partner's stores. Refuses with UnknownRedemption one that was made elsewhere."""
    order, ground = await read_order(tx, asked.grounds, asked.program_id, redemption_number(redemption))
    if order.store not in _stores(ground, partner):
        raise UnknownRedemption
    return order, ground


def _stores(ground: Ground, partner: str) -> set[str]:
    """Return the codes of a partner's stores, archived ones too."""
    return {one.code for one in ground.config.stores.values() if one.partner == partner}


def _shown(asked: Asked, ground: Ground, order: Order) -> RedemptionAnswer:
    return RedemptionAnswer(**redemption_fields(order, ground.config, ground.book.by_id, asked.now))
