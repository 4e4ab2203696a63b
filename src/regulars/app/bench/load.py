"""A load generator of its own process: HTTP over raw sockets in one loop, so lean that the server is what is measured.

pgbench is written in C and asks for little; what the generator of a bench takes of two cores, it takes from the server.
"""

from __future__ import annotations

import heapq
import multiprocessing
import re
import selectors
import socket
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from multiprocessing.connection import Connection
from typing import Any, Final, NamedTuple, TypeAlias, TypeVar

import msgspec

T = TypeVar("T")

# Longer than any answer takes; a server that hangs ends the bench.
ANSWER_WAIT_S: Final = 30
RECEIVE_BYTES: Final = 65_536

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


class Reply(NamedTuple):
    """What came back: the status, and the body."""

    status: int
    body: bytes


Dialogue: TypeAlias = Generator[tuple[bytes, float], Reply, None]
"""One client: yields a whole request and the moment (perf_counter) it is due, 0 = now; is sent the reply."""


class Load(msgspec.Struct, frozen=True):
    """What to send: whole requests, dealt to `clients` connections that are kept alive, for so many seconds.

    `rate` = requests a second of all clients together, sent by the clock whether or not the last was answered
    quickly; None = as fast as they are answered.
    """

    host: str
    port: int
    requests: list[bytes]
    clients: int
    seconds: float
    rate: float | None = None


class Answered(msgspec.Struct, frozen=True):
    """How many requests were answered with 200, how many not, in how many seconds; each one's seconds, sorted.

    `cpu_s`: the processor time of the generator itself.
    """

    good: int
    bad: int
    seconds: float
    latencies: list[float]
    cpu_s: float

    @property
    def rate(self) -> float:
        """Good answers a second."""
        return self.good / self.seconds

    def milliseconds(self, share: float) -> float:
        """Return the latency that this share of requests stayed below."""
        return round(self.latencies[min(len(self.latencies) - 1, int(len(self.latencies) * share))] * 1000, 2)


def beside_us(work: Callable[[T, Connection], None], given: T) -> Any:
    """Return what `work(given, parent)` sends to its parent from a process of its own."""
    context = multiprocessing.get_context("spawn")
    outer, inner = context.Pipe()
    process = context.Process(target=work, args=(given, inner))
    process.start()
    inner.close()
    answer = outer.recv()
    process.join()
    return answer


def generate(load: Load, parent: Connection) -> None:
    """Send the load and tell the parent how it went."""
    queue = iter(load.requests)
    start = time.perf_counter()
    clients = [_Client(load, queue, start, number) for number in range(load.clients)]
    cpu_s = converse(load.host, load.port, [client.run() for client in clients])
    taken = time.perf_counter() - start
    latencies = sorted(latency for client in clients for latency in client.latencies)
    parent.send(Answered(sum(c.good for c in clients), sum(c.bad for c in clients), taken, latencies, cpu_s))


class _Client:
    def __init__(self, load: Load, queue: Iterator[bytes], start: float, number: int) -> None:
        self.queue = queue
        self.end = start + load.seconds
        self.pause = 0.0 if load.rate is None else load.clients / load.rate
        self.due = start + self.pause * number / load.clients if self.pause else 0.0
        self.good = self.bad = 0
        self.latencies: list[float] = []

    def run(self) -> Dialogue:
        """Send what the queue gives until the time is over."""
        for request in self.queue:
            sent = self.due or time.perf_counter()
            if sent >= self.end:
                return
            reply = yield request, self.due
            self.latencies.append(time.perf_counter() - sent)
            self.good, self.bad = self.good + (reply.status == 200), self.bad + (reply.status != 200)
            if self.pause:
                self.due += self.pause


def converse(host: str, port: int, dialogues: Sequence[Dialogue]) -> float:
    """Lead all dialogues, each on a connection of its own, to their ends; return the processor seconds it took.

    Raises TimeoutError when nobody is answered for ANSWER_WAIT_S, ConnectionError when the server hangs up.
    """
    began = time.process_time()
    with selectors.DefaultSelector() as selector:
        talks = _Talks(selector)
        for dialogue in dialogues:
            talks.begin(_Talk(socket.create_connection((host, port)), dialogue))
        talks.lead()
    return time.process_time() - began


class _Talk:
    """One connection, what has come on it so far, and how long the reply will be (0 = its head is not there yet)."""

    __slots__ = ("body_at", "dialogue", "length", "received", "socket")

    def __init__(self, connected: socket.socket, dialogue: Dialogue) -> None:
        self.socket = connected
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.dialogue = dialogue
        self.received = b""
        self.body_at = self.length = 0

    def reply(self) -> Reply | None:
        """Receive what has come; return the reply once it is whole."""
        came = self.socket.recv(RECEIVE_BYTES)
        if not came:
            raise ConnectionError("The server hung up.")
        received = self.received = self.received + came if self.received else came
        if not self.length:
            end = received.find(b"\r\n\r\n")
            if end < 0:
                return None
            found = _LENGTH.search(received, 0, end)
            self.body_at = end + 4
            self.length = self.body_at + (int(found[1]) if found else 0)
        if len(received) < self.length:
            return None
        self.received = b""
        self.length = 0
        return Reply(int(received[9:12]), received[self.body_at :])


class _Talks:
    """All that goes on, and who waits for her moment."""

    def __init__(self, selector: selectors.BaseSelector) -> None:
        self.selector = selector
        self.going_on = 0
        self.later: list[tuple[float, int, _Talk, bytes]] = []

    def begin(self, talk: _Talk) -> None:
        self.going_on += 1
        self.selector.register(talk.socket, selectors.EVENT_READ, talk)
        self.say(talk, *next(talk.dialogue))

    def lead(self) -> None:
        while self.going_on:
            ready = self.selector.select(self.wait_s())
            if not ready and not self.later:
                raise TimeoutError
            for key, _ in ready:
                reply = key.data.reply()
                if reply is not None:
                    self.answer(key.data, reply)
            while self.later and self.later[0][0] <= time.perf_counter():
                _, _, talk, request = heapq.heappop(self.later)
                talk.socket.sendall(request)

    def wait_s(self) -> float:
        return max(0.0, self.later[0][0] - time.perf_counter()) if self.later else ANSWER_WAIT_S

    def say(self, talk: _Talk, request: bytes, due: float) -> None:
        if due > time.perf_counter():
            heapq.heappush(self.later, (due, id(talk), talk, request))
        else:
            talk.socket.sendall(request)

    def answer(self, talk: _Talk, reply: Reply) -> None:
        try:
            request, due = talk.dialogue.send(reply)
        except StopIteration:
            self.selector.unregister(talk.socket)
            talk.socket.close()
            self.going_on -= 1
        else:
            self.say(talk, request, due)
