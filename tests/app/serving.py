"""The whole application for tests: in this process over ASGI, or as a server process of its own."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2

from regulars.app.asgi import create_app
from regulars.app.settings import Settings
from regulars.features.programs import create_program, issue_api_key
from regulars.infra.clock import Clock
from regulars.infra.db import Database

ROOT = Path(__file__).parents[2]
# Nothing is said of speed by these: a machine that is busy with something else gets its time.
START_WITHIN_S = 180
ANSWER_WITHIN_S = 60


async def program_with_key(
    db: Database, clock: Clock, code: str = "shop", roles: tuple[str, ...] = ("owner",)
) -> tuple[int, str]:
    """Make a program and an API key of it; return the program's id and the key."""
    async with db.transaction() as tx:
        program = await create_program(
            tx, code, code.title(), currency="EUR", zone="Europe/Berlin", region="DE", now=clock.now()
        )
        issued = await issue_api_key(tx, program.id, "tests", roles, clock.now())
    return program.id, issued.key


@asynccontextmanager
async def application(database_url: str, clock: Clock, **options: Any) -> AsyncIterator[httpx2.AsyncClient]:
    """Run the application in this process, without a worker unless asked for; yield a client of it."""
    settings = Settings(
        database_url=database_url, **{"worker": False, "outbound_allow": "127.0.0.1", **options}
    )
    app = create_app(settings, clock)
    async with (
        app.router.lifespan_context(app),
        httpx2.AsyncClient(
            transport=httpx2.ASGITransport(app, raise_app_exceptions=False), base_url="http://test"
        ) as client,
    ):
        yield client


@asynccontextmanager
async def server(
    database_url: str, *arguments: str, **environment: str
) -> AsyncIterator[tuple[asyncio.subprocess.Process, str]]:
    """Run `regulars serve` as a process of its own on a free port; yield it and its address once it answers."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "regulars.app",
        "serve",
        "--port",
        "0",
        *arguments,
        cwd=ROOT,
        env={
            **os.environ,
            "REGULARS_DATABASE_URL": database_url,
            "REGULARS_OUTBOUND_ALLOW": "127.0.0.1",
            **environment,
        },
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stderr is not None
    lines: list[str] = []
    reading: asyncio.Task[None] | None = None
    try:
        async with asyncio.timeout(START_WITHIN_S):
            while not (found := re.search(r"running on (http://[0-9.:]+)", lines[-1] if lines else "")):
                line = (await process.stderr.readline()).decode()
                assert line, "".join(lines)
                lines.append(line)
        reading = asyncio.create_task(_drain(process.stderr))
        await _answering(found.group(1))
        yield process, found.group(1)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
        if reading is not None:
            await reading


async def _answering(address: str) -> None:
    """Return once the server answers; with several processes it listens a little after it says so."""
    async with asyncio.timeout(START_WITHIN_S), httpx2.AsyncClient() as client:
        while True:
            try:
                await client.get(f"{address}/livez")
            except httpx2.TransportError:  # not there yet, or too busy to say so
                continue
            return


async def _drain(stream: asyncio.StreamReader) -> None:
    while await stream.read(65_536):
        pass
