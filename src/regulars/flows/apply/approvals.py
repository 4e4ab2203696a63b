"""What needs a second person, in a document: applied last, so that a file is held to the limits in force before it.

A file that loosens the limits and publishes with them would otherwise approve itself. Who may say them at all is
decided by whoever calls: over HTTP only somebody who stands above the program.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any, Final, Protocol

import msgspec

from regulars.flows.apply.accounting import exact
from regulars.flows.apply.document import ProgramDocumentInvalid
from regulars.flows.apply.wording import Plain, plain_points, points_of
from regulars.infra.db import Transaction
from regulars.kit.errors import FieldError, Forbidden
from regulars.kit.shapes import shape_error

SECTION: Final = "approvals"
DAYS_MAX: Final = 90


class LimitsNotYours(Forbidden):
    """Only who administers the installation says what needs a second person: leave `approvals` as it is."""


class Limits(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What needs a second person: every version, budgets over so many points or so much money (major units), points of
    a type by hand over so many in a day (smallest units of the first redeemable one). `days`: how long a request
    waits.
    """

    publishing: bool = False
    budget_points_over: Decimal | None = None
    budget_money_over: Decimal | None = None
    adjustment_over: int | None = None
    days: int = 7


class LimitsPort(Protocol):
    """Keeps what needs a second person; the application plugs it in."""

    async def read(self, tx: Transaction, program_id: int) -> Limits:
        """Return what needs a second person in a program."""

    async def write(self, tx: Transaction, program_id: int, limits: Limits, now: datetime) -> None:
        """Say what needs a second person in a program."""


def limits_of(raw: dict[str, Any], scale: int) -> Limits:
    """Return what the section says; `scale` = the decimals of the first redeemable points. Raises
    ProgramDocumentInvalid."""
    numbers = {name: exact(value) for name, value in raw.items() if name.startswith("budget")}
    if raw.get("adjustment_over") is not None:
        over = points_of(raw["adjustment_over"], f"{SECTION}.adjustment_over", scale)
        numbers["adjustment_over"] = over
    try:
        limits = msgspec.convert({**raw, **numbers}, Limits)
    except msgspec.ValidationError as mistake:
        raise ProgramDocumentInvalid(errors=[shape_error(mistake, Limits, "approvals")]) from mistake
    if not 1 <= limits.days <= DAYS_MAX:
        raise _wrong("days", f"Write a whole number from 1 to {DAYS_MAX}.")
    for name in ("budget_points_over", "budget_money_over", "adjustment_over"):
        value = getattr(limits, name)
        if value is not None and not (Decimal(value).is_finite() and value >= 0):
            raise _wrong(name, "Write a number of 0 or more, or leave it out.")
    return limits


def plain_limits(limits: Limits, scale: int) -> Plain:
    """Return it as it is written, points with `scale` decimals; {} where nothing needs a second person."""
    said = {name: value for name, value in msgspec.structs.asdict(limits).items() if value is not None}
    plain = {name: value for name, value in said.items() if value is not False}
    if plain.keys() == {"days"}:
        return {}
    if limits.days == Limits().days:
        del plain["days"]
    if "adjustment_over" in plain:
        plain["adjustment_over"] = plain_points(plain["adjustment_over"], scale)
    return {
        name: format(value, "f") if isinstance(value, Decimal) else value for name, value in plain.items()
    }


def _wrong(path: str, message: str) -> ProgramDocumentInvalid:
    return ProgramDocumentInvalid(
        errors=[FieldError(f"{SECTION}.{path}" if path else SECTION, "malformed", message)]
    )
