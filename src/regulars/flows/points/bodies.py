"""What the routes of points take and give back.

Points are whole numbers of the point type's smallest unit.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, Field

from regulars.flows.points.holds import HOLD_DEFAULT, HOLD_MAX
from regulars.flows.points.model import (
    REASON_LETTERS_MAX,
    REFERENCE_LETTERS_MAX,
    Balance,
    HoldReceipt,
    HoldView,
    LotView,
    Movement,
    Receipt,
    ReleaseReceipt,
    TransferReceipt,
)
from regulars.infra.web import Instant, StrictModel
from regulars.kit.ids import encode
from regulars.kit.points import POINTS_MAX


def _whole(value: Any) -> Any:
    """Let whole numbers and texts of digits pass.

    A JSON number with a point is refused even where it is whole.
    """
    digits = isinstance(value, str) and value.isascii() and value.isdigit()
    if not digits and (isinstance(value, bool) or not isinstance(value, int)):
        raise ValueError("Write a whole number of smallest units.")
    return value


Amount = Annotated[
    int,
    BeforeValidator(_whole),
    Field(ge=1, le=POINTS_MAX, description="Smallest units of the point type", examples=[500]),
]
PointTypeCode = Annotated[
    str | None,
    Field(max_length=63, description="Code of the point type; the first redeemable one when left out"),
]
Reason = Annotated[str, Field(min_length=1, max_length=REASON_LETTERS_MAX, description="Why; people read it")]
MaybeReason = Annotated[str, Field(max_length=REASON_LETTERS_MAX)]
Reference = Annotated[
    str, Field(max_length=REFERENCE_LETTERS_MAX, description="Your order, case or receipt; nothing personal")
]

HoldSeconds = Annotated[
    int, Field(ge=1, le=int(HOLD_MAX.total_seconds()), description="Seconds until they return by themselves")
]


class AdjustmentBody(StrictModel):
    """Points given or taken by hand."""

    direction: Literal["credit", "debit"]
    points: Amount
    reason: Reason
    point_type: PointTypeCode = None
    expires_at: Annotated[
        Instant | None, Field(description="When points given end; the policy's date when left out")
    ] = None
    reference: Reference = ""


class TillBody(StrictModel):
    """Where points are spent, when it is at a partner's."""

    partner: Annotated[str, Field(max_length=63, description="At which partner; it is paid for them")] = ""
    store: Annotated[str, Field(max_length=63, description="In which of its stores")] = ""
    order: Annotated[str, Field(max_length=120, description="The till's order number; nothing personal")] = ""


class SpendBody(TillBody):
    """Points spent at once."""

    points: Amount
    point_type: PointTypeCode = None
    reference: Reference = ""
    reason: MaybeReason = ""


class CancelBody(StrictModel):
    """A spend given back, whole when `points` is left out."""

    reason: Reason
    points: Amount | None = None


class TransferBody(StrictModel):
    """Points to another member."""

    to: Annotated[str, Field(max_length=400, description="mem_…, or kind:value of the receiver")]
    points: Amount
    point_type: PointTypeCode = None
    reason: MaybeReason = ""


class HoldBody(TillBody):
    """Points to set aside."""

    points: Amount
    point_type: PointTypeCode = None
    expires_in_s: HoldSeconds = int(HOLD_DEFAULT.total_seconds())
    reference: Reference = ""


class CaptureBody(TillBody):
    """A hold spent for good; whole when `points` is left out, else the rest returns."""

    points: Amount | None = None
    reason: MaybeReason = ""


class VoidBody(StrictModel):
    """A hold let go; there is nothing to say."""


class ReleaseBody(StrictModel):
    """Pending points made available: one lot, or all of a point type."""

    reason: Reason
    lot: Annotated[str | None, Field(max_length=40, description="lot_…")] = None
    point_type: PointTypeCode = None


class BalanceAnswer(BaseModel):
    """One wallet; `debt` is what is owed because points were taken back that had been spent."""

    point_type: str
    available: int
    pending: int
    held: int
    debt: int


class ReceiptAnswer(BaseModel):
    """An operation that was posted; `points` is negative when they were taken."""

    transfer: Annotated[str, Field(examples=["trf_0000000000021"])]
    points: int
    wallet: BalanceAnswer


class TransferAnswer(BaseModel):
    """Points that went to another member: the sender's transfer, and the receiver's, one per lot."""

    transfer: str
    received: list[str]
    points: int
    wallet: BalanceAnswer


class HoldAnswer(BaseModel):
    """A hold after an operation on it."""

    hold: Annotated[str, Field(examples=["hld_0000000000021"])]
    status: Literal["open", "captured", "voided", "expired", "moved"]
    points: int
    captured: int
    expires_at: datetime
    transfer: str | None
    wallet: BalanceAnswer


class ReleaseAnswer(BaseModel):
    """The lots that became available, and how much they held together."""

    lots: list[str]
    points: int
    wallet: BalanceAnswer


class ExpiringAnswer(BaseModel):
    """Points that end at one instant."""

    expires_at: datetime
    points: int


class WalletAnswer(BalanceAnswer):
    """A wallet with what ends when.

    `idle_ends_at` = when all of it ends if nothing is earned or spent until then.
    """

    name: str
    scale: Annotated[int, Field(description="Decimals of the smallest unit")]
    expiring: list[ExpiringAnswer]
    idle_ends_at: datetime | None
    worth_minor: Annotated[str | None, Field(description="What is available is worth, in minor units")]


class WalletsAnswer(BaseModel):
    """All wallets of a member."""

    member: str
    wallets: list[WalletAnswer]


class PastBalancesAnswer(BaseModel):
    """What the wallets held at a past instant, by the ledger's time (posted) or the world's (occurred)."""

    member: str
    at: datetime
    by: Literal["posted", "occurred"]
    wallets: list[BalanceAnswer]


class StatementLine(BaseModel):
    """One wallet over a stretch of time; `moved` = points by kind of movement."""

    point_type: str
    start: BalanceAnswer
    moved: dict[str, int]
    end: BalanceAnswer


class StatementAnswer(BaseModel):
    """What a member's wallets held at the start, what moved, and what they held at the end."""

    member: str
    start: datetime
    end: datetime
    by: Literal["posted", "occurred"]
    wallets: list[StatementLine]


class MovementAnswer(BaseModel):
    """One transfer with what it did to each side of the wallet, and why."""

    id: str
    member: str
    kind: str
    point_type: str
    points: int
    available: int
    pending: int
    held: int
    debt: int
    occurred_at: datetime
    posted_at: datetime
    event: str | None
    reverses: Annotated[str | None, Field(description="The transfer this one undoes or completes")]
    ruleset_version: int | None
    detail: dict[str, Any]


class LotAnswer(BaseModel):
    """Points with one origin and one end.

    `active_at` null = pending until an event or a person releases them.
    """

    id: str
    point_type: str
    points: int
    remaining: int
    pending: bool
    funding: str
    earned_at: datetime
    active_at: datetime | None
    expires_at: datetime | None


class HoldRow(BaseModel):
    """A hold as it is now."""

    id: str
    point_type: str
    points: int
    captured: int
    status: str
    reference: str
    created_at: datetime
    expires_at: Annotated[
        datetime | None,
        Field(description="null: no time ends it; points of an offline token, until it is settled"),
    ]
    closed_at: datetime | None


class ExpiringDayAnswer(BaseModel):
    """What ends with the beginning of a local day, over all members."""

    day: Annotated[str, Field(examples=["2026-04-01"])]
    point_type: str
    points: int
    members: int


class ExpiringDaysAnswer(BaseModel):
    """What ends in the coming days."""

    data: list[ExpiringDayAnswer]


def balance_answer(balance: Balance) -> BalanceAnswer:
    """Return a wallet as it is shown."""
    return BalanceAnswer(
        point_type=balance.point_type,
        available=balance.available,
        pending=balance.pending,
        held=balance.held,
        debt=balance.debt,
    )


def receipt_answer(receipt: Receipt) -> ReceiptAnswer:
    """Return a receipt as it is shown."""
    return ReceiptAnswer(
        transfer=encode("trf", receipt.transfer), points=receipt.points, wallet=balance_answer(receipt.wallet)
    )


def transfer_answer(receipt: TransferReceipt) -> TransferAnswer:
    """Return a transfer between members as it is shown."""
    return TransferAnswer(
        transfer=encode("trf", receipt.transfer),
        received=[encode("trf", number) for number in receipt.received],
        points=receipt.points,
        wallet=balance_answer(receipt.wallet),
    )


def hold_answer(receipt: HoldReceipt) -> HoldAnswer:
    """Return what became of a hold as it is shown."""
    return HoldAnswer.model_validate(
        {
            "hold": encode("hld", receipt.hold),
            "status": receipt.status,
            "points": receipt.points,
            "captured": receipt.captured,
            "expires_at": receipt.expires_at,
            "transfer": None if receipt.transfer is None else encode("trf", receipt.transfer),
            "wallet": balance_answer(receipt.wallet),
        }
    )


def release_answer(receipt: ReleaseReceipt) -> ReleaseAnswer:
    """Return what was released as it is shown."""
    return ReleaseAnswer(
        lots=[encode("lot", number) for number in receipt.lots],
        points=receipt.points,
        wallet=balance_answer(receipt.wallet),
    )


def movement_answer(movement: Movement) -> MovementAnswer:
    """Return a transfer as it is shown; ids inside its detail get their public form."""
    detail = dict(movement.detail)
    for name in ("to", "sender"):
        if isinstance(detail.get(name), int):
            detail[name] = encode("mem", detail[name])  # type: ignore[arg-type]
    return MovementAnswer(
        id=encode("trf", movement.id),
        member=encode("mem", movement.member_id),
        kind=movement.kind,
        point_type=movement.point_type,
        points=movement.points,
        available=movement.available,
        pending=movement.pending,
        held=movement.held,
        debt=movement.debt,
        occurred_at=movement.occurred_at,
        posted_at=movement.posted_at,
        event=None if movement.event is None else encode("evt", movement.event),
        reverses=None if movement.reverses is None else encode("trf", movement.reverses),
        ruleset_version=movement.ruleset_version,
        detail=detail,
    )


def lot_answer(lot: LotView) -> LotAnswer:
    """Return a lot as it is shown."""
    return LotAnswer(
        id=encode("lot", lot.id),
        point_type=lot.point_type,
        points=lot.points,
        remaining=lot.remaining,
        pending=lot.pending,
        funding=lot.funding,
        earned_at=lot.earned_at,
        active_at=lot.active_at,
        expires_at=lot.expires_at,
    )


def hold_row(hold: HoldView) -> HoldRow:
    """Return a hold as it is listed."""
    return HoldRow(
        id=encode("hld", hold.id),
        point_type=hold.point_type,
        points=hold.points,
        captured=hold.captured,
        status=hold.status,
        reference=hold.reference,
        created_at=hold.created_at,
        expires_at=hold.expires_at,
        closed_at=hold.closed_at,
    )
