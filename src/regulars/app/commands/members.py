"""`regulars members …`: looking at members; changing them is in `member_changes`."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import typer

from regulars.app.commands.apply import transact
from regulars.app.commands.member_attributes import add_attributes
from regulars.app.commands.member_changes import add_changes
from regulars.app.output import output_of
from regulars.features.members import Member, find_members, get_member, member_fields, resolve_ref
from regulars.features.programs import load_config, program_by_code
from regulars.infra.db import Transaction
from regulars.kit.ids import encode

ProgramCode = Annotated[
    str, typer.Option("--program", "-p", envvar="REGULARS_PROGRAM", help="Code of the program.")
]
FOUND_MAX = 50


def register(app: typer.Typer) -> None:
    """Add the group members."""
    group = typer.Typer(help="The members of a program.", no_args_is_help=True)
    group.command("show")(show)
    group.command("find")(find)
    add_changes(group)
    add_attributes(group)
    app.add_typer(group, name="members")


def show(
    context: typer.Context,
    program: ProgramCode,
    ref: Annotated[str, typer.Argument(help="mem_…, or kind:value such as email:ann@example.com")],
) -> None:
    """Show a member: profile, identifiers, attributes, consent."""

    async def work(tx: Transaction, _: datetime) -> Member:
        terms = await load_config(tx, (await program_by_code(tx, program)).id)
        return await get_member(tx, terms, await resolve_ref(tx, terms, ref))

    output = output_of(context)
    fields = member_fields(transact(output, work))
    if output.json:
        output.result(fields)
    else:
        output.table(
            fields["id"], ("", ""), [(name, _text(value)) for name, value in fields.items() if value]
        )


def find(
    context: typer.Context,
    program: ProgramCode,
    text: Annotated[str, typer.Argument(help="Beginning of any identifier, or of 'last first' name")],
) -> None:
    """Find members by the beginning of what is known of them."""

    async def work(tx: Transaction, _: datetime) -> list[Member]:
        terms = await load_config(tx, (await program_by_code(tx, program)).id)
        return await find_members(tx, terms, text, FOUND_MAX)

    output = output_of(context)
    rows = [
        (
            encode("mem", member.id),
            member.status,
            " ".join(filter(None, (member.profile.first_name, member.profile.last_name))),
            " ".join(f"{i.kind}:{i.value}" for i in member.identifiers),
        )
        for member in transact(output, work)
    ]
    output.table("Members", ("id", "status", "name", "identifiers"), rows)


def _text(value: Any) -> str:
    if isinstance(value, dict):
        return "\n".join(f"{name}: {inner}" for name, inner in value.items() if inner is not None)
    if isinstance(value, list):
        return "\n".join(f"{i['kind']}: {i['value']}" if isinstance(i, dict) else str(i) for i in value)
    return str(value)
