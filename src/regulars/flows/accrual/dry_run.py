"""Rate events and leave no trace: the decision of the pipeline on what a read-only transaction sees."""

from __future__ import annotations

from regulars.flows.accrual.item import Item
from regulars.flows.accrual.load import Rulebooks
from regulars.flows.accrual.peek import current_rulebook, decide_all, peek
from regulars.flows.accrual.receipt import make_receipt
from regulars.flows.accrual.types import Batch, Receipt
from regulars.infra.db import Database


async def try_out(
    db: Database, rulebooks: Rulebooks, program_id: int, items: list[Item], received_at: int
) -> Receipt:
    """Return what `accrue` would return for these events now; nothing is written, numbered or locked."""
    book = await current_rulebook(db, rulebooks, program_id)
    async with db.transaction(read_only=True, snapshot=True) as tx:
        gathered = await peek(tx, Batch(book, items, received_at))
        return await make_receipt(tx, decide_all(gathered))
