"""Journals by IFRS 15 / ASC 606: points are a promise that part of the price was paid for. Pure and exact.

* Award: of the price of the sales of a period, the points take their part by standalone selling prices (IFRS 15.74-80),
  each point at price × (1 − breakage) because some will never be asked for (B42): sales revenue → deferred revenue.
* Redemption: deferred revenue → points revenue, in proportion to the points redeemed; and breakage in proportion to the
  pattern of what members redeem (B46): the share b of points that are not expected to be redeemed is released with the
  others, b ÷ (1 − b) of each release.
* What is left when no points are left, and what exceeds their full price, is released as breakage.
* Money on gift cards was paid for at its face: all of it is deferred, whatever else was sold.
* Points that a partner funds were sold to it: what it pays is accrued as it arises (`dues.py`), and their price is
  deferred out of it; redeemed: liability → points revenue; ended: liability → the partner's breakage. Where it pays
  when they are redeemed, the liability has a claim beside it, which ends with them.

Minor units; each amount is rounded half to even where it arises, and the pool carries what is left, so nothing is lost.
"""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal
from typing import Final

import msgspec

from regulars.core.ledger import TransferKind
from regulars.features.accounting import Accounts

# Movements of a pool of points by what they are to finance; the rest (sent, merged) leaves one member for another.
MEASURE_OF: Final[dict[int, str]] = {
    TransferKind.EARN: "issued",
    TransferKind.OPENING: "opening",
    TransferKind.SPEND: "redeemed",
    TransferKind.CAPTURE: "redeemed",
    TransferKind.SPEND_CANCELLED: "redeemed",
    TransferKind.EXPIRE: "expired",
    TransferKind.REVERSE: "reversed",
    TransferKind.DEBT_REPAID: "reversed",
    TransferKind.DEDUCT: "deducted",
    TransferKind.ADJUST: "adjusted",
}
MEASURES: Final = ("opening", "issued", "adjusted", "other", "reversed", "deducted", "redeemed", "expired")

# What stands against the liability for points that partners fund, by what moved them.
_SIDES_OF_PARTNERS: Final = {
    "price changed": "partner_revenue",
    "opening": "opening_equity",
    "issued": "partner_revenue",
    "adjusted": "marketing_expense",
    "other": "marketing_expense",
    "reversed": "partner_revenue",
    "deducted": "partner_breakage",
    "redeemed": "points_revenue",
    "expired": "partner_breakage",
}


class Entry(msgspec.Struct, frozen=True):
    """One line of a journal: an account is debited or credited, never both, in minor units."""

    account: str
    code: str
    debit: int
    credit: int
    point_type: str
    funding: str
    text: str


class Pool(msgspec.Struct, frozen=True):
    """Points of one type and payer, and the minor units that are deferred for them."""

    points: int = 0
    deferred: int = 0


class Terms(msgspec.Struct, frozen=True):
    """How a pool is valued: price in minor units of the smallest unit of its points, share never redeemed.

    `agreed`: a partner agreed to pay for it although the account is not its own (a joint promotion's).
    `on_redemption`: it pays when they are redeemed. `face`: money on gift cards, which was paid for.
    """

    point_type: str
    funding: str
    unit_price: Decimal
    breakage: Decimal
    accounts: Accounts
    agreed: bool = False
    on_redemption: bool = False
    face: bool = False

    @property
    def net(self) -> Decimal:
        """What is deferred for the smallest unit that was not part of a sale, in minor units."""
        return self.unit_price if self.face else self.unit_price * (1 - self.breakage)

    @property
    def of_partner(self) -> bool:
        """Whether a partner paid for the points."""
        return self.agreed or self.funding.startswith("partner:")


def rounded(amount: Decimal) -> int:
    """Return whole minor units; a half goes to the even neighbour."""
    return int(amount.quantize(Decimal(1), ROUND_HALF_EVEN))


def allocated(revenue: int, fulls: list[Decimal]) -> list[int]:
    """Split the price of sales between the goods and points of several types by standalone selling prices.

    `fulls` = the standalone selling prices of the points; return what the points of each type take of `revenue`.
    """
    whole = sum(fulls, Decimal(max(revenue, 0)))
    return [rounded(max(revenue, 0) * full / whole) if whole else 0 for full in fulls]


def pair(accounts: Accounts, debit: str, credit: str, amount: int, of: tuple[str, str, str]) -> list[Entry]:
    """Return two lines that balance; a negative amount swaps their sides. `of` = point type, funding, text."""
    if amount < 0:
        debit, credit, amount = credit, debit, -amount
    if not amount:
        return []
    return [
        Entry(name, getattr(accounts, name), due, amount - due, *of)
        for name, due in ((debit, amount), (credit, 0))
    ]


class Journal:
    """The entries of one pool in one period, as they are made. `movements`: signed points, + comes, − leaves."""

    def __init__(self, terms: Terms, pool: Pool) -> None:
        """Begin with what the period before left."""
        self.terms = terms
        self.points, self.deferred = pool.points, pool.deferred
        self.entries: list[Entry] = []

    @property
    def pool(self) -> Pool:
        """What is left."""
        return Pool(self.points, self.deferred)

    def move(self, debit: str, credit: str, amount: int, text: str) -> None:
        """Note two lines that balance; a negative amount swaps their sides."""
        of = (self.terms.point_type, self.terms.funding, text)
        self.entries += pair(self.terms.accounts, debit, credit, amount, of)

    def come(self, points: int, amount: int, debit: str, text: str) -> None:
        """Points come: their price is deferred."""
        self.move(debit, "deferred_revenue", amount, text)
        self.points += points
        self.deferred += amount

    def leave(self, points: int, credit: str, text: str) -> int:
        """Points leave with their part of what is deferred; return that part."""
        part = rounded(Decimal(self.deferred) * points / self.points) if self.points else 0
        part = min(part, self.deferred)
        self.move("deferred_revenue", credit, part, text)
        self.points -= points
        self.deferred -= part
        return part

    def release(self, amount: int, text: str) -> None:
        """What will not be asked for any more is revenue."""
        self.move("deferred_revenue", "breakage_revenue", amount, text)
        self.deferred -= amount


def house_journal(terms: Terms, pool: Pool, movements: dict[str, int], award: int) -> Journal:
    """Return the entries of points that the program itself pays for. `award` = what of the sales' price they take."""
    journal = Journal(terms, pool)
    net = terms.net
    journal.come(
        movements.get("opening", 0), rounded(net * movements.get("opening", 0)), "opening_equity", "opening"
    )
    journal.come(movements.get("issued", 0), award, "sales_revenue", "awarded")
    for name in ("adjusted", "other"):
        points = movements.get(name, 0)
        if points > 0:
            journal.come(points, rounded(net * points), "marketing_expense", name)
        elif points < 0:
            journal.leave(-points, "sales_revenue" if terms.face else "marketing_expense", name)
    journal.leave(-movements.get("reversed", 0), "sales_revenue", "taken back")
    journal.leave(-movements.get("deducted", 0), "points_revenue", "deducted")
    redeemed = -movements.get("redeemed", 0)
    released = journal.leave(redeemed, "points_revenue", "redeemed")
    share = terms.breakage / (1 - terms.breakage)
    journal.release(min(rounded(released * share), journal.deferred), "breakage in proportion")
    journal.points += movements.get("expired", 0)
    most = rounded(terms.unit_price * max(journal.points, 0))
    if journal.deferred > most:
        journal.release(journal.deferred - most, "points ended")
    return journal


def partner_journal(terms: Terms, pool: Pool, movements: dict[str, int]) -> Journal:
    """Return the entries of points that a partner pays for: the liability is always at their full price."""
    journal = Journal(terms, pool)
    for name in ("price changed", *MEASURES):
        journal.points += movements.get(name, 0)
        amount = rounded(terms.unit_price * journal.points) - journal.deferred
        side = _SIDES_OF_PARTNERS[name]
        if terms.on_redemption and name != "redeemed":
            side = "partner_reimbursable"
        journal.move(side, "partner_liability", amount, name)
        if terms.on_redemption and name == "redeemed":
            journal.move("partner_reimbursable", "partner_revenue", amount, name)
        journal.deferred += amount
    return journal


def balanced(entries: list[Entry]) -> bool:
    """Return whether debits and credits are equal."""
    return sum(entry.debit for entry in entries) == sum(entry.credit for entry in entries)
