"""`regulars keys …`: keys of programs, of sources and of the platform. A key is printed once and kept as a hash."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any

import typer

from regulars.app.commands.apply import transact
from regulars.app.commands.secret_key import rotate_secret
from regulars.app.output import output_of
from regulars.app.routers import ROUTERS
from regulars.features.programs import (
    Issued,
    UnknownSource,
    issue_api_key,
    issue_write_key,
    list_keys,
    load_config,
    program_by_code,
    revoke_key,
    sign_source,
    unsign_source,
)
from regulars.infra.db import Transaction
from regulars.infra.web import unknown_scopes
from regulars.kit.errors import Invalid

Program = Annotated[
    str | None,
    typer.Option(
        "--program", "-p", envvar="REGULARS_PROGRAM", help="Code of the program; without: the platform."
    ),
]
Days = Annotated[
    int | None, typer.Option("--days", min=1, max=3650, help="Days until it expires; never without.")
]


def register(app: typer.Typer) -> None:
    """Add the group keys."""
    group = typer.Typer(help="Keys of programs, sources and the platform.", no_args_is_help=True)
    group.command("list")(list_command)
    group.command("issue")(issue)
    group.command("revoke")(revoke)
    group.command("sign")(sign)
    group.command("rotate-secret")(rotate_secret)
    app.add_typer(group, name="keys")


def list_command(context: typer.Context, program: Program = None) -> None:
    """List keys, newest first; never the keys themselves."""

    async def work(tx: Transaction, now: datetime) -> list[tuple[Any, ...]]:
        found = await list_keys(tx, await _program_id(tx, program))
        return [
            (
                key.prefix,
                key.kind,
                key.name,
                " ".join(key.roles),
                _state(key.revoked_at, key.expires_at, now),
                _day(key.last_used_at),
            )
            for key in found
        ]

    output = output_of(context)
    output.table("Keys", ("prefix", "kind", "name", "scopes", "state", "last used"), transact(output, work))


def issue(
    context: typer.Context,
    program: Program = None,
    source: Annotated[str | None, typer.Option(help="A write key of this source, for events.")] = None,
    name: Annotated[
        str | None,
        typer.Option(
            "--name", help="Who has it. Two live keys of one name are the limit; 'cli' for API keys."
        ),
    ] = None,
    scopes: Annotated[
        list[str] | None,
        typer.Option("--scope", "-s", help="What an API key may do, such as members:read; repeat it."),
    ] = None,
    days: Days = None,
) -> None:
    """Make a key and print it, this once: a write key with --source, an API key with --scope."""
    if (source is None) == (not scopes):
        raise typer.BadParameter("say either --source or at least one --scope", param_hint="--source")
    if source is not None and program is None:
        raise typer.BadParameter("a source belongs to a program", param_hint="--program")
    assert ROUTERS  # it is they who declare the scopes
    if errors := unknown_scopes(scopes or ()):
        raise Invalid(errors=errors)

    async def work(tx: Transaction, now: datetime) -> Issued:
        program_id = await _program_id(tx, program)
        expires_at = now + timedelta(days=days) if days else None
        if source is None or program_id is None:
            return await issue_api_key(tx, program_id, name or "cli", scopes or [], now, expires_at)
        known = (await load_config(tx, program_id)).sources_by_code.get(source)
        if known is None:
            raise UnknownSource
        return await issue_write_key(tx, program_id, known.id, known.code, now, expires_at, name or "")

    output = output_of(context)
    made = transact(output, work)
    output.result({"key": made.key, "prefix": made.prefix}, made.key)


def revoke(
    context: typer.Context,
    prefix: Annotated[str, typer.Argument(help="The part between wk_ or ak_ and the secret")],
    program: Program = None,
) -> None:
    """Revoke a key: the next request that comes with it is refused."""

    async def work(tx: Transaction, now: datetime) -> None:
        await revoke_key(tx, await _program_id(tx, program), prefix, now)

    output = output_of(context)
    transact(output, work)
    output.result({"prefix": prefix, "revoked": True}, f"Revoked {prefix}.")


async def _program_id(tx: Transaction, code: str | None) -> int | None:
    return None if code is None else (await program_by_code(tx, code)).id


def _state(revoked_at: datetime | None, expires_at: datetime | None, now: datetime) -> str:
    if revoked_at is not None:
        return "revoked"
    if expires_at is None:
        return "live"
    return "expired" if expires_at <= now else f"until {expires_at.date().isoformat()}"


def _day(instant: datetime | None) -> str:
    return instant.date().isoformat() if instant else ""


def sign(
    context: typer.Context,
    source: Annotated[str, typer.Argument(help="Code of the source")],
    program: Program = None,
    off: Annotated[bool, typer.Option("--off", help="Take its requests without a signature again.")] = False,
) -> None:
    """Let every request of a source be signed, and print the secret, this once."""
    if program is None:
        raise typer.BadParameter("a source belongs to a program", param_hint="--program")

    async def work(tx: Transaction, _: datetime) -> str | None:
        program_id = await _program_id(tx, program)
        assert program_id is not None
        if off:
            await unsign_source(tx, program_id, source)
            return None
        return await sign_source(tx, program_id, source)

    output = output_of(context)
    secret = transact(output, work)
    output.result({"source": source, "secret": secret}, secret or f"{source} is not signed any more.")
