"""Running a simulation: members in pieces, pieces to processes, sums added up; a second pass where budgets run out."""

from __future__ import annotations

import asyncio
import resource
import sys
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from itertools import pairwise
from typing import Any

import msgspec

from regulars.flows.accrual.insight import Rulebooks, current_rulebook, instant, is_budget
from regulars.flows.simulation.budgets import Demand, closing_times, merge_demand
from regulars.flows.simulation.model import BudgetKey, Piece, Plan
from regulars.flows.simulation.replay import Replay, queries
from regulars.flows.simulation.report import Found, budget_maxima, report
from regulars.flows.simulation.tally import BASE, DRAFT, Tally
from regulars.infra.db import Database

# Pieces a process: enough that none waits long for the last one. A piece is a transaction, ten milliseconds.
PIECES_A_PROCESS = 24
# A line of a process's answer holds the sums of a thousand stores by month; far beyond it something is wrong.
LINE_BYTES_MAX = 256 * 1024 * 1024

Progress = Callable[[int, int], Awaitable[None]]
"""Told (events decided so far, about how many there are); may raise to stop."""


class SimulationStopped(Exception):
    """A process of the simulation ended before its time."""


class Shared(msgspec.Struct, frozen=True):
    """What a process found: its sums by path, and the demand on budgets as [owner, measure, period, hour, used]."""

    leaves: list[tuple[tuple[str, ...], list[int]]]
    gains: list[tuple[int, int, int, int]]
    losses: list[tuple[int, int, int, int]]
    demand: tuple[list[tuple[str, str, str, int, int]], list[tuple[str, str, str, int, int]]]
    events: int
    memory_kb: int


class Order(msgspec.Struct, frozen=True):
    """What a process is told first: where the database is, what to simulate, when budgets close."""

    url: str
    plan: Plan
    closes_at: list[tuple[str, str, str, int]]


class Told(msgspec.Struct, frozen=True):
    """What a process says: events decided since, or a piece that is done, or in the end everything it found."""

    events: int = 0
    done: bool = False
    found: Shared | None = None


async def simulate(
    db: Database, plan: Plan, progress: Progress | None = None, *, url: str = ""
) -> dict[str, Any]:
    """Return the report of a simulation. With `url` (of the same database) it runs in `plan.processes` processes."""
    rulebooks = Rulebooks()
    book = await current_rulebook(db, rulebooks, plan.program_id)
    whole = Replay(plan, book)
    pieces = await _pieces(db, plan)
    async with db.transaction(read_only=True) as tx:
        expected = await tx.value(
            queries.count_events,
            program_id=plan.program_id,
            to=instant(plan.to_at),
            as_of=instant(plan.as_of),
        )
    follow = _Follow(progress, expected)
    closes_at: dict[BudgetKey, int] = {}
    found = await _pass(db, plan, closes_at, pieces, url, follow)
    limited = any(is_budget(limit) for version in whole.drafted.versions for limit in version.ruleset.limits)
    if limited and plan.same_as is None:
        closes_at = closing_times(found.demand[DRAFT], budget_maxima(whole.drafted))
        if closes_at:
            follow.begin_again()
            found = await _pass(db, plan, closes_at, pieces, url, follow)
            found.passes = 2
            found.closes_at = closes_at
    return report(plan, book, whole.drafted, found)


class _Follow:
    """Follows how far a simulation has come."""

    def __init__(self, progress: Progress | None, expected: int) -> None:
        self._progress = progress
        self._expected = expected
        self._done = 0

    def begin_again(self) -> None:
        """A second pass looks at everything once more."""
        self._expected *= 2

    async def add(self, events: int) -> None:
        """Note that more events were decided."""
        self._done += events
        if self._progress is not None:
            await self._progress(self._done, max(self._expected, self._done))


async def _pieces(db: Database, plan: Plan) -> list[Piece]:
    """Return the members of the program in pieces of about equal size."""
    count = plan.processes * PIECES_A_PROCESS
    cuts = [number / count for number in range(1, count + 1)]
    async with db.transaction(read_only=True) as tx:
        ends = await tx.value(queries.select_members_range, program_id=plan.program_id, cuts=cuts)
    bounds = sorted({0, *(ends or ())})
    return [Piece(after, last) for after, last in pairwise(bounds)]


async def _pass(
    db: Database, plan: Plan, closes_at: dict[BudgetKey, int], pieces: list[Piece], url: str, follow: _Follow
) -> Found:
    if url and plan.processes > 1:
        order = Order(url, plan, [(*key, at) for key, at in closes_at.items()])
        shares = await _in_processes(order, deque(pieces), follow)
    else:
        shares = [await _here(db, plan, closes_at, pieces, follow)]
    found = Found(Tally(), ({}, {}), 0, 1, {}, max(share.memory_kb for share in shares))
    for share in shares:
        found.tally.merge(share.leaves, share.gains, share.losses)
        found.events += share.events
        for world in (BASE, DRAFT):
            merge_demand(found.demand[world], _demand(share.demand[world]))
    return found


async def _here(
    db: Database, plan: Plan, closes_at: dict[BudgetKey, int], pieces: list[Piece], follow: _Follow
) -> Shared:
    replay = Replay(plan, await current_rulebook(db, Rulebooks(), plan.program_id), closes_at)
    for piece in pieces:
        before = replay.events
        async with db.transaction(read_only=True, snapshot=True) as tx:
            await replay.run(tx, piece)
        await follow.add(replay.events - before)
    return shared(replay)


def shared(replay: Replay) -> Shared:
    """Return what a process found."""
    rows = [
        [(*key, hour, used) for key, hours in budgets.demand.items() for hour, used in hours.items()]
        for budgets in replay.budgets
    ]
    tally = replay.tally
    memory_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return Shared(
        list(tally.flat.items()), tally.gains, tally.losses, (rows[0], rows[1]), replay.events, memory_kb
    )


def _demand(rows: list[tuple[str, str, str, int, int]]) -> Demand:
    demand: Demand = {}
    for owner, measure, period, hour, used in rows:
        demand.setdefault((owner, measure, period), {})[hour] = used
    return demand


async def _in_processes(order: Order, pieces: deque[Piece], follow: _Follow) -> list[Shared]:
    """Let processes take pieces until none is left; when one fails or the caller stops, all are ended."""
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(_one_share(order, pieces, follow)) for _ in range(order.plan.processes)]
    return [task.result() for task in tasks]


async def _one_share(order: Order, pieces: deque[Piece], follow: _Follow) -> Shared:
    async with _share_taker() as process:
        await _say(process, order)
        while pieces:
            await _say(process, pieces.popleft())
            while not (told := await _hear(process)).done:
                await follow.add(told.events)
        await _say(process, None)
        told = await _hear(process)
        assert told.found is not None
        return told.found


@asynccontextmanager
async def _share_taker() -> AsyncIterator[asyncio.subprocess.Process]:
    """Start a process that takes pieces, and see it gone at the end, however often the caller is told to stop."""
    starting = asyncio.ensure_future(
        asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "regulars.flows.simulation.share",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=LINE_BYTES_MAX,
        )
    )
    try:
        yield await asyncio.shield(starting)
    finally:
        while not starting.done():
            with suppress(asyncio.CancelledError):
                await asyncio.shield(starting)
        if not starting.cancelled() and starting.exception() is None:
            await _ended(starting.result())


async def _ended(process: asyncio.subprocess.Process) -> None:
    with suppress(ProcessLookupError):
        process.kill()
    while process.returncode is None:
        with suppress(asyncio.CancelledError):
            await process.wait()


async def _say(process: asyncio.subprocess.Process, what: Any) -> None:
    assert process.stdin is not None
    try:
        process.stdin.write(msgspec.json.encode(what, enc_hook=str) + b"\n")
        await process.stdin.drain()
    except (BrokenPipeError, ConnectionResetError) as error:
        raise SimulationStopped from error


async def _hear(process: asyncio.subprocess.Process) -> Told:
    assert process.stdout is not None
    line = await process.stdout.readline()
    if not line:
        raise SimulationStopped
    return msgspec.json.decode(line, type=Told)
