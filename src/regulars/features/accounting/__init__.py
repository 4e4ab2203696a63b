"""Accounting: the accounts, prices and shares by which a program's points are accounted for.

Tables owned: schema `accounting`.
"""

from regulars.features.accounting.errors import InvalidAccounting
from regulars.features.accounting.settings import (
    Accounting,
    Accounts,
    PointAccounting,
    check,
    decode_accounting,
    read_accounting,
    write_accounting,
)

__all__ = [
    "Accounting",
    "Accounts",
    "InvalidAccounting",
    "PointAccounting",
    "check",
    "decode_accounting",
    "read_accounting",
    "write_accounting",
]
