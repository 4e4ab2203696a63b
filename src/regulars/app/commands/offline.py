"""`regulars offline …`: the keys of offline spending, and what a till without network can know of a token."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from regulars.app.commands.apply import transact
from regulars.app.output import output_of
from regulars.features.programs import program_by_code
from regulars.flows import offline
from regulars.infra.clock import SystemClock
from regulars.infra.db import Transaction
from regulars.kit.ids import encode
from regulars.kit.points import format_points

ProgramCode = Annotated[
    str, typer.Option("--program", "-p", envvar="REGULARS_PROGRAM", help="Code of the program.")
]


def register(app: typer.Typer) -> None:
    """Add the group offline."""
    group = typer.Typer(help="Spending where there is no network.", no_args_is_help=True)
    group.command("keys")(keys)
    group.command("rotate")(rotate)
    group.command("check")(check)
    app.add_typer(group, name="offline")


def keys(
    context: typer.Context,
    program: ProgramCode,
    to: Annotated[Path | None, typer.Option("--to", help="A file to write; the terminal otherwise")] = None,
) -> None:
    """Write the public keys that tills check tokens with."""

    async def work(tx: Transaction, now: datetime) -> dict[str, Any]:
        return await offline.published_keys(tx, (await program_by_code(tx, program)).id, now)

    output = output_of(context)
    found = transact(output, work)
    text = msgspec.json.format(msgspec.json.encode(found), indent=1).decode()
    if to is None:
        output.result(found, text)
    else:
        to.write_text(f"{text}\n")
        output.result({"file": str(to), "keys": len(found["keys"])}, f"Wrote {to}.")


def rotate(context: typer.Context, program: ProgramCode) -> None:
    """Let a new key sign from here on; the old one stays published until its tokens are over."""

    async def work(tx: Transaction, now: datetime) -> str:
        return (await offline.rotate_keys(tx, (await program_by_code(tx, program)).id, now)).id

    output = output_of(context)
    key = transact(output, work)
    output.result({"key": key}, f"The key {key} signs from now on; tills fetch the new list.")


def check(
    context: typer.Context,
    token: Annotated[str, typer.Argument(help="The token, as it was scanned.")],
    key: Annotated[Path, typer.Option("--key", exists=True, dir_okay=False, help="A file of public keys.")],
) -> None:
    """Check a token with public keys alone: needs no network and no database."""
    try:
        known = msgspec.json.decode(key.read_bytes())
    except msgspec.DecodeError as mistake:
        raise typer.BadParameter(f"{key} is no list of keys: {mistake}", param_hint="--key") from None
    claims = offline.check_token(token, known, SystemClock().now())
    facts = {
        "program": claims.program,
        "member": encode("mem", claims.member_id),
        "hold": encode("hld", claims.hold_id),
        "points": claims.points,
        "point_type": claims.point_type,
        "scale": claims.scale,
        "expires_at": claims.expires_at.isoformat().replace("+00:00", "Z"),
    }
    good_for = format_points(claims.points, claims.scale)
    says = f"Good for {good_for} {claims.point_type} until {facts['expires_at']}."
    output_of(context).result(facts, says)
