"""One piece of an export: copied, split by local day, written. Done again, it writes the same files."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import numpy as np

from regulars.flows.export.columns import read_columns
from regulars.flows.export.datasets import GROWING, Growing, Table, queries
from regulars.flows.export.model import Piece, Written
from regulars.flows.export.writing import Writer
from regulars.infra.db import Database
from regulars.kit.zones import local_date, start_of_day, zone

BATCH_SHIFT: Final = 20


async def write_piece(db: Database, writer: Writer, piece: Piece) -> Written:
    """Write what the batches of a piece posted, each dataset by local day; return how much that was."""
    rows = files = 0
    for dataset in GROWING:
        table = await _read(db, dataset, piece)
        if table is not None:
            done = await asyncio.to_thread(_write, writer, dataset, table, piece)
            rows, files = rows + done[0], files + done[1]
    return Written(piece.until, rows, files)


async def _read(db: Database, dataset: Growing, piece: Piece) -> Table | None:
    ids = {"first": (piece.after + 1) << BATCH_SHIFT, "beyond": (piece.until + 1) << BATCH_SHIFT}
    span = {"program_id": piece.program_id, "from_at": piece.from_at, "to_at": piece.to_at}
    async with db.transaction(read_only=True) as tx:
        await tx.run(queries.allow_long)
        blocks = [block async for block in tx.copy_out(dataset.query, batches=piece.batches, **ids, **span)]
    columns = read_columns(blocks)
    return dataset.table(columns) if columns else None


def _write(writer: Writer, dataset: Growing, table: Table, piece: Piece) -> tuple[int, int]:
    rows = files = 0
    for day, part in by_day(table, piece.zone):
        folder = Path(piece.folder) / dataset.name / f"program={piece.program}" / f"day={day}"
        path = folder / f"part-{piece.after + 1:012d}-{piece.until:012d}.{piece.format}"
        rows += writer.write(path, part, dataset.optional)
        files += 1
    return rows, files


def by_day(table: Table, zone_name: str) -> Iterator[tuple[date, dict[str, Any]]]:
    """Yield the rows of each local day on which they were posted; days may have 23, 24 or 25 hours."""
    posted = table["posted_at"].astype(np.int64)
    place = zone(zone_name)
    day = local_date(_instant(int(posted.min())), place)
    last = local_date(_instant(int(posted.max())), place)
    if day == last:
        yield day, table
        return
    while day <= last:
        starts, ends = (
            _micros(start_of_day(day, place)),
            _micros(start_of_day(day + timedelta(days=1), place)),
        )
        chosen = (posted >= starts) & (posted < ends)
        if chosen.any():
            yield day, {name: values[chosen] for name, values in table.items()}
        day += timedelta(days=1)


def _instant(micros: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=micros)


def _micros(at: datetime) -> int:
    return (at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
