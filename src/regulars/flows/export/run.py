"""An export from begin to end: what was posted since the last one to this folder, each row once, resumable anywhere.

What is exported ends at a closed batch (everybody who began before has ended), so nothing that commits late is passed
over; the run's end is fixed when it begins, so whoever finishes it writes the same files.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec

from regulars.features.programs import ProgramConfig, load_config
from regulars.flows.export.datasets import WHOLE, Whole, queries
from regulars.flows.export.model import Piece, Run, Written
from regulars.flows.export.pieces import write_piece
from regulars.flows.export.writing import Writer
from regulars.infra.clock import Clock
from regulars.infra.db import ClosedNumbers, Database, Transaction, failpoint

SEQUENCE: Final = "events.batch_id_seq"
# Events of a piece: their rows are held in memory, some 150 bytes each, a hundred megabytes a process.
EVENTS_PER_PIECE: Final = 250_000
# Events whose numbers travel together: half a megabyte a column grows without moving house in the server.
EVENTS_TOGETHER: Final = 50_000

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
    url: str = "",
    processes: int = 1,
    note: Note = _silent,
) -> Run:
    """Export to `folder` what was posted since the last export there, and anew what changes; return the run.

    `folder` is absolute. With `url` and several `processes` the pieces are written side by side.
    `note(done, expected)` hears of each batch number reached.
    """
    numbers = ClosedNumbers(SEQUENCE)
    async with db.transaction() as tx:
        config = await load_config(tx, program_id)
        run = await _begin(tx, numbers, program_id, folder, form, clock.now())
        pieces = await _pieces(tx, config, run)
    await note(run.done_batch, run.until_batch)
    async for written, before in _written(db, pieces, url, processes):
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
    return await _finish(db, clock, config, run)


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
        queries.select_pieces, after=run.after_batch, until=run.until_batch, events=EVENTS_PER_PIECE
    )
    pieces, after = [], run.after_batch
    for until, from_at, to_at, events in rows:
        together = max(1, EVENTS_TOGETHER * (until - after) // max(1, int(events)))
        pieces.append(
            Piece(
                config.id,
                config.code,
                config.zone,
                run.folder,
                run.format,
                after,
                until,
                from_at,
                to_at,
                together,
            )
        )
        after = until
    return [piece for piece in pieces if piece.until > run.done_batch]


async def _written(
    db: Database, pieces: Sequence[Piece], url: str, processes: int
) -> AsyncIterator[tuple[Written, int]]:
    """Yield what was written, in order, with the batch before each piece."""
    if processes < 2 or not url or len(pieces) < 2:
        writer = Writer()
        try:
            for piece in pieces:
                yield await write_piece(db, writer, piece), piece.after
        finally:
            writer.close()
        return
    loop = asyncio.get_running_loop()
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, mp_context=context) as pool:
        begun = [
            (loop.run_in_executor(pool, write_elsewhere, url, msgspec.json.encode(piece)), piece.after)
            for piece in pieces
        ]
        try:
            for writing, after in begun:
                yield await writing, after
        finally:
            for writing, _ in begun:
                writing.cancel()


def write_elsewhere(url: str, piece: bytes) -> Written:
    """Write a piece in a process of its own."""

    async def work() -> Written:
        writer = Writer()
        try:
            async with Database.open(url, name="report", max_size=1) as db:
                return await write_piece(db, writer, msgspec.json.decode(piece, type=Piece))
        finally:
            writer.close()

    return asyncio.run(work())


async def _finish(db: Database, clock: Clock, config: ProgramConfig, run: Run) -> Run:
    writer = Writer()
    rows = 0
    try:
        for dataset in WHOLE:
            rows += await _whole(db, writer, config, run, dataset)
    finally:
        writer.close()
    async with db.transaction() as tx:
        await tx.run(queries.finish_run, id=run.id, rows=rows, files=len(WHOLE), now=clock.now())
        found = await tx.all(queries.select_runs, row=Run, program_id=run.program_id, limit=200)
    return next(one for one in found if one.id == run.id)


async def _whole(db: Database, writer: Writer, config: ProgramConfig, run: Run, dataset: Whole) -> int:
    path = Path(run.folder) / dataset.name / f"program={config.code}" / f"whole.{run.format}"
    with tempfile.TemporaryDirectory(prefix="regulars-export-") as folder:
        source = Path(folder) / "rows.csv"
        with source.open("wb") as file:
            async with db.transaction(read_only=True) as tx:
                await tx.run(queries.allow_long)
                async for block in tx.copy_out(dataset.query, program_id=config.id):
                    file.write(block)
        return await asyncio.to_thread(writer.convert, source, path)
