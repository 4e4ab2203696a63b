"""Notes and tasks on a real database: who may remove what, what ends how, and that two people do one task once."""

from __future__ import annotations

import asyncio
from datetime import date
from typing import Any

import pytest

from regulars.features.care import (
    Asked,
    Task,
    change_task,
    open_task,
    remove_note,
    select_notes,
    set_status,
    write_note,
)
from regulars.features.care.errors import (
    InvalidCare,
    NoteOfAnother,
    TaskChanged,
    TaskClosed,
    UnknownNote,
    UnknownTask,
)
from regulars.infra.clock import FixedClock
from regulars.infra.db import Database
from regulars.kit.ids import ID_MAX

ANN, BOB = 101, 102
PROGRAM = 1


async def closed(db: Database, clock: FixedClock, number: int, by: str, status: Any = "done") -> Task:
    async with db.transaction() as tx:
        return await set_status(tx, PROGRAM, [ANN], number, status, "spoke", by=by, now=clock.now())


async def opened(db: Database, clock: FixedClock, asked: Asked | None = None) -> Task:
    async with db.transaction() as tx:
        return await open_task(
            tx, PROGRAM, ANN, asked or Asked("Call her", "call"), by="staff:1", now=clock.now()
        )


async def test_notes_are_read_the_latest_first_and_removed_by_their_writer(
    db: Database, clock: FixedClock
) -> None:
    async with db.transaction() as tx:
        first = await write_note(tx, PROGRAM, ANN, " Likes tea. ", by="staff:1", now=clock.now())
        second = await write_note(tx, PROGRAM, ANN, "Moved house.", by="staff:2", now=clock.now())
        await write_note(tx, PROGRAM, BOB, "Somebody else.", by="staff:1", now=clock.now())
    async with db.transaction() as tx:
        notes = await select_notes(tx, PROGRAM, [ANN], ID_MAX, 10)
        assert [note.text for note in notes] == ["Moved house.", "Likes tea."]
        assert await select_notes(tx, PROGRAM + 1, [ANN], ID_MAX, 10) == []
        assert await select_notes(tx, PROGRAM, [ANN], second.id, 10) == [first]
        with pytest.raises(NoteOfAnother):
            await remove_note(tx, PROGRAM, [ANN], second.id, by="staff:1", anybody=False)
        with pytest.raises(UnknownNote):
            await remove_note(tx, PROGRAM, [BOB], second.id, by="staff:2", anybody=True)
        await remove_note(tx, PROGRAM, [ANN], first.id, by="staff:1", anybody=False)
        await remove_note(tx, PROGRAM, [ANN], second.id, by="staff:1", anybody=True)
        assert await select_notes(tx, PROGRAM, [ANN], ID_MAX, 10) == []


@pytest.mark.parametrize("text", ["", "  ", "x" * 4001, "a\x00b"])
async def test_a_note_says_something(db: Database, clock: FixedClock, text: str) -> None:
    async with db.transaction() as tx:
        with pytest.raises(InvalidCare) as refused:
            await write_note(tx, PROGRAM, ANN, text, by="staff:1", now=clock.now())
    assert [error.path for error in refused.value.errors] == ["text"]


async def test_a_task_is_changed_while_open_and_knows_who_closed_it(db: Database, clock: FixedClock) -> None:
    task = await opened(db, clock)
    changes = {"due_on": date(2026, 12, 24), "assignee": "ann@shop.example"}
    async with db.transaction() as tx:
        changed = await change_task(tx, PROGRAM, [ANN], task.id, changes, task.revision)
        assert (changed.due_on, changed.assignee, changed.revision) == (*changes.values(), 2)
        with pytest.raises(TaskChanged):
            await change_task(tx, PROGRAM, [ANN], task.id, changes, task.revision)
        with pytest.raises(UnknownTask):
            await change_task(tx, PROGRAM, [BOB], task.id, changes, None)
        with pytest.raises(InvalidCare):
            await change_task(tx, PROGRAM, [ANN], task.id, {"title": " "}, None)
    done = await closed(db, clock, task.id, "staff:7")
    assert (done.status, done.closed_by, done.outcome) == ("done", "staff:7", "spoke")
    async with db.transaction() as tx:
        with pytest.raises(TaskClosed):
            await change_task(tx, PROGRAM, [ANN], task.id, changes, None)
    again = await closed(db, clock, task.id, "staff:8", "open")
    assert (again.status, again.closed_by, again.closed_at) == ("open", None, None)


async def test_who_is_first_did_it(db: Database, clock: FixedClock) -> None:
    task = await opened(db, clock)
    both = await asyncio.gather(*(closed(db, clock, task.id, f"staff:{n}") for n in (1, 2, 3)))
    assert len({one.closed_by for one in both}) == 1
    assert {one.revision for one in both} == {2}
