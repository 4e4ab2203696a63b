"""Redemption: members take rewards for points, set aside first or at once, and give them back.

Tables owned: schema `redemption`. Every operation locks the member's purse, settles what fell due, decides in memory
and writes at once: points, the order, counters, and last the pools of pieces.
"""

from regulars.flows.redemption.api import explanation_of, router
from regulars.flows.redemption.api_partner import router as partner_router
from regulars.flows.redemption.confirm import confirm
from regulars.flows.redemption.counter import Counter, Grounds, open_counter
from regulars.flows.redemption.fulfil import fulfil
from regulars.flows.redemption.give_back import cancel, end_overdue, hold_all, void
from regulars.flows.redemption.hot_routes import till_openapi, till_routes
from regulars.flows.redemption.model import (
    REWARD_CANCELLED,
    REWARD_REDEEMED,
    Ask,
    Balance,
    Capture,
    Claims,
    Order,
    Receipt,
    Status,
)
from regulars.flows.redemption.nobody import PLAIN
from regulars.flows.redemption.port import Gain, Issuer, Listening, Ports, Promotions, Told
from regulars.flows.redemption.quote import Quote, preview, quote
from regulars.flows.redemption.store import list_redemptions
from regulars.flows.redemption.take import Alone, take
from regulars.flows.redemption.tasks import overdue_loop
from regulars.flows.redemption.till import Caller, Till

__all__ = [
    "PLAIN",
    "REWARD_CANCELLED",
    "REWARD_REDEEMED",
    "Alone",
    "Ask",
    "Balance",
    "Caller",
    "Capture",
    "Claims",
    "Counter",
    "Gain",
    "Grounds",
    "Issuer",
    "Listening",
    "Order",
    "Ports",
    "Promotions",
    "Quote",
    "Receipt",
    "Status",
    "Till",
    "Told",
    "cancel",
    "confirm",
    "end_overdue",
    "explanation_of",
    "fulfil",
    "hold_all",
    "list_redemptions",
    "open_counter",
    "overdue_loop",
    "partner_router",
    "preview",
    "quote",
    "router",
    "take",
    "till_openapi",
    "till_routes",
    "void",
]
