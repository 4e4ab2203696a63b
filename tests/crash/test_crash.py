"""A server, or PostgreSQL itself, killed at the worst moments: what was acknowledged is there, once."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import httpx2
import psutil
import pytest
from tests.app.serving import server
from tests.crash.journal import Journal
from tests.flows.accrual.setting import open_shop

from regulars.features.programs import issue_write_key
from regulars.flows import books
from regulars.infra.clock import FixedClock, SystemClock
from regulars.infra.db import Database, embedded, load_queries
from regulars.infra.db.failpoints import list_failpoints
from regulars.infra.db.migrate import migrate

queries = load_queries(__package__)

pytestmark = pytest.mark.crash

PROGRAM = """
program: {code: corner, name: Corner Shop, currency: EUR, zone: Europe/Vilnius, region: LT}
sources:
  - {code: till, name: Till, enrol: true}
point_types:
  - {code: points, name: Points}
  - {code: net, name: Net points, kind: qualifying}
rules:
  - code: base
    name: A point a cent
    trigger: {event: Order Completed}
    then:
      - award: {point_type: points, per_amount: {points: 1, per: "0.01", of: order.amount}}
      - award: {point_type: net, points: 1}
publish: true
"""

PACKAGE = Path(books.__file__).parents[2]
ACCRUAL_POINTS = [
    name for name, where in list_failpoints(PACKAGE).items() if where.startswith("flows/accrual/")
]
SERVER_KILLS, DATABASE_KILLS = 4, 3
# Killed once so many more messages are done: different every time, the same in every run.
MOMENTS = (7, 61, 23, 110, 44, 85, 30)


@asynccontextmanager
async def corner(folder: Path, tmp_path: Path, *, durable: bool) -> AsyncIterator[tuple[str, Journal]]:
    """Run a database server of this test's own with the corner shop in it; yield its URL and an empty journal."""
    url = embedded.ensure_running(folder, durable=durable)
    try:
        migrate(url)
        clock = FixedClock(SystemClock().now())
        async with Database.open(url) as db:
            shop = await open_shop(db, clock, tmp_path, PROGRAM)
            async with db.transaction() as tx:
                key = await issue_write_key(tx, shop.program_id, shop.till.id, "till", clock.now())
        yield url, Journal({"authorization": f"Bearer {key.key}"}, seed=1)
    finally:
        embedded.stop(folder, abruptly=True)


async def test_nothing_acknowledged_is_lost_and_nothing_counts_twice(run_home: Path, tmp_path: Path) -> None:
    folder = run_home / "durable"
    moments = iter(MOMENTS)
    async with corner(folder, tmp_path, durable=True) as (url, journal):
        for _ in range(SERVER_KILLS):
            async with server(url) as (process, address):
                await until_killed(journal, address, next(moments), process.pid)
        for name in ACCRUAL_POINTS:
            async with server(url, **failing(name)) as (process, address):
                before = len(journal.done)
                await journal.load(address, 1)
                assert await process.wait() == -signal.SIGKILL, name
                assert len(journal.done) == before, f"{name} is before the commit"
        async with server(url) as (process, address):
            for _ in range(DATABASE_KILLS):
                await until_killed(journal, address, next(moments), *postgres_of(folder))
                assert embedded.ensure_running(folder, durable=True) == url
                await ready(address)
            await journal.load(address, 50)
            await journal.resolve(address)
            await journal.alter(address)
            assert process.returncode is None
        assert len(journal.unknown) == 0
        assert journal.twice == []
        await compare(url, journal)


async def test_a_server_that_promises_too_early_is_found_out(run_home: Path, tmp_path: Path) -> None:
    folder = run_home / "hasty"
    async with corner(folder, tmp_path, durable=False) as (url, journal), server(url) as (_, address):
        for moment in MOMENTS:
            await until_killed(journal, address, moment, *postgres_of(folder))
            assert embedded.ensure_running(folder, durable=False) == url
            await ready(address)
            await journal.resolve(address)
            with suppress(AssertionError):
                await compare(url, journal)
                continue
            break
        with pytest.raises(AssertionError, match="acknowledged and lost"):
            await compare(url, journal)


def failing(name: str) -> dict[str, str]:
    return {"REGULARS_TEST_MODE": "1", "REGULARS_FAILPOINTS": f"{name}=kill"}


async def until_killed(journal: Journal, address: str, count: int, *pids: int) -> None:
    """Load a server until some more messages are done, and kill processes in the middle of it."""
    reached = asyncio.Event()
    loading = asyncio.create_task(journal.load(address, count, reached))
    await reached.wait()  # the clients go on while it dies
    for pid in pids:
        with suppress(ProcessLookupError):  # one follows the other
            os.kill(pid, signal.SIGKILL)
    async with asyncio.timeout(60):
        await loading


def postgres_of(folder: Path) -> list[int]:
    """Return the processes of a database server, the first one first."""
    pid = embedded.status(folder).pid
    assert pid is not None
    return [pid, *(child.pid for child in psutil.Process(pid).children())]


async def ready(address: str) -> None:
    """Return once the server has found its database again by itself."""
    async with asyncio.timeout(30), httpx2.AsyncClient(base_url=address, timeout=20) as client:
        while (await client.get("/readyz")).status_code != 200:
            continue


async def compare(url: str, journal: Journal) -> None:
    """Compare the journal with the database, both ways, and let the books prove themselves."""
    async with Database.open(url) as db, db.transaction(read_only=True, snapshot=True) as tx:
        stored = {
            key: (times, status, cents)
            for key, times, status, cents, _ in await tx.all(queries.select_stored)
        }
        assert {key for key, (times, _, _) in stored.items() if times != 1} == set(), "stored twice"
        assert set(journal.done) - set(stored) == set(), "acknowledged and lost"
        assert set(stored) & journal.refused == set(), "refused and there all the same"
        assert set(stored) - set(journal.done) == set(), "there without ever having been acknowledged"
        assert {key: cents for key, (_, _, cents) in stored.items()} == journal.cents
        points, net = await tx.one(queries.select_given)
        assert (points, net) == (sum(journal.cents.values()), len(journal.done))
        assert await tx.value(queries.select_batches) == 0, "effects without their outbox row"
        found = await books.verify(tx)
        assert [check for check in found.checks if check.bad] == []
