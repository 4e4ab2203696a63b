"""A server killed between points, order and stock: nothing is half-done, and the retry does it once."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import httpx2
import pytest
from tests.app.serving import server
from tests.flows.redemption.kiosk import Kiosk, open_kiosk

from regulars.features.programs import issue_api_key
from regulars.flows import books
from regulars.infra.clock import SystemClock
from regulars.infra.db import Database, load_queries
from regulars.infra.db.failpoints import list_failpoints
from regulars.kit.ids import encode

queries = load_queries(__package__)

pytestmark = pytest.mark.crash

PACKAGE = Path(books.__file__).parents[2]
POINTS = [name for name, where in list_failpoints(PACKAGE).items() if where.startswith("flows/redemption/")]


async def test_a_kill_leaves_nothing_half_done_and_the_retry_does_it_once(
    db: Database, database_url: str
) -> None:
    kiosk = await open_kiosk(db)
    await kiosk.earn(kiosk.ann, 1_000, now=SystemClock().now())
    async with db.transaction() as tx:
        key = (await issue_api_key(tx, kiosk.config.id, "till", ("owner",), SystemClock().now())).key
    wanted = {"member": encode("mem", kiosk.ann), "reward": "pan", "quantity": 2}
    assert len(POINTS) == 3
    taken = 0
    for number, name in enumerate(POINTS):
        headers = {"authorization": f"Bearer {key}", "idempotency-key": f"wish-{number}"}
        failing = {"REGULARS_TEST_MODE": "1", "REGULARS_FAILPOINTS": f"{name}=kill"}
        async with (
            server(database_url, **failing) as (_, address),
            httpx2.AsyncClient(base_url=address) as client,
        ):
            with suppress(httpx2.TransportError):
                answer = await client.post("/api/v1/redemptions", json=wanted, headers=headers)
                raise AssertionError(f"{name} did not kill: {answer.text}")
        await whole(kiosk, taken)
        async with server(database_url) as (_, address), httpx2.AsyncClient(base_url=address) as client:
            first = await client.post("/api/v1/redemptions", json=wanted, headers=headers)
            again = await client.post("/api/v1/redemptions", json=wanted, headers=headers)
            assert (first.status_code, again.content) == (201, first.content), first.text
            taken += 1
            await whole(kiosk, taken)
            back = f"/api/v1/programs/acme/redemptions/{first.json()['id']}/void"
            answer = await client.post(back, json={}, headers=headers)
            assert answer.status_code == 201, answer.text
            taken -= 1


async def whole(kiosk: Kiosk, taken: int) -> None:
    """So many reservations of two pans are there, with their points and pieces; and the books balance."""
    async with kiosk.db.transaction(read_only=True, snapshot=True) as tx:
        assert await tx.one(queries.count_open) == (0, 0)
        assert await tx.one(queries.count_pieces) == (2 * taken, 600 * taken)
        found = await books.verify(tx)
    assert [check for check in found.checks if check.bad] == []
    assert await kiosk.free("pan") == 10 - 2 * taken
    assert await kiosk.gaps() == []
