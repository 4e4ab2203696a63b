"""Writing about members, and doing things for them: a note, a task, its change, its end."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from regulars.core.events import next_batch_id
from regulars.features.care import store
from regulars.features.care.errors import (
    InvalidCare,
    NoteOfAnother,
    TaskChanged,
    TaskClosed,
    UnknownNote,
    UnknownTask,
)
from regulars.features.care.model import (
    ASSIGNEE_LETTERS_MAX,
    NOTE_LETTERS_MAX,
    TITLE_LETTERS_MAX,
    Asked,
    AskedByRule,
    Note,
    Status,
    Task,
)
from regulars.infra.db import Transaction
from regulars.kit.errors import FieldError

# Ids are made as those of batches, so that a history can be read in the order in which it was written.
_BATCH_SHIFT = 20


async def write_note(
    tx: Transaction, program_id: int, member_id: int, text: str, *, by: str, now: datetime
) -> Note:
    """Keep what `by` (a credential) wrote about a member. Refuses with InvalidCare."""
    _check({"text": (text, 1, NOTE_LETTERS_MAX)})
    note = Note(member_id, await _number(tx), text.strip(), by, now)
    await store.insert_note(tx, program_id, note)
    return note


async def remove_note(
    tx: Transaction, program_id: int, member_ids: Sequence[int], number: int, *, by: str, anybody: bool
) -> None:
    """Remove a note that `by` wrote; `anybody` lets also others' go. Refuses with UnknownNote, NoteOfAnother."""
    if await store.delete_note(tx, program_id, member_ids, number, by, anybody=anybody):
        return
    known = await store.select_notes(tx, program_id, member_ids, number + 1, 1)
    raise NoteOfAnother if known and known[0].id == number else UnknownNote


async def open_task(
    tx: Transaction, program_id: int, member_id: int, asked: Asked, *, by: str, now: datetime
) -> Task:
    """Keep something to do for a member, asked by a person. Refuses with InvalidCare."""
    _check_asked(asked)
    return await store.insert_task(tx, program_id, member_id, await _number(tx), asked, by, now)


async def open_tasks_of_rules(
    tx: Transaction, program_id: int, tasks: Sequence[AskedByRule], now: datetime
) -> None:
    """Keep the tasks that the rules of a batch ask for; one statement, none when there are none."""
    if tasks:
        await store.insert_tasks_of_rules(tx, program_id, tasks, now)


async def change_task(
    tx: Transaction,
    program_id: int,
    member_ids: Sequence[int],
    number: int,
    changes: dict[str, Any],
    revision: int | None,
) -> Task:
    """Change what is to be done (fields of Asked) while it is open.

    Refuses with UnknownTask, TaskClosed, TaskChanged and InvalidCare.
    """
    task = await _taken(tx, program_id, member_ids, number, revision)
    if task.status != "open":
        raise TaskClosed
    after = msgspec.structs.replace(task, **changes)
    _check_asked(Asked(after.title, after.kind, after.details, after.assignee, after.due_on))
    return await _written(tx, after)


async def set_status(
    tx: Transaction,
    program_id: int,
    member_ids: Sequence[int],
    number: int,
    status: Status,
    outcome: str,
    *,
    by: str,
    now: datetime,
    revision: int | None = None,
) -> Task:
    """Say that a task is done or will not be done, with what came of it; or open it again.

    Saying again what is so changes nothing: whoever was first did it. Refuses with UnknownTask, TaskChanged and
    InvalidCare.
    """
    _check({"outcome": (outcome, 0, NOTE_LETTERS_MAX)})
    task = await _taken(tx, program_id, member_ids, number, revision)
    if task.status == status:
        return task
    closed = (None, None) if status == "open" else (by, now)
    after = msgspec.structs.replace(
        task, status=status, outcome=outcome.strip(), closed_by=closed[0], closed_at=closed[1]
    )
    return await _written(tx, after)


async def _number(tx: Transaction) -> int:
    return (await next_batch_id(tx) << _BATCH_SHIFT) + 1


async def _taken(
    tx: Transaction, program_id: int, member_ids: Sequence[int], number: int, revision: int | None
) -> Task:
    task = await store.lock_task(tx, program_id, member_ids, number)
    if task is None:
        raise UnknownTask
    if revision is not None and revision != task.revision:
        raise TaskChanged
    return task


async def _written(tx: Transaction, task: Task) -> Task:
    written = await store.update_task(tx, task)
    if written is None:
        raise TaskChanged
    return written


def _check_asked(asked: Asked) -> None:
    _check(
        {
            "title": (asked.title, 1, TITLE_LETTERS_MAX),
            "details": (asked.details, 0, NOTE_LETTERS_MAX),
            "assignee": (asked.assignee, 0, ASSIGNEE_LETTERS_MAX),
        }
    )


def _check(texts: dict[str, tuple[str, int, int]]) -> None:
    errors = [
        FieldError(name, "not_a_text", f"Write {least} to {most} characters.")
        for name, (text, least, most) in texts.items()
        if not least <= len(text.strip()) <= most or "\x00" in text
    ]
    if errors:
        raise InvalidCare(errors=errors)
