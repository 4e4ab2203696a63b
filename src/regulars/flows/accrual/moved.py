"""Awards that merges moved since: the lots that they are in now, in the purse of whoever took over.

A merge moves points lot by lot, and each lot arrives as a new one; of an award that was set aside in part, as several.
What an order or a tier gave is taken back from, and what it holds back is released in, the lots in which it is now.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from regulars.core.ledger import Purse
from regulars.flows.accrual.queries import queries
from regulars.flows.accrual.types import RatedOrder, decode_outcome
from regulars.infra.db import Bigints, Transaction


class Trail(msgspec.Struct):
    """Where the points of an award are: how many it was, how many of them ended on the way, and each (member, lot)
    that they were in."""

    amount: int
    ended: int = 0
    lots: list[tuple[int, int]] = []


class _Paid(msgspec.Struct):
    """Of a purse's state, the transfers that paid for entering tiers."""

    e: dict[str, int] = {}


_decode_paid = msgspec.json.Decoder(_Paid).decode


async def follow_moved(
    tx: Transaction, orders: Mapping[bytes, RatedOrder], purses: Mapping[int, Purse]
) -> None:
    """Let the purses know which of their lots are of awards that rated orders gave, or their members were paid for
    tiers, before a merge; and how much of these awards can still be taken back.

    Asks only for orders of members who were merged, and for awards for tiers that are not in the purse as such.
    """
    rated = [order for order in orders.values() if order.member_id in purses]
    merged = [order for order in rated if order.merged]
    granted = {
        one.transfer_id: (purses[order.member_id], one.amount)
        for order in merged
        for one in decode_outcome(order.outcome).granted
    }
    paid = {
        transfer_id: purses[member_id]
        for member_id in {order.member_id for order in rated}
        for transfer_id in _paid_elsewhere(purses[member_id])
    }
    if not granted and not paid:
        return
    stored_under = {order.stored_under for order in merged}
    trails = await _trails(
        tx, stored_under.union(purse.member_id for purse in paid.values()), {*granted, *paid}
    )
    for transfer_id, (purse, amount) in granted.items():
        if transfer_id in trails:
            _settle_in(purse, transfer_id, amount, trails[transfer_id])
    for transfer_id, purse in paid.items():
        if transfer_id in trails:
            _settle_in(purse, transfer_id, trails[transfer_id].amount, trails[transfer_id])


def _paid_elsewhere(purse: Purse) -> Iterable[int]:
    """Yield the transfers that paid for a member's tiers and whose lots are not open in her purse."""
    if '"e":{' in purse.state:
        here = {lot.id for lots in purse.lots.values() for lot in lots}
        for transfer_id in _decode_paid(purse.state).e.values():
            if transfer_id > 0 and transfer_id not in here:
                yield transfer_id


async def _trails(tx: Transaction, member_ids: set[int], lot_ids: set[int]) -> dict[int, Trail]:
    """Return where the points of some lots, of members or of those merged with them, went."""
    trails: dict[int, Trail] = {}
    for origin, amount, member_id, lot_id, ended in await tx.all(
        queries.select_moved_lots, member_ids=Bigints(sorted(member_ids)), lot_ids=Bigints(sorted(lot_ids))
    ):
        trail = trails.setdefault(origin, Trail(amount))
        trail.ended += ended
        trail.lots.append((member_id, lot_id))
    return trails


def _settle_in(purse: Purse, transfer_id: int, amount: int, trail: Trail) -> None:
    """Let a purse know which of its lots are of an award of which `amount` was not taken back yet."""
    here = [
        lot_id for member_id, lot_id in trail.lots if member_id == purse.member_id and lot_id != transfer_id
    ]
    if here:
        purse.moved.update(dict.fromkeys(here, transfer_id))
        purse.reversible[transfer_id] = max(0, amount - trail.ended)
