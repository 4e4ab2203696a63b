"""`regulars worker`: jobs, schedules, outbox and webhooks in a process of their own."""

from __future__ import annotations

import asyncio

import typer

from regulars.app.logs import configure_logs
from regulars.app.output import output_of
from regulars.app.serve import look_after, prepare
from regulars.app.settings import Settings
from regulars.app.worker import work


def register(app: typer.Typer) -> None:
    """Add worker."""
    app.command("worker")(worker_command)


def worker_command(context: typer.Context) -> None:
    """Do jobs, tick schedules and deliver webhooks until told to stop. Start as many as you like."""
    settings = Settings()
    output = output_of(context)
    configure_logs()
    url = prepare(settings, output.progress)
    look_after(settings)
    output.progress("working; SIGTERM or Ctrl-C stops it")
    asyncio.run(work(settings, url))
