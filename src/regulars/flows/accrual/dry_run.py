"""Rate events and leave no trace: the same pipeline in a transaction that is always rolled back."""

from __future__ import annotations

from regulars.flows.accrual.load import Rulebooks
from regulars.flows.accrual.pipeline import accrue_in
from regulars.flows.accrual.types import Batch, Item, Receipt
from regulars.infra.db import Database, Transaction


class _RolledBack(Exception):
    """Carries the receipt out of the transaction it undoes."""

    def __init__(self, receipt: Receipt) -> None:
        super().__init__()
        self.receipt = receipt


async def try_out(db: Database, rulebooks: Rulebooks, program_id: int, items: list[Item], received_at: int) -> Receipt:
    """Return what `accrue` would return for these events now; nothing of it stays."""

    async def attempt(tx: Transaction) -> Receipt:
        book = await rulebooks.read(tx, program_id)
        raise _RolledBack(await accrue_in(tx, Batch(book, items, received_at)))

    try:
        return await db.attempt(attempt)
    except _RolledBack as done:
        return done.receipt
