"""Money on gift cards: activate, pay a part, top up, refund to the card, look.

Owns no table: every movement is one of the ledger, on the card's own purse.
"""

from regulars.flows.gifting.api import router
from regulars.flows.gifting.money import (
    CardBalance,
    activate,
    balance,
    block,
    create,
    pay,
    refund,
    replace_pin,
    take_in,
    top_up,
)

__all__ = [
    "CardBalance",
    "activate",
    "balance",
    "block",
    "create",
    "pay",
    "refund",
    "replace_pin",
    "router",
    "take_in",
    "top_up",
]
