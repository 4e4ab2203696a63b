"""`regulars audit …`: who changed what, and whether the log of it is as it was written."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated, Any, TypeVar

import msgspec
import typer

from regulars.app.output import Exit, output_of
from regulars.app.settings import Settings
from regulars.features import audit as changes
from regulars.features.audit import COLUMNS, Entry, Wanted, csv_row, read_anchor, select_entries
from regulars.features.programs import program_by_code
from regulars.infra.csv_files import csv_lines
from regulars.infra.db import Database, Transaction

T = TypeVar("T")
PAGE = 1_000
VALUE_LETTERS_MAX = 60
BEYOND = 2**63 - 1


def register(app: typer.Typer) -> None:
    """Add the group audit."""
    group = typer.Typer(help="The log of changes: who, what, when, before and after.", no_args_is_help=True)
    group.command("list")(list_command)
    group.command("verify")(verify_command)
    app.add_typer(group, name="audit")


def list_command(
    context: typer.Context,
    program: Annotated[
        str | None, typer.Option("--program", "-p", help="Code of the program; all when left out.")
    ] = None,
    actor: Annotated[str | None, typer.Option(help="Who: staff:5, key:12, cli:ann")] = None,
    kind: Annotated[str | None, typer.Option(help="What: a table, such as rulesets.rule")] = None,
    thing: Annotated[str | None, typer.Option("--object", help="Which one: its key or code")] = None,
    since: Annotated[datetime | None, typer.Option(help="From then on (UTC)")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1_000_000, help="At most so many, the newest.")] = 50,
    csv: Annotated[bool, typer.Option("--csv", help="Write CSV.")] = False,
) -> None:
    """List changes, newest first."""

    async def work(tx: Transaction) -> list[Entry]:
        program_id = None if program is None else (await program_by_code(tx, program)).id
        wanted = Wanted(program_id, actor, None, kind, thing, None, since)
        found: list[Entry] = []
        while len(found) < limit:
            before = found[-1].number if found else BEYOND
            rows = await select_entries(tx, wanted, before=before, limit=min(PAGE, limit - len(found)))
            found += rows
            if not rows:
                break
        return found

    output, found = output_of(context), _read(work)
    if csv:
        typer.echo(csv_lines([COLUMNS, *(csv_row(one) for one in found)]), nl=False)
    elif output.json:
        output.result(found)
    else:
        rows = [
            (
                one.number,
                one.at.isoformat(timespec="seconds"),
                one.actor,
                one.action,
                f"{one.kind} {one.name or one.key}",
                _difference(one),
            )
            for one in found
        ]
        output.table("Changes", ("number", "at", "who", "", "what", "before → after"), rows)


def verify_command(
    context: typer.Context,
    anchor: Annotated[
        str | None, typer.Option(help="PLACE:HASH that was noted outside of the database before")
    ] = None,
) -> None:
    """Say whether anybody tampered with the log; exit 5 when somebody did. Keep the anchor it prints elsewhere."""
    noted = read_anchor(anchor) if anchor else None
    output, found = output_of(context), _read(lambda tx: changes.verify(tx, noted))
    result = {**msgspec.structs.asdict(found), "anchor": str(found.anchor), "sound": found.sound}
    verdict = f"{found.entries} entries, anchor {found.anchor}. " + (
        "The log is as it was written." if found.sound else f"Tampered with: {found.problem}"
    )
    output.result(result, verdict if found.number is None else f"{verdict} (entry {found.number})")
    raise typer.Exit(Exit.DONE if found.sound else Exit.UNHEALTHY)


def _read(work: Callable[[Transaction], Awaitable[T]]) -> T:
    async def run() -> T:
        async with (
            Database.open(Settings().database(), min_size=1, max_size=1, name="report") as db,
            db.transaction(read_only=True, snapshot=True) as tx,
        ):
            return await work(tx)

    return asyncio.run(run())


def _difference(one: Entry) -> str:
    if one.action != "changed":
        return ""
    before, after = one.before or {}, one.after or {}
    return "; ".join(f"{name}: {_short(before[name])} → {_short(after.get(name))}" for name in before)


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    return text if len(text) <= VALUE_LETTERS_MAX else f"{text[:VALUE_LETTERS_MAX]}…"
