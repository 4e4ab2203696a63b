"""A batch of events becomes points. Read top to bottom: this is the whole hot path."""

from __future__ import annotations

from regulars.core.events import EventStatus
from regulars.flows.accrual.decide import EventFailed, decide
from regulars.flows.accrual.decided import Decided
from regulars.flows.accrual.gather import gather
from regulars.flows.accrual.park import park
from regulars.flows.accrual.post import BudgetMoved, announce, write
from regulars.flows.accrual.receipt import make_receipt
from regulars.flows.accrual.types import Batch, Gathered, Receipt
from regulars.infra.db import Database, Transaction


async def accrue(db: Database, batch: Batch) -> Receipt:
    """Rate a batch in one transaction of its own; begin again when another batch was in its way."""
    try:
        return await db.attempt(lambda tx: accrue_in(tx, batch))
    except BudgetMoved:
        return await db.attempt(lambda tx: accrue_in(tx, batch, lock_budgets=True))


async def accrue_in(tx: Transaction, batch: Batch, *, lock_budgets: bool = False) -> Receipt:
    """Turn one batch of events into transfers, exactly once, in this transaction."""
    gathered = await gather(tx, batch, lock_budgets=lock_budgets)  # reads: members locked in order
    decided = await _decide(tx, gathered)  # pure
    await write(tx, decided)  # writes
    await announce(tx, decided)  # writes: the outbox
    return await make_receipt(tx, decided)


async def _decide(tx: Transaction, gathered: Gathered) -> Decided:
    """Decide; an event that makes deciding fail is parked, and the others are decided without it."""
    while True:
        try:
            return decide(gathered)
        except EventFailed as failure:
            await park(tx, gathered, failure)
            gathered.fresh[failure.place] = EventStatus.PARKED
