"""Statements that go together do what they do one by one, in the same order, and fail as one."""

from __future__ import annotations

import asyncio
import struct
from contextlib import suppress

import psycopg
import pytest
from tests.infra.db.statements import sql

from regulars.infra.db import Database, DatabaseUnavailable, Together, map_constraint
from regulars.infra.db.together import COPY_BYTES_MIN
from regulars.kit.errors import Bug, Conflict

COPY = sql("COPY shelf (id,\n word, there) FROM STDIN (FORMAT binary)")
ALL = sql("SELECT id, word, there FROM shelf ORDER BY id")
COUNT = sql("SELECT count(*) FROM shelf")
MARK = sql("UPDATE shelf SET there = false WHERE id = ANY (%(ids)s::bigint[])")
NUMBER = sql("SELECT %(n)s::int + 1, '100%%'")
SLEEP = sql("SELECT pg_sleep(60)")


class OnShelf(Conflict):
    """It is already on the shelf."""


class NotAll(Exception):
    """Fewer rows than there should have been."""


map_constraint("shelf_once", OnShelf)


@pytest.fixture
async def shelf(db: Database) -> Database:
    async with db.transaction() as tx:
        await tx.run(
            sql("CREATE TABLE shelf (id bigint CONSTRAINT shelf_once PRIMARY KEY, word text, there boolean)")
        )
    return db


def stream(*rows: tuple[int, str | None]) -> bytes:
    """Return rows as binary COPY wants them."""
    body = b"PGCOPY\n\xff\r\n\x00" + b"\x00" * 8
    for number, word in rows:
        text = b"\xff\xff\xff\xff" if word is None else struct.pack(">i", len(word)) + word.encode()
        body += struct.pack(">hiq", 3, 8, number) + text + struct.pack(">i?", 1, True)
    return body + b"\xff\xff"


async def test_what_is_written_is_seen_by_what_is_read_behind_it(shelf: Database) -> None:
    async with shelf.transaction() as tx:
        async with Together(tx) as soon:
            first = soon.ask(NUMBER, n=1)
            before = soon.ask(COUNT)
            await soon.copy(COPY, stream((1, "a"), (2, None), (3, "")))
            assert await soon.value(COUNT) == 3
            assert await first.one() == (2, "100%")
            assert await before.rows() == [(0,)]
        assert await tx.all(ALL) == [(1, "a", True), (2, None, True), (3, "", True)]
        assert await first.rows() == [(2, "100%")]


async def test_many_rows_are_the_same_rows(shelf: Database) -> None:
    rows = [(number, "word") for number in range(COPY_BYTES_MIN // 20)]
    async with shelf.transaction() as tx, Together(tx) as soon:
        await soon.copy(COPY, stream((-1, "first")))
        await soon.copy(COPY, stream(*rows))
    async with shelf.transaction() as tx:
        assert await tx.value(COUNT) == len(rows) + 1


async def test_what_fails_is_undone_as_a_whole_and_the_transaction_goes_on(shelf: Database) -> None:
    async with shelf.transaction() as tx:
        await tx.copy(COPY, stream((1, "a")))
        for again in (2, 3):
            with pytest.raises(OnShelf):
                async with Together(tx, undo=True) as soon:
                    await soon.copy(COPY, stream((again, "b")))
                    await soon.copy(COPY, stream((1, "c")))
        async with Together(tx, undo=True) as soon:
            await soon.copy(COPY, stream((4, "d")))
    async with shelf.transaction() as tx:
        assert await tx.all(ALL) == [(1, "a", True), (4, "d", True)]


async def test_a_failure_ends_the_transaction_and_the_connection_serves_on(shelf: Database) -> None:
    for _ in range(3):
        with pytest.raises(OnShelf):
            async with shelf.transaction() as tx, Together(tx) as soon:
                await soon.copy(COPY, stream((1, "a"), (1, "b")))
                soon.ask(COUNT)
        async with shelf.transaction() as tx, Together(tx) as soon:
            assert await soon.value(COUNT) == 0


async def test_a_statement_touches_as_many_rows_as_it_shall(shelf: Database) -> None:
    async with shelf.transaction() as tx:
        await tx.copy(COPY, stream((1, "a"), (2, "b")))
        async with Together(tx) as soon:
            await soon.run_exactly(MARK, 2, NotAll, ids=[1, 2])
        with pytest.raises(NotAll):
            await tx.run_exactly(MARK, 2, NotAll, ids=[1, 3])
    with pytest.raises(NotAll):
        async with shelf.transaction() as tx, Together(tx) as soon:
            await soon.run_exactly(MARK, 2, NotAll, ids=[1, 3])


async def test_a_commit_is_not_reached_behind_a_statement_that_touched_too_few_rows(shelf: Database) -> None:
    async with shelf.transaction() as tx:
        await tx.copy(COPY, stream((1, "a"), (2, "b")))
    with pytest.raises(NotAll):
        async with shelf.transaction(joined=True) as tx, Together(tx) as soon:
            await soon.run_exactly(MARK, 2, NotAll, ids=[1, 3])
            await soon.send(last=True)
    async with shelf.transaction(joined=True) as tx, Together(tx) as soon:
        assert await soon.all(ALL) == [(1, "a", True), (2, "b", True)]
        await soon.run_exactly(MARK, 2, NotAll, ids=[1, 2])
        await soon.send(last=True)
    async with shelf.transaction() as tx:
        assert await tx.all(ALL) == [(1, "a", False), (2, "b", False)]


async def test_a_division_by_zero_of_another_kind_is_a_mistake(shelf: Database) -> None:
    with pytest.raises(psycopg.errors.DivisionByZero):
        async with shelf.transaction() as tx, Together(tx) as soon:
            soon.ask(sql("SELECT 1 / %(n)s::int"), n=0)


async def test_a_mistake_in_a_statement_is_said_and_nothing_hangs(shelf: Database) -> None:
    with pytest.raises(psycopg.errors.UndefinedTable):
        async with shelf.transaction() as tx, Together(tx) as soon:
            soon.ask(sql("SELECT * FROM nowhere"))
            soon.ask(COUNT)
    with pytest.raises(Bug, match="found 0"):
        async with shelf.transaction() as tx:
            await Together(tx).ask(ALL).one()


async def test_who_stops_waiting_leaves_no_half_done_connection(shelf: Database) -> None:
    async def wait() -> None:
        async with shelf.transaction() as tx, Together(tx) as soon:
            await soon.copy(COPY, stream((1, "a")))
            await soon.all(SLEEP)

    waiting = asyncio.create_task(wait())
    done, _ = await asyncio.wait([waiting], timeout=0.3)
    assert not done
    waiting.cancel()
    with suppress(asyncio.CancelledError):
        await waiting
    async with shelf.transaction() as tx:
        assert await tx.value(COUNT) == 0


@pytest.mark.parametrize("behind", [0, 2])
async def test_a_server_that_hangs_up_is_noticed(shelf: Database, behind: int) -> None:
    with pytest.raises(DatabaseUnavailable):
        async with shelf.transaction() as tx, Together(tx) as soon:
            soon.ask(COUNT)
            soon.ask(sql("SELECT pg_terminate_backend(pg_backend_pid())"))
            for _ in range(behind):
                soon.ask(COUNT)
    async with shelf.transaction() as tx:
        assert await tx.value(COUNT) == 0


async def test_more_than_a_socket_holds_goes_through(shelf: Database) -> None:
    word = "x" * 400_000
    async with shelf.transaction() as tx, Together(tx) as soon:
        asked = [soon.ask(sql("SELECT %(word)s::text"), word=word) for _ in range(8)]
        assert [await one.rows() for one in asked] == [[(word,)]] * 8


async def test_a_table_that_was_altered_is_no_obstacle(shelf: Database) -> None:
    async with shelf.transaction() as tx:
        async with Together(tx) as soon:
            assert await soon.value(COUNT) == 0
        await tx.run(sql("ALTER TABLE shelf ADD COLUMN size int"))
    async with shelf.transaction() as tx, Together(tx) as soon:
        assert await soon.value(COUNT) == 0


@pytest.mark.parametrize("how", ["whole", "savepoint"])
async def test_what_was_prepared_outlives_a_refusal(shelf: Database, how: str) -> None:
    for _ in range(3):
        with suppress(OnShelf):
            async with shelf.transaction() as tx:
                await tx.run(sql("SELECT 1"))
                async with Together(tx) as soon:
                    assert await soon.all(COUNT) == [(0,)]
                if how == "whole":
                    raise OnShelf
                with suppress(OnShelf):
                    async with tx.savepoint():
                        raise OnShelf
                await tx.run(sql("SELECT 1"))
    async with shelf.transaction() as tx:
        assert (
            len(await tx.all(sql("SELECT FROM pg_prepared_statements WHERE statement LIKE '%FROM shelf%'")))
            == 1
        )


async def test_who_alters_the_database_prepares_anew(shelf: Database) -> None:
    for word in ("colour", "size"):
        async with shelf.transaction() as tx:
            async with Together(tx) as soon:
                await soon.all(ALL)
            await tx.run(sql(f"ALTER TABLE shelf ADD COLUMN {word} text"))
            await tx.run(COUNT)
            async with Together(tx) as soon:
                assert await soon.all(ALL) == []
