"""A slow wire: a proxy between the application and PostgreSQL that holds back everything for some milliseconds.

Statements of two clients then overlap in ways that never happen on one machine; races that take microseconds take
twenty thousand of them.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict, make_conninfo

from regulars.infra.db import Database

CHUNK_BYTES = 65_536


class Wire:
    """Connections that pass bytes on in order, each after a delay drawn from a seed."""

    def __init__(self, host: str, port: str, delay_s: tuple[float, float], seed: int) -> None:
        self.server = f"{host}/.s.PGSQL.{port}" if host.startswith("/") else None
        self.address = (host, int(port))
        self.delay_s = delay_s
        self.random = random.Random(seed)
        self.pipes: set[asyncio.Task[None]] = set()

    async def connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one client until one side closes."""
        if self.server is not None:
            up, down = await asyncio.open_unix_connection(self.server)
        else:
            up, down = await asyncio.open_connection(*self.address)
        there = asyncio.create_task(self._pipe(reader, down))
        back = asyncio.create_task(self._pipe(up, writer))
        for pipe in (there, back):
            self.pipes.add(pipe)
            pipe.add_done_callback(self.pipes.discard)

    async def _pipe(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.CancelledError):
            while chunk := await reader.read(CHUNK_BYTES):
                held = asyncio.Event()  # the delay is what this is for
                asyncio.get_running_loop().call_later(self.random.uniform(*self.delay_s), held.set)
                await held.wait()
                writer.write(chunk)
                await writer.drain()
        writer.close()


@asynccontextmanager
async def slow_wire(
    database_url: str, folder: Path, delay_s: tuple[float, float], seed: int = 1
) -> AsyncIterator[str]:
    """Yield a URL of the same database over a slow wire."""
    known = conninfo_to_dict(database_url)
    wire = Wire(str(known["host"]), str(known.get("port", 5432)), delay_s, seed)
    socket = folder / ".s.PGSQL.5432"
    server = await asyncio.start_unix_server(wire.connect, socket)
    try:
        yield make_conninfo(database_url, host=str(folder), port="5432")
    finally:
        server.close()
        for pipe in list(wire.pipes):
            pipe.cancel()
        await asyncio.gather(*wire.pipes, return_exceptions=True)


@asynccontextmanager
async def far_away(
    database_url: str, folder: Path, delay_s: tuple[float, float], clients: int
) -> AsyncIterator[Database]:
    """Yield the same database over a slow wire, with a connection for each client.

    They wait as patiently as a worker does: how fast a till is answered on a busy machine is not what is asked.
    """
    async with (
        slow_wire(database_url, folder, delay_s) as url,
        Database.open(url, min_size=clients, max_size=clients, name="worker") as far,
    ):
        yield far
