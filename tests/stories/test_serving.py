"""A real server process: it delivers what was announced, drops no request at its end, and outlives its
database."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from pathlib import Path

import httpx2
import psutil
import pytest
from tests.app.serving import ANSWER_WITHIN_S, START_WITHIN_S, program_with_key, server
from tests.features.webhooks.setting import batch, notices, queries
from tests.infra.http_out.receiver import receiver

from regulars.features.webhooks import verify
from regulars.infra.clock import SystemClock
from regulars.infra.db import Database, embedded
from regulars.infra.db.migrate import migrate

MEMORY_BYTES_MAX = 300 * 2**20


async def test_announced_changes_reach_a_receiver(db: Database, database_url: str) -> None:
    """Subscribe over HTTP, commit a change with its notice, and the worker inside the server delivers it,
    signed."""
    _, key = await program_with_key(db, SystemClock())
    async with receiver() as there, server(database_url) as (process, address):
        async with httpx2.AsyncClient(base_url=address, headers={"authorization": f"Bearer {key}"}) as client:
            made = (await client.post("/api/v1/programs/shop/webhooks", json={"url": there.url})).json()
        for _ in range(20):
            await batch(db, SystemClock(), notices(*["points.earned"] * 10))
        got = await there.wait_for(200, within_s=30)
        assert len({one.headers["webhook-id"] for one in got}) == 200
        verify(made["secret"], got[0].headers, got[0].body, SystemClock().now())
        assert psutil.Process(process.pid).memory_info().rss < MEMORY_BYTES_MAX


async def test_webhooks_from_the_command_line(db: Database, database_url: str) -> None:
    """Listen on this machine for two messages, then look at the list: the subscription is gone again."""
    await program_with_key(db, SystemClock())
    async with server(database_url):
        listening = await regulars(database_url, "webhooks", "listen", "--count", "2", "--type", "points.*")
        assert listening.stderr is not None
        assert b"listening on http://127.0.0.1:" in await listening.stderr.readline()
        await batch(db, SystemClock(), notices("points.earned", "tier.changed", "points.spent"))
        async with asyncio.timeout(30):
            printed, _ = await listening.communicate()
        assert listening.returncode == 0
        lines = printed.decode().splitlines()
        assert ["points.earned" in lines[0] or "points.spent" in lines[0], len(lines)] == [True, 2]
        assert all(line.startswith("msg_") for line in lines)
    added = await regulars(database_url, "webhooks", "add", "http://127.0.0.1:9/", "--json")
    found = json.loads((await added.communicate())[0])
    assert found["secret"].startswith("whsec_")
    listed = await regulars(database_url, "webhooks", "list", "--json")
    [one] = json.loads((await listed.communicate())[0])
    assert (one["id"], one["state"]) == (found["id"], "on")
    refused = await regulars(database_url, "webhooks", "add", "https://10.0.0.1/")
    assert b"not on the public Internet" in (await refused.communicate())[1]
    assert refused.returncode == 3
    wrong = await regulars(database_url, "webhooks", "deliveries", "whk_0000000000000")
    assert (await wrong.communicate())[0] == b""
    assert wrong.returncode == 4


async def regulars(database_url: str, *arguments: str) -> asyncio.subprocess.Process:
    """Start the command line for the program shop."""
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "regulars.app",
        *arguments,
        env={
            **os.environ,
            "REGULARS_DATABASE_URL": database_url,
            "REGULARS_PROGRAM": "shop",
            "REGULARS_OUTBOUND_ALLOW": "127.0.0.1",
        },
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


@pytest.mark.crash
@pytest.mark.parametrize(
    ("failpoint", "seen_before"),
    [
        ("after_fan_out_before_mark", False),
        ("after_claim_before_send", False),
        ("after_send_before_note", True),
    ],
)
async def test_a_worker_killed_on_the_way_loses_nothing(
    db: Database, database_url: str, failpoint: str, seen_before: bool
) -> None:
    """Wherever it dies, the next one delivers every notice; what was sent twice has the same id."""
    _, key = await program_with_key(db, SystemClock())
    async with receiver() as there:
        environment = {"REGULARS_TEST_MODE": "1", "REGULARS_FAILPOINTS": f"{failpoint}=kill"}
        async with server(database_url, **environment) as (process, address):
            headers = {"authorization": f"Bearer {key}"}
            async with httpx2.AsyncClient(base_url=address, headers=headers) as client:
                made = await client.post("/api/v1/programs/shop/webhooks", json={"url": there.url})
                assert made.status_code == 201
            await batch(db, SystemClock(), notices("points.earned"))
            async with asyncio.timeout(30):
                assert await process.wait() == -signal.SIGKILL
        assert bool(there.requests) == seen_before
        sent_before = len(there.requests)
        await expire_leases(db)
        async with server(database_url):
            await there.wait_for(sent_before + 1, within_s=30)
        assert len({one.headers["webhook-id"] for one in there.requests}) == 1


async def expire_leases(db: Database) -> None:
    """Let the leases of the dead worker end at once; it takes 45 seconds otherwise."""
    async with db.transaction() as tx:
        await tx.run(queries.expire_leases)


@pytest.mark.parametrize("processes", ["1", "2"])
async def test_sigterm_under_load_drops_nothing(db: Database, database_url: str, processes: str) -> None:
    """Kept connections and new ones: every request that was taken is answered; all is over within ten
    seconds."""
    _, key = await program_with_key(db, SystemClock())
    outcomes: list[int | str] = []
    stopping = asyncio.Event()

    async def load(address: str, connection: str) -> None:
        async with httpx2.AsyncClient(base_url=address, headers={"authorization": f"Bearer {key}"}) as client:
            while not stopping.is_set():
                try:
                    answer = await client.get(
                        "/api/v1/programs/shop/webhooks", headers={"connection": connection}
                    )
                    outcomes.append(answer.status_code)
                except httpx2.ConnectError:
                    return  # not accepted any more: a balancer asks another server
                except httpx2.RemoteProtocolError as error:
                    outcomes.append(repr(error))  # an answer that was begun was cut
                except httpx2.TransportError:
                    # The connection closed before the request was taken; asked again, it is answered or refused.
                    continue

    async with server(database_url, "--workers", processes) as (process, address):
        kinds = ["close", "keep-alive"] * 8
        clients = [asyncio.create_task(load(address, kind)) for kind in kinds]
        async with asyncio.timeout(START_WITHIN_S):
            while len(outcomes) < 200:
                await asyncio.wait(clients, timeout=0.05)
        process.send_signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(10):
                assert await process.wait() == 0
        finally:
            stopping.set()
        await asyncio.wait(clients, timeout=10)
    assert set(outcomes) == {200}


async def test_processes_end_with_the_one_that_looks_after_them(database_url: str) -> None:
    """It is killed: the others do not go on holding the port, where a new server could not begin."""
    async with server(database_url, "--workers", "2") as (process, address), httpx2.AsyncClient() as client:

        async def answers() -> bool:
            try:
                return (await client.get(f"{address}/livez", timeout=20)).status_code == 200
            except httpx2.ConnectError:
                return False
            except httpx2.TransportError:
                return True

        assert await answers()
        process.kill()
        async with asyncio.timeout(60):
            while await answers():
                pass


async def test_the_embedded_server_is_started_again_when_it_is_killed(run_home: Path) -> None:
    """The server that serves on it looks after it; what was stopped in order stays stopped."""
    own = {"REGULARS_HOME": str(run_home / "revived"), "REGULARS_DATABASE_URL": ""}
    folder = run_home / "revived" / "postgres"
    try:
        async with server("", "--workers", "2", **own) as (process, address), httpx2.AsyncClient() as client:

            async def ready() -> bool:
                return (await client.get(f"{address}/readyz", timeout=20)).status_code == 200

            assert await ready()
            pid = embedded.status(folder).pid
            assert pid is not None
            os.kill(pid, signal.SIGKILL)
            async with asyncio.timeout(60):
                while embedded.status(folder).pid == pid or not await ready():
                    pass
            process.terminate()
            assert await process.wait() == 0
        embedded.stop(folder)
        assert not embedded.has_crashed(folder)
    finally:
        embedded.stop(folder, abruptly=True)


async def test_the_database_goes_and_comes_back(run_home: Path) -> None:
    """Without it: 503 with Retry-After, alive, not ready. With it again: served, without a hand."""
    folder = run_home / "restarted"
    url = embedded.ensure_running(folder, durable=False)
    migrate(url)
    try:
        async with Database.open(url) as db:
            _, key = await program_with_key(db, SystemClock())
        headers = {"authorization": f"Bearer {key}"}
        async with (
            server(url) as (process, address),
            httpx2.AsyncClient(base_url=address, timeout=ANSWER_WITHIN_S) as client,
        ):
            path = "/api/v1/programs/shop/webhooks"
            assert (await client.get(path, headers=headers)).status_code == 200
            embedded.stop(folder, abruptly=True)
            gone = await client.get(path, headers=headers)
            assert (gone.status_code, gone.headers["retry-after"]) == (503, "1")
            assert gone.headers["content-type"] == "application/problem+json"
            assert (await client.get("/livez")).status_code == 200
            assert (await client.get("/readyz")).status_code == 503
            assert "regulars_database_up 0.0" in (await client.get("/metrics")).text
            assert embedded.ensure_running(folder, durable=False) == url
            async with asyncio.timeout(START_WITHIN_S):
                while (await client.get("/readyz")).status_code != 200:
                    pass
            assert (await client.get(path, headers=headers)).status_code == 200
            assert process.returncode is None
            async with receiver() as there, Database.open(url) as db:
                made = await client.post(path, headers=headers, json={"url": there.url})
                assert made.status_code == 201
                await batch(db, SystemClock(), notices("points.earned"))
                await there.wait_for(1, within_s=ANSWER_WITHIN_S)
    finally:
        embedded.stop(folder, abruptly=True)
