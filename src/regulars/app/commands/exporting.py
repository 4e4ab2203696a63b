"""`regulars export ledger`: a program's ledger and reports as files."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.progress import Progress

from regulars.app.output import Output, output_of
from regulars.app.serve import prepare
from regulars.app.settings import Settings
from regulars.app.shop_clock import clock_at
from regulars.features.programs import program_by_code
from regulars.flows import export, reporting
from regulars.infra.db import Database


def register(app: typer.Typer) -> None:
    """Add ledger to the group export."""
    for known in app.registered_groups:
        if known.name == "export" and known.typer_instance is not None:
            known.typer_instance.command("ledger")(export_ledger)


def export_ledger(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(file_okay=False, help="Where the files go.")],
    program: Annotated[
        str, typer.Option("--program", "-p", envvar="REGULARS_PROGRAM", help="Code of the program.")
    ],
    form: Annotated[str, typer.Option("--format", help="parquet or csv.")] = "parquet",
    lanes: Annotated[int, typer.Option(min=1, max=64, help="Parts written side by side.")] = 2,
) -> None:
    """Export what was posted since the last export to this folder, and anew what changes. Run it again to go on."""
    if form not in ("parquet", "csv"):
        raise typer.BadParameter("--format is parquet or csv.")
    output = output_of(context)
    found = asyncio.run(_exported(output, folder.absolute(), program, form, lanes))
    output.result(
        msgspec.to_builtins(found),
        f"{found.rows:,} rows in {found.files:,} files below {found.folder}, up to batch {found.until_batch}."
        + (f" Batches up to {found.after_batch} were exported there before." if found.after_batch else ""),
    )


async def _exported(output: Output, folder: Path, program: str, form: str, lanes: int) -> export.Run:
    url = prepare(Settings(), output.progress)
    with Progress(console=output.errors, transient=True, disable=output.quiet or output.json) as bar:
        task = bar.add_task("exporting", total=None)

        async def note(done: int, expected: int) -> None:
            bar.update(task, completed=done, total=expected)

        async with Database.open(url, name="report", max_size=lanes + 1) as db:
            clock = await clock_at(db)
            await reporting.Rollup(db, clock).drain()
            async with db.transaction(read_only=True) as tx:
                program_id = (await program_by_code(tx, program)).id
            return await export.export(db, clock, program_id, folder, form=form, lanes=lanes, note=note)
