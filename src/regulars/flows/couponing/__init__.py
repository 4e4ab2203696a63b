"""Vouchers of members and at the till: issue, look up and price, redeem, give back, void; and what rules issue.

Owns no table: joins vouchers and draws with members and with the effects that rules recorded.
"""

from regulars.flows.couponing.api import router
from regulars.flows.couponing.carry_out import carry_out_effects
from regulars.flows.couponing.follow import follow_orders, settle_tickets
from regulars.flows.couponing.redeem import check_basket, redeem_basket
from regulars.flows.couponing.tasks import STANDING, effects_task

__all__ = [
    "STANDING",
    "carry_out_effects",
    "check_basket",
    "effects_task",
    "follow_orders",
    "redeem_basket",
    "router",
    "settle_tickets",
]
