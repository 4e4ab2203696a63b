"""The server of the demo: the whole application in this process, believing the shop's clock."""

from __future__ import annotations

import asyncio
import errno
import socket

import httpx2
import uvicorn

from regulars.app.asgi import create_app
from regulars.app.draining import DrainingServer
from regulars.app.settings import Settings
from regulars.app.shop_clock import ShopClock
from regulars.kit.errors import Conflict

GRACE_S = 4
BACKLOG = 128
# A server on this machine that has not answered by then is another one.
ANSWER_S = 5


class PortBusy(Conflict):
    """Another server listens on this port. Stop it, or choose another port with --port or REGULARS_PORT."""


class DemoBusy(Conflict):
    """Another run of the demo serves what it has loaded so far here. Wait until it has loaded the whole year and has
    shown its tables, or choose another folder with REGULARS_HOME and another port with --port or
    REGULARS_PORT."""


class Server:
    """A server that runs beside the load. `address` is where it is reached; `ended` is its task."""

    def __init__(self, address: str, server: uvicorn.Server, ended: asyncio.Task[None]) -> None:
        """Hold a server that has begun."""
        self.address = address
        self.ended = ended
        self._server = server

    async def stop(self) -> None:
        """End without dropping a request."""
        self._server.should_exit = True
        await self.ended


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket; port 0 is any free one. Refuses with PortBusy."""
    listening = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        listening.listen(BACKLOG)
    except OSError as error:
        listening.close()
        if error.errno == errno.EADDRINUSE:
            raise PortBusy(port=port) from error
        raise
    return listening


async def takes(address: str, write_key: str) -> bool:
    """Return whether a server of ours answers at `address` and knows this write key: whether it serves this demo."""
    if not write_key:
        return False
    try:
        async with httpx2.AsyncClient(base_url=address, timeout=ANSWER_S) as client:
            answer = await client.get(f"/v1/projects/{write_key}/settings")
    except httpx2.HTTPError:
        return False
    return answer.status_code == 200


async def start(settings: Settings, clock: ShopClock, listening: socket.socket) -> Server:
    """Start the application on `listening` and return once it answers. Its worker is started when the load is done."""
    app = create_app(settings.model_copy(update={"worker": False, "demo": True}), clock)
    config = uvicorn.Config(
        app, access_log=False, log_config=None, server_header=False, timeout_graceful_shutdown=GRACE_S
    )
    server = DrainingServer(config)
    ended = asyncio.create_task(server.serve(sockets=[listening]), name="server")
    while not server.started and not ended.done():  # noqa: ASYNC110 - the server tells nobody
        await asyncio.sleep(0.02)
    if ended.done():
        ended.result()
    host, port = listening.getsockname()[:2]
    return Server(f"http://{host}:{port}", server, ended)
