"""`regulars draws …`: look at draws, run them, and check one that was revealed without trusting anybody."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from regulars.app.commands.apply import transact
from regulars.app.output import Exit, output_of
from regulars.features import draws
from regulars.features.draws import Held, Published, StoredDraw
from regulars.features.members import resolve_ref, select_merged_ids
from regulars.features.programs import load_config, program_by_code
from regulars.flows import couponing
from regulars.flows.prizes import close, reveal
from regulars.infra.db import Transaction

ProgramCode = Annotated[
    str, typer.Option("--program", "-p", envvar="REGULARS_PROGRAM", help="Code of the program.")
]
Code = Annotated[str, typer.Argument(help="Code of the draw.")]


def register(app: typer.Typer) -> None:
    """Add the group draws."""
    group = typer.Typer(help="Draws and instant wins.", no_args_is_help=True)
    group.command("list")(list_draws)
    group.command("tickets")(tickets)
    group.command("open")(open_draw)
    group.command("close")(close_draw)
    group.command("reveal")(reveal_draw)
    group.command("published")(published)
    group.command("verify")(verify)
    app.add_typer(group, name="draws")


def list_draws(context: typer.Context, program: ProgramCode) -> None:
    """List draws with their commitments."""

    async def work(tx: Transaction, _: datetime) -> list[tuple[Any, ...]]:
        found = await draws.select_draws(tx, (await program_by_code(tx, program)).id)
        return [(one.draw.code, one.draw.kind, one.status, one.commitment or "") for one in found]

    output = output_of(context)
    output.table("Draws", ("code", "kind", "status", "commitment"), transact(output, work))


def tickets(
    context: typer.Context,
    program: ProgramCode,
    ref: Annotated[str, typer.Argument(help="mem_…, or kind:value such as email:ann@example.com")],
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many at most.")] = 100,
) -> None:
    """List a member's tickets and plays, latest first, with what they won."""

    async def work(tx: Transaction, _: datetime) -> list[Held]:
        config = await load_config(tx, (await program_by_code(tx, program)).id)
        whose = await select_merged_ids(tx, await resolve_ref(tx, config, ref))
        return await draws.select_held(tx, config.id, whose, limit=limit)

    output = output_of(context)
    columns = ("draw", "status", "entry", "place", "tickets", "at", "taken back", "won")
    output.table("Tickets", columns, [_held(one) for one in transact(output, work)])


def _held(held: Held) -> tuple[Any, ...]:
    number = (None, held.number) if held.played else (held.number, None)
    back = "" if held.cancelled_at is None else held.cancelled_at.isoformat(timespec="minutes")
    won = ", ".join(prize.name for prize in held.prizes)
    at = held.at.isoformat(timespec="minutes")
    return (held.draw.code, held.status, *number, held.tickets, at, back, won)


def open_draw(context: typer.Context, program: ProgramCode, code: Code) -> None:
    """Open a draw: its seed is fixed, and its commitment is for everybody to see."""

    async def work(tx: Transaction, now: datetime) -> StoredDraw:
        return await draws.open_draw(tx, (await program_by_code(tx, program)).id, code, now)

    _tell(context, transact(output_of(context), work))


def close_draw(
    context: typer.Context,
    program: ProgramCode,
    code: Code,
    public_value: Annotated[str, typer.Option(help="The public value that was announced.")] = "",
) -> None:
    """Close a draw: who won is fixed, and nobody sees it yet."""

    async def work(tx: Transaction, now: datetime) -> StoredDraw:
        program_id = (await program_by_code(tx, program)).id
        return await close(tx, couponing, program_id, code, now, public_value)

    _tell(context, transact(output_of(context), work))


def reveal_draw(context: typer.Context, program: ProgramCode, code: Code) -> None:
    """Reveal a closed draw; prizes are given from now on."""

    async def work(tx: Transaction, now: datetime) -> StoredDraw:
        return await reveal(tx, (await program_by_code(tx, program)).id, code, now)

    _tell(context, transact(output_of(context), work))


def published(
    context: typer.Context,
    program: ProgramCode,
    code: Code,
    to: Annotated[Path, typer.Option("--to", help="A file to write.")],
) -> None:
    """Write all that anybody needs to check a revealed draw."""

    async def work(tx: Transaction, _: datetime) -> Published:
        return await draws.publish_draw(tx, (await program_by_code(tx, program)).id, code)

    output = output_of(context)
    found = transact(output, work)
    to.write_bytes(msgspec.json.format(msgspec.json.encode(found), indent=1) + b"\n")
    output.result({"file": str(to), "winners": len(found.winners)}, f"Wrote {to}.")


def verify(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="What was published, as JSON.")],
) -> None:
    """Check a published draw with nothing but the file: the promise, the tickets, every winner."""
    output = output_of(context)
    try:
        found = msgspec.json.decode(file.read_bytes(), type=Published)
        wrong = draws.faults(found)
    except (msgspec.DecodeError, ValueError) as mistake:
        raise typer.BadParameter(f"{file} is no published draw: {mistake}", param_hint="FILE") from None
    says = "\n".join(wrong) or f"{found.draw}: {len(found.winners)} prizes went where the seed says."
    output.result({"draw": found.draw, "right": not wrong, "faults": wrong}, says)
    if wrong:
        raise typer.Exit(Exit.UNHEALTHY)


def _tell(context: typer.Context, stored: StoredDraw) -> None:
    facts = {"draw": stored.draw.code, "status": stored.status, "commitment": stored.commitment}
    output_of(context).result(facts, f"{stored.draw.code} is {stored.status}; {stored.commitment}")
