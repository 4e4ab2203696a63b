"""What waits for another person, as values."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any, Final

import msgspec

PUBLISH: Final = "publish_rules"
ADJUST: Final = "adjust_points"
REOPEN: Final = "reopen_period"
STATUSES: Final = ("waiting", "approved", "rejected", "withdrawn", "void", "expired")
DAYS_DEFAULT: Final = 7
TEXT_LETTERS_MAX: Final = 1_000


class Policy(msgspec.Struct, frozen=True):
    """What needs a second person in a program.

    `publishing`: every version of the rules. `budget_points_over`, `budget_money_over` (major units): a version with a
    new or changed budget of a rule or campaign over that. `adjustment_over`: points of a type given or taken by hand
    over that, in smallest units of the first redeemable type. None = never. `days`: how long something waits.
    """

    publishing: bool = False
    budget_points_over: Decimal | None = None
    budget_money_over: Decimal | None = None
    adjustment_over: int | None = None
    days: int = DAYS_DEFAULT

    @property
    def asks(self) -> bool:
        """Whether anything needs a second person."""
        limits = (self.budget_points_over, self.budget_money_over, self.adjustment_over)
        return self.publishing or any(limit is not None for limit in limits)


class Approval(msgspec.Struct, frozen=True):
    """Something that waits, or waited, for another person; `digest` names exactly what is to be done."""

    id: int
    program_id: int
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


_encoder = msgspec.json.Encoder(order="sorted")


def encode_payload(payload: dict[str, Any]) -> str:
    """Return what is to be done as JSON with sorted names."""
    return _encoder.encode(payload).decode()


def digest_of(program_id: int, kind: str, payload: dict[str, Any]) -> bytes:
    """Return the SHA-256 of exactly what is to be done, and where."""
    return sha256(f"{program_id}\n{kind}\n{encode_payload(payload)}".encode()).digest()
