"""`regulars rules …`: list, read, check, test, analyse, compare and publish the rules of a program."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import typer

from regulars.app.commands.apply import transact
from regulars.app.output import Exit, output_of
from regulars.features import rulesets
from regulars.features.programs import program_by_code
from regulars.features.rulesets import Draft, Vocabulary
from regulars.flows.apply import dump_yaml, publish, roll_back, vocabulary_of
from regulars.infra.db import Transaction

Program = Annotated[
    str, typer.Option("--program", "-p", envvar="REGULARS_PROGRAM", help="Code of the program")
]
RuleCode = Annotated[str, typer.Argument(help="Code of the rule")]


def register(app: typer.Typer) -> None:
    """Add the group rules."""
    group = typer.Typer(help="The rules of a program.", no_args_is_help=True)
    group.command("list")(list_rules)
    group.command("show")(show_rule)
    group.command("sentence")(read_aloud)
    group.command("check")(check_rules)
    group.command("test")(test_rules)
    group.command("analyse")(analyse_rules)
    group.command("publish")(publish_rules)
    group.command("versions")(list_versions)
    group.command("diff")(compare_versions)
    group.command("roll-back")(roll_back_rules)
    app.add_typer(group, name="rules")


def list_rules(context: typer.Context, program: Program) -> None:
    """List the rules as they are edited."""

    async def work(tx: Transaction, _: datetime) -> list[rulesets.DraftRule]:
        return await rulesets.select_rules(tx, await _id_of(tx, program))

    output = output_of(context)
    rows = [
        (
            rule.code,
            rule.status,
            rule.document.get("name", ""),
            rule.document.get("campaign") or "",
            rule.revision,
        )
        for rule in transact(output, work)
    ]
    output.table("Rules", ["code", "status", "name", "campaign", "revision"], rows)


def show_rule(context: typer.Context, code: RuleCode, program: Program) -> None:
    """Print a rule as YAML."""

    async def work(tx: Transaction, _: datetime) -> rulesets.DraftRule:
        return await rulesets.rule_of(tx, await _id_of(tx, program), code)

    output = output_of(context)
    rule = transact(output, work).whole
    output.result(rule, dump_yaml(rule).rstrip())


def read_aloud(
    context: typer.Context, program: Program, code: Annotated[str | None, typer.Argument()] = None
) -> None:
    """Read a rule, or all of them, in plain English."""
    output = output_of(context)
    draft, words = _draft(output, program)
    found = {
        rule.code: rulesets.examine_rule(rule.whole, draft, words).sentence
        for rule in draft.rules
        if code in (None, rule.code)
    }
    if code is not None and not found:
        raise rulesets.UnknownRule
    output.result(
        found, "\n\n".join(f"{name}: {text or 'cannot be read yet'}" for name, text in found.items())
    )


def check_rules(context: typer.Context, program: Program) -> None:
    """Say everything that is wrong with the draft; exit 3 when something is."""
    output = output_of(context)
    draft, words = _draft(output, program)
    errors = rulesets.check_document(rulesets.published_document(draft, words), words)
    if output.json:
        output.result(errors)
    for error in errors if not output.json else ():
        output.result(error, f"{error.path}: {error.message}")
    if not errors:
        output.say("The rules can be published.")
    raise typer.Exit(Exit.REFUSED if errors else Exit.DONE)


def test_rules(context: typer.Context, program: Program) -> None:
    """Run the examples of all rules; exit 3 when one does not hold."""
    output = output_of(context)
    draft, words = _draft(output, program)
    results = rulesets.examples_of(draft, words)
    if output.json:
        output.result(results)
    for result in results if not output.json else ():
        sign = "ok  " if result.passed else "FAIL"
        output.result(result, "\n     ".join([f"{sign} {result.rule}: {result.name}", *result.problems]))
    failed = sum(not result.passed for result in results)
    output.say(f"{len(results)} examples, {failed} failed.")
    raise typer.Exit(Exit.REFUSED if failed else Exit.DONE)


def analyse_rules(context: typer.Context, program: Program) -> None:
    """Say what a person should look at before publishing."""
    output = output_of(context)
    draft, words, now = _draft_now(output, program)
    findings = rulesets.findings_of(draft, words, now)
    rows = [(one.code, ", ".join(one.rules), one.message) for one in findings]
    output.table("Findings", ["finding", "rules", "what it means"], rows)


def publish_rules(
    context: typer.Context,
    program: Program,
    note: Annotated[str, typer.Option(help="Why")] = "",
    in_force_from: Annotated[
        datetime | None, typer.Option("--from", help="When it takes force, UTC; now otherwise")
    ] = None,
) -> None:
    """Publish all rules as one version, if nothing is wrong and every example holds."""
    output = output_of(context)

    async def work(tx: Transaction, now: datetime) -> tuple[rulesets.Version, bool]:
        start = in_force_from.replace(tzinfo=now.tzinfo) if in_force_from else None
        return await publish(tx, await _id_of(tx, program), now=now, in_force_from=start, by="cli", note=note)

    version, new = transact(output, work)
    text = f"Version {version.version}, in force from {version.in_force_from.isoformat()}."
    output.result(
        {"version": version.version, "new": new}, text if new else f"{text} It says the same already."
    )


def list_versions(context: typer.Context, program: Program) -> None:
    """List the latest 50 published versions."""

    async def work(tx: Transaction, _: datetime) -> list[rulesets.VersionSummary]:
        return await rulesets.select_versions(tx, await _id_of(tx, program), before=2**31 - 1, limit=50)

    output = output_of(context)
    rows = [(v.version, v.in_force_from, v.published_by, v.rules, v.note) for v in transact(output, work)]
    output.table("Versions", ["version", "in force from", "published by", "rules", "note"], rows)


def compare_versions(
    context: typer.Context,
    program: Program,
    before: Annotated[int, typer.Argument(help="A version")],
    after: Annotated[int | None, typer.Argument(help="Another one; the draft otherwise")] = None,
) -> None:
    """Say what differs between two versions, or a version and the draft; exit 7 when something does."""
    output = output_of(context)

    async def work(tx: Transaction, _: datetime) -> tuple[dict[str, Any], dict[str, Any]]:
        program_id = await _id_of(tx, program)
        old = (await rulesets.version_of(tx, program_id, before)).document
        if after is not None:
            return old, (await rulesets.version_of(tx, program_id, after)).document
        draft, words = await rulesets.load_draft(tx, program_id), await vocabulary_of(tx, program_id)
        return old, rulesets.published_document(draft, words)

    changes = rulesets.compare_documents(*transact(output, work))
    rows = [
        (change.kind, change.code, change.action, field.path, field.before, field.after)
        for change in changes
        for field in (change.fields or (rulesets.FieldChange("", None, None),))
    ]
    output.table("Changes", ["kind", "code", "action", "field", "before", "after"], rows)
    raise typer.Exit(Exit.DIFFERENT if changes else Exit.DONE)


def roll_back_rules(
    context: typer.Context,
    version: Annotated[int, typer.Argument(help="The version whose content is put in force again")],
    program: Program,
    note: Annotated[str, typer.Option(help="Why")] = "",
) -> None:
    """Publish the content of an earlier version as a new one, in force now."""
    output = output_of(context)

    async def work(tx: Transaction, now: datetime) -> rulesets.Version:
        return await roll_back(tx, await _id_of(tx, program), version, now=now, by="cli", note=note)

    made = transact(output, work)
    output.result({"version": made.version}, f"Version {made.version} says what version {version} said.")


def _draft(output: Any, program: str) -> tuple[Draft, Vocabulary]:
    draft, words, _ = _draft_now(output, program)
    return draft, words


def _draft_now(output: Any, program: str) -> tuple[Draft, Vocabulary, datetime]:
    async def work(tx: Transaction, now: datetime) -> tuple[Draft, Vocabulary, datetime]:
        program_id = await _id_of(tx, program)
        return await rulesets.load_draft(tx, program_id), await vocabulary_of(tx, program_id), now

    return transact(output, work)


async def _id_of(tx: Transaction, program: str) -> int:
    return (await program_by_code(tx, program)).id
