"""Reading without a transaction: statements stand for themselves, write nothing, and survive a server's restart."""

from __future__ import annotations

import psycopg
import pytest
from tests.infra.db.statements import LEAVE_ALL, sql

from regulars.infra.db import Database, DatabaseUnavailable, Together

BEGAN_AT = sql("SELECT now()")
PUT = sql("INSERT INTO cup (id) VALUES (%(id)s)")
COUNT = sql("SELECT count(*) FROM cup")
WAIT_LONGER = sql("SELECT set_config('statement_timeout', '12345', true)")
TIMEOUT = sql("SELECT current_setting('statement_timeout')")
LOCK = sql("SELECT pg_try_advisory_xact_lock(77)")
LOCKED = sql("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 77")


@pytest.fixture
async def cups(db: Database) -> Database:
    async with db.transaction() as tx:
        await tx.run(sql("CREATE TABLE cup (id bigint PRIMARY KEY)"))
    return db


async def test_each_statement_is_a_transaction_of_its_own(cups: Database) -> None:
    async with cups.transaction(read_only=True) as tx:
        assert await tx.value(COUNT) == 0
        first, second = await tx.value(BEGAN_AT), await tx.value(BEGAN_AT)
        (third,) = await Together(tx).ask(BEGAN_AT).one()
        assert first < second < third
        async with cups.transaction() as other:
            await other.run(PUT, id=1)
        assert await tx.value(COUNT) == 1
    async with cups.transaction() as tx:
        assert await tx.value(BEGAN_AT) == await tx.value(BEGAN_AT)


@pytest.mark.parametrize("way", ["alone", "together", "after a cursor"])
async def test_nothing_is_written(cups: Database, way: str) -> None:
    with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        async with cups.transaction(read_only=True) as tx:
            if way == "together":
                async with Together(tx) as soon:
                    await soon.run(PUT, id=1)
            if way == "after a cursor":
                assert [rows async for rows in tx.stream(COUNT)] == [[(0,)]]
            await tx.run(PUT, id=1)
    async with cups.transaction() as tx:
        assert await tx.value(COUNT) == 0


async def test_what_holds_for_a_transaction_begins_one(cups: Database) -> None:
    async with cups.transaction(read_only=True) as tx:
        before = await tx.value(TIMEOUT)
        await tx.run(WAIT_LONGER)
        assert await tx.value(TIMEOUT) == "12345ms"
    async with cups.transaction(read_only=True) as tx:
        assert await tx.value(TIMEOUT) == before
        assert await Together(tx).ask(LOCK).one() == (True,)
        assert await tx.value(LOCKED) == 1
    async with cups.transaction(read_only=True) as tx:
        assert await tx.value(LOCKED) == 0


async def test_after_a_restart_of_the_server_dead_connections_are_replaced(
    cups: Database, database_url: str
) -> None:
    async with Database.open(database_url, min_size=3, max_size=3, name="cups") as pool:
        for together in (False, True):
            async with pool.transaction(read_only=True) as reading:
                assert await reading.value(COUNT) == 0
                async with cups.transaction() as tx:
                    assert await tx.all(LEAVE_ALL)
                if together:
                    assert await Together(reading).ask(COUNT).one() == (0,)
                assert await reading.value(COUNT) == 0


async def test_what_was_begun_on_a_connection_ends_with_it(cups: Database, database_url: str) -> None:
    async with Database.open(database_url, min_size=1, max_size=1, name="cups") as pool:
        with pytest.raises(DatabaseUnavailable):
            async with pool.transaction(read_only=True) as reading:
                await reading.run(WAIT_LONGER)
                async with cups.transaction() as tx:
                    await tx.run(LEAVE_ALL)
                await reading.value(TIMEOUT)
        async with pool.transaction(read_only=True) as reading:
            assert await reading.value(COUNT) == 0
