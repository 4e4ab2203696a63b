"""One piece of an export: copied, split by local month, written. Done again, it writes the same files."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final

import numpy as np

from regulars.flows.export.columns import Column, joined, read_columns
from regulars.flows.export.datasets import GROWING, Growing, Table, queries
from regulars.flows.export.model import Piece, Slice, Written
from regulars.flows.export.writing import Writer
from regulars.infra.db import Database
from regulars.kit.zones import local_date, start_of_day, zone

BATCH_SHIFT: Final = 20
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


async def write_piece(db: Database, piece: Piece, writer: Writer) -> Written:
    """Write what the batches of a piece posted, each dataset by local month; return how much that was."""
    rows = files = 0
    for dataset in GROWING:
        copies = [await _copied(db, dataset, piece.program_id, one) for one in piece.slices]
        done = await asyncio.to_thread(_write, writer, dataset, copies, piece)
        rows, files = rows + done[0], files + done[1]
    return Written(piece.until, rows, files)


async def _copied(db: Database, dataset: Growing, program_id: int, part: Slice) -> bytes:
    ids = {"first": (part.after + 1) << BATCH_SHIFT, "beyond": (part.until + 1) << BATCH_SHIFT}
    span = {"program_id": program_id, "from_at": part.from_at, "to_at": part.to_at}
    async with db.transaction(read_only=True) as tx:
        await tx.run(queries.allow_long)
        return b"".join([block async for block in tx.copy_out(dataset.query, **ids, **span)])


def _write(writer: Writer, dataset: Growing, copies: list[bytes], piece: Piece) -> tuple[int, int]:
    columns = [joined(parts) for parts in zip(*map(read_columns, copies), strict=True)]
    if not len(columns[0]):
        return 0, 0
    rows = files = 0
    for month, part in by_month(dataset.table(columns), piece.zone):
        folder = Path(piece.folder) / dataset.name / f"program={piece.program}" / f"month={month}"
        path = folder / f"part-{piece.after + 1:012d}-{piece.until:012d}.{piece.format}"
        rows += writer.write(path, part, dataset.optional)
        files += 1
    return rows, files


def by_month(table: Table, zone_name: str) -> Iterator[tuple[str, Table]]:
    """Yield the rows of each local month in which they were posted, with the local day of each as `day`.

    Days may have 23, 24 or 25 hours.
    """
    posted = table["posted_at"].view(np.int64)
    days, starts = _days(int(posted.min()), int(posted.max()), zone_name)
    place = np.searchsorted(starts, posted, side="right") - 1
    table["day"] = np.array(days, "datetime64[D]")[place]
    months = [f"{day:%Y-%m}" for day in days]
    if months[0] != months[-1] and (place[1:] < place[:-1]).any():
        order = np.argsort(place, kind="stable")
        place, table = place[order], {name: values[order] for name, values in table.items()}
    for month in dict.fromkeys(months):
        first = months.index(month)
        begin, end = np.searchsorted(place, (first, first + months.count(month)))
        if begin < end:
            yield month, {name: values[begin:end] for name, values in table.items()}


def _days(first_us: int, last_us: int, zone_name: str) -> tuple[list[date], Column]:
    """Return the local days from one instant to another, and when each began (microseconds)."""
    place = zone(zone_name)
    day, last = (local_date(_EPOCH + timedelta(microseconds=at), place) for at in (first_us, last_us))
    days = [day + timedelta(days=number) for number in range((last - day).days + 1)]
    starts = [(start_of_day(one, place) - _EPOCH) // timedelta(microseconds=1) for one in days]
    return days, np.array(starts, np.int64)
