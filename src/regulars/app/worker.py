"""A worker process of its own: jobs, schedules, outbox and webhooks, without the HTTP server."""

from __future__ import annotations

import asyncio
import signal

import structlog

from regulars.app.garbage import settle_garbage_collector
from regulars.app.settings import Settings
from regulars.app.shop_clock import clock_at
from regulars.app.tasks import open_worker
from regulars.infra.db import Database

log = structlog.get_logger(__name__)


async def work(settings: Settings, url: str) -> None:
    """Work until SIGTERM or SIGINT; what runs then may end, and what does not is given back."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    settle_garbage_collector()
    async with (
        Database.open(url, max_size=settings.worker_connections, name="worker") as db,
        open_worker(settings, db, await clock_at(db)) as worker,
    ):
        log.info("working", loops=worker.loops)
        await worker.run(stop)
        log.info("stopped")
