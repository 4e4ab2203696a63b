"""`regulars members attributes …`: what members of a program have beside their profile, and of which kind it is."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from regulars.app.commands.apply import transact
from regulars.app.output import output_of
from regulars.features.members import (
    AttributeKind,
    declare_attribute,
    forget_attribute,
    list_attributes,
)
from regulars.features.programs import program_by_code
from regulars.infra.db import Transaction

ProgramCode = Annotated[
    str, typer.Option("--program", "-p", envvar="REGULARS_PROGRAM", help="Code of the program.")
]
Name = Annotated[str, typer.Argument(help="Name of the attribute, such as shoe_size or car.brand")]


def add_attributes(group: typer.Typer) -> None:
    """Add the commands about attributes to the group members."""
    group.command("attributes")(attributes)
    group.command("declare-attribute")(declare)
    group.command("forget-attribute")(forget)


def attributes(context: typer.Context, program: ProgramCode) -> None:
    """List the attributes of a program's members: declared, or inferred from the first value."""

    async def work(tx: Transaction, _: datetime) -> list[tuple[str, str, str, str]]:
        found = await list_attributes(tx, (await program_by_code(tx, program)).id)
        return [
            (one.name, one.kind, "declared" if one.declared else "inferred", one.label or "") for one in found
        ]

    output = output_of(context)
    output.table("Attributes of members", ["name", "kind", "is", "label"], transact(output, work))


def declare(
    context: typer.Context,
    program: ProgramCode,
    name: Name,
    kind: Annotated[AttributeKind, typer.Argument(help="Kind of its values")],
    label: Annotated[str | None, typer.Option(help="How people call it.")] = None,
) -> None:
    """Say what kind an attribute has. Values that do not fit are put aside; none is lost."""

    async def work(tx: Transaction, now: datetime) -> bool:
        program_id = (await program_by_code(tx, program)).id
        return (await declare_attribute(tx, program_id, name, kind, label, now))[1]

    output = output_of(context)
    new = transact(output, work)
    output.result({"name": name, "kind": kind, "new": new}, f"{name} is a {kind}{' (new)' if new else ''}.")


def forget(
    context: typer.Context,
    program: ProgramCode,
    name: Name,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Forget an attribute and every member's value of it. There is no way back."""
    if not yes:
        typer.confirm(f"Forget {name} and every member's value of it?", abort=True)

    async def work(tx: Transaction, now: datetime) -> None:
        await forget_attribute(tx, (await program_by_code(tx, program)).id, name, now)

    output = output_of(context)
    transact(output, work)
    output.result({"forgotten": name}, f"{name} is forgotten.")
