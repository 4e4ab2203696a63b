"""Bench `report`: what a dashboard asks, of the roll-ups and of the ledger itself, over a year of transfers.

The year is made by the server, in batches as the hot path writes them, and rolled up by the very code that the worker
runs; the answers of both are compared before anything is timed.
"""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, date, datetime
from typing import Any, Final

from regulars.app.bench.ground import Ground, bench_ground
from regulars.app.bench.model import Figures, Options
from regulars.app.bench.reporting_queries import queries
from regulars.app.garbage import settle_garbage_collector
from regulars.features.programs import ProgramConfig, load_config
from regulars.flows import reporting
from regulars.infra.clock import FixedClock
from regulars.infra.db import Database
from regulars.infra.db.scratch import settle
from regulars.kit.errors import Bug

TRANSFERS: Final = 10_000_000
MEMBERS: Final = 100_000
PER_BATCH: Final = 2_000
GOAL_RATIO: Final = 50
GOAL_P95_MS: Final = 200
FIRST, END = date(2025, 1, 1), date(2026, 1, 1)
NOW = datetime(2026, 1, 1, tzinfo=UTC)
ROUNDS: Final = 12
# What a dashboard shows at once: report, by, and the statement that asks the ledger the same.
PANELS: Final = (
    ("points", "month", "raw_points_by_month"),
    ("points", "day", "raw_points_by_day"),
    ("points", "funding", "raw_points_by_funding"),
    ("points", "rule", "raw_points_by_rule"),
    ("redemption", "month", "raw_points_by_month"),
)


class ReportBench:
    """Asks for the panels of a dashboard both ways."""

    def __call__(self, options: Options) -> Figures:
        """Return how many times faster the roll-ups answer, and how fast."""
        transfers = options.events or TRANSFERS
        with bench_ground(options.url, "report", MEMBERS) as ground:
            return asyncio.run(_measured(ground, options, transfers))


async def _measured(ground: Ground, options: Options, transfers: int) -> Figures:
    async with Database.open(ground.url, name="report", max_size=2) as db:
        options.say(f"making {transfers:,} transfers of a year")
        await fill(db, ground, transfers)
        await asyncio.to_thread(settle, ground.url)
        options.say("rolling them up")
        begun = time.perf_counter()
        clock = FixedClock(NOW)
        await reporting.Rollup(db, clock).drain()
        rolling_s = time.perf_counter() - begun
        async with db.transaction() as tx:
            config = await load_config(tx, ground.program_id)
        settle_garbage_collector()  # as a server does: without it one answer in sixty waits 200 ms for the collector
        options.say("asking both")
        panels = [await _panel(db, config, *panel) for panel in PANELS]
    fast = sorted(seconds for panel in panels for seconds in panel["times"])
    raw, rolled = sum(panel["raw_s"] for panel in panels), sum(panel["rolled_s"] for panel in panels)
    return {
        "bench": "report",
        "rate": round(len(PANELS) / rolled, 1),
        "unit": "reports/s",
        "baseline": round(len(PANELS) / raw, 3),
        "baseline_is": "the same questions asked of the ledger",
        "ratio": round(raw / rolled, 1),
        "goal": f"{GOAL_RATIO} times, p95 {GOAL_P95_MS} ms",
        "p95_ms": round(fast[int(len(fast) * 0.95)] * 1000, 1),
        "transfers": transfers,
        "rolled_up_per_s": round(transfers / rolling_s),
        "panels": {
            f"{panel['name']}": {
                "ms": round(panel["rolled_s"] * 1000, 1), "raw_ms": round(panel["raw_s"] * 1000),
                "ratio": round(panel["raw_s"] / panel["rolled_s"], 1),
            }
            for panel in panels
        },
    }  # fmt: skip


async def fill(db: Database, ground: Ground, transfers: int) -> None:
    """Make so many transfers of a year, in batches as the hot path writes them."""
    async with db.transaction() as tx:
        await tx.run(queries.allow_long)
        await tx.run(
            queries.fill_transfers,
            program_id=ground.program_id,
            transfers=transfers,
            per_batch=PER_BATCH,
            now=NOW,
        )
        await tx.run(
            queries.fill_batches,
            program_id=ground.program_id,
            per_batch=PER_BATCH,
            transfers=transfers,
            now=NOW,
        )
    async with db.transaction() as tx:
        await tx.run(queries.analyse)
        await tx.run(queries.summarise)


async def _panel(db: Database, config: ProgramConfig, report: str, by: str, raw: str) -> dict[str, Any]:
    begun = time.perf_counter()
    async with db.transaction(read_only=True) as tx:
        expected = await tx.all(
            getattr(queries, raw), program_id=config.id, zone=config.zone, from_day=FIRST, to_day=END
        )
    raw_s = time.perf_counter() - begun
    times = []
    found: dict[str, int] = {}
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        async with db.transaction(read_only=True, snapshot=True) as tx:
            wanted, asked = reporting.ask(config, report, END, from_day=FIRST, to_day=END, by=by)
            answer = await reporting.answer(tx, wanted, asked)
        times.append(time.perf_counter() - begun)
        found = {row["key"]: row["issued"] for row in answer.rows if row["issued"]}
    said = {key: int(issued) for key, issued, *_ in expected}
    if found != said:
        raise Bug(f"{report} by {by}: the roll-ups say {found}, the ledger {said}.")
    times.sort()
    return {"name": f"{report} by {by}", "raw_s": raw_s, "rolled_s": times[len(times) // 2], "times": times}
