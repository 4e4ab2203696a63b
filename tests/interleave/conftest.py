"""What both kinds of pairs need."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import psycopg
import pytest


@pytest.fixture
async def observer(database_url: str) -> AsyncIterator[psycopg.AsyncConnection[Any]]:
    """A connection that sees who waits for whom."""
    async with await psycopg.AsyncConnection.connect(database_url, autocommit=True) as connection:
        yield connection
