"""A real HTTP server on the loopback address that does what a test tells it to, and remembers what it got."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import msgspec


class Received(msgspec.Struct):
    """A request as it came over the wire."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


class Receiver:
    """Answers each request with what `answer` returns: raw bytes, a status, or nothing for ever (None)."""

    def __init__(self) -> None:
        """Answer 200 until told otherwise."""
        self.requests: list[Received] = []
        self.answer: Callable[[Received], int | bytes | None] = lambda _: 200
        self.arrived = asyncio.Condition()
        self.connections = 0
        self.port = 0
        self._held = asyncio.Event()

    @property
    def url(self) -> str:
        """Return the address of this receiver."""
        return f"http://127.0.0.1:{self.port}/hook"

    async def wait_for(self, count: int, within_s: float = 10) -> list[Received]:
        """Return the requests once there are `count` of them."""
        async with asyncio.timeout(within_s), self.arrived:
            await self.arrived.wait_for(lambda: len(self.requests) >= count)
        return self.requests

    def release(self) -> None:
        """Hang up on everybody who waits for an answer."""
        self._held.set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the requests of one connection."""
        self.connections += 1
        try:
            while request := await _read(reader):
                async with self.arrived:
                    self.requests.append(request)
                    self.arrived.notify_all()
                answer = self.answer(request)
                if answer is None:
                    await self._held.wait()
                    return
                raw = answer if isinstance(answer, bytes) else _plain(answer)
                writer.write(raw)
                await writer.drain()
                if isinstance(answer, bytes):
                    return
        except (ConnectionError, asyncio.IncompleteReadError):
            return
        finally:
            writer.close()


def _plain(status: int) -> bytes:
    return f"HTTP/1.1 {status} X\r\ncontent-length: 2\r\n\r\nok".encode()


async def _read(reader: asyncio.StreamReader) -> Received | None:
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
    except asyncio.IncompleteReadError:
        return None
    method, path, _ = head[0].split(" ")
    headers = {
        name.strip().lower(): value.strip()
        for name, _, value in (line.partition(":") for line in head[1:])
        if name
    }
    return Received(method, path, headers, await reader.readexactly(int(headers.get("content-length", 0))))


@asynccontextmanager
async def receiver() -> AsyncIterator[Receiver]:
    """Run a receiver on a free port until the block ends."""
    found = Receiver()
    server = await asyncio.start_server(found.serve, "127.0.0.1", 0)
    found.port = server.sockets[0].getsockname()[1]
    try:
        yield found
    finally:
        found.release()
        server.close()
        await server.wait_closed()
