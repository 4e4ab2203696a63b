"""Notes and tasks in the database: one typed function per named query, no decisions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from regulars.features.care.model import BY_RULE, Asked, AskedByRule, Note, Task
from regulars.infra.db import Transaction, load_queries

queries = load_queries(__package__)


async def insert_note(tx: Transaction, program_id: int, note: Note) -> None:
    """Keep a note."""
    await tx.run(
        queries.insert_note,
        program_id=program_id,
        member_id=note.member_id,
        id=note.id,
        text=note.text,
        written_by=note.written_by,
        now=note.written_at,
    )


async def select_notes(
    tx: Transaction, program_id: int, member_ids: Sequence[int], before: int, limit: int
) -> list[Note]:
    """Return at most `limit` notes with numbers below `before`, the latest first."""
    return await tx.all(
        queries.select_notes,
        row=Note,
        program_id=program_id,
        member_ids=list(member_ids),
        before=before,
        limit=limit,
    )


async def delete_note(
    tx: Transaction, program_id: int, member_ids: Sequence[int], number: int, by: str, *, anybody: bool
) -> bool:
    """Remove a note that `by` wrote, or anybody; False when there is no such note."""
    asked = {"program_id": program_id, "member_ids": list(member_ids), "id": number, "written_by": by}
    return await tx.run(queries.delete_note, anybody=anybody, **asked) == 1


async def insert_task(
    tx: Transaction, program_id: int, member_id: int, number: int, asked: Asked, by: str, now: datetime
) -> Task:
    """Keep a task that a person asks for; return it."""
    return await tx.one(
        queries.insert_task,
        row=Task,
        program_id=program_id,
        member_id=member_id,
        id=number,
        kind=asked.kind,
        title=asked.title,
        details=asked.details,
        assignee=asked.assignee,
        due_on=asked.due_on,
        created_by=by,
        now=now,
    )


async def insert_tasks_of_rules(
    tx: Transaction, program_id: int, tasks: Sequence[AskedByRule], now: datetime
) -> None:
    """Keep the tasks that rules ask for, in one statement."""
    await tx.run(
        queries.insert_tasks_of_rules,
        program_id=program_id,
        member_ids=[task.member_id for task in tasks],
        ids=[task.id for task in tasks],
        titles=[task.title for task in tasks],
        assignees=[task.assignee for task in tasks],
        due_days=[task.due_on for task in tasks],
        rules=[task.rule for task in tasks],
        event_ids=[task.event_id for task in tasks],
        created_by=BY_RULE,
        now=now,
    )


async def lock_task(tx: Transaction, program_id: int, member_ids: Sequence[int], number: int) -> Task | None:
    """Return a task, held until the end of the transaction; None when these members have no such task."""
    return await tx.maybe(
        queries.select_task, row=Task, program_id=program_id, member_ids=list(member_ids), id=number
    )


async def update_task(tx: Transaction, task: Task) -> Task | None:
    """Write a task as it is now; None when it is not at the revision that `task` says."""
    return await tx.maybe(
        queries.update_task,
        row=Task,
        member_id=task.member_id,
        id=task.id,
        kind=task.kind,
        title=task.title,
        details=task.details,
        assignee=task.assignee,
        due_on=task.due_on,
        status=task.status,
        outcome=task.outcome,
        closed_by=task.closed_by,
        closed_at=task.closed_at,
        revision=task.revision,
    )


async def erase_care(tx: Transaction, member_ids: Sequence[int]) -> None:
    """Leave nothing of what was written about members, or was to be done for them."""
    for query in (queries.erase_notes, queries.erase_tasks):
        await tx.run(query, member_ids=list(member_ids))
