"""`regulars migrate` and `regulars db …`: the database, its backups and the embedded server."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress

from regulars.app.output import Exit, Output, output_of
from regulars.app.secret_key import settle_secrets
from regulars.app.settings import Settings
from regulars.infra.clock import SystemClock
from regulars.infra.db import embedded
from regulars.infra.db.backup import back_up, restore
from regulars.infra.db.failpoints import list_failpoints
from regulars.infra.db.migrate import Phase, migrate, migration_state
from regulars.infra.sealing import SecretKeyMalformed, SecretKeyMissing, SecretKeyWrong
from regulars.kit.errors import Conflict

OWN_SERVER = "REGULARS_DATABASE_URL names a server of your own; start and stop it with its own tools."


def register(app: typer.Typer) -> None:
    """Add migrate and the group db."""
    app.command("migrate")(migrate_command)
    group = typer.Typer(help="The database: backups, and the embedded PostgreSQL.", no_args_is_help=True)
    group.command("backup")(backup_command)
    group.command("restore")(restore_command)
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


def backup_command(
    context: typer.Context,
    file: Annotated[
        Path | None,
        typer.Argument(dir_okay=False, help="The new file; regulars-<moment>.backup when left out."),
    ] = None,
) -> None:
    """Write everything in the database into one new file, as it is at one moment; nobody has to stop for it."""
    output = output_of(context)
    settings = Settings()
    target = file or Path(f"regulars-{SystemClock().now():%Y%m%dT%H%M%SZ}.backup")
    with _bar(output, "backing up") as progress:
        made = back_up(settings.database(), target, progress)
    output.result(made, f"{made.file}: {made.size / 1e6:,.1f} MB, {made.tables} tables, {made.seconds} s.")
    output.say("The key that opens the secrets in it is elsewhere: " + _where_keys_are(settings))


def restore_command(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(dir_okay=False, help="A file of 'regulars db backup'.")],
) -> None:
    """Read a backup into an empty database: a new home, or a database of your own (REGULARS_DATABASE_URL).

    Whole or not at all. It is brought up to date like any other database; then verify the books.
    """
    output = output_of(context)
    settings = Settings()
    target = settings.database()
    with _bar(output, "restoring") as progress:
        found = restore(target, file, progress)
    applied = migrate(target, progress=lambda name: output.progress(f"applying {name}"))
    output.result(found, f"Restored {found.tables} tables in {found.seconds} s.")
    for name in applied:
        output.say(f"Brought up to date: {name}")
    try:
        settle_secrets(settings, target, output.progress)
    except (SecretKeyMissing, SecretKeyWrong, SecretKeyMalformed) as refusal:
        output.progress(f"{refusal} Points do not need it; 'Operate' in the documents says more.")
    output.say("Next: 'regulars verify', then 'regulars serve'.")


def _where_keys_are(settings: Settings) -> str:
    place = settings.keys()
    return "keep a copy of " + (str(place.file) if place.text is None else "REGULARS_SECRET_KEY") + " apart."


@contextmanager
def _bar(output: Output, what: str) -> Iterator[Callable[[str, int, int], None]]:
    with Progress(console=output.errors, transient=True, disable=output.quiet or output.json) as bar:
        task = bar.add_task(what, total=None)

        def note(name: str, done: int, tables: int) -> None:
            bar.update(task, description=f"{what} {name}", completed=done, total=tables)

        yield note


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
