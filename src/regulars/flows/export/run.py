"""An export from begin to end: what was posted since the last one to this folder, each row once, resumable anywhere.

What is exported ends at a closed batch (everybody who began before has ended), so nothing that commits late is passed
over; the run's end is fixed when it begins, so whoever finishes it writes the same files.
"""

from __future__ import annotations

import asyncio
import tempfile
from asyncio import create_task, gather
from collections.abc import Awaitable, Callable
from datetime import datetime
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Final, TypeVar

from regulars.features.programs import ProgramConfig, load_config
from regulars.flows.export.datasets import WHOLE, Whole, queries
from regulars.flows.export.model import Piece, Run, Slice, Written
from regulars.flows.export.pieces import write_piece
from regulars.flows.export.writing import Writer
from regulars.infra.clock import Clock
from regulars.infra.db import ClosedNumbers, Database, Transaction, failpoint

SEQUENCE: Final = "events.batch_id_seq"
# Events whose rows one statement copies: few enough that their columns grow without moving house in the server, which
# halves its work (0.65 to 0.38 µs a row).
EVENTS_PER_SLICE: Final = 50_000
# Slices of a piece, whose rows are held in memory: some 200 bytes each, fifty megabytes a lane.
SLICES_PER_PIECE: Final = 5

T = TypeVar("T")
Note = Callable[[int, int], Awaitable[None]]


async def _silent(_: int, __: int) -> None:
    return None


async def export(
    db: Database,
    clock: Clock,
    program_id: int,
    folder: Path,
    *,
    form: str = "parquet",
    lanes: int = 1,
    note: Note = _silent,
) -> Run:
    """Export to `folder` what was posted since the last export there, and anew what changes; return the run.

    `folder` is absolute. Pieces are written side by side in `lanes`, each with a connection and a thread.
    `note(done, expected)` hears of each batch number reached.
    """
    numbers = ClosedNumbers(SEQUENCE)
    async with db.transaction() as tx:
        config = await load_config(tx, program_id)
        run = await _begin(tx, numbers, program_id, folder, form, clock.now())
        pieces = await _pieces(tx, config, run)
    await note(run.done_batch, run.until_batch)
    free: asyncio.Queue[Writer] = asyncio.Queue()
    writers = [Writer() for _ in range(lanes)]
    for writer in writers:
        free.put_nowait(writer)
    whole = [create_task(_in_lane(free, partial(_whole, db, config, run, one))) for one in WHOLE]
    begun = [create_task(_in_lane(free, partial(write_piece, db, piece))) for piece in pieces]
    try:
        for piece, writing in zip(pieces, begun, strict=True):
            await _move(db, run, piece.after, await writing, note)
        return await _finish(db, clock, run, sum(await gather(*whole)))
    finally:
        for task in (*whole, *begun):
            task.cancel()
        await gather(*whole, *begun, return_exceptions=True)
        for writer in writers:
            writer.close()


async def _in_lane(free: asyncio.Queue[Writer], work: Callable[[Writer], Awaitable[T]]) -> T:
    """Do a part of an export as soon as a lane is free; lanes are given in the order of asking."""
    writer = await free.get()
    try:
        return await work(writer)
    finally:
        free.put_nowait(writer)


async def _move(db: Database, run: Run, before: int, written: Written, note: Note) -> None:
    failpoint("after_export_files_before_progress")
    async with db.transaction() as tx:
        moved = await tx.run(
            queries.move_run,
            id=run.id,
            from_batch=before,
            done=written.until,
            rows=written.rows,
            files=written.files,
        )
    if moved:
        await note(written.until, run.until_batch)


async def _begin(
    tx: Transaction, numbers: ClosedNumbers, program_id: int, folder: Path, form: str, now: datetime
) -> Run:
    place = {"program_id": program_id, "folder": str(folder), "format": form}
    await tx.run(queries.lock_folder, **{**place, "program_id": str(program_id)})
    found = await tx.maybe(queries.select_open_run, row=Run, **place)
    if found is not None:
        return found
    return await tx.one(queries.insert_run, row=Run, until=await numbers.closed(tx), now=now, **place)


async def _pieces(tx: Transaction, config: ProgramConfig, run: Run) -> list[Piece]:
    rows = await tx.all(
        queries.select_slices, after=run.after_batch, until=run.until_batch, events=EVENTS_PER_SLICE
    )
    after, pieces = run.after_batch, []
    for _, group in groupby(rows, key=lambda row: row[0] // SLICES_PER_PIECE):
        slices = []
        for _, until, from_at, to_at in group:
            slices.append(Slice(after, until, from_at, to_at))
            after = until
        pieces.append(Piece(config.id, config.code, config.zone, run.folder, run.format, tuple(slices)))
    return [piece for piece in pieces if piece.until > run.done_batch]


async def _finish(db: Database, clock: Clock, run: Run, rows: int) -> Run:
    async with db.transaction() as tx:
        await tx.run(queries.finish_run, id=run.id, rows=rows, files=len(WHOLE), now=clock.now())
        found = await tx.all(queries.select_runs, row=Run, program_id=run.program_id, limit=200)
    return next(one for one in found if one.id == run.id)


async def _whole(db: Database, config: ProgramConfig, run: Run, dataset: Whole, writer: Writer) -> int:
    path = Path(run.folder) / dataset.name / f"program={config.code}" / f"whole.{run.format}"
    with tempfile.TemporaryDirectory(prefix="regulars-export-") as folder:
        source = Path(folder) / "rows.csv"
        with source.open("wb") as file:
            async with db.transaction(read_only=True) as tx:
                await tx.run(queries.allow_long)
                async for block in tx.copy_out(dataset.query, program_id=config.id):
                    file.write(block)
        return await asyncio.to_thread(writer.convert, source, path)
