"""`regulars books …`: trial balance and liability."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from regulars.app.commands.apply import transact
from regulars.app.output import output_of
from regulars.features.programs import ProgramConfig, load_config, program_by_code
from regulars.flows import books
from regulars.infra.db import Transaction

ProgramCode = Annotated[
    str, typer.Option("--program", "-p", envvar="REGULARS_PROGRAM", help="Code of the program.")
]


def register(app: typer.Typer) -> None:
    """Add the group books."""
    group = typer.Typer(help="The books as finance reads them.", no_args_is_help=True)
    group.command("balance")(balance)
    group.command("liability")(liability)
    app.add_typer(group, name="books")


def balance(
    context: typer.Context,
    program: ProgramCode,
    at: Annotated[datetime | None, typer.Option(help="The ledger's time, UTC; now when left out.")] = None,
) -> None:
    """Show every account of a program; the balances of each point type add up to 0."""

    async def work(tx: Transaction, now: datetime) -> list[books.TrialBalance]:
        moment = now if at is None else at.replace(tzinfo=now.tzinfo)
        return await books.trial_balance(tx, await _config(tx, program), moment)

    output = output_of(context)
    rows = [
        (one.point_type, f"{account.kind}{':' if account.owner else ''}{account.owner}", account.debited,
         account.credited, account.balance)
        for one in transact(output, work)
        for account in one.accounts
    ]  # fmt: skip
    output.table("Trial balance", ("point_type", "account", "debited", "credited", "balance"), rows)


def liability(context: typer.Context, program: ProgramCode) -> None:
    """Show what all members together have of each point type, and what it is worth."""

    async def work(tx: Transaction, _: datetime) -> list[books.Liability]:
        return await books.liability(tx, await _config(tx, program))

    output = output_of(context)
    rows = [
        (one.point_type, one.wallets, one.available, one.pending, one.held, one.debt,
         "" if one.worth_minor is None else f"{one.worth_minor:f}")
        for one in transact(output, work)
    ]  # fmt: skip
    columns = ("point_type", "wallets", "available", "pending", "held", "debt", "worth_minor")
    output.table("Liability", columns, rows)


async def _config(tx: Transaction, program: str) -> ProgramConfig:
    return await load_config(tx, (await program_by_code(tx, program)).id)
