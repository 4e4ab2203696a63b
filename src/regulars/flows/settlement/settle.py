"""Netting agreed statements into payments, and what is handed to the bank and to the books."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

from regulars.features.programs import ProgramConfig
from regulars.features.webhooks import tell
from regulars.flows.settlement.errors import AlreadyPaid, NothingToNet
from regulars.flows.settlement.model import Netting, Payment
from regulars.flows.settlement.netting import PROGRAM, net, positions
from regulars.flows.settlement.netting_store import find_netting, lock_netting, queries, select_payments
from regulars.flows.settlement.store import lock_settlement
from regulars.infra.db import Transaction
from regulars.kit.zones import local_date, zone

# Payments of a netting are due so many days after it was made.
DUE_DAYS = 5


class Netted(msgspec.Struct, frozen=True):
    """A netting: its statements as (id, partner, total), what each party owes on the whole, and who pays whom."""

    netting: Netting
    statements: list[tuple[int, str, int]]
    owed: dict[str, int]
    payments: list[Payment]


async def make_netting(tx: Transaction, config: ProgramConfig, *, by: str, now: datetime) -> Netted:
    """Net every agreed statement that is not settled. Refuses with NothingToNet."""
    await lock_settlement(tx, config.id)
    rows = await tx.all(queries.lock_agreed, program_id=config.id)
    if not rows:
        raise NothingToNet
    numbers = {code: number for _, number, code, _ in rows}
    owed = positions([(code, total) for _, _, code, total in rows])
    payments = net(owed)
    due = local_date(now, zone(config.zone)) + timedelta(days=DUE_DAYS)
    made = await tx.value(
        queries.insert_netting, program_id=config.id, currency=config.currency, due_on=due, by=by, now=now
    )
    await tx.run(
        queries.insert_payments,
        netting_id=made,
        program_id=config.id,
        numbers=[one.number for one in payments],
        payers=[numbers.get(one.payer) for one in payments],
        payees=[numbers.get(one.payee) for one in payments],
        amounts=[one.amount for one in payments],
    )
    await tx.run(queries.update_netted, netting_id=made, ids=[row[0] for row in rows])
    return await netted(tx, config, made)


async def netted(tx: Transaction, config: ProgramConfig, number: int) -> Netted:
    """Return a netting with its statements and payments. Refuses with UnknownNetting."""
    netting = await find_netting(tx, config.id, number)
    rows = [tuple(row) for row in await tx.all(queries.select_netted, netting_id=number)]
    owed = positions([(code, total) for _, code, total in rows])
    return Netted(netting, rows, owed, await select_payments(tx, number))


async def confirm_paid(tx: Transaction, config: ProgramConfig, number: int, now: datetime) -> Netted:
    """Note that the payments of a netting were made: its statements are settled. Refuses with AlreadyPaid."""
    netting = await lock_netting(tx, config.id, number)
    if netting.paid_at is not None:
        raise AlreadyPaid
    await tx.run(queries.update_paid, netting_id=number, now=now)
    done = await netted(tx, config, number)
    for statement, partner, total in done.statements:
        facts = {"partner": partner, "statement": statement, "netting": number, "total": total}
        await tell(tx, config.id, "partner.statement_settled", facts, now)
    return done


def parties(done: Netted) -> list[str]:
    """Return everybody who pays or is paid."""
    found = {one.payer for one in done.payments} | {one.payee for one in done.payments}
    return sorted(found, key=lambda code: (code != PROGRAM, code))
