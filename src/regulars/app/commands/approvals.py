"""`regulars approvals …`: what waits for another person, decided at the command line by whoever sits there."""

from __future__ import annotations

import asyncio
import getpass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Annotated

import msgspec
import typer

from regulars.app.amounts import Amounts
from regulars.app.approvals import Approvals
from regulars.app.commands.apply import transact
from regulars.app.output import output_of
from regulars.app.serve import prepare
from regulars.app.settings import Settings
from regulars.app.shop_clock import clock_in
from regulars.features.programs import load_config, program_by_code
from regulars.flows import approval
from regulars.flows.approval import Approval, Policy
from regulars.infra.db import Database, Transaction

ProgramCode = Annotated[
    str, typer.Option("--program", "-p", envvar="REGULARS_PROGRAM", help="Code of the program.")
]
Number = Annotated[int, typer.Argument(min=1, help="Number of what waits")]
Comment = Annotated[str, typer.Option("--comment", "-c", help="Why")]
LISTED = 50


def register(app: typer.Typer) -> None:
    """Add the group approvals."""
    group = typer.Typer(help="What waits for another person.", no_args_is_help=True)
    group.command("list")(list_command)
    group.command("approve")(approve)
    group.command("reject")(reject)
    group.command("policy")(policy)
    app.add_typer(group, name="approvals")


def list_command(
    context: typer.Context,
    program: ProgramCode,
    status: Annotated[str, typer.Option(help="waiting, approved, rejected, …")] = "waiting",
) -> None:
    """List what waits (or waited), newest first."""

    async def work(tx: Transaction, now: datetime) -> list[Approval]:
        program_id = (await program_by_code(tx, program)).id
        return await approval.select_requests(tx, program_id, now, status=status, limit=LISTED)

    output = output_of(context)
    rows = [
        (one.id, one.title, one.reason, one.maker, one.expires_at.isoformat(timespec="minutes"), one.digest)
        for one in transact(output, work)
    ]
    output.table("Approvals", ("number", "what", "why", "asked by", "until", "digest"), rows)


def approve(context: typer.Context, program: ProgramCode, number: Number, comment: Comment = "") -> None:
    """Approve what somebody else asked for: it is done at once."""
    output = output_of(context)
    url = prepare(Settings(), output.progress)

    async def run() -> Approval:
        async with Database.open(url, min_size=1, max_size=2, name="cli") as db:
            async with db.transaction(read_only=True) as tx:
                program_id, now = (await program_by_code(tx, program)).id, (await clock_in(tx)).now()
            return await approval.approve(
                db, Approvals(), program_id, number, checker=_me(), comment=comment, seen=None, now=now
            )

    decided = asyncio.run(run())
    output.result(decided, f"{decided.title}: {decided.status}, {decided.outcome}.")


def reject(
    context: typer.Context,
    program: ProgramCode,
    number: Number,
    comment: Annotated[str, typer.Option("--comment", "-c", help="Why not")],
) -> None:
    """Reject what somebody else asked for, and say why."""

    async def work(tx: Transaction, now: datetime) -> Approval:
        program_id = (await program_by_code(tx, program)).id
        return await approval.reject(tx, program_id, number, checker=_me(), comment=comment, now=now)

    output = output_of(context)
    decided = transact(output, work)
    output.result(decided, f"{decided.title}: {decided.status}.")


def policy(
    context: typer.Context,
    program: ProgramCode,
    publishing: Annotated[bool | None, typer.Option(help="Every version of the rules")] = None,
    budget_points: Annotated[str | None, typer.Option(help="Budgets over so many points")] = None,
    budget_money: Annotated[str | None, typer.Option(help="Budgets over so much money")] = None,
    adjustment: Annotated[
        str | None, typer.Option(help="Points of a type by hand over so many, such as 500 or 12.50")
    ] = None,
    days: Annotated[int, typer.Option(min=1, max=90, help="How long something waits")] = 7,
    none: Annotated[bool, typer.Option("--none", help="Let nothing need a second person.")] = False,
) -> None:
    """Show what needs a second person in a program, or say it anew with options."""
    output = output_of(context)
    points_over, money_over = (
        _decimal(budget_points, "--budget-points"),
        _decimal(budget_money, "--budget-money"),
    )

    async def work(tx: Transaction, now: datetime) -> tuple[Policy, Amounts]:
        config = await load_config(tx, (await program_by_code(tx, program)).id)
        amounts = Amounts(config, output)
        over = None if adjustment is None else amounts.units(adjustment, hint="--adjustment")
        if over is not None and over < 0:
            raise typer.BadParameter("write a number of 0 or more", param_hint="--adjustment")
        wanted = Policy(bool(publishing), points_over, money_over, over, days)
        if none or wanted.asks or publishing is not None:
            await approval.write_policy(tx, config.id, wanted, now)
        return await approval.select_policy(tx, config.id), amounts

    found, amounts = transact(output, work)
    said = msgspec.structs.asdict(found)
    if found.adjustment_over is not None:
        said["adjustment_over"] = amounts.points(found.adjustment_over)
    output.result(found, "\n".join(f"{name}: {value}" for name, value in said.items()))


def _me() -> str:
    return f"cli:{getpass.getuser()}"


def _decimal(text: str | None, option: str) -> Decimal | None:
    try:
        number = None if text is None else Decimal(text)
    except InvalidOperation:
        number = Decimal("NaN")
    if number is not None and not (number.is_finite() and number >= 0):
        raise typer.BadParameter("write a number of 0 or more", param_hint=option)
    return number
