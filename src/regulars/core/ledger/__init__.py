"""The ledger: immutable transfers between two accounts, lots with an expiry, purses that never go below zero.

Tables owned: schema `ledger`. `Postings` decides movements in memory, `post` writes them; nothing else writes these tables.
"""

from regulars.core.ledger.model import (
    FOREVER,
    Cause,
    Lot,
    PointAccounts,
    Purse,
    Side,
    Terms,
    TransferKind,
)
from regulars.core.ledger.posting import Ids, Postings
from regulars.core.ledger.rows import PG_EPOCH_US, copy_body, text_field
from regulars.core.ledger.store import (
    insert_purses,
    lock_purses,
    open_accounts,
    post,
    read_lots,
    select_accounts,
    select_purses,
)

__all__ = [
    "FOREVER",
    "PG_EPOCH_US",
    "Cause",
    "Ids",
    "Lot",
    "PointAccounts",
    "Postings",
    "Purse",
    "Side",
    "Terms",
    "TransferKind",
    "copy_body",
    "insert_purses",
    "lock_purses",
    "open_accounts",
    "post",
    "read_lots",
    "select_accounts",
    "select_purses",
    "text_field",
]
