"""Pooling: spending a household's points together, in a stated order, within each one's limits.

Tables owned: schema `pooling`. There is no common purse: each part is an ordinary spend of its owner.
"""

from regulars.flows.pooling.api import router
from regulars.flows.pooling.bodies import household_answer, spend_answer
from regulars.flows.pooling.parts import Available, parts_of
from regulars.flows.pooling.port import Wallets
from regulars.flows.pooling.spending import (
    Part,
    Pool,
    PooledSpend,
    open_pool,
    return_together,
    spend_together,
    type_of_spend,
)

__all__ = [
    "Available",
    "Part",
    "Pool",
    "PooledSpend",
    "Wallets",
    "household_answer",
    "open_pool",
    "parts_of",
    "return_together",
    "router",
    "spend_answer",
    "spend_together",
    "type_of_spend",
]
