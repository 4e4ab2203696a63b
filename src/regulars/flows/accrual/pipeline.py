"""A batch of events becomes points. Read top to bottom: this is the whole hot path."""

from __future__ import annotations

from functools import partial

from regulars.core.events import EventStatus
from regulars.core.ledger import LotsNotRead
from regulars.flows.accrual.decide import EventFailed, decide
from regulars.flows.accrual.decided import Decided
from regulars.flows.accrual.gather import OrderNotSeen, RulebookStale, gather, read_wallets
from regulars.flows.accrual.identity import AlreadyAdmitted
from regulars.flows.accrual.item import Item
from regulars.flows.accrual.load import Rulebooks
from regulars.flows.accrual.park import park
from regulars.flows.accrual.post import BudgetMoved, announce, write
from regulars.flows.accrual.receipt import make_receipt
from regulars.flows.accrual.same_person import Pair, SamePerson, Unite
from regulars.flows.accrual.types import Batch, Gathered, Receipt
from regulars.infra.db import Database, Together, Transaction

# The events of a batch no larger than this stay in the processor's cache until it is answered; and what it costs is its
# round trips, so that BEGIN and COMMIT go with others.
KEPT_AT_HAND = 64

# A program that is published five times while one batch tries to begin is being rewritten by a script.
ATTEMPTS_MAX = 5


class ProgramMoved(Exception):
    """The program has another revision than the one its events were taken in under: look again who sent them."""


async def accrue(
    db: Database,
    rulebooks: Rulebooks,
    program_id: int,
    items: list[Item],
    received_at: int,
    unite: Unite | None = None,
    revision: int | None = None,
) -> Receipt:
    """Rate events of one program in one transaction of their own; begin again when something moved
    underneath. `unite` makes one member of two who turn out to be one person; None leaves them two.

    Raises ProgramMoved when the program's revision is not `revision` (None = any).
    """
    lock_budgets = alone = False
    small = len(items) <= KEPT_AT_HAND
    careful = not small
    apart: frozenset[Pair] | None = None if unite is None else frozenset()
    for _ in range(ATTEMPTS_MAX):
        book = await rulebooks.get(db, program_id)
        if revision is not None and revision != book.revision:
            if book.revision < revision:
                rulebooks.forget(program_id)
            raise ProgramMoved
        batch = Batch(book, items, received_at)
        try:
            work = partial(
                accrue_in,
                batch=batch,
                lock_budgets=lock_budgets,
                alone=alone,
                apart=apart,
                careful=careful,
                last=small,
            )
            return await db.attempt(work, joined=small)
        except RulebookStale:
            rulebooks.forget(program_id)
        except BudgetMoved:
            lock_budgets = True
        except OrderNotSeen:
            alone = True
        except AlreadyAdmitted:
            if careful:
                raise
            careful = True
        except SamePerson as found:
            assert unite is not None
            assert apart is not None
            await unite(program_id, found.pairs, received_at)
            apart |= frozenset(found.pairs)
    raise RulebookStale


async def accrue_in(
    tx: Transaction,
    batch: Batch,
    *,
    lock_budgets: bool = False,
    alone: bool = False,
    apart: frozenset[Pair] | None = None,
    careful: bool = True,
    last: bool = False,
) -> Receipt:
    """Turn one batch of events into transfers, exactly once, in this transaction.

    `last`: it is committed with what it writes, unless its answers must still be read. Not `careful`:
    AlreadyAdmitted is raised, and the transaction lost, where something was sent before.
    """
    gathered = await gather(
        tx, batch, lock_budgets=lock_budgets, alone=alone, apart=apart, careful=careful
    )  # reads; members locked in order
    decided = await _decide(tx, gathered)  # pure
    async with Together(tx) as soon:
        await write(soon, decided)  # writes
        await announce(soon, decided)  # writes the outbox
        await soon.send(last=last and not gathered.repeats)
    return await make_receipt(tx, decided)


async def _decide(tx: Transaction, gathered: Gathered) -> Decided:
    """Decide; lots are read when points turn out to be taken; an event that makes deciding fail is parked,
    and the others are decided without it."""
    while True:
        try:
            return decide(gathered, let_go=len(gathered.batch.items) > KEPT_AT_HAND)
        except LotsNotRead:
            await read_wallets(tx, gathered.batch.rulebook, list(gathered.purses.values()))
        except EventFailed as failure:
            await park(tx, gathered, failure)
            gathered.fresh[failure.place] = EventStatus.PARKED
