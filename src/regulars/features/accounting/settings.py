"""How a program accounts for its points: account codes, prices, breakage. Everything has a sound default.

{"accounts": {"deferred_revenue": "2400", …},
 "point_types": {"points": {"price_minor": "0.5", "breakage": "0.12", "allocation": "relative"}}}
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Final

import msgspec

from regulars.features.accounting.errors import InvalidAccounting
from regulars.infra.db import Transaction, load_queries
from regulars.kit.errors import FieldError, PreconditionFailed

queries = load_queries(__package__)

CODE_CHARACTERS_MAX: Final = 40
ALLOCATIONS: Final = ("relative", "full")


class Accounts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Codes of the accounts in the general ledger that entries name."""

    deferred_revenue: str = "2400"  # what is owed to members in goods: a contract liability
    sales_revenue: str = "4000"  # from which the price of the points is deferred
    points_revenue: str = "4010"  # released when points are redeemed
    breakage_revenue: str = "4020"  # released for points that will not be redeemed
    marketing_expense: str = "6100"  # points given without a sale
    opening_equity: str = "3900"  # points brought over from another system
    partner_receivable: str = "1210"  # what partners owe that no statement says yet; statements clear it
    partner_payable: str = "2110"  # what is due to partners for points spent there; statements clear it
    partner_reimbursable: str = "1220"  # what partners will owe for their points once members redeem them
    partner_prepaid: str = "2300"  # blocks of points that partners bought and that were not awarded yet
    partner_revenue: str = "4040"  # points sold to partners, less what of it is deferred
    partner_fees: str = "4100"  # fees of partners, as they arise
    partner_liability: str = "2410"  # points that partners funded and members have not redeemed
    partner_breakage: str = "4030"  # points of partners that ended unused
    points_honoured: str = "5000"  # what points cost that members spent at partners


class PointAccounting(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How points of one type are valued. Prices are minor units of one whole point.

    `price_minor` None = the point type's own worth; `breakage` None = estimated from the program's redemptions;
    `allocation` relative = by standalone selling prices out of the sale (IFRS 15.76), full = at their own price.
    """

    price_minor: str | None = None
    breakage: str | None = None
    allocation: str = "relative"


class Accounting(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All of it."""

    accounts: Accounts = Accounts()
    point_types: dict[str, PointAccounting] = {}

    def of(self, code: str) -> PointAccounting:
        """Return how a point type is valued."""
        return self.point_types.get(code, PointAccounting())

    def price_of(self, code: str, worth: Decimal | None) -> Decimal | None:
        """Return the standalone selling price of one point in minor units, None where points are worth nothing.

        `worth` = what the point type itself says.
        """
        said = self.of(code).price_minor
        return Decimal(said) if said is not None else worth


_decode = msgspec.json.Decoder(Accounting).decode
_encode = msgspec.json.Encoder().encode


def decode_accounting(text: bytes) -> Accounting:
    """Return the settings that a JSON document says. Refuses with InvalidAccounting."""
    try:
        return _decode(text)
    except msgspec.MsgspecError as mistake:
        raise InvalidAccounting(str(mistake)) from None


async def read_accounting(tx: Transaction, program_id: int) -> tuple[Accounting, int]:
    """Return how a program accounts, and the revision of that (0 = never said)."""
    found = await tx.maybe(queries.select_settings, program_id=program_id)
    return (Accounting(), 0) if found is None else (_decode(found[0]), found[1])


async def write_accounting(
    tx: Transaction,
    program_id: int,
    point_types: Collection[str],
    accounting: Accounting,
    revision: int | None,
    now: datetime,
) -> int:
    """Change how a program with these point types accounts from the next close on; return the new revision.

    Refuses with InvalidAccounting, and with PreconditionFailed when it is not at `revision` (None = whatever it is at).
    """
    check(point_types, accounting)
    done = await tx.value(
        queries.upsert_settings,
        program_id=program_id,
        doc=_encode(accounting).decode(),
        revision=revision,
        now=now,
    )
    if done is None:
        raise PreconditionFailed
    return int(done)


def check(point_types: Collection[str], accounting: Accounting) -> None:
    """Refuse with InvalidAccounting what cannot be computed with."""
    errors = [
        FieldError(
            f"accounts.{name}", "invalid", f"An account has a code of 1 to {CODE_CHARACTERS_MAX} characters."
        )
        for name, code in msgspec.structs.asdict(accounting.accounts).items()
        if not 0 < len(code.strip()) <= CODE_CHARACTERS_MAX
    ]
    for code, said in accounting.point_types.items():
        path = f"point_types.{code}"
        if code not in point_types:
            errors.append(FieldError(path, "unknown", "The program has no such point type."))
        if not _between(said.price_minor, Decimal(0), Decimal(10**9)):
            errors.append(
                FieldError(f"{path}.price_minor", "invalid", "Write a price such as 0.5 (minor units).")
            )
        if not _between(said.breakage, Decimal(0), Decimal("0.99")):
            errors.append(FieldError(f"{path}.breakage", "invalid", "Write a share between 0 and 0.99."))
        if said.allocation not in ALLOCATIONS:
            errors.append(
                FieldError(f"{path}.allocation", "invalid", f"Write one of {', '.join(ALLOCATIONS)}.")
            )
    if errors:
        raise InvalidAccounting(errors=errors)


def _between(text: str | None, least: Decimal, most: Decimal) -> bool:
    if text is None:
        return True
    try:
        value = Decimal(text)
    except InvalidOperation:
        return False
    return value.is_finite() and least <= value <= most
