"""`regulars staff …`: people who work with the installation. A link that lets somebody in is printed once."""

from __future__ import annotations

import importlib
from datetime import datetime
from typing import Annotated, Any

import typer

from regulars.app.commands.apply import transact
from regulars.app.output import Output, output_of
from regulars.app.settings import Settings
from regulars.features.staff import (
    FIRST_ADMIN,
    INVITE,
    ROLES,
    Assignment,
    Person,
    add_person,
    change_person,
    disable_person,
    enable_person,
    first_admin_link,
    link_path,
    list_people,
    make_link,
    permissions_of,
    person_by_email,
    reset_person,
)
from regulars.infra.db import Transaction
from regulars.kit.errors import Conflict

Email = Annotated[str, typer.Argument(help="E-mail address of the person")]
BY = "cli"


class SomebodyIsThere(Conflict):
    """Somebody can sign in already; invite others with 'regulars staff add', or let one in anew with 'staff reset'."""


def register(app: typer.Typer) -> None:
    """Add the group staff."""
    group = typer.Typer(help="People: who works with the installation, and as what.", no_args_is_help=True)
    group.command("list")(list_command)
    group.command("roles")(roles)
    group.command("add")(add)
    group.command("change")(change)
    group.command("disable")(disable)
    group.command("enable")(enable)
    group.command("reset")(reset)
    group.command("link")(link)
    app.add_typer(group, name="staff")


def list_command(context: typer.Context) -> None:
    """List everybody with her roles, and how she signs in."""

    async def work(tx: Transaction, now: datetime) -> list[Person]:  # noqa: ARG001
        return await list_people(tx)

    output = output_of(context)
    rows = [
        (one.id, one.email, one.name, " ".join(map(_written, one.assignments)), _ways(one), _seen(one))
        for one in transact(output, work)
    ]
    output.table("People", ("id", "email", "name", "roles", "signs in with", "last seen"), rows)


def roles(context: typer.Context) -> None:
    """List the roles there are, with the permissions each brings."""
    # Permissions are what the routes declare; only this command waits for all of them to be there.
    importlib.import_module("regulars.app.routers")
    rows = [(code, role.title, " ".join(sorted(permissions_of(code)))) for code, role in ROLES.items()]
    output_of(context).table("Roles", ("role", "what", "permissions"), rows)


def add(
    context: typer.Context,
    email: Email,
    name: Annotated[str, typer.Option("--name", help="How the person is called")],
    role: Annotated[
        list[str],
        typer.Option("--role", "-r", help="role, role@program, role@program/partner:CODE or …/region:CODE"),
    ],
    locale: Annotated[str, typer.Option("--locale", help="Language, such as en or de-AT")] = "en",
) -> None:
    """Add somebody and print the link by which she comes in, once, within a week."""
    assignments = [_read(text) for text in role]

    async def work(tx: Transaction, now: datetime) -> tuple[Person, str]:
        person = await add_person(tx, email, name, assignments, now=now, by=BY, locale=locale)
        return person, await make_link(tx, INVITE, person.id, now)

    output = output_of(context)
    person, token = transact(output, work)
    _show_link(output, INVITE, token, {"id": person.id, "email": person.email})


def change(
    context: typer.Context,
    email: Email,
    role: Annotated[
        list[str] | None,
        typer.Option("--role", "-r", help="All roles from now on, as with add; left out: they stay"),
    ] = None,
    name: Annotated[str | None, typer.Option("--name", help="How the person is called")] = None,
    locale: Annotated[str | None, typer.Option("--locale", help="Language, such as en or de-AT")] = None,
    no_roles: Annotated[bool, typer.Option("--no-roles", help="Take every role away.")] = False,
) -> None:
    """Change what somebody may do, her name or her language; what is left out stays."""
    wanted = [_read(text) for text in role or ()]

    async def work(tx: Transaction, now: datetime) -> Person:
        person = await person_by_email(tx, email)
        roles = wanted if wanted or no_roles else list(person.assignments)
        return await change_person(
            tx,
            person.id,
            name=name or person.name,
            locale=locale or person.locale,
            assignments=roles,
            now=now,
            by=BY,
        )

    output = output_of(context)
    done = transact(output, work)
    shown = [_written(one) for one in done.assignments]
    output.result(
        {"id": done.id, "email": done.email, "roles": shown},
        f"{done.email}: {', '.join(shown) or 'no roles'}.",
    )


def disable(context: typer.Context, email: Email) -> None:
    """Let somebody in no more: her next request is refused."""

    async def work(tx: Transaction, now: datetime) -> None:
        await disable_person(tx, (await person_by_email(tx, email)).id, now)

    output = output_of(context)
    transact(output, work)
    output.result({"email": email, "disabled": True}, f"{email} is disabled.")


def enable(context: typer.Context, email: Email) -> None:
    """Let somebody in again."""

    async def work(tx: Transaction, now: datetime) -> None:  # noqa: ARG001
        await enable_person(tx, (await person_by_email(tx, email)).id)

    output = output_of(context)
    transact(output, work)
    output.result({"email": email, "disabled": False}, f"{email} may sign in again.")


def reset(context: typer.Context, email: Email) -> None:
    """Take password, authenticator and sessions from somebody and print the link by which she comes in anew."""

    async def work(tx: Transaction, now: datetime) -> str:
        person = await person_by_email(tx, email)
        await reset_person(tx, person.id, now)
        return await make_link(tx, INVITE, person.id, now)

    output = output_of(context)
    _show_link(output, INVITE, transact(output, work), {"email": email})


def link(
    context: typer.Context,
    email: Annotated[str | None, typer.Argument(help="Without: the first administrator")] = None,
) -> None:
    """Print a link that lets somebody in once; without an address, the one that makes the first administrator."""

    async def work(tx: Transaction, now: datetime) -> tuple[str, str]:
        if email is not None:
            return INVITE, await make_link(tx, INVITE, (await person_by_email(tx, email)).id, now)
        token = await first_admin_link(tx, now)
        if token is None:
            raise SomebodyIsThere
        return FIRST_ADMIN, token

    output = output_of(context)
    purpose, token = transact(output, work)
    _show_link(output, purpose, token, {"email": email})


def _show_link(output: Output, purpose: str, token: str, facts: dict[str, Any]) -> None:
    settings = Settings()
    home = settings.address
    text = home + link_path(purpose, token)
    output.result({**facts, "link": text}, text)


def _read(text: str) -> Assignment:
    """Return `marketer@acme/region:north` as an assignment."""
    role, _, place = text.partition("@")
    program, _, part = place.partition("/")
    kind, _, code = part.partition(":")
    if part and (kind not in ("partner", "region") or not code):
        raise typer.BadParameter(f"write /partner:CODE or /region:CODE, not /{part}", param_hint="--role")
    return Assignment(
        role,
        program or None,
        code if kind == "partner" else None,
        code if kind == "region" else None,
    )


def _written(one: Assignment) -> str:
    place = f"@{one.program}" if one.program else ""
    partner = f"/partner:{one.partner}" if one.partner else ""
    region = f"/region:{one.region}" if one.region else ""
    return f"{one.role}{place}{partner}{region}"


def _ways(one: Person) -> str:
    if one.disabled_at is not None:
        return "disabled"
    ways = ["password"] * one.has_password + ["code"] * one.has_totp + ["passkey"] * bool(one.passkeys)
    return ", ".join(ways) or "link"


def _seen(one: Person) -> str:
    return one.last_seen_at.isoformat(timespec="minutes") if one.last_seen_at else ""
