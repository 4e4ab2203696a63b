"""`regulars books …`: trial balance and liability."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import typer

from regulars.app.amounts import Amounts
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

    output = output_of(context)

    async def work(tx: Transaction, now: datetime) -> list[tuple[Any, ...]]:
        moment = now if at is None else at.replace(tzinfo=now.tzinfo)
        config = await _config(tx, program)
        amounts = Amounts(config, output)
        return [
            (
                one.point_type,
                f"{account.kind}{':' if account.owner else ''}{account.owner}",
                *(amounts.points(side, one.point_type) for side in
                  (account.debited, account.credited, account.balance)),
            )
            for one in await books.trial_balance(tx, config, moment)
            for account in one.accounts
        ]  # fmt: skip

    columns = ("point_type", "account", "debited", "credited", "balance")
    output.table("Trial balance", columns, transact(output, work))


def liability(context: typer.Context, program: ProgramCode) -> None:
    """Show what all members together have of each point type, and what it is worth."""

    output = output_of(context)

    async def work(tx: Transaction, _: datetime) -> list[tuple[Any, ...]]:
        config = await _config(tx, program)
        amounts = Amounts(config, output)
        return [
            (
                one.point_type,
                one.wallets,
                *(amounts.points(side, one.point_type) for side in
                  (one.available, one.pending, one.held, one.debt)),
                amounts.worth(one.worth_minor),
            )
            for one in await books.liability(tx, config)
        ]  # fmt: skip

    worth = "worth_minor" if output.json else "worth"
    columns = ("point_type", "wallets", "available", "pending", "held", "debt", worth)
    output.table("Liability", columns, transact(output, work))


async def _config(tx: Transaction, program: str) -> ProgramConfig:
    return await load_config(tx, (await program_by_code(tx, program)).id)
