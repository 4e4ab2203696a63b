"""Notes and tasks as people see them: with the names of colleagues and of members."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

import msgspec

from regulars.features.care import Note, Task
from regulars.flows.caring.bodies import ColleagueAnswer, NoteAnswer, TaskAnswer
from regulars.infra.db import Transaction, load_queries
from regulars.kit.ids import encode

queries = load_queries(__package__)

COLLEAGUES_MAX = 500


class Wanted(msgspec.Struct, frozen=True):
    """Which tasks of a program are looked for."""

    status: str = "open"
    assignee: str | None = None
    due_before: date | None = None
    kind: str | None = None


async def names_of(tx: Transaction, credentials: Iterable[str | None]) -> dict[str, str]:
    """Return what people are called by credential; a credential that is nobody's stays as it is."""
    asked = {credential for credential in credentials if credential}
    known: dict[str, str] = dict(await tx.all(queries.select_people, credentials=sorted(asked)))
    return {credential: known.get(credential, credential) for credential in asked}


async def colleagues(tx: Transaction, program_id: int, me: str) -> list[ColleagueAnswer]:
    """Return whom tasks of a program can be given to; `me` is the caller's credential."""
    mine = await email_of(tx, me)
    rows = await tx.all(queries.select_colleagues, program_id=program_id, limit=COLLEAGUES_MAX)
    return [ColleagueAnswer(email=email, name=name, me=email == mine) for email, name in rows]


async def email_of(tx: Transaction, credential: str) -> str | None:
    """Return the address of a person; None when the caller is none."""
    found: str | None = await tx.value(queries.select_email, credential=credential)
    return found


async def select_tasks(
    tx: Transaction, program_id: int, wanted: Wanted, after: tuple[str, int] | None, limit: int
) -> list[Task]:
    """Return tasks of a program after the one that was seen last: the next due first, closed ones the latest first."""
    filters: dict[str, Any] = {"assignee": wanted.assignee, "kind": wanted.kind, "limit": limit}
    day, number = after or (("-infinity", 0) if wanted.status == "open" else ("", 2**63 - 1))
    if wanted.status == "open":
        return await tx.all(
            queries.select_open_tasks, row=Task, program_id=program_id, due_before=wanted.due_before,
            after_day=day, after=number, **filters,
        )  # fmt: skip
    return await tx.all(
        queries.select_closed_tasks, row=Task, program_id=program_id, status=wanted.status, before=number,
        **filters,
    )  # fmt: skip


def place_of(task: Task) -> tuple[str, int]:
    """Return where a task stands in the list of its program."""
    return (task.due_on.isoformat() if task.due_on else "infinity", task.id)


async def shown_notes(tx: Transaction, notes: Sequence[Note], me: str) -> list[NoteAnswer]:
    """Return notes as answers show them."""
    names = await names_of(tx, (note.written_by for note in notes))
    return [
        NoteAnswer(
            id=encode("nte", note.id),
            member=encode("mem", note.member_id),
            text=note.text,
            by=names[note.written_by],
            mine=note.written_by == me,
            written_at=note.written_at,
        )
        for note in notes
    ]


async def shown_tasks(
    tx: Transaction, program_id: int, tasks: Sequence[Task], today: date, *, members: bool = False
) -> list[TaskAnswer]:
    """Return tasks as answers show them; `members` says by whose name each goes."""
    names = await names_of(tx, (by for task in tasks for by in (task.created_by, task.closed_by)))
    staff = {one.email: one.name for one in await colleagues(tx, program_id, "")}
    ids = sorted({task.member_id for task in tasks}) if members else []
    called: dict[int, str] = dict(await tx.all(queries.select_member_names, member_ids=ids)) if ids else {}
    return [_shown(task, names, staff, called, today) for task in tasks]


def _shown(
    task: Task, names: dict[str, str], staff: dict[str, str], called: dict[int, str], today: date
) -> TaskAnswer:
    known = msgspec.structs.asdict(task) | {
        "id": encode("tsk", task.id),
        "member": encode("mem", task.member_id),
        "member_name": called.get(task.member_id, ""),
        "assignee_name": staff.get(task.assignee, task.assignee),
        "overdue": task.status == "open" and task.due_on is not None and task.due_on < today,
        "event": None if task.event_id is None else encode("evt", task.event_id),
        "created_by": names[task.created_by],
        "closed_by": names[task.closed_by] if task.closed_by else None,
    }
    return TaskAnswer.model_validate(known)
