"""What the books say about themselves, as values."""

from __future__ import annotations

from decimal import Decimal

import msgspec


class BadRow(msgspec.Struct, frozen=True):
    """The first row found wrong: whose, which, and what is wrong with it."""

    member_id: int
    id: int
    detail: str


class Check(msgspec.Struct, frozen=True):
    """One thing that must hold: its name, the sentence, how many rows break it, and the first of them."""

    name: str
    says: str
    bad: int
    first: BadRow | None


class Verification(msgspec.Struct, frozen=True):
    """What a verification found. `transfers` = how many there are in what was verified."""

    healthy: bool
    transfers: int
    checks: list[Check]


class AccountBalance(msgspec.Struct, frozen=True):
    """One account of a point type: `owner` is the partner's or campaign's code where it has one."""

    kind: str
    owner: str
    debited: int
    credited: int

    @property
    def balance(self) -> int:
        """What was credited less what was debited."""
        return self.credited - self.debited


class TrialBalance(msgspec.Struct, frozen=True):
    """All accounts of one point type; `total` is 0 when the books are right."""

    point_type: str
    scale: int
    accounts: list[AccountBalance]
    total: int


class FundedLiability(msgspec.Struct, frozen=True):
    """What members have of points that one side funded."""

    funding: str
    available: int
    pending: int


class Liability(msgspec.Struct, frozen=True):
    """What all members together have of one point type.

    `worth_minor` of everything less what is owed, in minor units.
    """

    point_type: str
    scale: int
    available: int
    pending: int
    held: int
    debt: int
    wallets: int
    worth_minor: Decimal | None
    by_funding: list[FundedLiability]
