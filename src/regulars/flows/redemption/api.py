"""REST: redemptions of a program and of a member, beside the till's two routes (`hot_routes`)."""

from __future__ import annotations

from datetime import datetime
from fractions import Fraction
from typing import Annotated, Any, Protocol

from fastapi import Depends, Path, Query, Request, Response

from regulars.flows.redemption import store
from regulars.flows.redemption.bodies import (
    DrawnAnswer,
    FulfilmentBody,
    GainAnswer,
    PriceChangeAnswer,
    QuoteErrorAnswer,
    QuoteRefusalAnswer,
    RedemptionAnswer,
    RedemptionBody,
    RedemptionCancelBody,
    RedemptionExplanation,
    RedemptionQuoteAnswer,
    RedemptionVoidBody,
    changes_shown,
    receipt_fields,
    redemption_fields,
    sentences_of,
)
from regulars.flows.redemption.counter import Ground, Grounds
from regulars.flows.redemption.errors import UnknownRedemption
from regulars.flows.redemption.fulfil import fulfil
from regulars.flows.redemption.give_back import cancel, void
from regulars.flows.redemption.model import Order, Receipt, Status
from regulars.flows.redemption.quote import Quote, quote
from regulars.flows.redemption.refs import REF_MAX, UnknownMember, resolve_refs
from regulars.flows.redemption.till import ask_of, redemption_number
from regulars.infra.db import Together, Transaction
from regulars.infra.web import (
    MEMBER,
    Once,
    Page,
    PageQuery,
    Subject,
    api_router,
    once_per_key,
    program_in_path,
    route_roles,
)
from regulars.kit.ids import decode, encode

router = api_router("/api/v1/programs/{program}", tag="redemptions")

READ = route_roles("owner", "operator", "manager", "agent", "analyst", "finance", scope="redemptions:read")
LOOK = route_roles(
    "owner", "operator", "manager", "agent", "analyst", "finance", MEMBER, scope="redemptions:read"
)
WRITE = route_roles("owner", "operator", "manager", "agent", scope="redemptions:write")
OWN = route_roles("owner", "operator", "manager", "agent", MEMBER, scope="redemptions:write")

ProgramId = Annotated[int, Depends(program_in_path)]
Ref = Annotated[
    str, Path(max_length=REF_MAX, description="mem_…, or kind:value such as email:ann@example.com")
]
RedemptionId = Annotated[str, Path(max_length=40, description="rdm_…")]
OnceKey = Annotated[Once, Depends(once_per_key)]
DryRun = Annotated[bool, Query(description="Answer what would happen, and write nothing")]


class HasGrounds(Protocol):
    """What the application's `state.till` holds for these routes."""

    grounds: Grounds


class Asked:
    """One request: the application's parts, when, and who asks."""

    def __init__(self, request: Request, program_id: int, subject: Subject) -> None:
        """Take clock, database and grounds from the application."""
        self.state = request.app.state
        till: HasGrounds = self.state.till
        self.grounds = till.grounds
        self.program_id = program_id
        self.subject = subject
        self.now = self.state.clock.now()

    async def member(self, tx: Transaction, ground: Ground, ref: str) -> int:
        """Return the member of the address; members find themselves only. Refuses with UnknownMember."""
        (found,) = await resolve_refs(tx, ground.config, [ref])
        if isinstance(found, UnknownMember):
            raise found
        if self.subject.kind == MEMBER and found != self.subject.member_id:
            raise UnknownMember
        return found

    async def check_own(self, tx: Transaction, number: int) -> None:
        """Members touch their own redemptions only. Refuses with UnknownRedemption."""
        owners = await store.select_owners(tx, self.program_id, [number])
        owner = owners.get(number)
        if owner is None or (self.subject.kind == MEMBER and owner[2] != self.subject.member_id):
            raise UnknownRedemption

    async def once(self, once: Once, work: Any, *, dry_run: bool) -> Response:
        """Do `work` once per key, or try it and undo it."""
        answer: Response = await once.answer(
            self.state.db, work, now=self.now, status=201, whose=_member_of, dry_run=dry_run
        )
        return answer

    async def shown(self, tx: Transaction, receipt: Receipt) -> RedemptionAnswer:
        """Return a receipt as it is shown."""
        ground = await self.grounds.open(tx, self.program_id)
        return RedemptionAnswer(**receipt_fields(receipt, ground.config, ground.book.by_id, self.now))


@router.get("/redemptions", operation_id="list_redemptions")
async def list_redemptions(
    request: Request,
    subject: Annotated[Subject, Depends(READ)],
    program_id: ProgramId,
    page: Annotated[PageQuery, Depends()],
    status: Annotated[Status | None, Query()] = None,
    reward: Annotated[str | None, Query(max_length=63)] = None,
) -> Page[RedemptionAnswer]:
    """List redemptions of a program, latest first: what waits to be sent, what came back."""
    return await _page(Asked(request, program_id, subject), page, None, status, reward)


@router.get("/members/{ref}/redemptions", operation_id="list_member_redemptions")
async def list_of_member(
    request: Request,
    subject: Annotated[Subject, Depends(LOOK)],
    program_id: ProgramId,
    ref: Ref,
    page: Annotated[PageQuery, Depends()],
    status: Annotated[Status | None, Query()] = None,
) -> Page[RedemptionAnswer]:
    """List a member's redemptions, latest first."""
    return await _page(Asked(request, program_id, subject), page, ref, status, None)


@router.post("/members/{ref}/redemptions/quote", operation_id="quote_reward")
async def quote_reward(
    request: Request,
    subject: Annotated[Subject, Depends(OWN)],
    program_id: ProgramId,
    ref: Ref,
    body: RedemptionBody,
) -> RedemptionQuoteAnswer:
    """Say what a reward would cost a member now and why, and whether she could have it. Nothing is kept."""
    asked = Asked(request, program_id, subject)
    async with asked.state.db.transaction() as tx:
        ground = await asked.grounds.open(tx, program_id)
        member_id = await asked.member(tx, ground, ref)
    ask = ask_of(member_id, body, subject.credential)
    return shown_quote(await quote(asked.state.db, asked.grounds, program_id, ask, asked.now))


@router.get("/redemptions/{redemption}", operation_id="get_redemption")
async def read_one(
    request: Request,
    subject: Annotated[Subject, Depends(LOOK)],
    program_id: ProgramId,
    redemption: RedemptionId,
) -> RedemptionAnswer:
    """Read a redemption."""
    asked = Asked(request, program_id, subject)
    async with asked.state.db.transaction() as tx:
        order, ground = await _order(tx, asked, redemption_number(redemption))
    return RedemptionAnswer(**redemption_fields(order, ground.config, ground.book.by_id, asked.now))


@router.get("/redemptions/{redemption}/explanation", operation_id="explain_redemption")
async def explain(
    request: Request,
    subject: Annotated[Subject, Depends(LOOK)],
    program_id: ProgramId,
    redemption: RedemptionId,
) -> RedemptionExplanation:
    """Say why a redemption cost what it cost, which lots its points came from, and what came back to them."""
    asked = Asked(request, program_id, subject)
    number = redemption_number(redemption)
    async with asked.state.db.transaction() as tx:
        await asked.check_own(tx, number)
        return await explanation_of(tx, asked.grounds, program_id, number, asked.now)


async def explanation_of(
    tx: Transaction, grounds: Grounds, program_id: int, number: int, now: datetime
) -> RedemptionExplanation:
    """Return a redemption explained. Refuses with UnknownRedemption."""
    order, ground = await read_order(tx, grounds, program_id, number)
    drawn = await store.select_drawn(tx, order)
    kind = ground.config.point_types_by_id[order.point_type_id]
    rewards = ground.book.by_id
    return RedemptionExplanation(
        redemption=RedemptionAnswer(**redemption_fields(order, ground.config, rewards, now)),
        sentences=sentences_of(order, kind, ground.config.currency),
        lots=[
            DrawnAnswer(
                lot=encode("lot", lot), points=points, returned=back, earned_at=earned_at, expires_at=ends_at
            )
            for lot, points, back, earned_at, ends_at in drawn
        ],
        pieces=[
            {"reward": rewards[one.reward_id].reward.code, "from": one.key, "pieces": one.pieces}
            for one in order.claims.pieces
        ],
    )


@router.post(
    "/redemptions/{redemption}/void",
    operation_id="void_redemption",
    status_code=201,
    response_model=RedemptionAnswer,
)
async def post_void(
    request: Request,
    subject: Annotated[Subject, Depends(OWN)],
    program_id: ProgramId,
    redemption: RedemptionId,
    body: RedemptionVoidBody,  # noqa: ARG001 - an empty object, checked
    once: OnceKey,
    dry_run: DryRun = False,
) -> Response:
    """Let a reservation go: points and pieces are free again. 409 `redemption_closed` says what became of it."""
    asked, number = Asked(request, program_id, subject), redemption_number(redemption)

    async def work(tx: Transaction) -> RedemptionAnswer:
        await asked.check_own(tx, number)
        done = await void(tx, asked.grounds, program_id, number, asked.now, actor=subject.credential)
        return await asked.shown(tx, done)

    return await asked.once(once, work, dry_run=dry_run)


@router.post(
    "/redemptions/{redemption}/cancel",
    operation_id="cancel_redemption",
    status_code=201,
    response_model=RedemptionAnswer,
)
async def post_cancel(
    request: Request,
    subject: Annotated[Subject, Depends(WRITE)],
    program_id: ProgramId,
    redemption: RedemptionId,
    body: RedemptionCancelBody,
    once: OnceKey,
    dry_run: DryRun = False,
) -> Response:
    """Give a redemption back, whole or in part: points to the lots they came from, money in proportion."""
    asked, number = Asked(request, program_id, subject), redemption_number(redemption)

    async def work(tx: Transaction) -> RedemptionAnswer:
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


@router.post(
    "/redemptions/{redemption}/fulfilment",
    operation_id="fulfil_redemption",
    status_code=201,
    response_model=RedemptionAnswer,
)
async def post_fulfilment(
    request: Request,
    subject: Annotated[Subject, Depends(WRITE)],
    program_id: ProgramId,
    redemption: RedemptionId,
    body: FulfilmentBody,
    once: OnceKey,
    dry_run: DryRun = False,
) -> Response:
    """Say that an order was ordered, shipped or delivered; steps may be left out, none is taken back."""
    asked, number = Asked(request, program_id, subject), redemption_number(redemption)
    note = {name: text for name in ("carrier", "tracking") if (text := getattr(body, name))}

    async def work(tx: Transaction) -> RedemptionAnswer:
        status = Status(body.status)
        done = await fulfil(tx, asked.grounds, program_id, number, status, asked.now, note=note)
        return await asked.shown(tx, done)

    return await asked.once(once, work, dry_run=dry_run)


def _member_of(answer: RedemptionAnswer) -> int | None:
    return decode("mem", answer.member)


async def _page(
    asked: Asked, page: PageQuery, ref: str | None, status: Status | None, reward: str | None
) -> Page[RedemptionAnswer]:
    (before,) = page.after(int) or (None,)
    async with asked.state.db.transaction() as tx:
        ground = await asked.grounds.open(tx, asked.program_id)
        stored = ground.book.by_code.get(reward or "")
        found = await store.list_redemptions(
            tx,
            asked.program_id,
            before=before,
            limit=page.rows,
            member_id=None if ref is None else await asked.member(tx, ground, ref),
            status=None if status is None else status.value,
            reward_id=None if reward is None else (stored.id if stored is not None else 0),
        )
    rows = [
        RedemptionAnswer(**redemption_fields(order, ground.config, ground.book.by_id, asked.now))
        for order in found
    ]
    return page.page(rows, lambda row: (redemption_number(row.id),))


async def _order(tx: Transaction, asked: Asked, number: int) -> tuple[Order, Ground]:
    await asked.check_own(tx, number)
    return await read_order(tx, asked.grounds, asked.program_id, number)


async def read_order(tx: Transaction, grounds: Grounds, program_id: int, number: int) -> tuple[Order, Ground]:
    """Return a redemption as it is. Refuses with UnknownRedemption."""
    owners = await store.select_owners(tx, program_id, [number])
    if number not in owners:
        raise UnknownRedemption
    orders = await store.orders_of(store.ask_orders(Together(tx), {number: owners[number]}))
    return orders[number], await grounds.open(tx, program_id)


def shown_quote(found: Quote) -> RedemptionQuoteAnswer:
    """Return a quote as it is shown."""
    price, refusal = found.price, found.refusal
    return RedemptionQuoteAnswer(
        reward=found.ask.reward,
        quantity=found.ask.quantity,
        point_type=found.point_type,
        points=None if price is None else price.points,
        money=None if price is None else price.money,
        listed_points=None if price is None else price.listed,
        price_changes=[] if price is None else [PriceChangeAnswer(**one) for one in changes_shown(price)],
        worth=None if price is None else price.worth,
        given_back=[
            GainAnswer(rule=one.rule, point_type=one.point_type, points=one.points)
            for one in found.given_back
        ],
        refusal=None
        if refusal is None
        else QuoteRefusalAnswer(
            code=refusal.code,
            message=refusal.message,
            facts=refusal.facts,
            errors=[
                QuoteErrorAnswer(path=one.path, code=one.code, message=one.message) for one in refusal.errors
            ],
        ),
    )
