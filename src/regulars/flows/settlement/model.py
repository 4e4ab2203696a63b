"""Statements, disputes and payments as values. Money in minor units; positive = the partner owes the program."""

from __future__ import annotations

from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any, Final

import msgspec

# Kinds of lines whose money comes from points spent at the partner.
BURN_KINDS: Final = ("burned", "unburned")
ISSUE_KINDS: Final = ("issued", "reversed", "redeemed", "unredeemed")


class Section(msgspec.Struct, frozen=True):
    """The lines of one kind and point type on a statement. `amount` is rounded once, half to even."""

    kind: str
    point_type: str
    lines: int
    points: int
    amount: int
    exact: Decimal


class Entry(msgspec.Struct, frozen=True):
    """Something beside points: a fee, a block bought ahead, an adjustment."""

    kind: str
    code: str
    amount: int
    text: str


class Statement(msgspec.Struct, frozen=True):
    """A partner's account for a period, as it is now. `end_day` is the first day after."""

    id: int
    partner: str
    first_day: date
    end_day: date
    status: str
    version: int
    total: int
    netting_id: int | None
    drawn_up_at: datetime
    issued_at: datetime | None
    agreed_at: datetime | None
    settled_at: datetime | None
    due_on: date | None


class Account(msgspec.Struct, frozen=True):
    """A statement with what it consists of."""

    statement: Statement
    sections: list[Section]
    entries: list[Entry]

    @property
    def total(self) -> int:
        """Everything added up."""
        return sum(one.amount for one in self.sections) + sum(one.amount for one in self.entries)


class Line(msgspec.Struct, frozen=True):
    """One share of one transfer; `amount` exact, in minor units."""

    member_id: int
    transfer_id: int
    share: int
    kind: str
    point_type: str
    points: int
    amount: Decimal
    occurred_at: datetime
    posted_at: datetime
    order_id: str
    store: str


class IssuedVersion(msgspec.Struct, frozen=True):
    """A statement as it was issued."""

    version: int
    document: dict[str, Any]
    digest: str
    issued_by: str
    issued_at: datetime


class Dispute(msgspec.Struct, frozen=True):
    """What both sides see differently."""

    id: int
    statement_id: int
    partner: str
    kind: str
    reference: str
    side: str
    ours: dict[str, Any]
    theirs: dict[str, Any]
    status: str
    adjustment: int | None
    opened_at: datetime
    closed_at: datetime | None


class DisputeNote(msgspec.Struct, frozen=True):
    """What one side wrote; `side` is program or partner."""

    side: str
    written_by: str
    text: str
    written_at: datetime


class Upload(msgspec.Struct, frozen=True):
    """A partner's own file about a statement, and how it matched."""

    id: int
    rows: int
    matched: int
    exceptions: int
    made_by: str
    made_at: datetime


class Payment(msgspec.Struct, frozen=True):
    """Who pays whom; an empty code is the program itself."""

    number: int
    payer: str
    payee: str
    amount: int


class Netting(msgspec.Struct, frozen=True):
    """Statements settled together."""

    id: int
    currency: str
    due_on: date
    made_by: str
    created_at: datetime
    paid_at: datetime | None


def rounded(amount: Decimal) -> int:
    """Return an exact amount as whole minor units, a half to the even neighbour."""
    return int(amount.quantize(Decimal(1), ROUND_HALF_EVEN))
