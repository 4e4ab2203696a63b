"""`regulars notes …` and `regulars tasks …`: what is written about members, and what is to be done for them."""

from __future__ import annotations

import getpass
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated, Any, TypeVar

import typer

from regulars.app.commands.apply import transact
from regulars.app.output import output_of
from regulars.features import care
from regulars.features.members import resolve_ref, select_merged_ids
from regulars.features.programs import load_config, program_by_code
from regulars.flows.caring import Wanted, select_tasks
from regulars.infra.db import Transaction
from regulars.kit.ids import ID_MAX, decode, encode

T = TypeVar("T")

ProgramCode = Annotated[
    str, typer.Option("--program", "-p", envvar="REGULARS_PROGRAM", help="Code of the program.")
]
Ref = Annotated[str, typer.Argument(help="mem_…, or kind:value such as email:ann@example.com")]
TaskId = Annotated[str, typer.Argument(help="tsk_…")]
Due = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The last day for it.")]
SHOWN_MAX = 200


def register(app: typer.Typer) -> None:
    """Add the groups notes and tasks."""
    notes = typer.Typer(help="Notes about members.", no_args_is_help=True)
    notes.command("list")(list_notes)
    notes.command("write")(write_note)
    app.add_typer(notes, name="notes")
    tasks = typer.Typer(help="Tasks and calls for members.", no_args_is_help=True)
    for name, command in (("list", list_tasks), ("open", open_task), ("done", done), ("cancel", cancel)):
        tasks.command(name)(command)
    app.add_typer(tasks, name="tasks")


def list_notes(context: typer.Context, program: ProgramCode, ref: Ref) -> None:
    """List what was written about a member, the latest first."""

    async def work(tx: Transaction, program_id: int, ids: list[int], _: datetime) -> list[care.Note]:
        return await care.select_notes(tx, program_id, ids, ID_MAX, SHOWN_MAX)

    rows = [
        (encode("nte", one.id), one.written_at.isoformat(), one.written_by, one.text)
        for one in _about(context, program, ref, work)
    ]
    output_of(context).table("Notes", ("id", "written_at", "by", "text"), rows)


def write_note(
    context: typer.Context, program: ProgramCode, ref: Ref, text: Annotated[str, typer.Argument()]
) -> None:
    """Write something about a member, for those who see her next."""

    async def work(tx: Transaction, program_id: int, ids: list[int], now: datetime) -> care.Note:
        return await care.write_note(tx, program_id, ids[0], text, by=_me(), now=now)

    note = _about(context, program, ref, work)
    output_of(context).result({"id": encode("nte", note.id)}, "The note is kept.")


def list_tasks(
    context: typer.Context,
    program: ProgramCode,
    status: Annotated[str, typer.Option(help="open, done or cancelled")] = "open",
    assignee: Annotated[str | None, typer.Option(help="E-mail of a colleague, or a team")] = None,
) -> None:
    """List the tasks and calls of a program: open ones the next due first, others the latest first."""
    if status not in ("open", "done", "cancelled"):
        raise typer.BadParameter("--status is open, done or cancelled.")

    async def work(tx: Transaction, _: datetime) -> list[care.Task]:
        number = (await program_by_code(tx, program)).id
        return await select_tasks(tx, number, Wanted(status, assignee), None, SHOWN_MAX)

    output = output_of(context)
    rows = [
        (encode("tsk", one.id), encode("mem", one.member_id), str(one.due_on or ""), one.assignee, one.title)
        for one in transact(output, work)
    ]
    output.table("Tasks", ("id", "member", "due_on", "assignee", "title"), rows)


def open_task(
    context: typer.Context,
    program: ProgramCode,
    ref: Ref,
    title: Annotated[str, typer.Argument(help="What is to be done.")],
    details: Annotated[str, typer.Option()] = "",
    assignee: Annotated[str, typer.Option(help="E-mail of a colleague, or a team; may be empty")] = "",
    due: Due = None,
    call: Annotated[bool, typer.Option("--call", help="It is a call to make.")] = False,
) -> None:
    """Ask for something to be done for a member."""
    asked = care.Asked(title, "call" if call else "task", details, assignee, due.date() if due else None)

    async def work(tx: Transaction, program_id: int, ids: list[int], now: datetime) -> care.Task:
        return await care.open_task(tx, program_id, ids[0], asked, by=_me(), now=now)

    task = _about(context, program, ref, work)
    output_of(context).result({"id": encode("tsk", task.id)}, f"{encode('tsk', task.id)} is open.")


def done(
    context: typer.Context,
    program: ProgramCode,
    ref: Ref,
    task: TaskId,
    outcome: Annotated[str, typer.Option(help="What came of it.")] = "",
) -> None:
    """Say that a task of a member is done."""
    _close(context, program, ref, task, "done", outcome)


def cancel(
    context: typer.Context,
    program: ProgramCode,
    ref: Ref,
    task: TaskId,
    outcome: Annotated[str, typer.Option(help="Why not.")] = "",
) -> None:
    """Say that a task of a member will not be done."""
    _close(context, program, ref, task, "cancelled", outcome)


def _close(
    context: typer.Context, program: str, ref: str, task: str, status: care.Status, outcome: str
) -> None:
    try:
        number = decode("tsk", task)
    except ValueError:
        raise care.UnknownTask from None

    async def work(tx: Transaction, program_id: int, ids: list[int], now: datetime) -> care.Task:
        return await care.set_status(tx, program_id, ids, number, status, outcome, by=_me(), now=now)

    found = _about(context, program, ref, work)
    output_of(context).result({"id": task, "status": found.status}, f"{task} is {found.status}.")


def _about(
    context: typer.Context,
    program: str,
    ref: str,
    work: Callable[[Transaction, int, list[int], datetime], Awaitable[T]],
) -> T:
    """Return what `work` does about a member: she first, then those who were merged into her."""

    async def whole(tx: Transaction, now: datetime) -> T:
        config = await load_config(tx, (await program_by_code(tx, program)).id)
        member = await resolve_ref(tx, config, ref)
        merged: list[Any] = [one for one in await select_merged_ids(tx, member) if one != member]
        return await work(tx, config.id, [member, *merged], now)

    return transact(output_of(context), whole)


def _me() -> str:
    return f"cli:{getpass.getuser()}"
