"""`regulars bench`: how fast it is, each measurement against a baseline of the same run."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from regulars.app.bench import BENCHES, Options
from regulars.app.output import output_of
from regulars.app.settings import Settings

NAMES = ", ".join(BENCHES)


def register(app: typer.Typer) -> None:
    """Add bench."""
    app.command("bench")(bench_command)


def bench_command(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help=f"all, or one of: {NAMES}")] = "all",
    events: Annotated[int | None, typer.Option(min=1, help="How many events, orders or requests.")] = None,
    batch: Annotated[int | None, typer.Option(min=1, max=2_500, help="Events in one transaction.")] = None,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Processes.")] = 2,
    profile: Annotated[bool, typer.Option("--profile", help="Print where Python's time goes.")] = False,
) -> None:
    """Measure in a database of its own, and print one JSON object a line. Nothing here is a test: figures vary."""
    if name != "all" and name not in BENCHES:
        raise typer.BadParameter(f"There is no bench {name!r}; there are {NAMES}.")
    output = output_of(context)
    url = Settings().database()
    for chosen in BENCHES if name == "all" else (name,):
        with tempfile.TemporaryDirectory(prefix="regulars-bench-") as folder:
            options = Options(url, Path(folder), events, batch, workers, profile, output.progress)
            figures = BENCHES[chosen](options)
        sys.stdout.write(msgspec.json.encode(figures).decode() + "\n")
        sys.stdout.flush()
