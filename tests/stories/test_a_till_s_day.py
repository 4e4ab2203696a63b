"""A till's day: a program from a file, then orders, a repeat, returns and mistakes, over HTTP into
PostgreSQL."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
from tests.app.serving import server

from regulars.features.programs import issue_api_key, load_config, program_by_code
from regulars.flows.books import verify
from regulars.infra.clock import SystemClock
from regulars.infra.db import Database

COFFEE_SHOP = Path(__file__).parents[2] / "examples" / "coffee-shop.yaml"
# Coffee earns twice as much on weekday afternoons; tea is the same at whatever hour this runs.
TEA = {"sku": "TEA-1", "category": "Tea", "price": "3.60"}
BEANS = {"sku": "BNS-1", "category": "Beans", "price": "12.40"}


class Till:
    """What a till knows: an address, a write key, and how to say what was sold."""

    def __init__(self, client: httpx2.AsyncClient, write_key: str, api_key: str) -> None:
        """Send to `client` with `write_key`; look at the journal with `api_key`."""
        self.client = client
        self.key = write_key
        self.api = {"authorization": f"Bearer {api_key}"}

    async def send(self, event: dict[str, Any], key: str | None = None) -> httpx2.Response:
        """Send one event and return the answer."""
        return await self.client.post("/api/v1/events", json=event, auth=(key or self.key, ""))

    async def sell(self, receipt: str, *lines: dict[str, str], card: str = "4000 1234") -> dict[str, Any]:
        """Send an order; return what it did."""
        answer = await self.send(sale(receipt, *lines, card=card))
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def journal(self, path: str = "", **query: str) -> Any:
        """Read the journal."""
        answer = await self.client.get(
            f"/api/v1/programs/coffee-shop/events{path}", params=query, headers=self.api
        )
        assert answer.status_code == 200, answer.text
        return answer.json()


def sale(receipt: str, *lines: dict[str, str], card: str = "4000 1234") -> dict[str, Any]:
    """Return an order as a till writes it."""
    order = {"order_id": receipt, "lines": list(lines)}
    return {
        "id": f"sale-{receipt}",
        "type": "Order Completed",
        "member": {"card": card},
        "store": "old-town",
        "order": order,
    }


def refund(receipt: str, *lines: dict[str, str]) -> dict[str, Any]:
    """Return a return."""
    order = {"order_id": receipt, "lines": list(lines)}
    return {
        "id": f"back-{receipt}-{len(lines)}",
        "type": "Order Refunded",
        "member": {"card": "4000 1234"},
        "order": order,
    }


def beans(answer: dict[str, Any]) -> int:
    """Return the beans a member can spend."""
    return int(answer["member"]["balances"]["beans"]["available"])


@pytest.fixture
async def till(db: Database, database_url: str) -> AsyncIterator[Till]:
    """Apply the coffee shop as a person does, start a server, and hand over its till."""
    code, printed = await regulars(database_url, "apply", str(COFFEE_SHOP), "--yes", "--json")
    assert code == 0, printed
    async with db.transaction() as tx:
        program = await program_by_code(tx, "coffee-shop")
        api_key = (await issue_api_key(tx, program.id, "story", ["owner"], SystemClock().now())).key
    async with (
        server(database_url) as (_, address),
        httpx2.AsyncClient(base_url=address, timeout=20) as client,
    ):
        yield Till(client, json.loads(printed)["write_keys"]["till"], api_key)


async def test_a_till_s_day(till: Till, db: Database) -> None:
    """What a cashier would tell in the evening."""
    # The first pot of tea: three beans for three euro sixty, and ten to welcome her.
    first = await till.sell("1", TEA)
    assert beans(first) == 13
    assert {one["rule"] for one in first["rules_fired"]} >= {"earn", "welcome"}

    # The till was not sure and sent it again: the same answer, nothing more.
    again = await till.send(sale("1", TEA))
    assert (again.status_code, again.headers["idempotency-replayed"]) == (200, "true")
    assert again.json()["event_id"] == first["event_id"]

    # The same receipt from another till is not a second order.
    other = {**sale("1", TEA), "id": "till-2-sale-1"}
    assert (await till.send(other)).json()["status"] == "duplicate_order"

    # Somebody typed the id again for something else: refused, and the first stands.
    wrong = await till.send(sale("1", TEA, BEANS))
    assert (wrong.status_code, wrong.json()["code"]) == (409, "duplicate_with_different_payload")

    # A return arrives before its order: it waits, and is taken up with it.
    early = (await till.send(refund("2", BEANS))).json()
    assert early["status"] == "waiting_for_order"
    waiting = (await till.journal("/parked"))["data"]
    assert [(one["reason"], one["order_id"]) for one in waiting] == [("waiting_for_order", "2")]
    await till.sell("2", TEA, BEANS)
    assert (await till.journal("/parked"))["data"] == []
    third = await till.sell("3", TEA)
    assert beans(third) == 13 + 3 + 3  # of the second receipt only the tea is left

    # Mistakes are said plainly, and cost nothing.
    assert (await till.send(sale("4", TEA), key="wk_nobody")).status_code == 401
    nobody = await till.send({"type": "Feedback Given", "properties": {"stars": 5}})
    assert (nobody.status_code, nobody.json()["errors"][0]["path"]) == (422, "member")

    # In the evening the journal tells it all, and the books are right.
    listed = (await till.journal(type="Order Completed"))["data"]
    assert [one["order_id"] for one in listed] == ["3", "2", "1"]
    assert listed[-1]["points"] == {"beans": "13", "status": "3"}
    by_key = await till.journal("/by-key", source="till", key="sale-3")
    assert by_key["id"] == third["event_id"]
    assert (await till.journal(f"/{third['event_id']}"))["status"] == "accepted"
    async with db.transaction(read_only=True, snapshot=True) as tx:
        program = await program_by_code(tx, "coffee-shop")
        verified = await verify(tx, program.id)
        assert (await load_config(tx, program.id)).code == "coffee-shop"
    assert verified.healthy, [check for check in verified.checks if check.bad]


async def test_a_file_of_events_and_somebody_who_watches(
    till: Till, database_url: str, tmp_path: Path
) -> None:
    """A CSV file is sent with one row that is wrong; who tails the journal over HTTP and in the database
    sees every order."""
    file = tmp_path / "day.csv"
    file.write_text(
        "id,type,card,store,order_id,sku,category,price\n"
        "a,Order Completed,4000 1234,old-town,10,FLT-1,Coffee,3.60\n"
        "b,Order Completed,4000 9999,old-town,11,FLT-1,Coffee,3.60\n"
        "b,Order Completed,4000 9999,old-town,11,CRO-1,Bakery,2.40\n"
        "c,Order Completed,4000 9999,old-town,12,FLT-1,Coffee,minus\n",
        encoding="utf-8",
    )
    address = str(till.client.base_url)
    api_key = till.api["authorization"].removeprefix("Bearer ")
    remote = (
        "events",
        "tail",
        "--url",
        address,
        "--key",
        api_key,
        "--program",
        "coffee-shop",
        "--count",
        "3",
    )
    async with watching(database_url, *remote) as lines:
        code, said = await regulars(
            database_url, "events", "send", str(file), "--url", address, "--key", till.key
        )
        assert (code, "3 sent, 2 taken in, 1 rejected" in said) == (3, True), said
        seen = await lines
    assert sorted(word for line in seen for word in ("10", "11", "rejected") if f" {word} " in line) == [
        "10", "11", "rejected",
    ]  # fmt: skip
    turned_away = json.loads((tmp_path / "day.csv.rejected.jsonl").read_text())
    assert (turned_away["place"], turned_away["event"]["id"]) == (5, "c")
    assert not (tmp_path / "day.csv.sent").exists()
    code, said = await regulars(
        database_url, "events", "send", str(file), "--url", address, "--key", till.key
    )
    assert (code, "2 taken in" in said) == (3, True)  # sent again, nothing happens twice
    assert [one["order_id"] for one in (await till.journal(type="Order Completed"))["data"]] == ["11", "10"]


async def regulars(database_url: str, *arguments: str) -> tuple[int, str]:
    """Run the command line; return its exit code and what it printed."""
    process = await start(database_url, *arguments)
    printed, said = await process.communicate()
    assert process.returncode is not None
    return process.returncode, printed.decode() or said.decode()


async def start(database_url: str, *arguments: str) -> asyncio.subprocess.Process:
    """Start the command line."""
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "regulars.app",
        *arguments,
        env={**os.environ, "REGULARS_DATABASE_URL": database_url},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


@asynccontextmanager
async def watching(database_url: str, *arguments: str) -> AsyncIterator[asyncio.Task[list[str]]]:
    """Run a command that prints lines as they come, from the moment it looks on; yield the task of its
    lines."""
    process = await start(database_url, *arguments)
    assert process.stderr is not None
    async with asyncio.timeout(60):
        assert b"watching" in await process.stderr.readline()

        async def lines() -> list[str]:
            printed, _ = await process.communicate()
            return printed.decode().splitlines()

        reading = asyncio.create_task(lines())
        try:
            yield reading
        finally:
            if process.returncode is None:
                process.terminate()
            await reading
