"""Bench `accrual`: orders as JSON become points, tiers and effects, durably and exactly once, on two processes.

The baseline is COPY of the very same rows. The books are verified afterwards; a bench that lost a point has no figure.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import time
from multiprocessing.connection import Connection
from pathlib import Path

from regulars.app.bench.accrual_worker import Done, work
from regulars.app.bench.baseline import copy_seconds
from regulars.app.bench.batches import write_batches
from regulars.app.bench.ground import Ground, bench_ground
from regulars.app.bench.model import Figures, Options
from regulars.app.bench.processor_time import ServerTime
from regulars.app.bench.queries import queries
from regulars.app.hot_path import is_compiled
from regulars.infra.db import Database
from regulars.kit.errors import Bug

# Enough for six orders a member, and for the whole bench to end in about a minute and a half.
EVENTS = 400_000
# What a busy collector puts into one transaction: the commit's fsync is a hundredth of the work (try --batch).
BATCH = 1_000
GOAL_PER_MINUTE = 1_000_000


class AccrualBench:
    """Rates orders in worker processes, each with members of its own."""

    def __call__(self, options: Options) -> Figures:
        """Return events a second, of COPY as much, and where the processor time went."""
        events = options.events or EVENTS
        options.say("making a program, its members and their orders")
        with bench_ground(options.url, "accrual") as ground:
            folders = _orders(ground, options, events)
            options.say(f"rating {events:,} orders")
            done, wall_s, server_s = _rate(ground, folders, options.profile)
            options.say("verifying the books")
            rows = asyncio.run(_verified(ground, events + ground.members))
            options.say("copying the same rows")
            copying_s = copy_seconds(ground.url, options.folder)
        rate, baseline = events / wall_s, (events + ground.members) / copying_s
        return {
            "bench": "accrual",
            "rate": round(rate),
            "unit": "orders/s",
            "baseline": round(baseline),
            "baseline_is": "the same rows by COPY, as many transactions and account updates, over two connections",
            "ratio": round(rate / baseline, 3),
            "goal": round(GOAL_PER_MINUTE / 60),
            "per_minute": round(rate * 60),
            "events": events,
            "workers": options.workers,
            "compiled": is_compiled(),
            "batch": options.batch or BATCH,
            "rules_fired_per_event": round(sum(one.fired for one in done) / len(done), 1),
            "cpu_us_per_event": _per_event(done, events, server_s),
            "rows": rows,
        }


def _orders(ground: Ground, options: Options, events: int) -> list[Path]:
    """Write a first order of each member and the orders that are measured, by worker; return a folder each."""
    context = multiprocessing.get_context("spawn")
    folders, processes = [], []
    for number in range(options.workers):
        folder = options.folder / f"worker-{number}"
        folder.mkdir()
        folders.append(folder)
        first, last = (ground.members * n // options.workers for n in (number, number + 1))
        share = events * (number + 1) // options.workers - events * number // options.workers
        for name, count in ((f"first-{number}", None), (f"order-{number}", share)):
            arguments = (folder / name, range(first, last), count, options.batch or BATCH)
            processes.append(context.Process(target=write_batches, args=arguments))
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    return folders


def _rate(ground: Ground, folders: list[Path], profile: bool) -> tuple[list[Done], float, float | None]:
    """Return what the workers did, seconds by the clock, and processor seconds of the server."""
    context = multiprocessing.get_context("spawn")
    pipes: list[tuple[Connection, Connection]] = [context.Pipe() for _ in folders]
    processes = []
    for number, (path, (_, inner)) in enumerate(zip(folders, pipes, strict=True)):
        processes.append(context.Process(target=work, args=(ground, path, inner, profile and not number)))
    for process, (_, inner) in zip(processes, pipes, strict=True):
        process.start()
        inner.close()  # a process that dies is then noticed, not waited for
    for outer, _ in pipes:
        outer.recv()
    server = asyncio.run(_server_time(ground))
    before, start = server.seconds(), time.perf_counter()
    for outer, _ in pipes:
        outer.send("go")
    done = [outer.recv() for outer, _ in pipes]
    wall_s, after = time.perf_counter() - start, server.seconds()
    for process in processes:
        process.join()
    return done, wall_s, None if before is None or after is None else after - before


async def _server_time(ground: Ground) -> ServerTime:
    async with Database.open(ground.url, name="bench") as db:
        return await ServerTime.of(db)


def _per_event(done: list[Done], events: int, server_s: float | None) -> dict[str, float | None]:
    """Return microseconds of processor time of an event: by stage, the rest of Python, and the server's."""
    stages: dict[str, float] = {}
    for one in done:
        for stage, spent in one.stages.items():
            stages[stage] = stages.get(stage, 0.0) + spent
    python_s = sum(one.processor_s for one in done)
    by_name: dict[str, float | None] = {**stages, "rest": python_s - sum(stages.values()), "python": python_s}
    by_name["postgres"] = server_s
    by_name["all"] = None if server_s is None else python_s + server_s
    return {
        name: None if spent is None else round(spent / events * 1e6, 1) for name, spent in by_name.items()
    }


async def _verified(ground: Ground, events: int) -> dict[str, int]:
    """Return how many rows there are. Raises Bug when an event is missing or twice, or the books are wrong."""
    async with Database.open(ground.url, name="report") as db, db.transaction() as tx:
        counts = await tx.one(queries.count_events)
        strays = await tx.one(queries.count_strays)
    names = (
        "events",
        "accepted",
        "messages",
        "orders",
        "transfers",
        "lots",
        "standings",
        "in_batches",
        "batches",
    )
    rows = dict(zip(names, counts, strict=True))
    for name in ("accepted", "messages", "orders", "in_batches"):
        if rows[name] != events:
            raise Bug(f"{events} orders were sent and {name} says {rows[name]}.")
    if any(strays):
        raise Bug(f"Purses without their transfers, purses without their lots, sum of accounts: {strays}.")
    return rows
