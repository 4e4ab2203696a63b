"""Arrays that we pack ourselves are to PostgreSQL what the driver's own are."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from psycopg import AsyncConnection

from regulars.infra.db import Bigints, Blobs, Flags, Instants, Texts

NOW = datetime(2026, 11, 22, 20, 53, 4, 123456, tzinfo=UTC)
LONG_AGO = datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("bigint[]", Bigints([1, -(2**63), 2**63 - 1])),
        ("bigint[]", Bigints([None, 7, None])),
        ("bigint[]", Bigints([])),
        ("int[]", Bigints([1, None, 2**31 - 1])),
        ("smallint[]", Bigints([201])),
        ("timestamptz[]", Instants([NOW, LONG_AGO])),
        ("timestamptz[]", Instants([None, NOW])),
        ("timestamptz[]", Instants([])),
        ("boolean[]", Flags([True, False])),
        ("boolean[]", Flags([])),
        ("bytea[]", Blobs([b"a\0b", b""])),
        ("bytea[]", Blobs([])),
        ("text[]", Texts(["", None, 'a"b\\{}'])),
    ],
)
async def test_an_array_arrives_as_it_was(database_url: str, kind: str, values: list[Any]) -> None:
    async with await AsyncConnection.connect(database_url) as connection:
        found = await connection.execute(f"SELECT %s::{kind}", [values])
        assert await found.fetchone() == (list(values),)
