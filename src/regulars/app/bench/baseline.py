"""The baseline of `accrual`: COPY of the very same rows, as often and as durably as accrual writes them.

Raw COPY of the rows of an accrual, with nothing read, decided or counted in between, over two connections. The tables
are identical (same columns, keys, checks and indexes) and hold the same bytes. What accrual does for a batch happens
here for the same batch: one transaction that is waited for (as durable as every other), in which the rows of its
events, messages, transfers, lots and standings are copied, the accounts (purses) of its members are updated, row by row
as often as they were, and the batch itself is noted. The rows are taken from files before the clock starts; the new
state of a purse is read from where accrual left it, which is cheaper than receiving it.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import time
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from struct import Struct

from regulars.app.bench.queries import queries
from regulars.infra.db import Bigints, Database, Query
from regulars.infra.db.scratch import settle

TABLES = ("events", "identities", "transfers", "lots", "standings")
HALVES = (0, 1)
_LENGTH = Struct(">q")
# An empty table as binary COPY says it: header and trailer, which nobody sends.
EMPTY_BYTES = 21


def copy_seconds(url: str, folder: Path) -> float:
    """Take the rows of every batch out, copy them back batch by batch, and return how long the copying took."""
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
    """Write each batch to the file of its half: the ids of its members, then its rows of every table.

    The two halves have no member in common, as the two processes of accrual had none.
    """
    async with Database.open(url, name="report") as db:
        async with db.transaction() as tx:
            await tx.run(queries.create_copies)
            await tx.run(queries.copy_first_purses)
            await tx.run(queries.index_batches)
        files = [_file(folder, half).open("wb") for half in HALVES]
        async with db.transaction() as tx:
            for batch_id, half, members in await tx.all(queries.select_batches):
                parts = [_LENGTH.pack(batch_id), b"".join(map(_LENGTH.pack, members))]
                for table in TABLES:
                    query = getattr(queries, f"dump_{table}")
                    chosen = Query(query.name, query.doc, query.sql.format(batch=int(batch_id)))
                    parts.append(b"".join([block async for block in tx.copy_out(chosen)]))
                for part in parts:
                    files[half].write(_LENGTH.pack(len(part)))
                    files[half].write(part)
        for file in files:
            file.close()


def _file(folder: Path, half: int) -> Path:
    return folder / f"half-{half}.copy"


def _copy(url: str, folder: Path, half: int, parent: Connection) -> None:
    asyncio.run(_copy_half(url, folder, half, parent))


async def _copy_half(url: str, folder: Path, half: int, parent: Connection) -> None:
    async with Database.open(url, name="report") as db:
        parent.send("ready")
        parent.recv()
        for batch_id, members, rows in _batches(_file(folder, half)):
            async with db.transaction() as tx:
                for table, body in zip(TABLES, rows, strict=True):
                    if len(body) > EMPTY_BYTES:
                        await tx.copy(getattr(queries, f"copy_{table}"), body)
                await tx.run(queries.update_copied_purses, member_ids=Bigints(members))
                await tx.run(queries.insert_copied_batch, id=batch_id)
        parent.send("done")


def _batches(path: Path) -> Iterator[tuple[int, list[int], list[bytes]]]:
    """Yield (id, members, rows by table) of each batch."""
    with path.open("rb") as file:
        while head := file.read(_LENGTH.size):
            parts = [file.read(_LENGTH.unpack(head)[0])]
            for _ in range(1 + len(TABLES)):
                parts.append(file.read(_LENGTH.unpack(file.read(_LENGTH.size))[0]))
            members = [member for (member,) in _LENGTH.iter_unpack(parts[1])]
            yield _LENGTH.unpack(parts[0])[0], members, parts[2:]
