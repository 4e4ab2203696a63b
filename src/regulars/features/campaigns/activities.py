"""What has to be done for a campaign: added, changed, done, opened again, removed; and what is written about it."""

from __future__ import annotations

from datetime import datetime

from regulars.features.campaigns import store
from regulars.features.campaigns.errors import (
    ActivityChanged,
    ActivityDone,
    InvalidActivity,
    InvalidNote,
    UnknownActivity,
)
from regulars.features.campaigns.model import TEXT_LETTERS_MAX, Activity, Note, Task, check_task
from regulars.features.campaigns.plan import get_campaign
from regulars.infra.db import Transaction
from regulars.kit.errors import FieldError


async def add_activity(
    tx: Transaction,
    program_id: int,
    code: str,
    task: Task,
    people: frozenset[int],
    *,
    now: datetime,
    by: str,
) -> Activity:
    """Add an activity to a campaign; `people` are those it can be given to.

    Refuses with UnknownCampaign, InvalidActivity.
    """
    found = await get_campaign(tx, program_id, code)
    _check(task, people, None)
    number = await store.insert_activity(tx, program_id, found.id, task, now, by)
    return await _hold(tx, program_id, number, None)


async def change_activity(
    tx: Transaction,
    program_id: int,
    number: int,
    task: Task,
    people: frozenset[int],
    *,
    now: datetime,
    expected: int | None = None,
) -> Activity:
    """Change an open activity. Refuses with UnknownActivity, ActivityChanged, ActivityDone, InvalidActivity."""
    found = await _hold(tx, program_id, number, expected)
    if found.completed_at is not None:
        raise ActivityDone
    _check(task, people, found.assignee)
    await store.update_activity(tx, number, task, now)
    return await _hold(tx, program_id, number, None)


async def complete_activity(
    tx: Transaction, program_id: int, number: int, *, now: datetime, by: str, expected: int | None = None
) -> Activity:
    """Note that `by` did an activity now; one that is done stays as it was. Refuses with UnknownActivity."""
    found = await _hold(tx, program_id, number, expected)
    if found.completed_at is None:
        await store.update_completed(tx, number, now, by, now)
    return await _hold(tx, program_id, number, None)


async def reopen_activity(
    tx: Transaction, program_id: int, number: int, *, now: datetime, expected: int | None = None
) -> Activity:
    """Let an activity be to do again. Refuses with UnknownActivity, ActivityChanged."""
    found = await _hold(tx, program_id, number, expected)
    if found.completed_at is not None:
        await store.update_completed(tx, number, None, None, now)
    return await _hold(tx, program_id, number, None)


async def remove_activity(tx: Transaction, program_id: int, number: int, expected: int | None = None) -> None:
    """Take an open activity away. Refuses with UnknownActivity, ActivityChanged, ActivityDone."""
    found = await _hold(tx, program_id, number, expected)
    if found.completed_at is not None:
        raise ActivityDone
    await store.delete_activity(tx, number)


async def write_note(
    tx: Transaction, program_id: int, code: str, text: str, *, now: datetime, by: str
) -> Note:
    """Write a note about a campaign. Refuses with UnknownCampaign, InvalidNote."""
    found = await get_campaign(tx, program_id, code)
    if not 0 < len(text.strip()) <= TEXT_LETTERS_MAX:
        says = f"Write 1 to {TEXT_LETTERS_MAX} letters."
        raise InvalidNote(errors=[FieldError("text", "out_of_range", says)])
    return await store.insert_note(tx, found.id, text.strip(), now, by)


async def _hold(tx: Transaction, program_id: int, number: int, expected: int | None) -> Activity:
    found = await store.lock_activity(tx, program_id, number)
    if found is None:
        raise UnknownActivity
    if expected is not None and found.revision != expected:
        raise ActivityChanged
    return found


def _check(task: Task, people: frozenset[int], before: int | None) -> None:
    errors = check_task(task, people, before)
    if errors:
        raise InvalidActivity(errors=errors)
