"""Stopping without dropping a request: first say goodbye on every connection, then let no new one in, then close.

A server that just closes its listening socket resets the connections that wait to be accepted, and closes kept-alive
connections over which a request is already on its way.
"""

from __future__ import annotations

import asyncio
import ctypes
import multiprocessing
import os
import signal
import socket
import struct
import sys
import threading
import time
from collections.abc import Iterable
from typing import Final

import uvicorn
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors.multiprocess import Multiprocess, Process

# While we say goodbye, balancers see /readyz fail and clients that keep connections come back on others.
GOODBYE_S: Final = 1.0
# Who came in before the door closed gets this long to say what it wants; then only idle connections are left.
LISTEN_S: Final = 0.7
POLL_S: Final = 0.05
# Who takes nothing of what was sent for so long is cut off, whatever it asked for: a live stream that nobody reads
# would otherwise be kept, with its place and what waits to be sent, for ever.
UNREAD_MS: Final = 60_000
# The supervisor tells its processes to say goodbye with this signal, before the one to stop.
GOODBYE_SIGNAL: Final = signal.SIGUSR1
# What tells a process to do jobs beside its requests; a new process reads its environment.
WORKER_VARIABLE: Final = "REGULARS_WORKER"
# linux/socket.h; a classic BPF program of one instruction, "return 0", drops every packet to the listening socket.
_SO_ATTACH_FILTER: Final = 26
_DROP_ALL: Final = struct.pack("HBBI", 0x06, 0, 0, 0)

_goodbye = [False]


def say_goodbye() -> None:
    """Let every answer from now on end its connection, and /readyz say no."""
    _goodbye[0] = True


def saying_goodbye() -> bool:
    """Say whether this process is about to stop."""
    return _goodbye[0]


class Goodbye:
    """Closes connections after the answer once the process is about to stop."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap `app`."""
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_closing(message: Message) -> None:
            if message["type"] == "http.response.start" and saying_goodbye():
                MutableHeaders(scope=message)["connection"] = "close"
            await send(message)

        await self.app(scope, receive, send_closing)


class DrainingServer(uvicorn.Server):
    """A server that ends in the order described above, and cuts off who does not read."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Let everybody in, each for as long as it reads what it is sent."""
        await super().startup(sockets)
        if sys.platform == "linux":  # elsewhere the system has no such limit
            for listening in (one for server in self.servers for one in server.sockets):
                listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNREAD_MS)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Say goodbye, close the door, and then finish what is inside."""
        say_goodbye()
        await asyncio.sleep(GOODBYE_S)
        close_door(listening.fileno() for server in self.servers for listening in server.sockets)
        await self._hear_out()
        await super().shutdown(sockets)

    async def _hear_out(self) -> None:
        """Wait until every connection has been answered and closed, at most LISTEN_S."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + LISTEN_S
        await asyncio.sleep(POLL_S)
        while self.server_state.connections and loop.time() < deadline:  # noqa: ASYNC110 - the server tells nobody
            await asyncio.sleep(POLL_S)


class OneOfSeveral(Process):
    """A server process that ends when the one that looks after it is gone, however that went.

    Left alone it would hold the port for ever, and no new server could begin.
    """

    def target(self, sockets: list[socket.socket] | None = None) -> None:
        """Serve, in the new process."""
        threading.Thread(target=_end_with_parent, daemon=True).start()
        super().target(sockets)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os.kill(os.getpid(), signal.SIGTERM)


class DrainingProcesses(Multiprocess):
    """Several server processes, each on a listening socket of its own, which end together in the same order.

    Connections wait at the socket they came to while its process is replaced.
    """

    _has_served = False
    _does_jobs = False

    def init_processes(self) -> None:
        """Start a process for each socket."""
        self._does_jobs = os.environ.get(WORKER_VARIABLE) == "1"
        self.processes = [self._begun(place) for place in range(self.processes_num)]

    def restart_all(self) -> None:
        """Replace every process by a new one that is ready; keep the old ones from where a new one is not."""
        for place, old in enumerate(self.processes):
            new = self._begun(place)
            if self.should_exit.is_set() or not new.wait_until_ready(
                self.config.timeout_worker_healthcheck, self.should_exit
            ):
                new.kill()
                new.join()
                return
            old.terminate()
            old.join()
            self.processes[place] = new

    def keep_subprocess_alive(self) -> None:
        """Replace a process that died or hangs. When none has ever been able to start, stop."""
        for place, process in enumerate(self.processes):
            if self.should_exit.is_set():
                return
            if process.is_alive(self.config.timeout_worker_healthcheck):
                self._has_served = self._has_served or process.is_ready(
                    self.config.timeout_worker_healthcheck
                )
                continue
            process.kill()
            process.join()
            # Later it is the database that is away, and comes back.
            if process.exitcode == STARTUP_FAILURE and not self._has_served:
                self.should_exit.set()
            else:
                self.processes[place] = self._begun(place)

    def _begun(self, place: int) -> Process:
        """Start a process; one of them does jobs beside its requests, where there are to be any."""
        os.environ[WORKER_VARIABLE] = "1" if self._does_jobs and place == 0 else "0"
        process = OneOfSeveral(self.config, [self.sockets[place % len(self.sockets)]])
        process.start()
        return process

    def terminate_all(self) -> None:
        """Let all say goodbye, close the door, and then tell each to stop."""
        for process in self.processes:
            if process.pid and process.exitcode is None:
                os.kill(process.pid, GOODBYE_SIGNAL)
        time.sleep(GOODBYE_S)
        close_door(listening.fileno() for listening in self.sockets)
        time.sleep(LISTEN_S)
        super().terminate_all()


def close_door(listening: Iterable[int]) -> None:
    """Let no new connection reach these listening sockets; those that wait already can still be accepted.

    A client that knocks now gets no answer and, once the socket is closed, a refusal: its request was not begun. Where
    the system has no socket filters (only Linux has), nothing is done.
    """
    if sys.platform != "linux":
        return
    program = ctypes.create_string_buffer(_DROP_ALL)
    for number in listening:
        with socket.fromfd(number, socket.AF_INET, socket.SOCK_STREAM) as shared:
            shared.setsockopt(
                socket.SOL_SOCKET, _SO_ATTACH_FILTER, struct.pack("HL", 1, ctypes.addressof(program))
            )
