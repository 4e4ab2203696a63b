"""`regulars serve`: the API, the console, and (unless told otherwise) the work behind them."""

from __future__ import annotations

from typing import Annotated

import typer

from regulars.app.logs import configure_logs
from regulars.app.output import output_of
from regulars.app.serve import serve
from regulars.app.settings import Settings


def register(app: typer.Typer) -> None:
    """Add serve."""
    app.command("serve")(serve_command)


def serve_command(
    context: typer.Context,
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Port to listen on.")] = None,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Server processes.")] = 1,
    worker: Annotated[bool, typer.Option(help="Do jobs and webhooks in here as well.")] = True,
) -> None:
    """Serve the API. SIGTERM ends it without dropping a request."""
    given = {"host": host, "port": port, "worker": None if worker else False}
    settings = Settings().model_copy(
        update={name: value for name, value in given.items() if value is not None}
    )
    output = output_of(context)
    configure_logs()
    serve(settings, output.progress, workers=workers)
