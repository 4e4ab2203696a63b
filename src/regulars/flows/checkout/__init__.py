"""Checkout: one call prices a basket with vouchers, rewards and points and sets them aside; one call makes the order.

Tables owned: schema `checkout`. Rewards and sales are plugged in by the application (`Parts`); vouchers come from their
slice. What is set aside and never closed ends by itself.
"""

from regulars.flows.checkout.api import router
from regulars.flows.checkout.bodies import (
    CheckoutAnswer,
    CheckoutBody,
    CheckoutRewardAnswer,
    answer_of,
    content_of,
    explanation_of,
)
from regulars.flows.checkout.errors import UnknownCheckout
from regulars.flows.checkout.model import Back, Content, Line, Named, Off, Session, Status, Taken, Wish
from regulars.flows.checkout.port import Parts, Rewards, Sales
from regulars.flows.checkout.steps import (
    cancel_checkout,
    change_checkout,
    close_checkout,
    open_checkout,
    read_checkout,
    reopen_checkout,
    return_parts,
)

__all__ = [
    "Back",
    "CheckoutAnswer",
    "CheckoutBody",
    "CheckoutRewardAnswer",
    "Content",
    "Line",
    "Named",
    "Off",
    "Parts",
    "Rewards",
    "Sales",
    "Session",
    "Status",
    "Taken",
    "UnknownCheckout",
    "Wish",
    "answer_of",
    "cancel_checkout",
    "change_checkout",
    "close_checkout",
    "content_of",
    "explanation_of",
    "open_checkout",
    "read_checkout",
    "reopen_checkout",
    "return_parts",
    "router",
]
