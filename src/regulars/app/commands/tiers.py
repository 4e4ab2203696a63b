"""`regulars tiers …`: the tier sets of a program, and those that take force later."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from regulars.app.commands.apply import transact
from regulars.app.output import output_of
from regulars.features import tiers
from regulars.features.programs import program_by_code
from regulars.flows.accrual import Rulebooks, micros, preview_document
from regulars.flows.apply import read_plain, schedule_tiers, take_program
from regulars.infra.db import Transaction
from regulars.kit import ids

ProgramCode = Annotated[
    str, typer.Option("--program", "-p", envvar="REGULARS_PROGRAM", help="Code of the program.")
]
Code = Annotated[str, typer.Argument(help="Code of the tier set.")]
File = Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="YAML or TOML: one tier set.")]
At = Annotated[str, typer.Option("--at", help="When it takes force: 2027-01-01T00:00:00Z.")]


def register(app: typer.Typer) -> None:
    """Add the group tiers."""
    group = typer.Typer(help="Tier sets.", no_args_is_help=True)
    group.command("list")(list_tiers)
    group.command("scheduled")(list_scheduled)
    group.command("preview")(preview)
    group.command("schedule")(schedule)
    group.command("cancel")(cancel)
    app.add_typer(group, name="tiers")


def list_tiers(context: typer.Context, program: ProgramCode) -> None:
    """List tier sets as they are in force."""

    async def work(tx: Transaction, _: datetime) -> list[tuple[Any, ...]]:
        found = await tiers.select_tier_sets(tx, (await program_by_code(tx, program)).id)
        return [
            (
                one.code,
                one.version,
                one.document.status,
                one.in_force_from.isoformat(),
                " ".join(tier.code for tier in one.document.tiers),
            )
            for one in found
        ]

    output = output_of(context)
    output.table("Tier sets", ("code", "version", "status", "in_force_from", "tiers"), transact(output, work))


def list_scheduled(context: typer.Context, program: ProgramCode) -> None:
    """List the versions of tier sets that are to come."""

    async def work(tx: Transaction, _: datetime) -> list[tuple[Any, ...]]:
        found = await tiers.select_scheduled(tx, (await program_by_code(tx, program)).id)
        return [
            (
                one.code,
                one.in_force_from.isoformat(),
                " ".join(tier.code for tier in one.document.tiers),
                one.problem,
            )
            for one in found
        ]

    output = output_of(context)
    output.table("To come", ("code", "in_force_from", "tiers", "problem"), transact(output, work))


def preview(context: typer.Context, program: ProgramCode, file: File) -> None:
    """Say who would move if a tier set were as the file says; nothing is written."""
    raw = read_plain(file)

    async def work(tx: Transaction, now: datetime) -> tiers.Moves:
        book = await Rulebooks().read(tx, (await program_by_code(tx, program)).id)
        return await preview_document(tx, book, raw, micros(now))

    output = output_of(context)
    moves = transact(output, work)
    rows = [
        (before or "(none)", after or "(none)", count, " ".join(ids.encode("mem", one) for one in sample))
        for (before, after), count in sorted(moves.counts.items())
        for sample in [moves.samples.get((before, after), [])]
    ]
    output.say(f"{moves.moved:,} of {sum(moves.counts.values()):,} members would move.")
    output.table("Tiers", ("from", "to", "members", "such as"), rows)


def schedule(context: typer.Context, program: ProgramCode, file: File, at: At) -> None:
    """Let a tier set take force at an instant, in place of what was to come before."""
    raw = {**read_plain(file), "in_force_from": at}

    async def work(tx: Transaction, now: datetime) -> tiers.ScheduledTierSet:
        return await schedule_tiers(tx, (await program_by_code(tx, program)).id, raw, now=now)

    output = output_of(context)
    found = transact(output, work)
    output.result(
        tiers.plain_scheduled(found), f"{found.code} takes force at {found.in_force_from.isoformat()}."
    )


def cancel(context: typer.Context, program: ProgramCode, code: Code) -> None:
    """Let a tier set stay as it is."""

    async def work(tx: Transaction, _: datetime) -> None:
        config = await take_program(tx, (await program_by_code(tx, program)).id)
        await tiers.cancel_scheduled(tx, config.id, code)

    output = output_of(context)
    transact(output, work)
    output.result({"code": code}, f"{code} stays as it is.")
