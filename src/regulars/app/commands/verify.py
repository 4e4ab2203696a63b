"""`regulars verify`: are the books right? The first bad row of each kind is named."""

from __future__ import annotations

import asyncio
from typing import Annotated

import msgspec
import typer

from regulars.app.output import Exit, output_of
from regulars.app.settings import Settings
from regulars.features import audit
from regulars.features.programs import program_by_code
from regulars.flows import books
from regulars.infra.db import Database
from regulars.kit.ids import encode


def register(app: typer.Typer) -> None:
    """Add verify."""
    app.command("verify")(verify)


def verify(
    context: typer.Context,
    program: Annotated[
        str | None,
        typer.Option(
            "--program", "-p", envvar="REGULARS_PROGRAM", help="Code of the program; all when left out."
        ),
    ] = None,
) -> None:
    """Verify the books, and the log of changes, in one snapshot beside everything else that runs.

    Exit 5 when something is wrong. The log runs over all programs; `regulars audit verify` takes an anchor as well.
    """
    output = output_of(context)

    async def work() -> tuple[books.Verification, audit.Verification]:
        async with (
            Database.open(Settings().database(), min_size=1, max_size=1, name="report") as db,
            db.transaction(read_only=True, snapshot=True) as tx,
        ):
            program_id = None if program is None else (await program_by_code(tx, program)).id
            return await books.verify(tx, program_id, progress=output.progress), await audit.verify(tx)

    found, log = asyncio.run(work())
    if output.json:
        told = {"sound": log.sound, "anchor": str(log.anchor), "problem": log.problem}
        output.result({**msgspec.to_builtins(found), "log": told})
    else:
        rows = [
            (check.name, "ok" if not check.bad else f"{check.bad} bad", _first(check))
            for check in found.checks
        ]
        output.table(f"{found.transfers} transfers", ("check", "", "first bad row"), rows)
        output.say("The books are right." if found.healthy else "The books are wrong.")
        output.say(f"The log of changes is {'as it was written' if log.sound else f'not: {log.problem}'}.")
    raise typer.Exit(Exit.DONE if found.healthy and log.sound else Exit.UNHEALTHY)


def _first(check: books.Check) -> str:
    if check.first is None:
        return ""
    whose = encode("mem", check.first.member_id) if check.first.member_id else ""
    return f"{whose} {check.first.id}: {check.first.detail}".strip()
