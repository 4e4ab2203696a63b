"""`regulars campaigns …`: plans and how far they are, what is to be done for them, the calendar, marketing lists."""

from __future__ import annotations

import getpass
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Annotated, Any, TypeVar, cast

import msgspec
import typer

from regulars.app.amounts import Amounts
from regulars.app.commands.apply import transact
from regulars.app.output import Output, output_of
from regulars.features.campaigns import (
    STEPS,
    Activity,
    Status,
    Stored,
    advance_campaign,
    archive_campaign,
    complete_activity,
    copy_campaign,
    get_campaign,
    put_list,
    select_activities,
    select_campaigns,
    select_lists,
    select_notes,
    select_steps,
    write_note,
)
from regulars.features.members import count_listed
from regulars.features.programs import ProgramConfig, load_config, program_by_code
from regulars.features.staff import person_by_email
from regulars.flows.campaigning import (
    REFS_MAX,
    Relisted,
    calendar_between,
    change_members,
    load_known,
    load_offers,
    load_people,
)
from regulars.infra.db import Transaction, acting
from regulars.kit.money import format_money
from regulars.kit.zones import local_date, zone

T = TypeVar("T")

ProgramCode = Annotated[
    str, typer.Option("--program", "-p", envvar="REGULARS_PROGRAM", help="Code of the program.")
]
Code = Annotated[str, typer.Argument(help="Code of the campaign.")]
ListCode = Annotated[str, typer.Argument(help="Code of the marketing list.")]
Day = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"])]


def register(app: typer.Typer) -> None:
    """Add the group campaigns."""
    group = typer.Typer(help="Campaigns as records; they are written with `apply`.", no_args_is_help=True)
    for name, command in (
        ("list", list_all),
        ("show", show),
        ("status", status),
        ("copy", copy),
        ("archive", archive),
        ("activities", activities),
        ("done", done),
        ("note", note),
        ("calendar", calendar),
        ("lists", lists),
        ("list-put", list_put),
        ("list-import", list_import),
    ):
        group.command(name)(command)
    app.add_typer(group, name="campaigns")


def list_all(
    context: typer.Context,
    program: ProgramCode,
    of_status: Annotated[str | None, typer.Option("--status", help=f"One of {', '.join(STEPS)}.")] = None,
    text: Annotated[str | None, typer.Option("--search", help="In code, name or type.")] = None,
    templates: Annotated[bool, typer.Option("--templates", help="Only templates.")] = False,
    archived: Annotated[bool, typer.Option("--archived", help="Archived campaigns too.")] = False,
) -> None:
    """List the campaigns of a program."""
    output = output_of(context)

    async def work(tx: Transaction, config: ProgramConfig, _: datetime) -> list[tuple[Any, ...]]:
        people = await load_people(tx)
        found = await select_campaigns(
            tx, config.id, status=of_status, text=text, template=templates or None, archived=archived
        )
        amounts = Amounts(config, output)
        return [_row(one, people, amounts) for one in found]

    columns = ("code", "name", "type", "status", "owner", "from", "to", "budget", "currency")
    output.table("Campaigns", columns, _run(output, program, work))


def show(context: typer.Context, program: ProgramCode, code: Code) -> None:
    """Show a campaign with what it promotes, whom it reaches, its steps, activities and notes."""

    async def work(tx: Transaction, config: ProgramConfig, _: datetime) -> dict[str, Any]:
        stored = await get_campaign(tx, config.id, code)
        plan, offers = stored.campaign, await load_offers(tx, config)
        counts = await count_listed(tx, config.id, plan.lists)
        return {
            **msgspec.to_builtins(plan),
            "status": stored.status,
            "revision": stored.revision,
            "promotions": [
                {"promotion": one.key, "name": offers[one.key].name if one.key in offers else "(gone)"}
                for one in plan.promotions
            ],
            "lists": [{"list": one, "members": counts[one]} for one in plan.lists],
            "steps": [msgspec.to_builtins(one) for one in await select_steps(tx, stored.id)],
            "activities": [_todo(one) for one in await select_activities(tx, config.id, campaign=code)],
            "notes": [msgspec.to_builtins(one) for one in await select_notes(tx, stored.id)],
        }

    output = output_of(context)
    found = _run(output, program, work)
    money = {name: found[name] for name in ("budget", "estimated_revenue") if found.get(name) is not None}
    said = found | {name: format_money(units, found["currency"]) for name, units in money.items()}
    output.result(found, "\n".join(f"{name}: {_said(value)}" for name, value in said.items()))


def status(
    context: typer.Context,
    program: ProgramCode,
    code: Code,
    to: Annotated[str, typer.Argument(help=f"One of {', '.join(STEPS)}.")],
    reason: Annotated[str, typer.Option(help="Why.")] = "",
) -> None:
    """Take a campaign to its next status."""
    if to not in STEPS:
        raise typer.BadParameter(f"write one of {', '.join(STEPS)}", param_hint="to")

    async def work(tx: Transaction, config: ProgramConfig, now: datetime) -> Stored:
        today = local_date(now, zone(config.zone))
        step = cast("Status", to)
        return await advance_campaign(
            tx, config.id, code, step, today=today, now=now, by=_by(), reason=reason
        )

    output = output_of(context)
    found = _run(output, program, work)
    output.result({"code": code, "status": found.status}, f"{code} is {found.status}.")


def copy(
    context: typer.Context,
    program: ProgramCode,
    code: Code,
    new_code: Annotated[str, typer.Argument(help="Code of the copy.")],
    name: Annotated[
        str | None, typer.Option(help="Name of the copy; that of the original otherwise.")
    ] = None,
    begins: Day = None,
    template: Annotated[bool, typer.Option("--template", help="Make the copy a template.")] = False,
) -> None:
    """Make a draft like a campaign or template; with --begins all its days move."""

    async def work(tx: Transaction, config: ProgramConfig, now: datetime) -> Stored:
        original = await get_campaign(tx, config.id, code)
        known = await load_known(tx, config)
        return await copy_campaign(
            tx,
            config.id,
            code,
            new_code,
            name or original.campaign.name,
            known,
            template=template,
            begins=None if begins is None else begins.date(),
            now=now,
            by=_by(),
        )

    output = output_of(context)
    made = _run(output, program, work)
    output.result(
        {"code": made.campaign.code, "status": made.status}, f"Made the draft {made.campaign.code}."
    )


def archive(context: typer.Context, program: ProgramCode, code: Code) -> None:
    """Put a campaign away; what it promoted stays as it is."""

    async def work(tx: Transaction, config: ProgramConfig, now: datetime) -> None:
        await archive_campaign(tx, config.id, code, now)

    output = output_of(context)
    _run(output, program, work)
    output.result({"archived": code}, f"Archived {code}.")


def activities(
    context: typer.Context,
    program: ProgramCode,
    campaign: Annotated[str | None, typer.Option(help="Only of this campaign.")] = None,
    of: Annotated[
        str | None, typer.Option("--of", help="Only those of the person with this address.")
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Those that are done too.")] = False,
) -> None:
    """List what is to be done, by the day it is due."""

    async def work(tx: Transaction, config: ProgramConfig, _: datetime) -> list[tuple[Any, ...]]:
        whose = None if of is None else (await person_by_email(tx, of)).id
        people = await load_people(tx)
        found = await select_activities(
            tx, config.id, campaign=campaign, assignee=whose, undone=None if every else True
        )
        return [
            (
                one.id,
                one.campaign,
                one.kind,
                one.subject,
                people[one.assignee].email if one.assignee in people else "",
                one.due_on or "",
                one.completed_at or "",
                one.completed_by or "",
            )
            for one in found
        ]

    output = output_of(context)
    columns = ("id", "campaign", "kind", "subject", "whose", "due", "completed", "by")
    output.table("Activities", columns, _run(output, program, work))


def done(
    context: typer.Context, program: ProgramCode, number: Annotated[int, typer.Argument(help="Its id.")]
) -> None:
    """Note that an activity was done now."""

    async def work(tx: Transaction, config: ProgramConfig, now: datetime) -> Activity:
        return await complete_activity(tx, config.id, number, now=now, by=_by())

    output = output_of(context)
    found = _run(output, program, work)
    output.result(_todo(found), f"Done: {found.subject}.")


def note(
    context: typer.Context,
    program: ProgramCode,
    code: Code,
    text: Annotated[str, typer.Argument(help="What to remember.")],
) -> None:
    """Write a note about a campaign."""

    async def work(tx: Transaction, config: ProgramConfig, now: datetime) -> int:
        return (await write_note(tx, config.id, code, text, now=now, by=_by())).id

    output = output_of(context)
    output.result({"note": _run(output, program, work)}, "Noted.")


def calendar(
    context: typer.Context,
    program: ProgramCode,
    first: Annotated[datetime | None, typer.Option("--from", formats=["%Y-%m-%d"])] = None,
    last: Annotated[datetime | None, typer.Option("--to", formats=["%Y-%m-%d"])] = None,
) -> None:
    """List campaigns and promotions between two days; the next 30 days when nothing is said."""

    async def work(tx: Transaction, config: ProgramConfig, now: datetime) -> list[tuple[Any, ...]]:
        today = local_date(now, zone(config.zone))
        begins = today if first is None else first.date()
        ends = begins + timedelta(days=30) if last is None else last.date()
        found = await calendar_between(tx, config, begins, ends, today)
        return [
            (
                one.kind,
                one.code,
                one.name,
                one.status,
                one.first or "",
                one.last or "",
                "every day" if one.days is None else len(one.days),
                ", ".join(one.campaigns),
            )
            for one in found.entries
        ]

    output = output_of(context)
    columns = ("kind", "code", "name", "status", "from", "to", "days", "campaigns")
    output.table("Calendar", columns, _run(output, program, work))


def lists(context: typer.Context, program: ProgramCode) -> None:
    """List marketing lists with how many members are on each now."""

    async def work(tx: Transaction, config: ProgramConfig, _: datetime) -> list[tuple[Any, ...]]:
        found = await select_lists(tx, config.id)
        counts = await count_listed(tx, config.id, [one.code for one in found])
        return [(one.code, one.name, counts[one.code]) for one in found]

    output = output_of(context)
    output.table("Marketing lists", ("code", "name", "members"), _run(output, program, work))


def list_put(
    context: typer.Context,
    program: ProgramCode,
    code: ListCode,
    name: Annotated[str, typer.Argument(help="What people call it.")],
    description: Annotated[str, typer.Option(help="What it is for.")] = "",
) -> None:
    """Make a marketing list, or call it something else."""

    async def work(tx: Transaction, config: ProgramConfig, now: datetime) -> bool:
        return (await put_list(tx, config.id, code, name, description, now=now))[1]

    output = output_of(context)
    new = _run(output, program, work)
    output.result({"code": code, "new": new}, f"{'Made' if new else 'Changed'} {code}.")


def list_import(
    context: typer.Context,
    program: ProgramCode,
    code: ListCode,
    file: Annotated[
        Path,
        typer.Argument(exists=True, dir_okay=False, help="One member a line: mem_…, kind:value, an address."),
    ],
    remove: Annotated[bool, typer.Option("--remove", help="Take them off instead.")] = False,
) -> None:
    """Put the members of a file on a marketing list. A second time changes nothing."""
    output = output_of(context)
    total = Relisted(0, 0, 0, [], 0, 0)
    with file.open(encoding="utf-8-sig") as opened, acting(f"import:{getpass.getuser()}"):
        while lines := tuple(islice(opened, REFS_MAX)):
            total = _sum(total, _run(output, program, _relisting(code, lines, remove)))
            output.progress(f"{total.added + total.removed + total.unchanged:,} members")
    says = (
        f"{total.added} put on, {total.removed} taken off, {total.unchanged} as they were, "
        f"{total.unknown_count} unknown; {total.members} are on it."
    )
    output.result(msgspec.to_builtins(total), says)


def _relisting(
    code: str, lines: tuple[str, ...], remove: bool
) -> Callable[[Transaction, ProgramConfig, datetime], Awaitable[Relisted]]:
    async def work(tx: Transaction, config: ProgramConfig, now: datetime) -> Relisted:
        on, off = ((), lines) if remove else (lines, ())
        return await change_members(tx, config, code, add=on, remove=off, now=now)

    return work


def _sum(one: Relisted, other: Relisted) -> Relisted:
    return Relisted(
        one.added + other.added,
        one.removed + other.removed,
        one.unchanged + other.unchanged,
        (one.unknown + other.unknown)[:100],
        one.unknown_count + other.unknown_count,
        other.members,
    )


def _run(
    output: Output, program: str, work: Callable[[Transaction, ProgramConfig, datetime], Awaitable[T]]
) -> T:
    async def inside(tx: Transaction, now: datetime) -> T:
        return await work(tx, await load_config(tx, (await program_by_code(tx, program)).id), now)

    return transact(output, inside)


def _by() -> str:
    return f"cli:{getpass.getuser()}"


def _row(one: Stored, people: Any, amounts: Amounts) -> tuple[Any, ...]:
    plan = one.campaign
    owner = people.get(plan.owner)
    return (
        plan.code,
        plan.name,
        plan.type,
        "template" if plan.template else one.status,
        owner.email if owner else "",
        plan.actual_from or plan.proposed_from or "",
        plan.actual_to or plan.proposed_to or "",
        amounts.money(plan.budget, plan.currency),
        plan.currency,
    )


def _todo(one: Activity) -> dict[str, Any]:
    return cast("dict[str, Any]", msgspec.to_builtins(one))


def _said(value: Any) -> str:
    if isinstance(value, list):
        return "".join(f"\n  - {', '.join(f'{k}={v}' for k, v in one.items() if v)}" for one in value)
    return str(value)
