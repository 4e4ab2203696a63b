"""What the routes of redemption take and give back. Points and money are whole numbers of smallest units."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Any, Literal

import msgspec
from pydantic import BaseModel, Field

from regulars.features.programs import PointType, ProgramConfig
from regulars.features.rewards import Priced, part_of
from regulars.flows.redemption.model import QUANTITY_MAX, REASON_MAX, REFERENCE_MAX, Balance, Order, Receipt
from regulars.infra.web import StrictModel
from regulars.kit.ids import encode
from regulars.kit.money import format_money
from regulars.kit.points import POINTS_MAX, format_points

HOLD_S_MAX = 90 * 24 * 3600

Pieces = Annotated[int, Field(ge=1, le=QUANTITY_MAX)]
Points = Annotated[int, Field(ge=1, le=POINTS_MAX, description="Smallest units of the point type")]
Reason = Annotated[str, Field(min_length=1, max_length=REASON_MAX)]


class RedemptionBody(StrictModel):
    """A reward that is wanted; `points` where the member chooses how many, `confirm` to take it at once."""

    reward: Annotated[str, Field(max_length=63)]
    quantity: Pieces = 1
    points: Points | None = None
    store: Annotated[str, Field(max_length=63)] = ""
    reference: Annotated[str, Field(max_length=REFERENCE_MAX)] = ""
    hold_s: Annotated[int, Field(ge=1, le=HOLD_S_MAX)] | None = None
    confirm: bool = False


class RedemptionCaptureBody(StrictModel):
    """A reservation confirmed: whole, or fewer pieces, or fewer of the points the member chose."""

    quantity: Pieces | None = None
    points: Points | None = None


class TillTakeBody(RedemptionBody):
    """A reward that is wanted, and by whom."""

    member: Annotated[str, Field(max_length=400, description="mem_…, or kind:value of the member")]


class TillCaptureBody(RedemptionCaptureBody):
    """A reservation confirmed."""

    redemption: Annotated[str, Field(max_length=40, description="rdm_…")]


class RedemptionVoidBody(StrictModel):
    """A reservation let go; there is nothing to say."""


class RedemptionCancelBody(StrictModel):
    """An order given back: whole, so many pieces, or a share of it in percent."""

    reason: Reason
    quantity: Pieces | None = None
    share: Annotated[Decimal, Field(gt=0, le=100, max_digits=12, decimal_places=6)] | None = None
    restock: bool = True


class FulfilmentBody(StrictModel):
    """Where an order is now; carrier and tracking are shown to the member."""

    status: Literal["ordered", "shipped", "delivered"]
    carrier: Annotated[str, Field(max_length=100)] = ""
    tracking: Annotated[str, Field(max_length=200)] = ""


class PriceChangeAnswer(BaseModel):
    """What a rule took off the price in points."""

    rule: str
    percent: Decimal
    points: int
    off: int


class RewardWalletAnswer(BaseModel):
    """What the wallet holds afterwards, with what promotions gave back for it."""

    point_type: str
    available: int
    held: int


class RedemptionAnswer(BaseModel):
    """A redemption as it is; `moved_points` and `moved_money` = what the operation that answers moved."""

    id: str
    member: str
    reward: str
    reward_version: int
    status: str
    quantity: int
    point_type: str
    points: int
    money: int
    points_back: int
    money_back: int
    listed_points: int
    price_changes: list[PriceChangeAnswer]
    worth: int | None
    hold: str | None
    spend: str | None
    store: str
    reference: str
    issued: list[dict[str, Any]]
    delivery: dict[str, Any]
    created_at: datetime
    expires_at: datetime | None
    confirmed_at: datetime | None
    closed_at: datetime | None
    moved_points: int | None = None
    moved_money: int | None = None
    wallet: RewardWalletAnswer | None = None


class QuoteErrorAnswer(BaseModel):
    """What of the request is not valid, and what to write instead."""

    path: str
    code: str
    message: str


class QuoteRefusalAnswer(BaseModel):
    """Why it would be refused now, with the facts of the refusal, and what of the request is not valid."""

    code: str
    message: str
    facts: dict[str, Any]
    errors: list[QuoteErrorAnswer] = Field(default_factory=list)


class GainAnswer(BaseModel):
    """Points that a promotion gives back (below zero: takes) when the reward is confirmed."""

    rule: Annotated[str, Field(description="Empty: for a tier that is entered by it")]
    point_type: str
    points: int


class RedemptionQuoteAnswer(BaseModel):
    """What a reward would cost now and why, and what would be given back; `refusal` where it could not be had."""

    reward: str
    quantity: int
    point_type: str | None
    points: int | None
    money: int | None
    listed_points: int | None
    price_changes: list[PriceChangeAnswer]
    worth: int | None
    given_back: list[GainAnswer]
    refusal: QuoteRefusalAnswer | None


class DrawnAnswer(BaseModel):
    """A lot the points came from."""

    lot: str
    points: int
    returned: int
    earned_at: datetime
    expires_at: datetime | None


class RedemptionExplanation(BaseModel):
    """Why this price, and where the points came from."""

    redemption: RedemptionAnswer
    sentences: list[str]
    lots: list[DrawnAnswer]
    pieces: list[dict[str, Any]]


def redemption_fields(
    order: Order, config: ProgramConfig, codes: Mapping[int, Any], now: datetime
) -> dict[str, Any]:
    """Return a redemption as it is shown, ready for JSON; `codes` = rewards by their number."""
    standing, price = order.standing(now), as_confirmed(order)
    return {
        "id": encode("rdm", order.id),
        "member": encode("mem", order.member_id),
        "reward": codes[order.reward_id].reward.code,
        "reward_version": order.reward_version,
        "status": standing,
        "quantity": order.quantity,
        "point_type": config.point_types_by_id[order.point_type_id].code,
        "points": order.points,
        "money": order.money,
        "points_back": order.points_back,
        "money_back": order.money_back,
        "listed_points": price.listed,
        "price_changes": changes_shown(price),
        "worth": order.price.worth,
        "hold": None if order.hold_id is None else encode("hld", order.hold_id),
        "spend": None if order.spend_id is None else encode("trf", order.spend_id),
        "store": order.store,
        "reference": order.reference,
        "issued": list(order.issued),
        "delivery": order.delivery,
        "created_at": order.created_at,
        "expires_at": order.expires_at if order.confirmed_at is None else None,
        "confirmed_at": order.confirmed_at,
        "closed_at": order.expires_at if standing == "expired" else order.closed_at,
    }


def receipt_fields(
    receipt: Receipt, config: ProgramConfig, codes: Mapping[int, Any], now: datetime
) -> dict[str, Any]:
    """Return the answer to an operation on a redemption."""
    return {
        **redemption_fields(receipt.order, config, codes, now),
        "moved_points": receipt.points,
        "moved_money": receipt.money,
        "wallet": wallet_fields(receipt.wallet),
    }


def wallet_fields(wallet: Balance) -> dict[str, Any]:
    """Return a wallet as it is shown."""
    return {"point_type": wallet.point_type, "available": wallet.available, "held": wallet.held}


def as_confirmed(order: Order) -> Priced:
    """Return the price of what was confirmed: what rules took off is kept as it was for all that was set aside."""
    price, off = order.price, sum(one.off for one in order.price.changes)
    whole = price.listed - off
    if price.worth is not None and 0 < price.points < whole:
        price = msgspec.structs.replace(price, listed=part_of(price.listed, Fraction(price.points, whole)))
    if not off or price.listed - off == price.points:
        return price
    part, left, changes = Fraction(price.listed - price.points, off), off, []
    for one in price.changes:
        before, left = left, left - one.off
        changes.append(msgspec.structs.replace(one, off=part_of(before, part) - part_of(left, part)))
    return msgspec.structs.replace(price, changes=tuple(changes))


def changes_shown(price: Priced) -> list[dict[str, Any]]:
    """Return what rules took off as it is shown."""
    return [
        {"rule": one.rule, "percent": str(one.percent), "points": one.points, "off": one.off}
        for one in price.changes
    ]


def sentences_of(order: Order, kind: PointType, currency: str) -> list[str]:
    """Say in plain English why a redemption cost what it cost."""
    price, said = as_confirmed(order), []
    said.append(
        f"{order.quantity} × the reward come to {format_points(price.listed, kind.scale)} {kind.code}."
    )
    for one in price.changes:
        off = f"{one.percent.normalize():f} %" if one.percent else format_points(one.points, kind.scale)
        said.append(f"The rule “{one.rule}” takes off {off}: {format_points(one.off, kind.scale)}.")
    if price.worth is not None:
        said.append(f"At the reward's rate that is worth {format_money(price.worth, currency)} {currency}.")
    if order.money:
        said.append(f"{format_money(order.money, currency)} {currency} go with it.")
    if order.returned:
        percent = Decimal(order.returned.numerator * 100) / Decimal(order.returned.denominator)
        money = format_money(order.money_back, currency)
        back = f"{format_points(order.points_back, kind.scale)} {kind.code} and {money} {currency}"
        said.append(f"{percent.quantize(Decimal('0.01'))} % came back: {back}.")
    return said
