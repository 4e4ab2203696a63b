"""`regulars import …` and `regulars export members`: files in, files out, however large."""

from __future__ import annotations

import asyncio
import gc
import sys
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from regulars.app.output import Exit, Output, output_of
from regulars.app.serve import prepare
from regulars.app.settings import Settings
from regulars.app.shop_clock import clock_at
from regulars.features import catalog, members
from regulars.features.programs import ProgramConfig, load_config, program_by_code
from regulars.infra.db import Database

T = TypeVar("T")

GC_THRESHOLD = 200_000

ProgramCode = Annotated[
    str, typer.Option("--program", "-p", envvar="REGULARS_PROGRAM", help="Code of the program.")
]
File = Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A CSV file in UTF-8 with a header.")]
Renamed = Annotated[
    list[str] | None,
    typer.Option("--map", help="HEADER=column, such as 'E-Mail=email'; HEADER=- leaves a column out."),
]


def register(app: typer.Typer) -> None:
    """Add the group import, and members to the group export."""
    group = typer.Typer(help="Read files into a program.", no_args_is_help=True)
    group.command("members")(import_members)
    group.command("products")(import_products)
    group.command("stock")(import_stock)
    app.add_typer(group, name="import")
    _export_group(app).command("members")(export_members)


def import_members(context: typer.Context, program: ProgramCode, file: File, renamed: Renamed = None) -> None:
    """Import members. Stopped half-way, the same command goes on where it was; a second time changes nothing."""
    output = output_of(context)
    columns = dict(_renaming(entry) for entry in renamed or [])
    with _bar(output, file) as show:

        async def work(db: Database, config: ProgramConfig) -> members.ImportProgress:
            return await members.import_members(
                db,
                config,
                file,
                clock=await clock_at(db),
                renamed=columns,
                on_progress=lambda at: show(at.bytes_done, at.bytes_total),
            )

        done = _run(output, program, work)
    _report(
        output,
        file,
        {"created": done.created, "updated": done.updated, "refused": done.refused, "lines": done.lines},
    )


def import_products(context: typer.Context, program: ProgramCode, file: File) -> None:
    """Import products: sku, name, category, brand, points, price, earns, attribute.<name>."""
    output = output_of(context)
    with _bar(output, file) as show:

        async def work(db: Database, config: ProgramConfig) -> catalog.Imported:
            return await catalog.import_products(
                db,
                config.id,
                file,
                clock=await clock_at(db),
                on_progress=lambda at: show(at.bytes_done, at.bytes_total),
            )

        done = _run(output, program, work)
    _report(output, file, {"taken": done.taken, "refused": done.refused})


def import_stock(context: typer.Context, program: ProgramCode, file: File) -> None:
    """Import what stores have of products: sku, store, quantity."""
    output = output_of(context)
    with _bar(output, file) as show:

        async def work(db: Database, config: ProgramConfig) -> catalog.Imported:
            return await catalog.import_stock(
                db,
                config.id,
                file,
                stores=config.stores.keys(),
                clock=await clock_at(db),
                on_progress=lambda at: show(at.bytes_done, at.bytes_total),
            )

        done = _run(output, program, work)
    _report(output, file, {"taken": done.taken, "refused": done.refused})


def export_members(
    context: typer.Context,
    program: ProgramCode,
    to: Annotated[Path | None, typer.Option("--to", help="A file to write; the terminal otherwise")] = None,
) -> None:
    """Export members as the CSV file that import reads; cells are safe to open in a spreadsheet."""
    output = output_of(context)

    async def work(db: Database, config: ProgramConfig) -> int:
        written = 0
        target = sys.stdout if to is None else to.open("w", encoding="utf-8", newline="")
        try:
            async with db.transaction(read_only=True, snapshot=True) as tx:
                async for text in members.export_members(tx, config):
                    target.write(text)
                    written += len(text)
        finally:
            if to is not None:
                target.close()
        return written

    characters = _run(output, program, work)
    if to is not None:
        output.result({"file": str(to), "characters": characters}, f"Wrote {to}.")


def _export_group(app: typer.Typer) -> typer.Typer:
    """Return the group export, which another module may have made."""
    for known in app.registered_groups:
        if known.name == "export" and known.typer_instance is not None:
            return known.typer_instance
    group = typer.Typer(help="Write what is in the database as files.", no_args_is_help=True)
    app.add_typer(group, name="export")
    return group


def _run(output: Output, program: str, work: Callable[[Database, ProgramConfig], Awaitable[T]]) -> T:
    url = prepare(Settings(), output.progress)
    # A file is a million small objects that refer to nothing: looking for circles among them takes a fifth of the time.
    gc.set_threshold(GC_THRESHOLD)

    async def run() -> T:
        async with Database.open(url, min_size=1, max_size=2, name="report") as db:
            async with db.transaction(read_only=True) as tx:
                config = await load_config(tx, (await program_by_code(tx, program)).id)
            return await work(db, config)

    return asyncio.run(run())


@contextmanager
def _bar(output: Output, file: Path) -> Iterator[Callable[[int, int], None]]:
    """Show how far a file has been read, on the standard error of a person's terminal."""
    if output.quiet or output.json or not output.errors.is_terminal:
        yield lambda done, total: None  # noqa: ARG005
        return
    columns: Sequence[Any] = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=output.errors) as progress:
        task = progress.add_task(f"{file.name} (bytes)", total=file.stat().st_size)
        yield lambda done, total: progress.update(task, completed=done, total=total)


def _report(output: Output, file: Path, counts: dict[str, int]) -> None:
    text = ", ".join(f"{name} {count}" for name, count in counts.items())
    refused = file.with_name(f"{file.name}.errors.csv")
    where = f"; what was refused and why: {refused}" if counts["refused"] else ""
    output.result(counts | ({"errors": str(refused)} if where else {}), f"{text}{where}")
    if counts["refused"]:
        raise typer.Exit(Exit.REFUSED)


def _renaming(entry: str) -> tuple[str, str]:
    name, equals, column = entry.rpartition("=")
    if not equals or not name or not column:
        raise typer.BadParameter("write HEADER=column, such as 'E-Mail=email'", param_hint="--map")
    return name, column
