"""`regulars migrate` and `regulars db …`: the database and the embedded server."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from regulars.app.output import Exit, output_of
from regulars.app.secret_key import settle_secrets
from regulars.app.settings import Settings
from regulars.infra.db import embedded
from regulars.infra.db.failpoints import list_failpoints
from regulars.infra.db.migrate import Phase, migrate, migration_state
from regulars.kit.errors import Conflict

OWN_SERVER = "REGULARS_DATABASE_URL names a server of your own; start and stop it with its own tools."


def register(app: typer.Typer) -> None:
    """Add migrate and the group db."""
    app.command("migrate")(migrate_command)
    group = typer.Typer(help="The embedded PostgreSQL.", no_args_is_help=True)
    group.command("start")(start)
    group.command("stop")(stop)
    group.command("status")(status)
    group.command("url")(url)
    group.command("failpoints")(failpoints)
    app.add_typer(group, name="db")


def migrate_command(
    context: typer.Context,
    phase: Annotated[
        str, typer.Option(help="pre (before the new code runs), post (after the old code stopped) or all")
    ] = "all",
    check: Annotated[
        bool, typer.Option("--check", help="Change nothing; exit 7 when something is missing.")
    ] = False,
) -> None:
    """Bring the database up to date."""
    output = output_of(context)
    if phase not in ("pre", "post", "all"):
        raise typer.BadParameter("write pre, post or all", param_hint="--phase")
    chosen: Phase = "pre" if phase == "pre" else "post" if phase == "post" else "all"
    settings = Settings()
    target = settings.database()
    if check:
        pending = migration_state(target).pending
        output.result({"pending": pending}, "\n".join(pending) or "Nothing to apply.")
        raise typer.Exit(Exit.DIFFERENT if pending else Exit.DONE)
    applied = migrate(target, phase=chosen, progress=lambda name: output.progress(f"applying {name}"))
    settle_secrets(settings, target, output.progress)
    output.result({"applied": applied}, f"Applied {len(applied)}." if applied else "Nothing to apply.")


def start(context: typer.Context) -> None:
    """Start the embedded server, or find it running."""
    settings = _embedded_settings()
    address = embedded.ensure_running(settings.postgres_folder, port=settings.postgres_port)
    output_of(context).result({"url": address}, f"Running: {address}")


def stop(
    context: typer.Context,
    abruptly: Annotated[
        bool, typer.Option("--abruptly", help="Do not wait; recovery runs at the next start.")
    ] = False,
) -> None:
    """Stop the embedded server."""
    stopped = embedded.stop(_embedded_settings().postgres_folder, abruptly=abruptly)
    output_of(context).result({"stopped": stopped}, "Stopped." if stopped else "It was not running.")


def status(context: typer.Context) -> None:
    """Say whether the embedded server runs; exit 6 when it does not."""
    found = embedded.status(_embedded_settings().postgres_folder)
    text = (
        f"Running as process {found.pid}: {found.url}"
        if found.running
        else f"Not running ({found.data_dir})."
    )
    output_of(context).result(found, text)
    raise typer.Exit(Exit.DONE if found.running else Exit.UNAVAILABLE)


def url(context: typer.Context) -> None:
    """Print the URL of the database; starts nothing."""
    settings = Settings()
    address = settings.database_url or embedded.status(settings.postgres_folder).url
    output_of(context).result({"url": address}, address)


def failpoints(context: typer.Context) -> None:
    """List the fail-points that crash tests can activate."""
    found = list_failpoints(Path(__file__).parents[2])
    output_of(context).table("Fail-points", ["name", "where"], found.items())


def _embedded_settings() -> Settings:
    settings = Settings()
    if settings.database_url:
        raise Conflict(OWN_SERVER)
    return settings
