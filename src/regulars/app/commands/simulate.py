"""`regulars simulate`: what the draft, or a file of rules, would have given for what really happened."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from rich.progress import Progress

from regulars.app.amounts import Amounts
from regulars.app.commands.explain import Program
from regulars.app.output import Output, output_of
from regulars.app.serve import prepare
from regulars.app.settings import Settings
from regulars.app.shop_clock import clock_in
from regulars.features.programs import load_config, program_by_code
from regulars.flows.accrual.insight import micros
from regulars.flows.apply import read_source, vocabulary_of
from regulars.flows.simulation import Plan, compared_with_force, simulate, simulated_document
from regulars.infra.db import Database

# What a page of a terminal still shows below the tables.
FINDINGS_SHOWN = 5
CHANGES_SHOWN = 10
SECTIONS = ("rules", "collections", "tables", "groups", "campaigns")


def register(app: typer.Typer) -> None:
    """Add simulate."""
    app.command("simulate")(simulate_rules)


def simulate_rules(
    context: typer.Context,
    program: Program,
    rules: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="YAML with rules in place of all rules of the draft"),
    ] = None,
    with_: Annotated[
        Path | None,
        typer.Option(
            "--with",
            exists=True,
            dir_okay=False,
            help="YAML with rules that are added to the draft, or replace those with their code; all others stay",
        ),
    ] = None,
    from_: Annotated[
        datetime | None, typer.Option("--from", help="First instant that counts, in UTC")
    ] = None,
    to: Annotated[datetime | None, typer.Option(help="First instant that no longer counts, in UTC")] = None,
    empty: Annotated[bool, typer.Option("--empty", help="Members begin the window with nothing.")] = False,
    processes: Annotated[int, typer.Option(min=1, max=64)] = 2,
) -> None:
    """Replay the program's history against the draft and report the difference. Nothing is written.

    Compared are what each event gave under the rules of its day ("now") and what it would have given under the draft:
    the rules as `regulars rules publish` would publish them. --with tries a rule among them, --rules other rules alone.
    """
    output = output_of(context)
    if rules is not None and with_ is not None:
        raise typer.BadParameter("say --rules or --with, not both", param_hint="--with")
    file = rules or with_
    sections = None if file is None else _sections(file)
    url = prepare(Settings(), output.progress)

    async def run() -> tuple[dict[str, Any], Amounts]:
        async with Database.open(url, name="report", max_size=2) as db:
            async with db.transaction(read_only=True) as tx:
                now = (await clock_in(tx)).now()
                program_id = (await program_by_code(tx, program)).id
                amounts = Amounts(await load_config(tx, program_id), output)
                vocabulary = await vocabulary_of(tx, program_id)
                document, same_as = await simulated_document(
                    tx, program_id, vocabulary, now, sections, keep_others=with_ is not None
                )
                compared = await compared_with_force(tx, program_id, document, now)
            plan = Plan(
                program_id, document, micros(now), same_as=same_as, processes=processes, compared=compared
            )
            window: dict[str, Any] = {"start": "empty" if empty else "replayed"}
            if from_ is not None:
                window["from_at"] = micros(from_.replace(tzinfo=UTC))
            if to is not None:
                window["to_at"] = micros(to.replace(tzinfo=UTC))
            return await _followed(output, db, msgspec.structs.replace(plan, **window), url), amounts

    report, amounts = asyncio.run(run())
    if output.json:
        output.result(report)
    else:
        _show(output, report, amounts)


async def _followed(output: Output, db: Database, plan: Plan, url: str) -> dict[str, Any]:
    with Progress(console=output.errors, transient=True, disable=output.quiet or output.json) as bar:
        task = bar.add_task("simulating", total=None)

        async def follow(done: int, expected: int) -> None:
            bar.update(task, completed=done, total=expected)

        return await simulate(db, plan, follow, url=url)


def _sections(path: Path) -> dict[str, Any]:
    """Return the rules of a file and what they share, as `regulars apply` reads it."""
    plain = msgspec.to_builtins(read_source(path).document)
    found = {name: plain[name] for name in SECTIONS if plain.get(name) is not None}
    if not found:
        raise typer.BadParameter(f"{path} names none of {', '.join(SECTIONS)}")
    return found


def _show_compared(output: Output, compared: dict[str, Any]) -> None:
    output.say('"now" is each event under the rules of its day.')
    number, changes = compared["version_in_force"], compared["draft_differs_in"]
    if number is None:
        output.say('"draft" is the draft; no version is in force.')
        return
    words = {"create": "new", "change": "changed"}
    told = ", ".join(
        f"{one['kind']} {one['code']} ({words.get(one['action'], 'gone')})" for one in changes[:CHANGES_SHOWN]
    )
    more = f" and {len(changes) - CHANGES_SHOWN} more" if len(changes) > CHANGES_SHOWN else ""
    said = (
        f"version {number}, which is in force, but for {told}{more}"
        if changes
        else f"what version {number} says"
    )
    output.say(f'"draft" is {said}.')


def _compared(leaf: dict[str, Any], code: str, amounts: Amounts) -> tuple[int | str, ...]:
    return tuple(amounts.points(leaf[name], code) for name in ("base", "draft", "difference"))


def _show(output: Output, report: dict[str, Any], amounts: Amounts) -> None:
    counts = report["counts"]
    _show_compared(output, report["compared"])
    output.say(
        f"{counts.get('orders', 0)} orders of {counts.get('members', 0)} members; "
        f"{report['as_posted']['events_that_differ']} events would be rated otherwise today under the same rules."
    )
    columns = ["", "now", "draft", "difference"]
    for title, leaves in (("Points", report["points"]), ("Liability", report["liability"])):
        output.table(
            title, columns, [(code, *_compared(leaf, code, amounts)) for code, leaf in leaves.items()]
        )
    output.table(
        "By rule",
        ["rule", "point type", "now", "draft", "difference"],
        [
            (rule["rule"], code, *_compared(leaf, code, amounts))
            for rule in report["rules"]
            for code, leaf in rule["points"].items()
        ],
    )
    _show_spending(output, report["spending"], columns, amounts)
    moved = [
        (code, move["base"], move["draft"], move["members"])
        for code, moves in report["tier_moves"].items()
        for move in moves
        if move["base"] != move["draft"]
    ]
    if moved:
        output.table("Tiers", ["set", "now", "draft", "members"], moved)
    findings = report["findings"]
    for finding in findings[:FINDINGS_SHOWN]:
        output.say(f"{finding['code']}: {finding['message']}")
    if len(findings) > FINDINGS_SHOWN:
        rest = len(findings) - FINDINGS_SHOWN
        output.say(
            f"{rest} more findings about the draft itself: `regulars rules analyse` or --json shows them all."
        )


def _show_spending(output: Output, spending: dict[str, Any], columns: list[str], amounts: Amounts) -> None:
    if not spending["points"]:
        return
    output.table(
        "Paid for rewards",
        columns,
        [(code, *_compared(leaf, code, amounts)) for code, leaf in spending["points"].items()],
    )
    taken_off = [
        (one["rule"], code, *_compared(leaf, code, amounts))
        for one in spending["taken_off"]
        for code, leaf in one["points"].items()
    ]
    if taken_off:
        output.table(
            "Taken off rewards by rule", ["rule", "point type", "now", "draft", "difference"], taken_off
        )
