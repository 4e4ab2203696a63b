"""Points by hand and at the till: adjust, transfer, hold, capture, spend, cancel, release.

And how wallets stand.

Owns no table. Every operation locks the purses in member order, settles what fell due, posts through the
ledger and writes one outbox row, in one transaction.
"""

from regulars.flows.points.adjust import Direction, adjust
from regulars.flows.points.api import router
from regulars.flows.points.holds import authorise, capture_hold, type_of_hold, void_hold
from regulars.flows.points.model import (
    Balance,
    HoldReceipt,
    LotView,
    Movement,
    Receipt,
    ReleaseReceipt,
    TransferReceipt,
    Wallet,
)
from regulars.flows.points.reading import (
    balances_as_of,
    expiring_by_day,
    holds,
    lots,
    movements,
    statement,
    wallets,
)
from regulars.flows.points.release import release
from regulars.flows.points.review import POINTS_ADJUSTED, Review
from regulars.flows.points.spend import cancel, spend
from regulars.flows.points.tills import Till
from regulars.flows.points.transfer import transfer

__all__ = [
    "POINTS_ADJUSTED",
    "Balance",
    "Direction",
    "HoldReceipt",
    "LotView",
    "Movement",
    "Receipt",
    "ReleaseReceipt",
    "Review",
    "Till",
    "TransferReceipt",
    "Wallet",
    "adjust",
    "authorise",
    "balances_as_of",
    "cancel",
    "capture_hold",
    "expiring_by_day",
    "holds",
    "lots",
    "movements",
    "release",
    "router",
    "spend",
    "statement",
    "transfer",
    "type_of_hold",
    "void_hold",
    "wallets",
]
