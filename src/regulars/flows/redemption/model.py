"""Redemptions as values: what is asked for, what it costs and why, what it holds, and what became of it. Pure."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from fractions import Fraction
from typing import Any, Final

import msgspec

from regulars.core.ledger import micros
from regulars.features.rewards import Piece, Priced, part_of
from regulars.kit.errors import Rejected

QUANTITY_MAX: Final = 100_000
REFERENCE_MAX: Final = 200
REASON_MAX: Final = 500

REWARD_REDEEMED: Final = "Reward Redeemed"
REWARD_CANCELLED: Final = "Reward Cancelled"


class Status(StrEnum):
    """Where a redemption stands. `reserved` until it is confirmed or its time is over."""

    RESERVED = "reserved"
    CONFIRMED = "confirmed"
    ORDERED = "ordered"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"
    RETURNED = "returned"
    EXPIRED = "expired"


# The way of something that is sent; steps may be left out, none is taken back.
STEPS: Final = (Status.CONFIRMED, Status.ORDERED, Status.SHIPPED, Status.DELIVERED)
CLOSED: Final = (Status.CANCELLED, Status.RETURNED, Status.EXPIRED)


class Ask(msgspec.Struct, frozen=True):
    """A reward that somebody wants: `points` where the member chooses how many, `at_once` without a reservation."""

    member_id: int
    reward: str
    quantity: int = 1
    points: int | None = None
    store: str = ""
    reference: str = ""
    hold_s: int | None = None
    at_once: bool = False
    actor: str = ""


class Capture(msgspec.Struct, frozen=True):
    """A reservation to be confirmed: whole, or fewer pieces, or (where the member chose them) fewer points."""

    order_id: int
    quantity: int | None = None
    points: int | None = None
    actor: str = ""


class Claims(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a redemption holds beside points: pieces of pools, and its place in limits (reward, period, pieces).

    `gone`: pieces that came back and nobody can take again.
    """

    pieces: tuple[Piece, ...] = ()
    used: tuple[tuple[int, str, int], ...] = ()
    gone: tuple[Piece, ...] = ()


class Order(msgspec.Struct, frozen=True):
    """A redemption as it is stored."""

    member_id: int
    id: int
    program_id: int
    reward_id: int
    reward_version: int
    status: str
    quantity: int
    point_type_id: int
    points: int
    money: int
    points_back: int
    money_back: int
    returned: Fraction
    payer_id: int
    hold_id: int | None
    spend_id: int | None
    store: str
    reference: str
    actor: str
    price: Priced
    claims: Claims
    issued: tuple[dict[str, Any], ...]
    delivery: dict[str, Any]
    created_at: datetime
    expires_at: datetime
    confirmed_at: datetime | None
    closed_at: datetime | None

    def standing(self, now: datetime) -> str:
        """Return the status as it is at an instant, also where nobody has noted yet that time is over."""
        overdue = self.status == Status.RESERVED and self.expires_at <= now
        return Status.EXPIRED.value if overdue else self.status


class Balance(msgspec.Struct, frozen=True):
    """What a wallet holds of one kind of points, afterwards."""

    point_type: str
    available: int
    held: int


class Receipt(msgspec.Struct, frozen=True):
    """A redemption after something was done with it; `points` and `money` = what this moved.

    `wallet` is that of `owner_id`, with the points that were asked for. `heard` = how many events of its counter rules
    are told of up to this one, itself included.
    """

    order: Order
    wallet: Balance
    points: int
    money: int
    owner_id: int
    heard: int


Result = Receipt | Rejected


def split_claims(claims: Claims, back: Fraction) -> tuple[Claims, Claims]:
    """Return what stays and what goes back when a part of a redemption is given up; whole pieces only."""
    stay, gone = [], []
    groups: dict[tuple[int, str], list[Piece]] = {}
    for piece in claims.pieces:
        groups.setdefault((piece.reward_id, piece.key), []).append(piece)
    for pieces in groups.values():
        left = part_of(sum(one.pieces for one in pieces), back)
        for one in reversed(pieces):
            some = min(left, one.pieces)
            left -= some
            if some:
                gone.append(msgspec.structs.replace(one, pieces=some))
            if one.pieces > some:
                stay.append(msgspec.structs.replace(one, pieces=one.pieces - some))
    kept, freed = [], []
    for reward_id, period, places in claims.used:
        some = part_of(places, back)
        if some:
            freed.append((reward_id, period, some))
        if places > some:
            kept.append((reward_id, period, places - some))
    return Claims(tuple(stay), tuple(kept), claims.gone), Claims(tuple(gone), tuple(freed))


def at(instant: datetime) -> int:
    """Return an instant as the ledger counts: microseconds since 1970."""
    return micros(instant)
