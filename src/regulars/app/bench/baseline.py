"""The baseline of `accrual`: COPY of the very same rows into identical empty tables, over two connections."""

from __future__ import annotations

import asyncio
import multiprocessing
import time
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path

from regulars.app.bench.queries import queries
from regulars.infra.db import Database
from regulars.infra.db.scratch import settle

TABLES = ("events", "identities", "transfers", "lots", "purses")
HALVES = ("even", "odd")
BLOCK_BYTES = 1 << 20


def copy_seconds(url: str, folder: Path) -> float:
    """Dump what is there, copy it back, and return how long the copying took."""
    asyncio.run(_dump(url, folder))
    settle(url)
    context = multiprocessing.get_context("spawn")
    pipes = [context.Pipe() for _ in HALVES]
    processes = [
        context.Process(target=_copy, args=(url, folder, half, inner))
        for half, (_, inner) in zip(HALVES, pipes, strict=True)
    ]
    for process, (_, inner) in zip(processes, pipes, strict=True):
        process.start()
        inner.close()
    for outer, _ in pipes:
        outer.recv()
    start = time.perf_counter()
    for outer, _ in pipes:
        outer.send("go")
    for outer, _ in pipes:
        outer.recv()
    taken = time.perf_counter() - start
    for process in processes:
        process.join()
    return taken


async def _dump(url: str, folder: Path) -> None:
    async with Database.open(url, name="report") as db:
        for half in HALVES:
            for table in TABLES:
                with _file(folder, half, table).open("wb") as file:
                    async with db.transaction() as tx:
                        async for block in tx.copy_out(getattr(queries, f"dump_{half}_{table}")):
                            file.write(block)
        async with db.transaction() as tx:
            await tx.run(queries.create_copies)


def _file(folder: Path, half: str, table: str) -> Path:
    return folder / f"{half}-{table}.copy"


def _copy(url: str, folder: Path, half: str, parent: Connection) -> None:
    asyncio.run(_copy_half(url, folder, half, parent))


async def _copy_half(url: str, folder: Path, half: str, parent: Connection) -> None:
    async with Database.open(url, name="report") as db:
        parent.send("ready")
        parent.recv()
        async with db.transaction() as tx:
            for table in TABLES:
                await tx.copy_in(getattr(queries, f"copy_{table}"), _blocks(_file(folder, half, table)))
        parent.send("done")


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while block := file.read(BLOCK_BYTES):
            yield block
