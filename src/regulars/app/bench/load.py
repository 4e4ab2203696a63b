"""A load generator of its own process: HTTP over raw sockets, lean, so that the server is what is measured."""

from __future__ import annotations

import asyncio
import multiprocessing
import time
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection
from typing import Any, TypeVar

import msgspec

T = TypeVar("T")

# Longer than any answer takes; a server that hangs ends the bench.
ANSWER_WAIT_S = 30


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
    """How many requests were answered with 200, how many not, in how many seconds; each one's seconds, sorted."""

    good: int
    bad: int
    seconds: float
    latencies: list[float]

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
    parent.send(asyncio.run(_generate(load)))


async def _generate(load: Load) -> Answered:
    queue = iter(load.requests)
    start = time.perf_counter()
    clients = [_Client(load, queue, start, number) for number in range(load.clients)]
    await asyncio.gather(*[client.run() for client in clients])
    taken = time.perf_counter() - start
    latencies = sorted(latency for client in clients for latency in client.latencies)
    return Answered(sum(c.good for c in clients), sum(c.bad for c in clients), taken, latencies)


class _Client:
    def __init__(self, load: Load, queue: Iterator[bytes], start: float, number: int) -> None:
        self.load, self.queue = load, queue
        self.end = start + load.seconds
        self.pause = None if load.rate is None else load.clients / load.rate
        self.due = start + (self.pause or 0.0) * number / load.clients
        self.good = self.bad = 0
        self.latencies: list[float] = []

    async def run(self) -> None:
        reader, writer = await asyncio.open_connection(self.load.host, self.load.port)
        for request in self.queue:
            if self.pause is not None:
                await asyncio.sleep(max(0.0, self.due - time.perf_counter()))
            sent = time.perf_counter() if self.pause is None else self.due
            if sent >= self.end:
                break
            writer.write(request)
            async with asyncio.timeout(ANSWER_WAIT_S):
                status = await _answer(reader)
            self.latencies.append(time.perf_counter() - sent)
            self.good, self.bad = self.good + (status == 200), self.bad + (status != 200)
            if self.pause is not None:
                self.due += self.pause
        writer.close()


async def _answer(reader: asyncio.StreamReader) -> int:
    """Read one answer and return its status."""
    head = await reader.readuntil(b"\r\n\r\n")
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            await reader.readexactly(int(value))
    return int(head[9:12])
