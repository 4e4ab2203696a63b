"""The ground of a bench: a fresh database with the program of `shop` and its members, made by the real features."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import msgspec

from regulars.app.bench import shop
from regulars.app.bench.queries import queries
from regulars.features.members import Newcomer, enrol_batch
from regulars.features.programs import load_config
from regulars.flows.apply import apply_document, decode_document
from regulars.infra.db import Database
from regulars.infra.db.migrate import migrate
from regulars.infra.db.scratch import scratch_database, settle

MEMBERS = 100_000
MEMBERS_AT_ONCE = 2_500
# The program was published before the first order; what is sent arrives after the last one.
PUBLISHED = datetime(2026, 1, 1, tzinfo=UTC)
RECEIVED = datetime(2026, 4, 1, tzinfo=UTC)


class Ground(msgspec.Struct, frozen=True):
    """Where a bench runs: the database, the program, its source and the key of it."""

    url: str
    program_id: int
    source_id: int
    write_key: str
    members: int


@contextmanager
def bench_ground(server_url: str, name: str, members: int = MEMBERS) -> Iterator[Ground]:
    """Make the ground in a database of its own, and drop it afterwards."""
    with scratch_database(server_url, f"regulars_bench_{name}") as url:
        migrate(url)
        yield asyncio.run(_prepare(url, members))


async def _prepare(url: str, members: int) -> Ground:
    async with Database.open(url, name="bench") as db:
        async with db.transaction() as tx:
            document = decode_document(shop.document())
            applied = await apply_document(tx, document, shop.PROGRAM, now=PUBLISHED, may_create=True)
            program_id = await tx.value(queries.select_program_id, code=shop.PROGRAM)
        async with db.transaction() as tx:
            config = await load_config(tx, program_id)
            await tx.run(queries.insert_progress, program_id=program_id)
        for first in range(0, members, MEMBERS_AT_ONCE):
            numbers = range(first, min(first + MEMBERS_AT_ONCE, members))
            newcomers = [Newcomer({"external_id": shop.member_name(number)}, PUBLISHED) for number in numbers]
            async with db.transaction() as tx:
                await enrol_batch(tx, config, newcomers, PUBLISHED)
    settle(url)
    source_id = config.sources_by_code[shop.SOURCE].id
    return Ground(url, program_id, source_id, applied.keys[shop.SOURCE], members)
