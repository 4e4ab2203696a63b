"""Rating an event of the platform's own in the transaction that caused it: points given by hand, members
merged.
"""

from __future__ import annotations

from regulars.flows.accrual.item import Item
from regulars.flows.accrual.load import Rulebooks
from regulars.flows.accrual.pipeline import accrue_in
from regulars.flows.accrual.types import Batch, Receipt
from regulars.infra.db import Transaction


async def rate_within(
    tx: Transaction, rulebooks: Rulebooks, program_id: int, item: Item, received_at: int
) -> Receipt:
    """Rate one event inside a transaction that goes on; the rulebook is read in it, so it cannot be stale.

    Budgets are locked before they are read: there is nothing to begin again with when they move underneath.
    """
    book = await rulebooks.read(tx, program_id)
    return await accrue_in(tx, Batch(book, [item], received_at), lock_budgets=True)
