"""Rewards: what members can have for points, for whom, how many, and what it costs; stock that is never oversold.

Tables owned: schema `rewards`. A program's rewards are held in memory (`RewardBooks`) until their revision changes.
Redemption takes pieces out of `Pool`s, whose rows are locked last.
"""

from regulars.features.rewards.api import Around, router
from regulars.features.rewards.bodies import RewardAnswer, reward_answer
from regulars.features.rewards.catalogue import (
    RewardBook,
    RewardBooks,
    archive_reward,
    put_reward,
    put_reward_stock,
    select_reward,
    version_of,
)
from regulars.features.rewards.errors import InvalidReward, RewardSoldOut, UnknownReward
from regulars.features.rewards.model import (
    Discount,
    Limit,
    Part,
    Price,
    Rate,
    Reward,
    Shelf,
    Stored,
    worth_of,
)
from regulars.features.rewards.pools import (
    LIMIT,
    STOCK,
    Piece,
    Pool,
    hold_pieces,
    lock_pools,
    open_pool,
    put_back_pieces,
    select_shelves,
    take_pieces,
)
from regulars.features.rewards.pricing import (
    CHANGE_PRICE,
    Change,
    Priced,
    part_of,
    price_of,
    rule_facts,
)
from regulars.features.rewards.store import (
    add_used,
    select_page,
    select_pools,
    select_rewards,
    select_rewards_revision,
    select_used,
    select_version,
)

__all__ = [
    "CHANGE_PRICE",
    "LIMIT",
    "STOCK",
    "Around",
    "Change",
    "Discount",
    "InvalidReward",
    "Limit",
    "Part",
    "Piece",
    "Pool",
    "Price",
    "Priced",
    "Rate",
    "Reward",
    "RewardAnswer",
    "RewardBook",
    "RewardBooks",
    "RewardSoldOut",
    "Shelf",
    "Stored",
    "UnknownReward",
    "add_used",
    "archive_reward",
    "hold_pieces",
    "lock_pools",
    "open_pool",
    "part_of",
    "price_of",
    "put_back_pieces",
    "put_reward",
    "put_reward_stock",
    "reward_answer",
    "router",
    "rule_facts",
    "select_page",
    "select_pools",
    "select_reward",
    "select_rewards",
    "select_rewards_revision",
    "select_shelves",
    "select_used",
    "select_version",
    "take_pieces",
    "version_of",
    "worth_of",
]
