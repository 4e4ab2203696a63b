"""Who asks for a stream and does not read it is cut off in the end; who reads is not."""

from __future__ import annotations

import asyncio
import socket
import sys
from contextlib import suppress
from typing import Any

import pytest
import uvicorn

from regulars.app import draining

CHUNK = b"x" * 65_536


@pytest.mark.skipif(sys.platform != "linux", reason="the system has no limit for what nobody reads")
async def test_a_reader_who_does_not_read_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(draining, "UNREAD_MS", 300)
    monkeypatch.setattr(draining, "_goodbye", [False])  # this server stops; those of other tests do not
    left = {"/slow": asyncio.Event(), "/quick": asyncio.Event()}

    async def endless(scope: Any, receive: Any, send: Any) -> None:
        """Send until the reader is gone."""
        await send({"type": "http.response.start", "status": 200, "headers": []})
        gone = asyncio.ensure_future(_gone(receive))
        while not gone.done():
            await send({"type": "http.response.body", "body": CHUNK, "more_body": True})
        left[scope["path"]].set()

    listening = socket.create_server(("127.0.0.1", 0))
    server = draining.DrainingServer(uvicorn.Config(endless, lifespan="off", log_config=None))
    serving = asyncio.ensure_future(server._serve([listening]))
    address = listening.getsockname()
    quick, wanting = await asyncio.open_connection(*address)
    wanting.write(b"GET /quick HTTP/1.1\r\nhost: x\r\n\r\n")
    with socket.socket() as slow:
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2_048)
        slow.setblocking(False)
        await asyncio.get_running_loop().sock_connect(slow, address)
        await asyncio.get_running_loop().sock_sendall(slow, b"GET /slow HTTP/1.1\r\nhost: x\r\n\r\n")
        reading = asyncio.ensure_future(_read(quick))
        try:
            async with asyncio.timeout(30):
                await left["/slow"].wait()
            assert not left["/quick"].is_set()
            assert not reading.done()
        finally:
            reading.cancel()
            slow.close()
            wanting.close()
            with suppress(ConnectionError):
                await wanting.wait_closed()
            async with asyncio.timeout(30):
                await left["/quick"].wait()
            server.should_exit = True
            await serving


async def _gone(receive: Any) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _read(stream: asyncio.StreamReader) -> None:
    while await stream.read(1_048_576):
        pass
