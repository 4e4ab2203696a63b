"""What runs beside a block of code and ends with it: background work, and a worker of one's own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from regulars.app.settings import Settings
from regulars.app.tasks import open_worker
from regulars.infra.clock import Clock
from regulars.infra.db import Database


@asynccontextmanager
async def beside(work: Callable[[asyncio.Event], Awaitable[None]], name: str) -> AsyncIterator[None]:
    """Do `work` in a task while the block runs; when it ends, `work` is told by its event and waited for."""

    async def done() -> None:
        await work(stop)

    stop = asyncio.Event()
    running = asyncio.create_task(done(), name=name)
    try:
        yield
    finally:
        stop.set()
        await running


@asynccontextmanager
async def worker_beside(settings: Settings, url: str, clock: Clock) -> AsyncIterator[None]:
    """Run a worker while the block runs, on connections of its own."""
    async with (
        Database.open(url, max_size=settings.worker_connections, name="worker") as db,
        open_worker(settings, db, clock) as worker,
        beside(worker.run, "worker"),
    ):
        yield
