"""Bench `export`: the ledger to Parquet, against COPY … TO CSV of the same columns into a file, over one connection.

Both end with files on the disk; the Parquet files are read again and counted before the figures are believed.
"""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import duckdb

from regulars.app.bench.ground import Ground, bench_ground
from regulars.app.bench.model import Figures, Options
from regulars.app.bench.processor_time import ServerTime
from regulars.app.bench.report import MEMBERS, fill
from regulars.app.bench.reporting_queries import queries
from regulars.flows import export
from regulars.infra.clock import FixedClock
from regulars.infra.db import Database
from regulars.infra.db.scratch import copy_plainly, settle
from regulars.kit.errors import Bug

TRANSFERS: Final = 10_000_000
GOAL: Final = 3
NOW = datetime(2026, 1, 1, tzinfo=UTC)


class ExportBench:
    """Exports a year of transfers both ways."""

    def __call__(self, options: Options) -> Figures:
        """Return rows a second, and the rate of COPY … TO CSV."""
        transfers = options.events or TRANSFERS
        with bench_ground(options.url, "export", MEMBERS) as ground:
            return asyncio.run(_measured(ground, options, transfers))


async def _measured(ground: Ground, options: Options, transfers: int) -> Figures:
    async with Database.open(ground.url, name="report", max_size=options.workers + 1) as db:
        options.say(f"making {transfers:,} transfers of a year")
        await fill(db, ground, transfers)
        await asyncio.to_thread(settle, ground.url)
        options.say("copying them as CSV")
        server = await ServerTime.of(db)
        used = [_used_s(server)]
        csv_s, csv_bytes = await asyncio.to_thread(_copied, ground.url, options.folder / "transfers.csv")
        used.append(_used_s(server))
        options.say("exporting them as Parquet")
        folder = options.folder / "parquet"
        begun = time.perf_counter()
        run = await export.export(db, FixedClock(NOW), ground.program_id, folder, lanes=options.workers)
        parquet_s = time.perf_counter() - begun
        used.append(_used_s(server))
        async with db.transaction(read_only=True) as tx:
            expected = await tx.one(queries.count_transfers)
    found = _counted(folder)
    if found != expected:
        raise Bug(f"The ledger has {expected} transfers and points, the files have {found}.")
    size = _bytes_below(folder)
    return {
        "bench": "export",
        "rate": round(transfers / parquet_s),
        "unit": "transfers/s",
        "baseline": round(transfers / csv_s),
        "baseline_is": "the same columns as CSV by COPY into a file, over one connection",
        "ratio": round(csv_s / parquet_s, 2),
        "goal": GOAL,
        "processor_us": round((used[2] - used[1]) / transfers * 1e6, 3),
        "baseline_processor_us": round((used[1] - used[0]) / transfers * 1e6, 3),
        "transfers": transfers,
        "rows": run.rows,
        "files": run.files,
        "workers": options.workers,
        "parquet_mb": round(size / 1e6, 1),
        "csv_mb": round(csv_bytes / 1e6, 1),
    }


def _copied(url: str, path: Path) -> tuple[float, int]:
    begun = time.perf_counter()
    copy_plainly(url, queries.copy_csv, path)
    return time.perf_counter() - begun, path.stat().st_size


def _used_s(server: ServerTime) -> float:
    """Return the processor time of this process and of the server so far: what a busy machine does not stretch."""
    return time.process_time() + (server.seconds() or 0.0)


def _bytes_below(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*.parquet"))


def _counted(folder: Path) -> tuple[int, int]:
    with duckdb.connect() as db:
        statement = queries.count_exported.sql.format(files=folder / "transfers/**/*.parquet")
        found = db.execute(statement).fetchone()
    assert found is not None
    return int(found[0]), int(found[1])
