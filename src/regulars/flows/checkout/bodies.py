"""What the routes of checkouts take and give back. Money is minor units, points are smallest units."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, Field

from regulars.features.programs import ProgramConfig
from regulars.flows.checkout.errors import InvalidCheckout
from regulars.flows.checkout.explain import sentences_of
from regulars.flows.checkout.model import (
    CODES_MAX,
    HOLD_S_DEFAULT,
    HOLD_S_MAX,
    LINES_MAX,
    RETURNED_REWARDS_MAX,
    WISHES_MAX,
    Content,
    Did,
    Line,
    Named,
    Session,
    Standing,
    Status,
    Step,
    Wish,
)
from regulars.flows.checkout.port import Parts
from regulars.infra.db import Transaction
from regulars.infra.web import StrictModel
from regulars.kit.errors import FieldError
from regulars.kit.ids import decode, encode
from regulars.kit.money import MINOR_MAX
from regulars.kit.points import POINTS_MAX

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


class CheckoutReturnedReward(StrictModel):
    """Pieces of a reward that come back; with `restock` others can take them again."""

    redemption: Annotated[str, Field(max_length=40, description="rdm_…, as the checkout's `rewards` say")]
    quantity: Annotated[int, Field(ge=1, le=1_000)]
    restock: bool = True


class CheckoutReturnBody(StrictModel):
    """What comes back: pieces of lines, and of rewards that are things of their own.

    With `rewards` these come back and no others; without it, all that are left come back with the last line.
    """

    lines: Annotated[list[CheckoutReturnedLine], Field(max_length=LINES_MAX)] = Field(default_factory=list)
    rewards: Annotated[list[CheckoutReturnedReward], Field(max_length=RETURNED_REWARDS_MAX)] | None = None


class CheckoutOffAnswer(BaseModel):
    """What one voucher or reward takes off; `lines` by the place of the line."""

    source: str
    code: str
    amount: int
    lines: dict[int, int]
    shipping: int
    add_item: str | None


class CheckoutRewardAnswer(BaseModel):
    """A reward that goes with the basket; `returned` pieces, `points_back` and `money_back` have come back of it.

    `with_lines`: it took money off lines and comes back with them; others come back by their redemption's name.
    """

    redemption: str
    reward: str
    kind: str
    quantity: int
    point_type: str
    points: int
    money: int
    returned: int
    points_back: int
    money_back: int
    with_lines: bool


class CheckoutStepAnswer(BaseModel):
    """What was done with a checkout, when, and by whom (`staff:5`, `key:12`, `cli:ann`).

    Of a return: pieces by the place of the line and by redemption; with money and points, by type, that went back.
    """

    did: Did
    at: datetime
    actor: str
    order_id: str
    lines: dict[int, int]
    rewards: dict[str, int]
    money: int
    points: dict[str, int]


class CheckoutRow(BaseModel):
    """A checkout in a list; `lines` and `discounts` are how many it has."""

    id: str
    member: str | None
    status: Standing
    order_id: str
    store: str
    lines: int
    discounts: int
    points: dict[str, int]
    to_pay: int
    returned_money: int
    created_at: datetime
    expires_at: datetime | None
    closed_at: datetime | None


class CheckoutLineAnswer(CheckoutLineBody):
    """A line with what was taken off it."""

    off: int
    to_pay: int
    returned: int


class CheckoutAnswer(BaseModel):
    """A checkout as it is.

    `earns` = what its order would earn if it were closed now, `did` = what it did; `returned` = what a return gave
    back. `history`: the earliest step first; of changes in a row the last.
    """

    id: str
    member: str | None
    status: Standing
    order_id: str
    store: str
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
    history: list[CheckoutStepAnswer]
    earns: dict[str, Any] | None = None
    did: dict[str, Any] | None = None
    returned: dict[str, int] | None = None


class CheckoutExplanation(BaseModel):
    """Why a basket costs what it costs; each reward explains itself at its redemption, and the order at its number."""

    checkout: CheckoutAnswer
    sentences: list[str]
    redemptions: list[str]
    order: str | None


def explanation_of(session: Session, config: ProgramConfig, now: datetime) -> CheckoutExplanation:
    """Return a checkout explained."""
    scales = {one.code: one.scale for one in config.point_types.values()}
    return CheckoutExplanation(
        checkout=shown(session, now),
        sentences=sentences_of(session, config.currency, scales),
        redemptions=[encode("rdm", one.redemption) for one in session.content.taken],
        order=session.sale or None,
    )


def content_of(body: CheckoutBody) -> Content:
    """Return the basket that a body describes."""
    return Content(
        lines=tuple(Line(one.sku, one.amount, one.quantity, one.category, one.name) for one in body.lines),
        shipping=body.shipping,
        codes=tuple(body.vouchers),
        wishes=tuple(Wish(one.reward, one.quantity, one.points) for one in body.rewards),
        store=body.store,
        hold_s=body.hold_s,
    )


def named_of(body: CheckoutReturnBody) -> list[Named] | None:
    """Return the rewards that are named to come back, None where nothing is said. Refuses with InvalidCheckout."""
    if body.rewards is None:
        return None
    return [
        Named(redemption_of(one.redemption, f"rewards[{place}].redemption"), one.quantity, one.restock)
        for place, one in enumerate(body.rewards)
    ]


def redemption_of(text: str, path: str) -> int:
    """Return the number of a redemption. Refuses with InvalidCheckout."""
    try:
        return decode("rdm", text)
    except ValueError as mistake:
        raise InvalidCheckout(errors=[FieldError(path, "unknown_reward", str(mistake))]) from None


async def answer_of(tx: Transaction, parts: Parts, session: Session, now: datetime) -> CheckoutAnswer:
    """Return a checkout as it is shown, with what its order would earn while it is open."""
    found = shown(session, now)
    if found.status != "open":
        return found
    return found.model_copy(update={"earns": await parts.sales.preview(tx, session, now)})


def shown(session: Session, now: datetime) -> CheckoutAnswer:
    """Return a checkout as it is shown."""
    content = session.content
    things = {one.redemption for one in content.things}
    return CheckoutAnswer(
        id=encode("chk", session.id),
        member=encode("mem", session.member_id) if session.member_id else None,
        status=session.standing(now),
        order_id=session.order_id,
        store=content.store,
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
                quantity=one.quantity,
                point_type=one.point_type,
                points=one.points,
                money=one.money,
                returned=one.returned,
                points_back=one.points_back,
                money_back=one.money_back,
                with_lines=one.redemption not in things,
            )
            for one in content.taken
        ],
        points=content.points,
        to_pay=content.to_pay,
        returned_money=content.returned_money,
        created_at=session.created_at,
        expires_at=session.expires_at if session.status == Status.OPEN else None,
        closed_at=session.closed_at,
        history=[_step(one) for one in content.history],
    )


def row_of(session: Session, now: datetime) -> CheckoutRow:
    """Return a checkout as it stands in a list."""
    content = session.content
    return CheckoutRow(
        id=encode("chk", session.id),
        member=encode("mem", session.member_id) if session.member_id else None,
        status=session.standing(now),
        order_id=session.order_id,
        store=content.store,
        lines=len(content.lines),
        discounts=len(content.offs),
        points=content.points,
        to_pay=content.to_pay,
        returned_money=content.returned_money,
        created_at=session.created_at,
        expires_at=session.expires_at if session.status == Status.OPEN else None,
        closed_at=session.closed_at,
    )


def _step(step: Step) -> CheckoutStepAnswer:
    return CheckoutStepAnswer(
        did=step.did,
        at=step.at,
        actor=step.actor,
        order_id=step.order_id,
        lines=step.lines,
        rewards={encode("rdm", redemption): pieces for redemption, pieces in step.rewards.items()},
        money=step.money,
        points=step.points,
    )
