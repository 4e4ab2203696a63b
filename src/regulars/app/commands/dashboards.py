"""`regulars dashboards …`: the dashboards of a program, which roles see first."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from regulars.app.commands.apply import transact
from regulars.app.output import output_of
from regulars.features import dashboards
from regulars.features.programs import program_by_code
from regulars.flows.apply import dump_yaml, read_plain
from regulars.infra.db import Transaction

ProgramCode = Annotated[
    str, typer.Option("--program", "-p", envvar="REGULARS_PROGRAM", help="Code of the program.")
]
Code = Annotated[str, typer.Argument(help="Code of the dashboard.")]
File = Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="YAML or TOML: one dashboard.")]


def register(app: typer.Typer) -> None:
    """Add the group dashboards."""
    group = typer.Typer(help="The program's dashboards.", no_args_is_help=True)
    for name, command in (("list", list_dashboards), ("show", show), ("put", put), ("remove", remove)):
        group.command(name)(command)
    app.add_typer(group, name="dashboards")


def list_dashboards(context: typer.Context, program: ProgramCode) -> None:
    """List the program's dashboards and who sees them first."""
    rows = [
        (one["code"], one["name"], len(one["widgets"]), " ".join(one.get("first_for", ())))
        for one in _kept(context, program)
    ]
    output_of(context).table("Dashboards", ("code", "name", "widgets", "first_for"), rows)


def show(context: typer.Context, program: ProgramCode, code: Code) -> None:
    """Show a dashboard as `put` reads it."""
    found = next((one for one in _kept(context, program) if one["code"] == code), None)
    if found is None:
        raise dashboards.UnknownDashboard
    output_of(context).result(found, dump_yaml(found).rstrip())


def put(context: typer.Context, program: ProgramCode, file: File) -> None:
    """Keep a dashboard of the program: a new one, or in place of the one with its code."""
    code, body = dashboards.dashboard_of(read_plain(file))

    async def work(tx: Transaction, now: datetime) -> int:
        number = (await program_by_code(tx, program)).id
        return (await dashboards.keep_of_program(tx, number, code, body, now=now)).revision

    output = output_of(context)
    revision = transact(output, work)
    plain = dashboards.plain_dashboard(code, body)
    output.result({**plain, "revision": revision}, f"{code} is kept, revision {revision}.")


def remove(context: typer.Context, program: ProgramCode, code: Code) -> None:
    """Remove a dashboard of the program; those who began with it begin as their role does."""

    async def work(tx: Transaction, _: datetime) -> None:
        await dashboards.remove(tx, (await program_by_code(tx, program)).id, dashboards.PROGRAM, code)

    output = output_of(context)
    transact(output, work)
    output.result({"code": code}, f"{code} is removed.")


def _kept(context: typer.Context, program: str) -> list[dict[str, Any]]:
    async def work(tx: Transaction, _: datetime) -> list[dict[str, Any]]:
        found = await dashboards.select_program_dashboards(tx, (await program_by_code(tx, program)).id)
        return [dashboards.plain_kept(one) for one in found]

    return transact(output_of(context), work)
