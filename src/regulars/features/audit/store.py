"""The log of changes in the database: one typed function per statement."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import msgspec

from regulars.features.audit.model import Anchor, Entry, Wanted
from regulars.infra.db import Transaction, load_queries

queries = load_queries(__package__)


async def select_entries(tx: Transaction, wanted: Wanted, *, before: int, limit: int) -> list[Entry]:
    """Return a page of changes, newest first."""
    rows = await tx.all(queries.select_entries, before=before, limit=limit, **msgspec.structs.asdict(wanted))
    return [Entry(*(*row[:9], _plain(row[9]), _plain(row[10]))) for row in rows]


async def stream_chain(
    tx: Transaction,
) -> AsyncIterator[tuple[int | None, int, bytes | None, bytes | None]]:
    """Yield every place of the chain with its seal and its entry's bytes; place None = an entry that nobody sealed."""
    async for rows in tx.stream(queries.stream_chain):
        for place, number, seal, canonical in rows:
            yield place, number, _bytes(seal), _bytes(canonical)


async def select_head(tx: Transaction) -> Anchor | None:
    """Return the end of the chain as it was left."""
    row = await tx.maybe(queries.select_head)
    return None if row is None else Anchor(row[0], bytes(row[1]).hex())


def _plain(text: str | None) -> dict[str, Any] | None:
    return None if text is None else msgspec.json.decode(text)


def _bytes(value: Any) -> bytes | None:
    return None if value is None else bytes(value)
