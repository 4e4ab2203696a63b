"""Checkout: one call prices a basket with vouchers, rewards and points and sets them aside; one call makes the order.

Tables owned: schema `checkout`. Rewards and sales are plugged in by the application (`Parts`); vouchers come from their
slice. What is set aside and never closed ends by itself.
"""

from regulars.flows.checkout.api import router
from regulars.flows.checkout.api_partner import router as partner_router
from regulars.flows.checkout.bodies import (
    CheckoutAnswer,
    CheckoutBody,
    CheckoutRewardAnswer,
    CheckoutRow,
    CheckoutStepAnswer,
    answer_of,
    content_of,
    explanation_of,
    row_of,
)
from regulars.flows.checkout.errors import UnknownCheckout
from regulars.flows.checkout.model import (
    Back,
    Content,
    Line,
    Named,
    Off,
    Session,
    Standing,
    Status,
    Taken,
    Wanted,
    Wish,
)
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
from regulars.flows.checkout.store import select_page as list_checkouts

__all__ = [
    "Back",
    "CheckoutAnswer",
    "CheckoutBody",
    "CheckoutRewardAnswer",
    "CheckoutRow",
    "CheckoutStepAnswer",
    "Content",
    "Line",
    "Named",
    "Off",
    "Parts",
    "Rewards",
    "Sales",
    "Session",
    "Standing",
    "Status",
    "Taken",
    "UnknownCheckout",
    "Wanted",
    "Wish",
    "answer_of",
    "cancel_checkout",
    "change_checkout",
    "close_checkout",
    "content_of",
    "explanation_of",
    "list_checkouts",
    "open_checkout",
    "partner_router",
    "read_checkout",
    "reopen_checkout",
    "return_parts",
    "router",
    "row_of",
]
