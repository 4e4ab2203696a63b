"""Terms of partners and funding agreements as frozen values. Nothing here reads a database or a clock.

Money in documents is written in major units as text ("0.01"), points in smallest units; percentages are of 100.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Literal

import msgspec

Direction = Literal["issue", "burn", "honour"]
Mode = Literal["prepaid", "postpaid"]
Basis = Literal["issue", "redemption"]
CapPeriod = Literal["day", "week", "month", "quarter", "year", "lifetime"]
StatementPeriod = Literal["day", "week", "month", "quarter", "year"]


class Rate(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The price of points of one type for a while.

    `direction`: issue = the partner pays for points it funds, burn = it is paid for points spent at it, honour = it
    pays for points of its own that others took. `per_point` in major units of money a whole point, or `percent` of
    the point type's own value. `since` is the first day, `until` the first day after.
    """

    point_type: str
    direction: Direction
    per_point: Decimal | None = None
    percent: Decimal | None = None
    since: date | None = None
    until: date | None = None


class Fee(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a statement costs beside points: exactly one of a flat `amount`, an amount `per_line`, `percent` of what is
    billed for issued points, or `percent_of_sales`: of what members bought at the partner, less what came back.
    Amounts in major units.
    """

    code: str
    amount: Decimal | None = None
    per_line: Decimal | None = None
    percent: Decimal | None = None
    percent_of_sales: Decimal | None = None


class Acceptance(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Points of another partner that this one takes, each for `rate` of what it is paid for them (1 = fully)."""

    point_type: str
    rate: Decimal = Decimal(1)


class Bank(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A bank account: who holds it, IBAN, and the bank's BIC where it is needed."""

    holder: str
    iban: str
    bic: str = ""


class Tolerance(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """How far a partner's own figures may be off and still match: points, money in major units, days."""

    points: int = 0
    amount: Decimal = Decimal("0.00")
    days: int = 1


class Terms(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Everything a partner and the program agreed on in money."""

    period: StatementPeriod = "month"
    due_days: int = 30
    rates: tuple[Rate, ...] = ()
    fees: tuple[Fee, ...] = ()
    accepts: tuple[Acceptance, ...] = ()
    tolerance: Tolerance = Tolerance()
    bank: Bank | None = None


class Books(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The names of accounts in the program's own bookkeeping, for the export of entries.

    What statements clear, the journals of months have accrued: those accounts are named where journals are.
    """

    receivable: str = "1200 Receivable from partners"
    payable: str = "2100 Payable to partners"
    netting: str = "1300 Netting"
    adjustments: str = "4900 Settlement adjustments"
    bank: str = "1000 Bank"


class Treasury(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The program's own side of settlement."""

    bank: Bank | None = None
    books: Books = Books()


class Cap(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The most (smallest units) that an account funds in a calendar period of the program."""

    points: int
    period: CapPeriod


class Agreement(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Who pays for the points of one type that an account of a rule's funding gives.

    `account` is partner:<code> or campaign:<code>; `payer` the partner that pays (its own code where left out).
    Prepaid draws on the block that was bought, down to `reserve`; postpaid is billed on `basis`: when points are
    issued, or when they are redeemed. Beyond caps, block and validity `fallback` funds. `reorder_at`: points left in
    the block at which it is to be bought again.
    """

    code: str
    account: str
    point_type: str
    payer: str = ""
    mode: Mode = "postpaid"
    basis: Basis = "issue"
    caps: tuple[Cap, ...] = ()
    fallback: str = "house"
    reserve: int = 0
    reorder_at: int | None = None
    valid_from: date | None = None
    valid_until: date | None = None


class LiveAgreement(msgspec.Struct, frozen=True):
    """An agreement as awards need it: with its ids, what was bought of its block so far, and whether it has ended."""

    id: int
    agreement: Agreement
    point_type_id: int
    payer_id: int
    bought: int
    archived: bool = False


class BlockEntry(msgspec.Struct, frozen=True):
    """Points bought ahead, or given back unused (negative); `price_minor` in minor units with the same sign."""

    id: int
    points: int
    price_minor: int
    reference: str
    made_by: str
    made_at: datetime


class SourceTemplate(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A source that a connected shop gets: how it sends, and whether unknown customers become members."""

    platform: Literal["segment", "plain", "woocommerce", "shopify"] = "plain"
    enrol: bool = True
    client_side: bool = False
    rate_per_second: int = 100


class Template(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a new partner gets: roles, its store's channel, its source, terms, and agreements for its own account.

    In agreements `account` is left to the partner; `code` gets the partner's code in front.
    """

    roles: tuple[str, ...] = ("earn",)
    channel: str = "partner"
    region: str = ""
    source: SourceTemplate = SourceTemplate()
    terms: Terms = Terms()
    agreements: tuple[TemplateAgreement, ...] = ()


class TemplateAgreement(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """An agreement for the new partner's own account."""

    point_type: str
    mode: Mode = "postpaid"
    basis: Basis = "issue"
    caps: tuple[Cap, ...] = ()
    fallback: str = "house"
    reserve: int = 0
    reorder_at: int | None = None
