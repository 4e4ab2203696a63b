"""What giving back takes: which lots the deductions of corrected orders used, and in whose purse."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from regulars.core.ledger import Lot, Purse, read_drawn
from regulars.flows.accrual.types import Deducted, RatedOrder, decode_outcome
from regulars.infra.db import Transaction, TransactionConflict


def deducted_for(orders: Iterable[RatedOrder]) -> list[Deducted]:
    """Return what rules took for some orders and did not give back yet."""
    return [
        one
        for order in orders
        if '"deducted"' in order.outcome
        for one in decode_outcome(order.outcome).deducted
    ]


def former_owners(orders: Iterable[RatedOrder]) -> set[int]:
    """Return the members, merged since, from whom something was taken for these orders."""
    known = list(orders)
    return {one.member_id for one in deducted_for(known)} - {order.member_id for order in known}


async def recall_drawn(
    tx: Transaction, orders: Mapping[bytes, RatedOrder], purses: Mapping[int, Purse]
) -> dict[int, list[tuple[Lot, int]]]:
    """Return by transfer the lots that deductions for these orders used, and how much of each is still out.

    The lots are put into the purses. An order of nobody in this batch (its correction came before) needs nothing.
    Raises TransactionConflict when another purse is not among those that were locked: its member was merged since she
    was looked up.
    """
    taken = deducted_for(order for order in orders.values() if order.member_id in purses)
    if not taken:
        return {}
    if any(one.member_id not in purses for one in taken):
        raise TransactionConflict
    return await read_drawn(tx, [(purses[one.member_id], one.transfer_id, one.transfer_id) for one in taken])
