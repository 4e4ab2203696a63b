"""Operations on points as values: what came of them, and how a wallet stands."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Final

import msgspec

# A transfer's reason and reference are read by people; longer texts belong into the case they refer to.
REASON_LETTERS_MAX: Final = 500
REFERENCE_LETTERS_MAX: Final = 200


class Detail(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a transfer says beside its amount, as JSON.

    What people wrote (reason, reference) is kept apart, in a note.
    """

    reason: str = ""
    actor: str = ""
    reference: str = ""
    to: int | None = None
    sender: int | None = None
    merge: int | None = None
    partner: str = ""
    store: str = ""
    order: str = ""


_encoder = msgspec.json.Encoder()


def encode_detail(detail: Detail) -> str | None:
    """Return a detail as it is stored with the transfer, None when there is nothing to say: without texts."""
    bare = msgspec.structs.replace(detail, reason="", reference="")
    return None if bare == Detail() else _encoder.encode(bare).decode()


def encode_note(detail: Detail) -> str | None:
    """Return the whole detail as it is stored beside the transfer, None when nobody wrote anything."""
    return _encoder.encode(detail).decode() if detail.reason or detail.reference else None


class Balance(msgspec.Struct, frozen=True):
    """One wallet: the four sides of what a member has of a point type, in smallest units."""

    point_type: str
    available: int
    pending: int
    held: int
    debt: int


class Receipt(msgspec.Struct, frozen=True):
    """An operation that was posted: its transfer, how many points it moved, and the wallet afterwards."""

    transfer: int
    points: int
    wallet: Balance


class HoldReceipt(msgspec.Struct, frozen=True):
    """A hold as it is after an operation on it.

    `transfer` is what the operation posted, None when nothing was.
    """

    hold: int
    status: str
    points: int
    captured: int
    expires_at: datetime | None
    transfer: int | None
    wallet: Balance


class ReleaseReceipt(msgspec.Struct, frozen=True):
    """Pending points that were released: the lots and how much they held together."""

    lots: list[int]
    points: int
    wallet: Balance


class TransferReceipt(msgspec.Struct, frozen=True):
    """Points that went from one member to another; `received` are the receiver's transfers, one per lot."""

    transfer: int
    received: list[int]
    points: int
    wallet: Balance


class Expiring(msgspec.Struct, frozen=True):
    """Points that end at one instant."""

    expires_at: datetime
    points: int


class Wallet(msgspec.Struct, frozen=True):
    """A wallet as it is shown: balances and what ends when.

    `idle_ends_at`: the end of all of it if nothing happens.
    """

    point_type: str
    name: str
    scale: int
    available: int
    pending: int
    held: int
    debt: int
    expiring: list[Expiring]
    idle_ends_at: datetime | None = None
    worth_minor: Decimal | None = None


class Movement(msgspec.Struct, frozen=True):
    """A transfer as its member sees it: `change` to what is available, pending, held and owed, and why."""

    id: int
    member_id: int
    kind: str
    point_type: str
    points: int
    available: int
    pending: int
    held: int
    debt: int
    occurred_at: datetime
    posted_at: datetime
    event: int | None
    reverses: int | None
    ruleset_version: int | None
    detail: dict[str, object]


class LotView(msgspec.Struct, frozen=True):
    """Points with one origin and one end, as they are now."""

    id: int
    point_type: str
    points: int
    remaining: int
    pending: bool
    funding: str
    earned_at: datetime
    active_at: datetime | None
    expires_at: datetime | None


class HoldView(msgspec.Struct, frozen=True):
    """A hold as it is now."""

    id: int
    point_type: str
    points: int
    captured: int
    status: str
    reference: str
    created_at: datetime
    expires_at: datetime | None
    closed_at: datetime | None


class Statement(msgspec.Struct, frozen=True):
    """A wallet over a stretch of time: what it held at the start, what moved, what it held at the end."""

    point_type: str
    start: Balance
    moved: dict[str, int]
    end: Balance
