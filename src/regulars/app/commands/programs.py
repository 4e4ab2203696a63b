"""`regulars programs …`: the programs of this installation. What is in one is written by `apply`."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import typer

from regulars.app.commands.apply import transact
from regulars.app.output import output_of
from regulars.features.programs import archive_program, create_program, list_programs, program_by_code
from regulars.infra.db import Transaction

Code = Annotated[str, typer.Argument(help="Code of the program, such as acme")]


def register(app: typer.Typer) -> None:
    """Add the group programs."""
    group = typer.Typer(help="The programs of this installation.", no_args_is_help=True)
    group.command("list")(list_command)
    group.command("create")(create)
    group.command("archive")(archive)
    group.command("restore")(restore)
    app.add_typer(group, name="programs")


def list_command(
    context: typer.Context,
    archived: Annotated[bool, typer.Option("--archived", help="Archived programs too.")] = False,
) -> None:
    """List the programs."""

    async def work(tx: Transaction, _: datetime) -> list[tuple[Any, ...]]:
        return [
            (p.code, p.name, p.currency, p.zone, p.revision, "archived" if p.archived_at else "")
            for p in await list_programs(tx, archived=archived)
        ]

    output = output_of(context)
    columns = ("code", "name", "currency", "zone", "revision", "state")
    output.table("Programs", columns, transact(output, work))


def create(
    context: typer.Context,
    code: Code,
    name: Annotated[str, typer.Option(help="Its name for people.")],
    currency: Annotated[str, typer.Option(help="ISO 4217; fixed once made.")] = "EUR",
    zone: Annotated[str, typer.Option(help="IANA time zone whose calendar it keeps.")] = "Europe/Berlin",
    region: Annotated[str, typer.Option(help="Country of telephone numbers without a code.")] = "DE",
) -> None:
    """Make an empty program."""

    async def work(tx: Transaction, now: datetime) -> None:
        await create_program(tx, code, name, currency=currency, zone=zone, region=region, now=now)

    output = output_of(context)
    transact(output, work)
    output.result(
        {"code": code}, f"Made {code}. Write its point types, stores and rules with 'regulars apply'."
    )


def archive(context: typer.Context, code: Code) -> None:
    """Archive a program: its keys stop working, its books stay."""

    async def work(tx: Transaction, now: datetime) -> None:
        await archive_program(tx, (await program_by_code(tx, code)).id, now)

    output = output_of(context)
    transact(output, work)
    output.result({"code": code, "archived": True}, f"Archived {code}.")


def restore(context: typer.Context, code: Code) -> None:
    """Bring an archived program back; its keys work again."""

    async def work(tx: Transaction, _: datetime) -> None:
        await archive_program(tx, (await program_by_code(tx, code)).id, None)

    output = output_of(context)
    transact(output, work)
    output.result({"code": code, "archived": False}, f"{code} is back.")
