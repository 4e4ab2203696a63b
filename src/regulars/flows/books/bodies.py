"""What the routes of the books give back."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel

from regulars.flows.books.model import Liability, TrialBalance, Verification
from regulars.kit.ids import encode


class BadRowAnswer(BaseModel):
    """The first row found wrong: whose (null: nobody's), its number, and what is wrong with it."""

    member: str | None
    id: int
    detail: str


class CheckAnswer(BaseModel):
    """One thing that must hold, how many rows break it, and the first of them."""

    name: str
    says: str
    bad: int
    first: BadRowAnswer | None


class VerificationAnswer(BaseModel):
    """What a verification of the books found."""

    healthy: bool
    transfers: int
    at: datetime
    checks: list[CheckAnswer]


class AccountAnswer(BaseModel):
    """One account; `balance` = credited − debited."""

    kind: str
    owner: str
    debited: int
    credited: int
    balance: int


class TrialBalanceLine(BaseModel):
    """All accounts of one point type; `total` is 0 when the books are right."""

    point_type: str
    scale: int
    accounts: list[AccountAnswer]
    total: int


class TrialBalanceAnswer(BaseModel):
    """The trial balance of a program at an instant of the ledger's time."""

    at: datetime
    data: list[TrialBalanceLine]


class FundedAnswer(BaseModel):
    """What members have of points that one side funded."""

    funding: str
    available: int
    pending: int


class LiabilityLine(BaseModel):
    """What all members together have of one point type."""

    point_type: str
    scale: int
    available: int
    pending: int
    held: int
    debt: int
    wallets: int
    worth_minor: str | None
    by_funding: list[FundedAnswer]


class LiabilityAnswer(BaseModel):
    """What a program owes its members, in points and (where points have a worth) in minor units."""

    at: datetime
    currency: str
    data: list[LiabilityLine]


def verification_answer(found: Verification, at: datetime) -> VerificationAnswer:
    """Return a verification as it is shown."""
    checks = []
    for check in found.checks:
        row = check.first
        member = encode("mem", row.member_id) if row is not None and row.member_id else None
        first = None if row is None else BadRowAnswer(member=member, id=row.id, detail=row.detail)
        checks.append(CheckAnswer(name=check.name, says=check.says, bad=check.bad, first=first))
    return VerificationAnswer(healthy=found.healthy, transfers=found.transfers, at=at, checks=checks)


def trial_balance_line(balance: TrialBalance) -> TrialBalanceLine:
    """Return a trial balance as it is shown."""
    accounts = [
        AccountAnswer(
            kind=one.kind, owner=one.owner, debited=one.debited, credited=one.credited, balance=one.balance
        )
        for one in balance.accounts
    ]
    return TrialBalanceLine(
        point_type=balance.point_type, scale=balance.scale, accounts=accounts, total=balance.total
    )


def liability_line(liability: Liability) -> LiabilityLine:
    """Return a liability as it is shown."""
    return LiabilityLine(
        point_type=liability.point_type,
        scale=liability.scale,
        available=liability.available,
        pending=liability.pending,
        held=liability.held,
        debt=liability.debt,
        wallets=liability.wallets,
        worth_minor=None if liability.worth_minor is None else f"{liability.worth_minor:f}",
        by_funding=[
            FundedAnswer(funding=one.funding, available=one.available, pending=one.pending)
            for one in liability.by_funding
        ],
    )
