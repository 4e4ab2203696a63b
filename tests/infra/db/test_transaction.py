from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal

import msgspec
import psycopg
import pytest
from tests.infra.db.statements import sql

from regulars.infra.db import (
    Database,
    DatabaseBusy,
    DatabaseUnavailable,
    Transaction,
    TransactionConflict,
    map_constraint,
)
from regulars.infra.db.limits import SessionLimits
from regulars.kit.errors import Bug, Conflict, NotFound

NUMBERS = sql("SELECT n, 'w' || n FROM unnest(%(ns)s::int[]) AS n ORDER BY n")
COUNT = sql("SELECT count(*) FROM scratch")
INSERT = sql("INSERT INTO scratch (id) VALUES (%(id)s)")
SLEEP = sql("SELECT pg_sleep(60)")


class Pair(msgspec.Struct, frozen=True):
    number: int
    word: str


class AlreadyThere(Conflict):
    """It is already there."""


@pytest.fixture
async def scratch(db: Database) -> Database:
    async with db.transaction() as tx:
        await tx.run(sql("CREATE TABLE scratch (id int CONSTRAINT scratch_once PRIMARY KEY CHECK (id < 9))"))
    return db


async def test_rows_come_back_as_tuples_or_structs_and_round_trips_are_counted(db: Database) -> None:
    async with db.transaction() as tx:
        assert await tx.all(NUMBERS, ns=[2, 1]) == [(1, "w1"), (2, "w2")]
        assert await tx.all(NUMBERS, row=Pair, ns=[1]) == [Pair(1, "w1")]
        assert await tx.one(NUMBERS, row=Pair, ns=[1]) == Pair(1, "w1")
        assert await tx.maybe(NUMBERS, ns=[]) is None
        assert await tx.value(NUMBERS, ns=[5]) == 5
        assert await tx.value(NUMBERS, ns=[]) is None
        assert tx.statements == 6


async def test_another_number_of_rows_than_expected_is_our_mistake(db: Database) -> None:
    async with db.transaction() as tx:
        with pytest.raises(Bug, match="found 2"):
            await tx.one(NUMBERS, ns=[1, 2])
        with pytest.raises(Bug, match="found none"):
            await tx.one(NUMBERS, ns=[])


async def test_values_are_exact_and_in_utc(db: Database) -> None:
    async with db.transaction() as tx:
        assert await tx.value(sql("""SELECT '{"a": 0.1}'::jsonb""")) == {"a": Decimal("0.1")}
        moment = await tx.value(sql("SELECT '2026-03-02T12:00+02:00'::timestamptz"))
        assert (moment, moment.tzinfo) == (datetime(2026, 3, 2, 10, tzinfo=UTC), UTC)


async def test_a_block_commits_when_it_ends_and_rolls_back_when_it_raises(
    scratch: Database, caplog: pytest.LogCaptureFixture
) -> None:
    async with scratch.transaction() as tx:
        assert await tx.run(INSERT, id=1) == 1
    with pytest.raises(NotFound):
        async with scratch.transaction() as tx:
            await tx.run(INSERT, id=2)
            raise NotFound
    async with scratch.transaction(read_only=True) as tx:
        assert await tx.value(COUNT) == 1
    assert not caplog.records  # the pool found nothing to clean up


async def test_a_savepoint_undoes_its_own_part_only(scratch: Database) -> None:
    async with scratch.transaction() as tx:
        await tx.run(INSERT, id=1)
        with pytest.raises(psycopg.errors.UniqueViolation):
            async with tx.savepoint():
                await tx.run(INSERT, id=2)
                await tx.run(INSERT, id=1)
        await tx.run(INSERT, id=3)
    async with scratch.transaction() as tx:
        assert await tx.all(sql("SELECT id FROM scratch ORDER BY id")) == [(1,), (3,)]


async def test_a_read_only_transaction_writes_nothing(scratch: Database) -> None:
    with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        async with scratch.transaction(read_only=True) as tx:
            await tx.run(INSERT, id=1)
    async with scratch.transaction() as tx:  # the same connection writes again
        await tx.run(INSERT, id=1)


async def test_a_mapped_constraint_is_answered_in_our_words(scratch: Database) -> None:
    map_constraint("scratch_once", AlreadyThere)
    map_constraint("scratch_once", AlreadyThere)
    with pytest.raises(AlreadyThere) as refused:
        async with scratch.transaction() as tx:
            await tx.run(INSERT, id=1)
            await tx.run(INSERT, id=1)
    assert isinstance(refused.value.__cause__, psycopg.errors.UniqueViolation)
    with pytest.raises(psycopg.errors.CheckViolation):
        async with scratch.transaction() as tx:
            await tx.run(INSERT, id=9)
    with pytest.raises(Bug, match="already mapped to AlreadyThere"):
        map_constraint("scratch_once", NotFound)


async def test_copy_writes_encoded_rows(scratch: Database) -> None:
    async with scratch.transaction() as tx:
        assert await tx.copy(sql("COPY scratch (id) FROM STDIN"), b"1\n2\n3\n") == 3
        assert tx.statements == 1
        assert await tx.value(COUNT) == 3


async def test_a_stream_comes_in_pieces(db: Database) -> None:
    async with db.transaction(read_only=True) as tx:
        series = sql("SELECT n FROM generate_series(1, %(end)s) AS n")
        pieces = [len(rows) async for rows in tx.stream(series, size=400, end=1000)]
    assert pieces == [400, 400, 200]


async def test_a_snapshot_does_not_see_later_commits(scratch: Database) -> None:
    async with scratch.transaction(snapshot=True) as before, scratch.transaction() as now:
        assert await before.value(COUNT) == 0
        await now.run(INSERT, id=1)
        assert await now.value(COUNT) == 1
        assert await before.value(COUNT) == 0


async def test_a_cancelled_caller_leaves_no_transaction_open(database_url: str) -> None:
    async with Database.open(database_url, min_size=1, max_size=1) as db:

        async def wait() -> None:
            async with db.transaction() as tx:
                started.set()
                await tx.run(SLEEP)

        started = asyncio.Event()
        task = asyncio.create_task(wait())
        await started.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        left = sql(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state <> 'idle'"
            " AND backend_type = 'client backend'"
        )
        async with asyncio.timeout(10):  # the server ends what was cancelled a moment later
            count = 0
            while count != 1:  # this one
                async with db.transaction() as tx:
                    count = await tx.value(left)


async def test_limits_of_the_role_are_set_and_a_slow_statement_is_busy(database_url: str) -> None:
    show = sql("SELECT current_setting('statement_timeout'), current_setting('application_name')")
    async with Database.open(database_url, name="report") as db, db.transaction() as tx:
        assert await tx.one(show) == ("10min", "regulars-report")
    short = SessionLimits(50, 50, 1_000)
    async with Database.open(database_url, limits=short) as db:
        with pytest.raises(DatabaseBusy):
            async with db.transaction() as tx:
                await tx.run(SLEEP)


async def test_a_lock_that_another_holds_is_busy(scratch: Database, database_url: str) -> None:
    lock = sql("LOCK TABLE scratch IN EXCLUSIVE MODE")
    async with (
        Database.open(database_url, limits=SessionLimits(50, 5_000, 5_000)) as hasty,
        scratch.transaction() as tx,
    ):
        await tx.run(lock)
        with pytest.raises(DatabaseBusy):
            async with hasty.transaction() as other:
                await other.run(lock)


async def test_a_deadlock_is_a_conflict_and_is_tried_again(scratch: Database) -> None:
    async with scratch.transaction() as tx:
        await tx.copy(sql("COPY scratch (id) FROM STDIN"), b"1\n2\n")
    lock = sql("SELECT id FROM scratch WHERE id = %(id)s FOR UPDATE")
    both = asyncio.Barrier(2)
    tries = [0]

    async def cross(first: int, second: int) -> int:
        async def work(tx: Transaction) -> int:
            tries[0] += 1
            await tx.run(lock, id=first)
            if tries[0] <= 2:
                await both.wait()
            await tx.run(lock, id=second)
            return first

        return await scratch.attempt(work)

    assert await asyncio.gather(cross(1, 2), cross(2, 1)) == [1, 2]
    assert tries[0] == 3


async def test_attempts_end(db: Database) -> None:
    tries = []

    async def work(tx: Transaction) -> None:
        tries.append(tx)
        raise TransactionConflict

    with pytest.raises(TransactionConflict):
        await db.attempt(work, attempts=2)
    assert len(tries) == 2


async def test_a_server_that_is_away_is_unavailable() -> None:
    with pytest.raises(DatabaseUnavailable):
        async with Database.open("postgresql://nobody@127.0.0.1:1/x", connect_wait_s=0.2):
            pass


async def test_a_connection_lost_in_the_middle_is_unavailable(database_url: str) -> None:
    async with Database.open(database_url, min_size=1, max_size=1) as db:
        with pytest.raises(DatabaseUnavailable):
            async with db.transaction() as tx:
                await tx.run(sql("SELECT pg_terminate_backend(pg_backend_pid())"))
        async with db.transaction() as tx:
            assert await tx.value(sql("SELECT 1")) == 1


async def test_connections_lost_while_idle_are_replaced_unnoticed(database_url: str) -> None:
    others = sql(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'regulars-idle'"
    )
    async with (
        Database.open(database_url, min_size=3, max_size=3, name="idle") as idle,
        Database.open(database_url) as db,
    ):
        async with db.transaction() as tx:
            assert len(await tx.all(others)) == 3
        async with idle.transaction() as tx:
            assert await tx.value(sql("SELECT 1")) == 1


async def test_an_error_that_was_swallowed_is_our_mistake_and_nothing_is_committed(scratch: Database) -> None:
    with pytest.raises(Bug, match="savepoint"):
        async with scratch.transaction() as tx:
            await tx.run(INSERT, id=1)
            with suppress(psycopg.Error):
                await tx.run(sql("SELECT 1 / 0"))
    async with scratch.transaction() as tx:
        assert await tx.value(COUNT) == 0


async def test_an_exhausted_pool_is_busy(database_url: str) -> None:
    async with (
        Database.open(database_url, min_size=1, max_size=1, connect_wait_s=0.2) as db,
        db.transaction(),
    ):
        with pytest.raises(DatabaseBusy):
            async with db.transaction():
                pass
        assert db.connections()["requests_errors"] == 1


async def test_notifications_are_heard(db: Database) -> None:
    heard = db.listen("news", wait_s=0.01)
    assert await anext(heard) == ""
    async with db.transaction() as tx:
        await tx.run(sql("SELECT pg_notify('news', 'hello')"))
    payload = ""
    while not payload:
        payload = await anext(heard)
    assert payload == "hello"
    await heard.aclose()
    with pytest.raises(ValueError, match="identifier"):
        await anext(db.listen("a; b", wait_s=1))


async def test_rows_of_a_copy_come_together_and_whole(db: Database) -> None:
    """Blocks of about 64 KB, none of which ends within a row; a row that is larger comes by itself."""
    rows = sql("COPY (SELECT n, repeat('x', 50) FROM generate_series(1, %(n)s) AS n) TO STDOUT (FORMAT csv)")
    large = sql("COPY (SELECT repeat('y', 500000) FROM generate_series(1, 2)) TO STDOUT (FORMAT csv)")
    async with db.transaction(read_only=True) as tx:
        blocks = [block async for block in tx.copy_out(rows, n=10_000)]
        assert b"".join(blocks).split() == [b"%d,%s" % (n, b"x" * 50) for n in range(1, 10_001)]
        assert len(blocks) < 20
        assert all(block.endswith(b"\n") for block in blocks)
        assert [len(block) async for block in tx.copy_out(large)] == [500_001, 500_001]
        assert [block async for block in tx.copy_out(rows, n=0)] == []
        assert await tx.value(sql("SELECT 1")) == 1


async def test_a_copy_that_is_left_early_leaves_the_connection_usable(db: Database) -> None:
    rows = sql("COPY (SELECT generate_series(1, 1000000)) TO STDOUT")
    with suppress(ZeroDivisionError):
        async with db.transaction(read_only=True) as tx:
            async for _ in tx.copy_out(rows):
                raise ZeroDivisionError
    async with db.transaction(read_only=True) as tx:
        assert await tx.value(sql("SELECT 1")) == 1
