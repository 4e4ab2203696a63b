"""Orders of members who were merged since: their awards, as the lots that a merge brought to whoever took over.

A merge moves points lot by lot, and each lot arrives as a new one. What an order gave is taken back from, and what it
holds back is released in, the lots in which it is now.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from regulars.core.ledger import Purse
from regulars.flows.accrual.queries import queries
from regulars.flows.accrual.types import RatedOrder, decode_outcome
from regulars.infra.db import Bigints, Transaction


class Place(msgspec.Struct):
    """Where the points of an award are now: the member, the lot, and how much of it ended on the way."""

    member_id: int
    lot_id: int
    ended: int


async def follow_moved(
    tx: Transaction, orders: Mapping[bytes, RatedOrder], purses: Mapping[int, Purse]
) -> None:
    """Let the purses know in which of their lots the awards of rated orders are now, and how much of these can still be
    taken back. Asks only for orders of members who were merged.
    """
    merged = [order for order in orders.values() if order.merged and order.member_id in purses]
    granted = [
        (purses[order.member_id], one) for order in merged for one in decode_outcome(order.outcome).granted
    ]
    if not granted:
        return
    rows = await tx.all(
        queries.select_moved_lots,
        member_ids=Bigints(sorted({order.stored_under for order in merged})),
        lot_ids=Bigints(sorted({one.transfer_id for _, one in granted})),
    )
    places: dict[int, Place] = {}
    for origin, member_id, lot_id, ended in rows:  # along each line, the latest last
        before = places.get(origin)
        places[origin] = Place(member_id, lot_id, ended + (before.ended if before else 0))
    for purse, one in granted:
        place = places.get(one.transfer_id)
        if place is not None and place.member_id == purse.member_id and place.lot_id != one.transfer_id:
            purse.moved[one.transfer_id] = place.lot_id
            purse.reversible[place.lot_id] = max(0, one.amount - place.ended)
