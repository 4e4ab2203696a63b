"""The ledger: immutable transfers between two accounts, lots with an expiry, purses that never go below zero.

Tables owned: schema `ledger`. `Postings` decides movements in memory, `post` writes them; nothing else writes
these tables.
"""

from regulars.core.ledger.holding import cancel_spend, capture, close, hold, send, take_from_lots
from regulars.core.ledger.instants import instant, instant_or_none, micros
from regulars.core.ledger.model import (
    FOREVER,
    MOVED_AWAY,
    Cause,
    Hold,
    HoldStatus,
    Lot,
    PointAccounts,
    Purse,
    Side,
    Terms,
    TransferKind,
)
from regulars.core.ledger.opening import Opening, ask_to_open, open_purses, opened
from regulars.core.ledger.posting import Ids, LotsNotRead, Postings
from regulars.core.ledger.rows import PG_EPOCH_US, copy_body, text_field
from regulars.core.ledger.settling import Settled, end_idle_lots, idle_since, settle
from regulars.core.ledger.store import (
    insert_purses,
    lock_purses,
    open_accounts,
    post,
    read_activity,
    read_drawn,
    read_lots,
    read_reversible,
    select_accounts,
    select_hold,
    select_purses,
)
from regulars.core.ledger.uniting import Portion, hand_over, move_wallet

__all__ = [
    "FOREVER",
    "MOVED_AWAY",
    "PG_EPOCH_US",
    "Cause",
    "Hold",
    "HoldStatus",
    "Ids",
    "Lot",
    "LotsNotRead",
    "Opening",
    "PointAccounts",
    "Portion",
    "Postings",
    "Purse",
    "Settled",
    "Side",
    "Terms",
    "TransferKind",
    "ask_to_open",
    "cancel_spend",
    "capture",
    "close",
    "copy_body",
    "end_idle_lots",
    "hand_over",
    "hold",
    "idle_since",
    "insert_purses",
    "instant",
    "instant_or_none",
    "lock_purses",
    "micros",
    "move_wallet",
    "open_accounts",
    "open_purses",
    "opened",
    "post",
    "read_activity",
    "read_drawn",
    "read_lots",
    "read_reversible",
    "select_accounts",
    "select_hold",
    "select_purses",
    "send",
    "settle",
    "take_from_lots",
    "text_field",
]
