"""What is between partners and the program for points and fees, as it arises: accrued, until a statement says it.

What settlement's lines come to is told by the application, from the beginning to a moment; a period's entries are what
has been added to it. So nothing is accrued twice, and what arose late, or was priced late, is in the next period.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from datetime import date, datetime
from typing import Final

import msgspec

from regulars.features.accounting import Accounts
from regulars.features.programs import ProgramConfig
from regulars.flows.finance.journals import Entry, pair
from regulars.infra.db import Transaction

_OF_POINTS: Final = ("partner_receivable", "partner_revenue")
# By kind: the account that a positive amount debits, and the one that it credits.
_SIDES: Final = {
    "burned": ("partner_payable", "points_honoured"),
    "unburned": ("partner_payable", "points_honoured"),
    "block": ("partner_receivable", "partner_prepaid"),
    "drawn": ("partner_prepaid", "partner_revenue"),
    "fee": ("partner_receivable", "partner_fees"),
}
_TEXTS: Final = {
    "issued": "due for points issued",
    "reversed": "due for points taken back",
    "redeemed": "due for points redeemed",
    "unredeemed": "due for redemptions undone",
    "honoured": "due for points honoured elsewhere",
    "unhonoured": "due for honoured points undone",
    "burned": "due to it for points spent",
    "unburned": "due to it for spends undone",
    "block": "block bought",
    "drawn": "awarded of blocks",
    "fee": "fees",
}


class Due(msgspec.Struct, frozen=True):
    """What a partner's lines of one kind and point type come to from the beginning; positive = it owes, minor units.

    Kinds are those of statements; `drawn` = the price of what was awarded out of blocks; a `fee` is of no point type.
    """

    partner: str
    point_type: str
    kind: str
    amount: int


class DueLine(msgspec.Struct, frozen=True):
    """A due at the beginning of a period and at its end."""

    partner: str
    point_type: str
    kind: str
    before: int
    after: int


SalesOf = Callable[[Transaction, int, date, date], Awaitable[int]]
"""The price of members' orders as bought, between two local days, in minor units."""

DuesAt = Callable[[Transaction, ProgramConfig, datetime, int], Awaitable[list[Due]]]
"""What happened before an instant and has ids below one, as far as statements were drawn up."""

DrawUp = Callable[[Transaction, ProgramConfig, datetime], Awaitable[None]]
"""Draw up statements, so that everything that was posted has its price."""


class Ports(msgspec.Struct, frozen=True):
    """What finance asks of slices that it does not know; plugged in by the application."""

    sales_of: SalesOf
    dues_at: DuesAt
    draw_up: DrawUp


def due_lines(before: Iterable[Due], after: Iterable[Due]) -> list[DueLine]:
    """Return what dues were and are, by partner, point type and kind."""
    sums: dict[tuple[str, str, str], list[int]] = {}
    for place, dues in enumerate((before, after)):
        for one in dues:
            sums.setdefault((one.partner, one.point_type, one.kind), [0, 0])[place] += one.amount
    return [DueLine(*key, *amounts) for key, amounts in sorted(sums.items())]


def at_the_end(lines: Iterable[DueLine]) -> list[Due]:
    """Return what dues are at the end of a period."""
    return [Due(one.partner, one.point_type, one.kind, one.after) for one in lines]


def due_entries(lines: Iterable[DueLine], accounts: Accounts) -> list[Entry]:
    """Return the entries of what a period added to dues; they balance."""
    return [
        entry
        for one in lines
        for entry in pair(
            accounts,
            *_SIDES.get(one.kind, _OF_POINTS),
            one.after - one.before,
            (one.point_type, f"partner:{one.partner}", _TEXTS[one.kind]),
        )
    ]
