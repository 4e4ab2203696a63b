"""A joined transaction begins with its first statements and may end with its last: it is a transaction all the same."""

from __future__ import annotations

import asyncio

import pytest
from psycopg import AsyncConnection
from tests.infra.db.statements import LEAVE_ALL, sql

from regulars.infra.db import (
    Database,
    DatabaseBusy,
    Together,
    Transaction,
    acting,
    map_constraint,
)
from regulars.infra.db.joined import PLANS_KEPT_S, PLANS_KEPT_TRANSACTIONS, Plans
from regulars.infra.db.transaction import Row
from regulars.kit.errors import Bug, Conflict

PUT = sql("INSERT INTO cup (id) VALUES (%(id)s)")
COUNT = sql("SELECT count(*) FROM cup")
MARK = sql("UPDATE cup SET full_to = 1 WHERE id = %(id)s")
IN_ONE = sql("SELECT pg_current_xact_id()::text")
ACTOR = sql("SELECT current_setting('regulars.actor', true), current_setting('regulars.request', true)")


class CupThere(Conflict):
    """There is such a cup."""


class NotAll(Exception):
    """Fewer rows than there should have been."""


map_constraint("cup_once", CupThere)


@pytest.fixture
async def cups(db: Database) -> Database:
    async with db.transaction() as tx:
        await tx.run(sql("CREATE TABLE cup (id bigint CONSTRAINT cup_once PRIMARY KEY, full_to int)"))
    return db


async def count(db: Database) -> int:
    async with db.transaction() as tx:
        return int(await tx.value(COUNT))


@pytest.mark.parametrize("first", ["together", "alone", "savepoint", "copy", "stream"])
async def test_all_that_is_done_is_one_transaction(cups: Database, first: str) -> None:
    async def work(tx: Transaction) -> None:
        if first == "together":
            await Together(tx).ask(COUNT).rows()
        elif first == "alone":
            await tx.run(COUNT)
        elif first == "savepoint":
            async with tx.savepoint():
                await tx.run(PUT, id=9)
        elif first == "copy":
            await tx.copy(sql("COPY cup FROM STDIN"), b"8\t1\n")
        else:
            assert [rows async for rows in tx.stream(COUNT)] == [[(0,)]]
        one = await tx.value(IN_ONE)
        await tx.run(PUT, id=1)
        assert await Together(tx).ask(IN_ONE).one() == (one,)
        raise NotAll

    with pytest.raises(NotAll):
        async with cups.transaction(joined=True) as tx:
            await work(tx)
    assert await count(cups) == 0


async def test_nothing_done_is_no_transaction(cups: Database) -> None:
    async with cups.transaction(joined=True) as tx:
        pass
    assert tx.statements == 0
    assert await count(cups) == 0


@pytest.mark.parametrize("joined", [True, False])
async def test_what_is_sent_last_is_committed_with_it(cups: Database, joined: bool) -> None:
    async with cups.transaction(joined=joined) as tx:
        async with Together(tx) as soon:
            await soon.run(PUT, id=1)
            await soon.send(last=True)
        assert await count(cups) == 1


async def test_where_one_statement_fails_nothing_is_committed(cups: Database) -> None:
    with pytest.raises(CupThere):
        async with cups.transaction(joined=True) as tx:
            soon = Together(tx)
            for number in (1, 2, 1, 3):
                await soon.run(PUT, id=number)
            await soon.send(last=True)
    assert await count(cups) == 0


async def test_what_must_be_counted_is_counted_before_the_commit(cups: Database) -> None:
    with pytest.raises(NotAll):
        async with cups.transaction(joined=True) as tx:
            soon = Together(tx)
            await soon.run(PUT, id=1)
            await soon.run_exactly(MARK, 1, NotAll, id=2)
            await soon.send(last=True)
    assert await count(cups) == 0


async def test_a_swallowed_error_is_a_bug_here_too(cups: Database) -> None:
    with pytest.raises(Bug, match="swallowed"):
        async with cups.transaction(joined=True) as tx:
            try:
                await Together(tx).all(sql("SELECT 1 / 0"))
            except Exception:
                assert tx.statements == 1


async def test_who_acts_is_told(cups: Database) -> None:
    with acting("key:7", "req_1"):
        async with cups.transaction(joined=True) as tx:
            assert await Together(tx).ask(ACTOR).one() == ("key:7", "req_1")
    async with cups.transaction(joined=True) as tx:
        assert await Together(tx).ask(ACTOR).one() in ((None, None), ("", ""))


async def test_connections_that_the_server_left_are_not_begun_on(database_url: str) -> None:
    async with (
        Database.open(database_url, min_size=3, name="cups") as db,
        Database.open(database_url) as other,
    ):
        async with db.transaction(joined=True) as tx:
            await tx.run(sql("SELECT 1"))
        async with other.transaction() as tx:
            await tx.run(LEAVE_ALL)
        async with asyncio.timeout(20):
            async with db.transaction(joined=True) as tx:
                assert await Together(tx).ask(sql("SELECT 1")).one() == (1,)


async def test_who_finds_no_other_connection_is_told_and_takes_none_along(database_url: str) -> None:
    async with (
        Database.open(database_url, max_size=1, name="cups", connect_wait_s=0.3) as db,
        Database.open(database_url) as other,
    ):
        async with other.transaction() as tx:
            await tx.run(LEAVE_ALL)
        pool = db._pool
        give = pool.putconn

        async def keep(connection: AsyncConnection[Row]) -> None:
            await give(connection)
            kept.append(await pool.getconn())

        kept: list[AsyncConnection[Row]] = []
        pool.putconn = keep  # type: ignore[method-assign, assignment]
        with pytest.raises(DatabaseBusy):
            async with db.transaction(joined=True) as tx:
                await Together(tx).ask(sql("SELECT 1")).one()
        pool.putconn = give  # type: ignore[method-assign]
        for connection in kept:
            await pool.putconn(connection)
        async with db.transaction(joined=True) as tx:
            assert await Together(tx).ask(sql("SELECT 1")).one() == (1,)


FIND = sql("SELECT c.id FROM unnest(%(ids)s::bigint[]) AS a (id) LEFT JOIN cup AS c ON c.id = a.id")
FILL = sql("INSERT INTO cup (id) SELECT generate_series(1, %(many)s)")
SCANNED = sql(
    "SELECT (SELECT seq_tup_read FROM pg_stat_user_tables WHERE relname = 'cup')"
    "     + (SELECT idx_tup_read FROM pg_stat_user_indexes WHERE indexrelname = 'cup_once')"
)
FLUSH = sql("SELECT pg_stat_force_next_flush()")


async def test_plans_that_were_made_for_an_empty_table_are_not_kept_for_ever(database_url: str) -> None:
    """A table that grows while nobody analyses it is not read as a whole by each batch."""
    async with Database.open(database_url, max_size=1, name="cups") as db:
        async with db.transaction() as tx:
            await tx.run(sql("CREATE TABLE cup (id bigint CONSTRAINT cup_once PRIMARY KEY)"))
            await tx.run(sql("ALTER TABLE cup SET (autovacuum_enabled = off)"))
            await tx.run(sql("ANALYZE cup"))

        async def find() -> None:
            async with db.transaction(joined=True) as tx:
                await Together(tx).ask(FIND, ids=[1, 2, 3]).rows()

        for _ in range(9):
            await find()
        async with db.transaction() as tx:
            await tx.run(FILL, many=100_000)
        for _ in range(8):
            await find()
        async with db.transaction() as tx:
            await tx.run(FLUSH)
        async with db.transaction() as tx:
            before = await tx.value(SCANNED)
        for _ in range(10):
            await find()
        async with db.transaction() as tx:
            await tx.run(FLUSH)
        async with db.transaction() as tx:
            assert await tx.value(SCANNED) - before < 1_000


def test_plans_are_made_anew_when_they_were_used_twice_as_often_and_after_some_time() -> None:
    plans = Plans(0.0)
    old = [number for number in range(1, 3 * PLANS_KEPT_TRANSACTIONS + 1) if plans.are_old(1.0)]
    assert old == [2**n for n in range(10)] + [n * PLANS_KEPT_TRANSACTIONS for n in (1, 2, 3)]
    assert plans.are_old(1.0 + PLANS_KEPT_S)
    assert not plans.are_old(1.0 + PLANS_KEPT_S)
