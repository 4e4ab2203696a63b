"""REST: checkouts of web shops and tills. Every call that changes something takes an Idempotency-Key."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated, Any, Protocol

from fastapi import Depends, Path, Query, Request, Response
from pydantic import BaseModel, Field

from regulars.features.members import resolve_ref
from regulars.features.programs import ProgramConfig
from regulars.flows.checkout import store
from regulars.flows.checkout.errors import UnknownCheckout
from regulars.flows.checkout.model import (
    CODES_MAX,
    HOLD_S_DEFAULT,
    HOLD_S_MAX,
    LINES_MAX,
    WISHES_MAX,
    Content,
    Line,
    Session,
    Wish,
)
from regulars.flows.checkout.port import Parts
from regulars.flows.checkout.steps import (
    cancel_checkout,
    change_checkout,
    close_checkout,
    open_checkout,
    reopen_checkout,
    return_parts,
)
from regulars.infra.db import Transaction
from regulars.infra.web import Once, StrictModel, api_router, once_per_key, program_in_path, route_roles
from regulars.kit.ids import decode, encode
from regulars.kit.money import MINOR_MAX
from regulars.kit.points import POINTS_MAX

router = api_router("/api/v1/programs/{program}/checkouts", tag="checkouts")

READ = route_roles("owner", "operator", "manager", "agent", scope="checkouts:write")
WRITE = route_roles("owner", "operator", "manager", "agent", scope="checkouts:write")

ProgramId = Annotated[int, Depends(program_in_path)]
Number = Annotated[str, Path(max_length=40, description="chk_…")]
OnceKey = Annotated[Once, Depends(once_per_key)]
DryRun = Annotated[bool, Query(description="Answer what would happen, and set nothing aside")]
Money = Annotated[int, Field(ge=0, le=MINOR_MAX, description="Minor units of the program's currency")]
Text = Annotated[str, Field(max_length=120)]


class CheckoutLineBody(StrictModel):
    """A line: `amount` is what all its pieces cost."""

    sku: Annotated[str, Field(min_length=1, max_length=120)]
    amount: Money
    quantity: Annotated[int, Field(ge=1, le=100_000)] = 1
    category: Text = ""
    name: Text = ""


class CheckoutWishBody(StrictModel):
    """A reward to be used with the basket; `points` where the member chooses how many."""

    reward: Annotated[str, Field(max_length=63)]
    quantity: Annotated[int, Field(ge=1, le=1_000)] = 1
    points: Annotated[int, Field(ge=1, le=POINTS_MAX)] | None = None


class CheckoutBody(StrictModel):
    """A basket, and what is to be taken off it."""

    lines: Annotated[list[CheckoutLineBody], Field(min_length=1, max_length=LINES_MAX)]
    shipping: Money = 0
    member: Annotated[str, Field(max_length=400, description="mem_…, or kind:value")] | None = None
    vouchers: Annotated[list[Text], Field(max_length=CODES_MAX)] = Field(default_factory=list)
    rewards: Annotated[list[CheckoutWishBody], Field(max_length=WISHES_MAX)] = Field(default_factory=list)
    store: Annotated[str, Field(max_length=63)] = ""
    hold_s: Annotated[int, Field(ge=1, le=HOLD_S_MAX)] = HOLD_S_DEFAULT


class CheckoutCloseBody(StrictModel):
    """The order it became."""

    order_id: Annotated[str, Field(min_length=1, max_length=120)]


class CheckoutEmptyBody(StrictModel):
    """There is nothing to say."""


class CheckoutReturnedLine(StrictModel):
    """Pieces of a line that come back; `line` is its place, from 0."""

    line: Annotated[int, Field(ge=0, lt=LINES_MAX)]
    quantity: Annotated[int, Field(ge=1, le=100_000)]


class CheckoutReturnBody(StrictModel):
    """What comes back."""

    lines: Annotated[list[CheckoutReturnedLine], Field(min_length=1, max_length=LINES_MAX)]


class CheckoutOffAnswer(BaseModel):
    """What one voucher or reward takes off; `lines` by the place of the line."""

    source: str
    code: str
    amount: int
    lines: dict[int, int]
    shipping: int
    add_item: str | None


class CheckoutRewardAnswer(BaseModel):
    """A reward that goes with the basket."""

    redemption: str
    reward: str
    kind: str
    point_type: str
    points: int
    money: int


class CheckoutLineAnswer(CheckoutLineBody):
    """A line with what was taken off it."""

    off: int
    to_pay: int
    returned: int


class CheckoutAnswer(BaseModel):
    """A checkout as it is.

    `earns` = what its order would earn if it were closed now, `did` = what it did; `returned` = what a return gave
    back.
    """

    id: str
    member: str | None
    status: str
    order_id: str
    lines: list[CheckoutLineAnswer]
    shipping: int
    discounts: list[CheckoutOffAnswer]
    rewards: list[CheckoutRewardAnswer]
    points: dict[str, int]
    to_pay: int
    returned_money: int
    created_at: datetime
    expires_at: datetime | None
    closed_at: datetime | None
    earns: dict[str, Any] | None = None
    did: dict[str, Any] | None = None
    returned: dict[str, int] | None = None


class Programs(Protocol):
    """What the application's `state.programs` can do for checkouts."""

    async def config_of(self, tx: Transaction, program_id: int) -> ProgramConfig:
        """Return a program as it is now."""


class _Undo(Exception):
    """Carries the answer of a dry run out of its transaction."""

    def __init__(self, answer: CheckoutAnswer) -> None:
        super().__init__("dry run")
        self.answer = answer


Work = Callable[[Transaction, Parts, datetime], Awaitable[CheckoutAnswer]]


@router.post(
    "",
    operation_id="open_checkout",
    status_code=201,
    response_model=CheckoutAnswer,
    dependencies=[Depends(WRITE)],
)
async def post_open(
    request: Request, program_id: ProgramId, body: CheckoutBody, once: OnceKey, dry_run: DryRun = False
) -> Response:
    """Price a basket with vouchers, rewards and points, and set them aside for `hold_s` seconds."""

    async def work(tx: Transaction, parts: Parts, now: datetime) -> CheckoutAnswer:
        programs: Programs = request.app.state.programs
        config = await programs.config_of(tx, program_id)
        member_id = None if body.member is None else await resolve_ref(tx, config, body.member)
        opened = await open_checkout(tx, parts, program_id, member_id, _content(body), now)
        return await _previewed(tx, parts, opened, now)

    return await _done(request, once, work, dry_run=dry_run)


@router.put(
    "/{checkout}",
    operation_id="change_checkout",
    response_model=CheckoutAnswer,
    dependencies=[Depends(WRITE)],
)
async def put_basket(
    request: Request, program_id: ProgramId, checkout: Number, body: CheckoutBody
) -> CheckoutAnswer:
    """Price another basket instead; what was set aside is let go first. The member stays."""
    now = request.app.state.clock.now()

    async def work(tx: Transaction) -> CheckoutAnswer:
        parts: Parts = request.app.state.checkout
        changed = await change_checkout(tx, parts, program_id, _number(checkout), _content(body), now)
        return await _previewed(tx, parts, changed, now)

    answer: CheckoutAnswer = await request.app.state.db.attempt(work)
    return answer


@router.get("/{checkout}", operation_id="get_checkout", dependencies=[Depends(READ)])
async def read_one(request: Request, program_id: ProgramId, checkout: Number) -> CheckoutAnswer:
    """Read a checkout; while it is open, with what its order would earn."""
    state = request.app.state
    async with state.db.transaction(read_only=True, snapshot=True) as tx:
        found = await store.select_session(tx, program_id, _number(checkout))
        if found is None:
            raise UnknownCheckout
        return await _previewed(tx, state.checkout, found, state.clock.now())


@router.post(
    "/{checkout}/close",
    operation_id="close_checkout",
    status_code=201,
    response_model=CheckoutAnswer,
    dependencies=[Depends(WRITE)],
)
async def post_close(
    request: Request,
    program_id: ProgramId,
    checkout: Number,
    body: CheckoutCloseBody,
    once: OnceKey,
    dry_run: DryRun = False,
) -> Response:
    """Make the order: rewards are taken, vouchers used, and what is paid for goods earns."""

    async def work(tx: Transaction, parts: Parts, now: datetime) -> CheckoutAnswer:
        found, did = await close_checkout(tx, parts, program_id, _number(checkout), body.order_id, now)
        return _shown(found, now).model_copy(update={"did": did})

    return await _done(request, once, work, dry_run=dry_run)


@router.post(
    "/{checkout}/cancel",
    operation_id="cancel_checkout",
    status_code=201,
    response_model=CheckoutAnswer,
    dependencies=[Depends(WRITE)],
)
async def post_cancel(
    request: Request,
    program_id: ProgramId,
    checkout: Number,
    body: CheckoutEmptyBody,  # noqa: ARG001 - an empty object, checked
    once: OnceKey,
) -> Response:
    """Let an open checkout go."""

    async def work(tx: Transaction, parts: Parts, now: datetime) -> CheckoutAnswer:
        return _shown(await cancel_checkout(tx, parts, program_id, _number(checkout), now), now)

    return await _done(request, once, work)


@router.post(
    "/{checkout}/reopen",
    operation_id="reopen_checkout",
    status_code=201,
    response_model=CheckoutAnswer,
    dependencies=[Depends(WRITE)],
)
async def post_reopen(
    request: Request,
    program_id: ProgramId,
    checkout: Number,
    body: CheckoutEmptyBody,  # noqa: ARG001 - an empty object, checked
    once: OnceKey,
    dry_run: DryRun = False,
) -> Response:
    """Undo a closed checkout and open it again with the same basket, at the prices of now."""

    async def work(tx: Transaction, parts: Parts, now: datetime) -> CheckoutAnswer:
        opened = await reopen_checkout(tx, parts, program_id, _number(checkout), now)
        return await _previewed(tx, parts, opened, now)

    return await _done(request, once, work, dry_run=dry_run)


@router.post(
    "/{checkout}/return",
    operation_id="return_checkout",
    status_code=201,
    response_model=CheckoutAnswer,
    dependencies=[Depends(WRITE)],
)
async def post_return(
    request: Request,
    program_id: ProgramId,
    checkout: Number,
    body: CheckoutReturnBody,
    once: OnceKey,
    dry_run: DryRun = False,
) -> Response:
    """Take pieces of lines back: money as it was paid, points in proportion; what they earned is taken back."""

    async def work(tx: Transaction, parts: Parts, now: datetime) -> CheckoutAnswer:
        pieces: dict[int, int] = {}
        for one in body.lines:
            pieces[one.line] = pieces.get(one.line, 0) + one.quantity
        found, back = await return_parts(tx, parts, program_id, _number(checkout), pieces, now)
        return _shown(found, now).model_copy(update={"returned": back})

    return await _done(request, once, work, dry_run=dry_run)


async def _done(request: Request, once: Once, work: Work, *, dry_run: bool = False) -> Response:
    state = request.app.state
    now = state.clock.now()

    async def on_tx(tx: Transaction) -> CheckoutAnswer:
        return await work(tx, state.checkout, now)

    if not dry_run:
        return await once.answer(state.db, on_tx, now=now, status=201)
    try:
        async with state.db.transaction() as tx:
            raise _Undo(await on_tx(tx))
    except _Undo as tried:
        return Response(tried.answer.model_dump_json(), 200, media_type="application/json")


def _content(body: CheckoutBody) -> Content:
    return Content(
        lines=tuple(Line(one.sku, one.amount, one.quantity, one.category, one.name) for one in body.lines),
        shipping=body.shipping,
        codes=tuple(body.vouchers),
        wishes=tuple(Wish(one.reward, one.quantity, one.points) for one in body.rewards),
        store=body.store,
        hold_s=body.hold_s,
    )


def _number(text: str) -> int:
    try:
        return decode("chk", text)
    except ValueError:
        raise UnknownCheckout from None


async def _previewed(tx: Transaction, parts: Parts, session: Session, now: datetime) -> CheckoutAnswer:
    """Return a checkout as it is shown, with what its order would earn while it is open."""
    shown = _shown(session, now)
    if shown.status != "open":
        return shown
    return shown.model_copy(update={"earns": await parts.sales.preview(tx, session, now)})


def _shown(session: Session, now: datetime) -> CheckoutAnswer:
    content = session.content
    points: dict[str, int] = {}
    for one in content.taken:
        points[one.point_type] = points.get(one.point_type, 0) + one.points
    overdue = session.status == "open" and session.expires_at <= now
    return CheckoutAnswer(
        id=encode("chk", session.id),
        member=encode("mem", session.member_id) if session.member_id else None,
        status="expired" if overdue else session.status,
        order_id=session.order_id,
        lines=[
            CheckoutLineAnswer(
                sku=line.sku,
                amount=line.amount,
                quantity=line.quantity,
                category=line.category,
                name=line.name,
                off=line.off,
                to_pay=line.net,
                returned=line.returned,
            )
            for line in content.lines
        ],
        shipping=content.shipping - content.shipping_off,
        discounts=[
            CheckoutOffAnswer(
                source=off.source,
                code=off.code,
                amount=off.amount,
                lines=off.lines,
                shipping=off.shipping,
                add_item=off.add_item,
            )
            for off in content.offs
        ],
        rewards=[
            CheckoutRewardAnswer(
                redemption=encode("rdm", one.redemption),
                reward=one.reward,
                kind=one.kind,
                point_type=one.point_type,
                points=one.points,
                money=one.money,
            )
            for one in content.taken
        ],
        points=points,
        to_pay=content.to_pay,
        returned_money=content.returned_money,
        created_at=session.created_at,
        expires_at=session.expires_at if session.status == "open" else None,
        closed_at=session.closed_at,
    )
