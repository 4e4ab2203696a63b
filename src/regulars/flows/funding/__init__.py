"""Funding: who pays for an award, from a rule's shares over agreements with caps and blocks to the transfers.

Owns no table; it joins partners, programs and what accrual counts. Accrual itself splits by `features/partners.cover`.
"""

from regulars.flows.funding.agreements import (
    BlockStanding,
    BoundStanding,
    Standing,
    buy_block,
    end_funding,
    find_agreement,
    known_of,
    put_funding,
    standing_of,
    standings,
    withdraw_from_block,
)
from regulars.flows.funding.api import router
from regulars.flows.funding.check import BlockMismatch, check_blocks
from regulars.flows.funding.tracing import Share, Used, funders_of_spend, funding_of_event
from regulars.flows.funding.watch import WATCH_BLOCKS, WATCHED_EVERY_MINUTE, watch_blocks

__all__ = [
    "WATCHED_EVERY_MINUTE",
    "WATCH_BLOCKS",
    "BlockMismatch",
    "BlockStanding",
    "BoundStanding",
    "Share",
    "Standing",
    "Used",
    "buy_block",
    "check_blocks",
    "end_funding",
    "find_agreement",
    "funders_of_spend",
    "funding_of_event",
    "known_of",
    "put_funding",
    "router",
    "standing_of",
    "standings",
    "watch_blocks",
    "withdraw_from_block",
]
