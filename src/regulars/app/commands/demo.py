"""`regulars demo`: a real year of a real shop, loaded through the intake, explained, and served."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from regulars.app.demo.run import Demo
from regulars.app.logs import configure_logs
from regulars.app.output import Exit, output_of
from regulars.app.settings import Settings


def register(app: typer.Typer) -> None:
    """Add demo."""
    app.command("demo")(demo_command)


def demo_command(
    context: typer.Context,
    serve: Annotated[bool, typer.Option("--serve/--no-serve", help="Leave the server running.")] = True,
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Port to listen on.")] = None,
    invoices: Annotated[int | None, typer.Option(min=1, help="Only the first so many.")] = None,
) -> None:
    """Load a year of a real shop (25,900 invoices) through the intake, show what came of it, and serve it.

    A second run finds the year loaded and changes nothing; a run that was stopped goes on where it was. Exit 5 when the
    books do not add up.
    """
    given = {"host": host, "port": port}
    settings = Settings().model_copy(
        update={name: value for name, value in given.items() if value is not None}
    )
    configure_logs("WARNING")
    demo = Demo(settings, output_of(context), invoices)
    try:
        sound = asyncio.run(demo.run(serve=serve))
    except KeyboardInterrupt:
        if demo.shown:
            raise typer.Exit(Exit.DONE) from None
        demo.progress.end()
        demo.output.progress(
            "Stopped before the end. What was loaded is kept; the same command goes on there."
        )
        raise typer.Exit(Exit.INTERRUPTED) from None
    raise typer.Exit(Exit.DONE if sound else Exit.UNHEALTHY)
