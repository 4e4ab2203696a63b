"""Statements and nettings read and written as double entry, each on its day: the same for HTTP and the command line."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from regulars.features.partners import select_treasury
from regulars.features.programs import ProgramConfig
from regulars.flows.settlement.bookkeeping import Posting, netting_entries, statement_entries
from regulars.flows.settlement.settle import netted
from regulars.flows.settlement.states import account_of
from regulars.infra.db import Transaction


async def read_entries(
    tx: Transaction, config: ProgramConfig, statements: Iterable[int], nettings: Iterable[int]
) -> list[Posting]:
    """Return the entries of statements, each on the last day of its period, and of nettings, each on its due day.

    What is named twice is written once. Refuses with UnknownStatement, UnknownNetting.
    """
    books = (await select_treasury(tx, config.id)).books
    found: list[Posting] = []
    for number in dict.fromkeys(statements):
        account = await account_of(tx, config, number)
        found += statement_entries(account, books, account.statement.end_day - timedelta(days=1))
    for number in dict.fromkeys(nettings):
        done = await netted(tx, config, number)
        accounts = [await account_of(tx, config, one) for one, _, _ in done.statements]
        found += netting_entries(done, accounts, books, done.netting.due_on)
    return found
