"""How far the time of a program has been followed up.

Moved on with each piece of work, by one runner at a time.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from regulars.infra.db import Transaction, load_queries

queries = load_queries(__package__)


class Overtaken(Exception):
    """Another runner follows up this program and is further already; this one has nothing to do here."""


class Progress(msgspec.Struct, frozen=True):
    """Everything due up to `done_until` is done.

    Within the `step` being done now, `stage` up to `after_member`.
    """

    done_until: datetime
    step: datetime | None = None
    stage: str = ""
    after_member: int = 0


async def read_progress(tx: Transaction, program_id: int, start: datetime, now: datetime) -> Progress:
    """Return how far a program has come; one that is followed up for the first time begins at `start`."""
    await tx.run(queries.insert_progress, program_id=program_id, start=start, now=now)
    return await tx.one(queries.select_progress, row=Progress, program_id=program_id)


async def move_progress(
    tx: Transaction, program_id: int, before: Progress, after: Progress, now: datetime
) -> None:
    """Note that a program has come from `before` to `after`.

    Raises Overtaken when it is not at `before` any more.
    """
    moved = await tx.run(
        queries.move_progress,
        program_id=program_id,
        done_until=after.done_until,
        step=after.step,
        stage=after.stage,
        after_member=after.after_member,
        from_done_until=before.done_until,
        from_step=before.step,
        from_stage=before.stage,
        from_after_member=before.after_member,
        now=now,
    )
    if not moved:
        raise Overtaken
