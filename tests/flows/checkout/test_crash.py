"""A server killed in the middle of checkouts, at named places and at random, against a journal kept outside.

What was acknowledged is there, once; what is unknown, the same request resolves; nothing is half-done.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
from pathlib import Path
from typing import Any

import httpx2
import pytest
from tests.app.serving import server
from tests.flows.checkout.counter import Counter, open_counter

from regulars.features.programs import issue_api_key
from regulars.flows import books
from regulars.infra.clock import SystemClock
from regulars.infra.db import Database, load_queries
from regulars.infra.db.failpoints import list_failpoints
from regulars.kit.ids import encode

queries = load_queries(__package__)

pytestmark = pytest.mark.crash

PACKAGE = Path(books.__file__).parents[2]
PLACES = ("flows/checkout/", "flows/redemption/", "flows/accrual/post.py")
POINTS = sorted(name for name, where in list_failpoints(PACKAGE).items() if where.startswith(PLACES))
MEMBERS, HAVE, MUGS = 6, 100_000, 10_000
LINES = [{"sku": "TEA", "amount": 10_000, "quantity": 10}, {"sku": "MUG", "amount": 3_000, "quantity": 3}]
# 100 points take off 0.70, the mug costs 100, and 129.30 of goods earn a point a euro.
CLOSED_POINTS = -100 - 100 + 129
# Killed once so many more calls have been answered: different every time, the same in every run.
MOMENTS = (9, 37, 22)
# Calls answered after that by a server that nobody kills: about one in eleven leaves an order closed.
UNDISTURBED = 300


class Journal:
    """What each till did, by the answers it got; it believes nothing else."""

    def __init__(self, key: str, seed: int) -> None:
        self.headers = {"authorization": f"Bearer {key}"}
        self.random = random.Random(seed)
        self.stands: dict[str, str] = {}
        self.earned: dict[str, int] = {}
        self.unknown: dict[int, tuple[str, str, dict[str, Any]]] = {}
        self.answered = 0
        self.keys = 0

    async def call(
        self, client: httpx2.AsyncClient, till: int, path: str, body: dict[str, Any]
    ) -> dict[str, Any] | None:
        """Do one step of a till; None when nobody knows what became of it."""
        self.keys += 1
        self.unknown[till] = (f"k{self.keys}", path, body)
        return await self.again(client, till)

    async def again(self, client: httpx2.AsyncClient, till: int) -> dict[str, Any] | None:
        """Send the step that is open once more, the same."""
        key, path, body = self.unknown[till]
        try:
            answer = await client.post(
                f"/api/v1/programs/acme/checkouts{path}",
                json=body,
                headers={**self.headers, "idempotency-key": key},
                timeout=20,
            )
        except httpx2.HTTPError:
            return None
        if answer.status_code >= 500:
            return None
        assert answer.status_code == 201, answer.text
        del self.unknown[till]
        self.answered += 1
        told: dict[str, Any] = answer.json()
        self.stands[told["id"]] = told["status"]
        return told

    async def shop(self, address: str, till: int, member: int, until: asyncio.Event, most: int) -> None:
        """Buy, and sometimes regret it, until the server is gone or `most` calls were answered."""
        async with httpx2.AsyncClient(base_url=address) as client:
            if till in self.unknown and await self.again(client, till) is None:
                return
            while self.answered < most or until.is_set():
                wanted = {
                    "member": encode("mem", member),
                    "lines": LINES,
                    "rewards": [{"reward": "cash", "points": 100}, {"reward": "mug"}],
                }
                opened = await self.call(client, till, "", wanted)
                if opened is None:
                    return
                path, order = f"/{opened['id']}", f"{till}-{self.keys}"
                steps = self.random.choice(
                    (
                        [("close", {"order_id": order})],
                        [("cancel", {})],
                        [("close", {"order_id": order}), ("reopen", {}), ("cancel", {})],
                        [("close", {"order_id": order}), ("return", {"lines": BACK})],
                    )
                )
                for step, body in steps:
                    if await self.call(client, till, f"{path}/{step}", body) is None:
                        return

    async def load(self, counter: Counter, address: str, count: int, pid: int | None = None) -> None:
        """Let all tills shop for `count` more answers; with `pid`, kill that process then, in the middle of it."""
        most, endless = self.answered + count, asyncio.Event()
        if pid is not None:
            endless.set()
        tills = [
            asyncio.create_task(self.shop(address, till, member, endless, most))
            for till, member in enumerate(counter.kiosk.members)
        ]
        async with asyncio.timeout(90):
            while pid is not None and self.answered < most and not all(till.done() for till in tills):
                await asyncio.wait(tills, timeout=0.01)
            if pid is not None:
                os.kill(pid, signal.SIGKILL)
            await asyncio.gather(*tills)


BACK = [{"line": 0, "quantity": 10}, {"line": 1, "quantity": 3}]


async def test_nothing_acknowledged_is_lost_and_nothing_is_done_twice(
    db: Database, database_url: str
) -> None:
    counter = await open_counter(db, members=MEMBERS)
    now = SystemClock().now()
    await counter.kiosk.stock("mug", MUGS)
    for member in counter.kiosk.members:
        await counter.kiosk.earn(member, HAVE, now=now)
    async with db.transaction() as tx:
        key = (await issue_api_key(tx, counter.program_id, "till", ("owner",), now)).key
    journal = Journal(key, seed=3)
    assert len(POINTS) >= 9
    for name in POINTS:
        failing = {"REGULARS_TEST_MODE": "1", "REGULARS_FAILPOINTS": f"{name}=kill"}
        async with server(database_url, **failing) as (process, address):
            await journal.load(counter, address, 40)
            assert await process.wait() == -signal.SIGKILL, name
    for moment in MOMENTS:
        async with server(database_url) as (process, address):
            await journal.load(counter, address, moment, process.pid)
    async with server(database_url) as (_, address), httpx2.AsyncClient(base_url=address) as client:
        for till in list(journal.unknown):
            assert await journal.again(client, till) is not None
        await journal.load(counter, address, UNDISTURBED)
        await settled(counter, journal, client)


async def settled(counter: Counter, journal: Journal, client: httpx2.AsyncClient) -> None:
    """The journal is the database, both ways; what is open is given up; wallets, shelves and books are right."""
    for number, status in sorted(journal.stands.items()):
        if status == "open":
            assert await journal.call(client, -1, f"/{number}/cancel", {}) is not None
    async with counter.db.transaction(read_only=True, snapshot=True) as tx:
        rows = await tx.all(queries.select_sessions)
        assert {encode("chk", row[0]): row[2] for row in rows} == journal.stands
        assert tuple(await tx.one(queries.count_set_aside)) == (0, 0)
    closed = [row for row in rows if row[2] == "closed"]
    assert len({row[3] for row in closed}) == len(closed) > 10
    for member in counter.kiosk.members:
        mine = sum(row[1] == member for row in closed)
        wallet = await counter.kiosk.wallet(member, SystemClock().now())
        assert (wallet.available, wallet.held) == (HAVE + mine * CLOSED_POINTS, 0)
    assert await counter.kiosk.free("mug") == MUGS - len(closed)
    assert await counter.kiosk.gaps() == []
    assert await counter.faults() == []
