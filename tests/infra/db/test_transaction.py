from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest

from regulars.infra.db import Database, Query
from regulars.kit.errors import Bug


def sql(text: str) -> Query:
    return Query(name="test", doc="A statement of a test.", sql=text)


class Pair(msgspec.Struct, frozen=True):
    number: int
    word: str


async def test_rows_come_back_as_tuples_or_structs_and_round_trips_are_counted(db: Database) -> None:
    numbers = sql("SELECT n, 'w' || n FROM unnest(%(ns)s::int[]) AS n ORDER BY n")
    async with db.transaction() as tx:
        assert await tx.all(numbers, ns=[2, 1]) == [(1, "w1"), (2, "w2")]
        assert await tx.all(numbers, row=Pair, ns=[1]) == [Pair(1, "w1")]
        assert await tx.one(numbers, row=Pair, ns=[1]) == Pair(1, "w1")
        assert await tx.maybe(numbers, ns=[]) is None
        assert await tx.value(numbers, ns=[5]) == 5
        assert tx.statements == 5
        with pytest.raises(Bug, match="found 2"):
            await tx.one(numbers, ns=[1, 2])
        with pytest.raises(Bug, match="found none"):
            await tx.one(numbers, ns=[])


async def test_json_numbers_are_exact(db: Database) -> None:
    async with db.transaction() as tx:
        assert await tx.value(sql("""SELECT '{"a": 0.1}'::jsonb""")) == {"a": Decimal("0.1")}
