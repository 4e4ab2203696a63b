"""How a program accounts for its points, in a document: accounts and point types, nothing that goes without saying."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec

from regulars.features.accounting import Accounting, Accounts, PointAccounting
from regulars.flows.apply.document import ProgramDocumentInvalid
from regulars.flows.apply.wording import Plain
from regulars.kit.shapes import shape_error


def accounting_of(raw: dict[str, Any]) -> Accounting:
    """Return what the section says. Raises ProgramDocumentInvalid."""
    try:
        return msgspec.convert(exact(raw), Accounting)
    except msgspec.ValidationError as mistake:
        raise ProgramDocumentInvalid(errors=[shape_error(mistake, Accounting, "accounting")]) from mistake


def plain_accounting(accounting: Accounting) -> Plain:
    """Return it as it is written; {} for a program that accounts as all do."""
    plain = {
        "accounts": _own(accounting.accounts, Accounts()),
        "point_types": {
            code: _own(said, PointAccounting()) for code, said in sorted(accounting.point_types.items())
        },
    }
    return {name: value for name, value in plain.items() if value}


def _own(said: msgspec.Struct, usual: msgspec.Struct) -> Plain:
    return {
        name: value for name, value in msgspec.structs.asdict(said).items() if value != getattr(usual, name)
    }


def exact(value: Any) -> Any:
    """Return plain data with numbers as exact text: `0.5` and "0.5" in a file mean the same."""
    if isinstance(value, dict):
        return {name: exact(one) for name, one in value.items()}
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return format(Decimal(value), "f")
    return value
