"""`regulars members join, change, consent, merge, undo-merge, erase`: what an operator does for one member."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated, Any, TypeVar

import typer

from regulars.app.commands.apply import transact
from regulars.app.output import Exit, output_of
from regulars.app.system_events import AccrualReview
from regulars.features import members
from regulars.features.programs import ProgramConfig, load_config, program_by_code
from regulars.flows import merging
from regulars.infra.db import Transaction
from regulars.infra.jobs import enqueue
from regulars.kit.ids import encode

T = TypeVar("T")

ProgramCode = Annotated[
    str, typer.Option("--program", "-p", envvar="REGULARS_PROGRAM", help="Code of the program.")
]
Ref = Annotated[str, typer.Argument(help="mem_…, or kind:value such as email:ann@example.com")]
Given = Annotated[
    list[str] | None, typer.Option("--set", help="name=value: first_name, last_name, email, phone, …")
]
Attributes = Annotated[list[str] | None, typer.Option("--attribute", help="name=value, as a text.")]
Tags = Annotated[list[str] | None, typer.Option("--tag", help="All her tags, one each.")]


def add_changes(group: typer.Typer) -> None:
    """Add the commands that change members to the group members."""
    for name, command in (
        ("join", join),
        ("change", change),
        ("consent", consent),
        ("merge", merge),
        ("undo-merge", undo_merge),
        ("erase", erase),
    ):
        group.command(name)(command)


def join(
    context: typer.Context,
    program: ProgramCode,
    identifiers: Annotated[list[str], typer.Argument(help="kind:value, such as external_id:1001")],
    given: Given = None,
    attributes: Attributes = None,
    tags: Tags = None,
) -> None:
    """Make a member. Rules and subscribers hear of her, as of any other."""

    async def work(tx: Transaction, config: ProgramConfig, now: datetime) -> members.Member:
        made = await members.join_member(
            tx,
            config,
            _pairs(identifiers, ":"),
            profile=_pairs(given),
            attributes=_pairs(attributes),
            tags=tags or (),
            now=now,
        )
        key = f"joined:{made.id}"
        await enqueue(tx, members.MEMBER_JOINED, {"member": made.id}, now=now, program_id=config.id, key=key)
        return made

    _shown(context, _changed(context, program, work))


def change(
    context: typer.Context,
    program: ProgramCode,
    ref: Ref,
    given: Given = None,
    attributes: Attributes = None,
    tags: Tags = None,
    status: Annotated[str | None, typer.Option(help="active, inactive or blocked")] = None,
    earning: Annotated[bool | None, typer.Option("--earning/--no-earning", help="May she earn?")] = None,
    spending: Annotated[bool | None, typer.Option("--spending/--no-spending", help="May she spend?")] = None,
) -> None:
    """Change a member; what is not named stays."""
    changes: dict[str, Any] = {
        "profile": _pairs(given),
        "attributes": _pairs(attributes),
        "tags": None if tags is None else tuple(tags),
        "status": status,
        "earning_blocked": None if earning is None else not earning,
        "spending_blocked": None if spending is None else not spending,
    }
    named = {name: value for name, value in changes.items() if value not in (None, {})}

    async def work(tx: Transaction, config: ProgramConfig, now: datetime) -> members.Member:
        return await members.change_member(tx, config, await members.resolve_ref(tx, config, ref), named, now)

    _shown(context, _changed(context, program, work))


def consent(
    context: typer.Context,
    program: ProgramCode,
    ref: Ref,
    channel: Annotated[str, typer.Argument(help="email, sms, push, in_app, phone or post")],
    granted: Annotated[bool, typer.Option("--yes/--no", help="What she said.")],
    source: Annotated[str, typer.Option(help="Where she said it.")] = "command line",
) -> None:
    """Write down what a member said about messages over a channel."""
    said = members.ConsentStatement(channel, granted, source, None)

    async def work(tx: Transaction, config: ProgramConfig, now: datetime) -> members.Member:
        return await members.state_consents(
            tx, config, await members.resolve_ref(tx, config, ref), [said], now
        )

    _shown(context, _changed(context, program, work))


def merge(
    context: typer.Context,
    program: ProgramCode,
    ref: Ref,
    source: Annotated[str, typer.Argument(help="The member whose place she takes.")],
    reason: Annotated[str, typer.Option(help="Why the two are one person.")],
) -> None:
    """Let a member take the place of another one: identifiers, points, behaviour, tiers."""

    async def work(tx: Transaction, config: ProgramConfig, now: datetime) -> members.Merge:
        target = await members.resolve_ref(tx, config, ref)
        other = await members.resolve_ref(tx, config, source)
        return await merging.merge(tx, config, other, target, reason=reason, now=now, review=AccrualReview())

    _told(context, _changed(context, program, work))


def undo_merge(
    context: typer.Context,
    program: ProgramCode,
    number: Annotated[int, typer.Argument(min=1, help="Number of the merge.")],
) -> None:
    """Make two members of one again; what was done since stays with the one who took over."""

    async def work(tx: Transaction, config: ProgramConfig, now: datetime) -> members.Merge:
        return await merging.unmerge(tx, config, number, now=now, review=AccrualReview())

    _told(context, _changed(context, program, work))


def erase(
    context: typer.Context,
    program: ProgramCode,
    ref: Ref,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Erase a member: nothing personal is left, the books stay whole. There is no way back."""
    if not yes and not typer.confirm(f"Erase {ref} for ever?", err=True):
        raise typer.Exit(Exit.REFUSED)

    async def work(tx: Transaction, config: ProgramConfig, now: datetime) -> list[str]:
        member = await members.resolve_ref(tx, config, ref)
        return [encode("mem", number) for number in await merging.erase(tx, config, member, now=now)]

    erased = _changed(context, program, work)
    output_of(context).result({"erased": erased}, f"Erased {', '.join(erased)}.")


def _changed(
    context: typer.Context, program: str, work: Callable[[Transaction, ProgramConfig, datetime], Awaitable[T]]
) -> T:
    async def whole(tx: Transaction, now: datetime) -> T:
        return await work(tx, await load_config(tx, (await program_by_code(tx, program)).id), now)

    return transact(output_of(context), whole)


def _shown(context: typer.Context, member: members.Member) -> None:
    known = " ".join(f"{one.kind}:{one.value}" for one in member.identifiers)
    output_of(context).result(members.member_fields(member), f"{encode('mem', member.id)}  {known}")


def _told(context: typer.Context, done: members.Merge) -> None:
    pair = {"source": encode("mem", done.source_id), "target": encode("mem", done.target.id)}
    output_of(context).result(
        {"merge": done.id, **pair}, f"Merge {done.id}: {pair['source']} and {pair['target']}."
    )


def _pairs(entries: list[str] | None, sign: str = "=") -> dict[str, str]:
    found = {}
    for entry in entries or ():
        name, between, value = entry.partition(sign)
        if not between or not name:
            raise typer.BadParameter(f"Write name{sign}value; {entry!r} has no {sign!r}.")
        found[name] = value
    return found
