"""`regulars upkeep run`: follow time up now, or up to an instant; the worker does it every few minutes by itself."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Annotated

import rich.progress as bars
import typer

from regulars.app.output import Exit, Output, output_of
from regulars.app.serve import prepare
from regulars.app.settings import Settings
from regulars.app.shop_clock import clock_at
from regulars.app.system_events import TimePasses
from regulars.features.programs import program_by_code
from regulars.flows.upkeep import Done, Upkeep, Watching
from regulars.infra.db import Database


def register(app: typer.Typer) -> None:
    """Add the group upkeep."""
    group = typer.Typer(help="What happens because time passes.", no_args_is_help=True)
    group.command("run")(run)
    group.callback()(_group)
    app.add_typer(group, name="upkeep")


def run(
    context: typer.Context,
    until: Annotated[datetime | None, typer.Option(help="Instant, UTC; now when left out.")] = None,
    program: Annotated[
        str | None, typer.Option("--program", "-p", help="Code of one program; all of them when left out.")
    ] = None,
) -> None:
    """Do everything that fell due: points that end or become available, holds, tiers, birthdays, schedules.

    Interrupted, it goes on where it stopped; run again, it changes nothing. Exits 5 when something could not be done.
    """
    output = output_of(context)
    url = prepare(Settings(), output.progress)

    async def work() -> Done:
        async with Database.open(url, min_size=1, max_size=2, name="worker") as db:
            program_id, now = None, (await clock_at(db)).now()
            moment = now if until is None else until.replace(tzinfo=until.tzinfo or UTC)
            if program is not None:
                async with db.transaction(read_only=True) as tx:
                    program_id = (await program_by_code(tx, program)).id
            with _watched(output) as watch:
                upkeep = Upkeep(db.transaction, TimePasses(db), output.progress, watch)
                return await upkeep.run(moment, now, program_id)

    done = asyncio.run(work())
    raised = ", ".join(f"{count} {name}" for name, count in sorted(done.events.items())) or "none"
    text = (
        f"{done.steps} moments: {done.settled} things fell due in wallets, "
        f"{done.notices} warnings, events: {raised}"
    )
    text += "".join(f"\nNot done in {one.program}: {one.step}: {one.error}" for one in done.failures)
    output.result(done, text)
    raise typer.Exit(Exit.UNHEALTHY if done.failures else Exit.DONE)


@contextmanager
def _watched(output: Output) -> Iterator[Watching]:
    """Show the moment that a run has come to, on one line of a person's terminal; a pipe and a log hear the result."""
    silent = output.json or output.quiet or not output.errors.is_terminal
    columns = (bars.SpinnerColumn(), bars.TextColumn("{task.description}"), bars.TimeElapsedColumn())
    with bars.Progress(*columns, console=output.errors, disable=silent, transient=True) as shown:
        line = shown.add_task("", total=None)
        yield lambda program, moment: shown.update(line, description=f"{program}: {moment:%Y-%m-%d %H:%M}")


def _group() -> None:
    """Keep `run` a command of its own, also while it is the only one."""
