"""`regulars apply` and `regulars export program`: a program as code."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from regulars.app.approval_limits import ApprovalLimits
from regulars.app.output import Exit, Output, output_of
from regulars.app.serve import prepare
from regulars.app.settings import Settings
from regulars.app.shop_clock import clock_in, told
from regulars.features.programs import load_config, program_by_code
from regulars.features.rulesets import FieldChange, ObjectChange, encode_document
from regulars.flows.apply import (
    Applied,
    Plan,
    Source,
    apply_document,
    dump_yaml,
    export_program,
    named_changes,
    read_source,
    shown,
    with_lines,
)
from regulars.infra.db import Database, Transaction
from regulars.kit.errors import Invalid, Rejected

T = TypeVar("T")

# Letters of a value that a plan shows; the whole of it is in the document.
VALUE_LETTERS_MAX = 72
SIGNS = {"create": ("+", "green"), "change": ("~", "yellow")}
GONE = ("-", "red")

ProgramOption = Annotated[
    str | None, typer.Option("--program", "-p", envvar="REGULARS_PROGRAM", help="Code of the program")
]


class NothingAgreed(Invalid):
    """Nobody is there to agree to the plan. Look at it with --dry-run, then apply it with --yes."""


def register(app: typer.Typer) -> None:
    """Add apply and the group export."""
    app.command("apply")(apply_command)
    group = typer.Typer(help="Write what is in the database as files.", no_args_is_help=True)
    group.callback()(_group)
    group.command("program")(export_command)
    app.add_typer(group, name="export")


def apply_command(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="YAML or TOML")],
    program: ProgramOption = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show the plan; exit 7 if it changes anything.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Carry the plan out without asking.")] = False,
) -> None:
    """Make a program what a file says: show what would change, ask, and do it in one transaction."""
    output = output_of(context)
    source = read_source(file, program)
    code = program or (source.document.program.code if source.document.program else None)
    if code is None:
        raise typer.BadParameter("the file names no program", param_hint="--program")

    def attempt(**options: Any) -> Applied:
        return _located(source, lambda: transact(output, _apply(source, code, **options)))

    _tell_time(output)
    planned = attempt(dry_run=True).plan
    _show(output, planned)
    if planned.empty or dry_run:
        if output.json:
            output.result(shown(Applied(planned)))
        raise typer.Exit(Exit.DIFFERENT if dry_run and not planned.empty else Exit.DONE)
    if not yes:
        _ask(output)
    applied = attempt(planned=planned.digest)
    if output.json:
        output.result(shown(applied))
        return
    output.say("Done.")
    for name, key in applied.keys.items():
        output.result(key, f"Write key of the source {name}, shown this once: {key}")


def export_command(
    context: typer.Context,
    program: Annotated[
        str, typer.Option("--program", "-p", envvar="REGULARS_PROGRAM", help="Code of the program")
    ],
    to: Annotated[Path | None, typer.Option("--to", help="A file to write; the terminal otherwise")] = None,
    list_members: Annotated[
        bool, typer.Option("--list-members", help="Say also who is on each marketing list.")
    ] = False,
) -> None:
    """Write a program as the document that apply reads; applying it again changes nothing."""
    output = output_of(context)

    async def work(tx: Transaction, _: datetime) -> dict[str, Any]:
        found = await program_by_code(tx, program)
        config = await load_config(tx, found.id)
        return await export_program(tx, config, ApprovalLimits(), list_members=list_members)

    plain = transact(output, work)
    text = encode_document(plain) + "\n" if output.json else dump_yaml(plain)
    if to is None:
        sys.stdout.write(text)
    else:
        to.write_text(text, encoding="utf-8")
        output.say(f"Wrote {to}.")


def transact(output: Output, work: Callable[[Transaction, datetime], Awaitable[T]]) -> T:
    """Return what `work(tx, now)` returns, done in one transaction on the database of the settings, at its time."""
    url = prepare(Settings(), output.progress)

    async def run() -> T:
        async with Database.open(url, min_size=1, max_size=1, name="cli") as db, db.transaction() as tx:
            return await work(tx, (await clock_in(tx)).now())

    return asyncio.run(run())


def _tell_time(output: Output) -> None:
    """Say it where the time is not the machine's: what is applied holds from then on."""

    async def work(tx: Transaction, _: datetime) -> str | None:
        return told(await clock_in(tx))

    sentence = transact(output, work)
    if sentence is not None:
        output.progress(sentence)


def _group() -> None:
    """Keep `program` a command of its own, also while it is the only one."""


def _apply(
    source: Source, code: str, **options: Any
) -> Callable[[Transaction, datetime], Awaitable[Applied]]:
    async def work(tx: Transaction, now: datetime) -> Applied:
        options.setdefault("may_create", True)
        return await apply_document(
            tx, source.document, code, now=now, by="cli", limits=ApprovalLimits(), **options
        )

    return work


def _located(source: Source, work: Callable[[], T]) -> T:
    """Return what `work` returns; refusals say the line of the file they are about."""
    try:
        return work()
    except Rejected as refusal:
        refusal.errors = tuple(with_lines(refusal.errors, source))
        raise


def _ask(output: Output) -> None:
    if output.json or not sys.stdin.isatty():
        raise NothingAgreed
    if not typer.confirm("Carry this out?", err=True):
        raise typer.Exit(Exit.REFUSED)


def _show(output: Output, plan: Plan) -> None:
    if output.json:
        return
    if plan.empty:
        output.say(f"{plan.program} is as the file says; nothing to change.")
        return
    named, more = named_changes(plan)
    output.say(f"Plan for {plan.program}{' (a new program)' if plan.creates else ''}")
    for change in named:
        _show_change(output, change)
    if more:
        output.say(f"  … and {more:,} more products")
    if plan.version is not None:
        output.say(f"  publish the rules as version {plan.version}")
    elif not plan.publishes and any(change.kind == "rule" for change in plan.changes):
        output.say("  the rules are not published: write `publish: true`")


def _show_change(output: Output, change: ObjectChange) -> None:
    sign, colour = SIGNS.get(change.action, GONE)
    if output.quiet:
        return
    rest = "" if change.action in SIGNS else f" ({change.action})"
    output.console.print(
        f"  {sign} {change.kind} {change.code}{rest}", style=colour, markup=False, soft_wrap=True
    )
    for field in change.fields if change.action == "change" else ():
        output.console.print(f"      {_field(field)}", markup=False, soft_wrap=True)


def _field(field: FieldChange) -> str:
    name = f"{field.path}: " if field.path else ""
    return f"{name}{_value(field.before)} → {_value(field.after)}"


def _value(value: Any) -> str:
    text = "nothing" if value is None else encode_document(value)
    return text if len(text) <= VALUE_LETTERS_MAX else f"{text[: VALUE_LETTERS_MAX - 1]}…"
