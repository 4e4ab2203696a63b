"""A program, endpoints and notices for the tests of webhooks."""

from __future__ import annotations

import json
from typing import Any

from regulars.features.webhooks import NewEndpoint, add_endpoint
from regulars.infra.clock import Clock
from regulars.infra.db import Database, load_queries

queries = load_queries("tests.features.webhooks")


async def endpoint(db: Database, clock: Clock, url: str, *types: str, **options: Any) -> tuple[int, str]:
    """Add an endpoint to program 1 and return its id and secret."""
    new = NewEndpoint(url=url, types=types or ("*",), **options)
    async with db.transaction() as tx:
        added, secret = await add_endpoint(tx, options.get("program_id", 1), new, clock.now())
    return added.id, secret


def notices(*types: str) -> str:
    """Return an outbox text with one notice of each type."""
    return json.dumps(
        [
            {"type": one, "member": str(place), "at": "2026-03-02T10:05:00Z", "data": {"n": place}}
            for place, one in enumerate(types)
        ]
    )


async def batch(db: Database, clock: Clock, text: str, program_id: int = 1) -> int:
    """Commit an outbox row and return its id."""
    async with db.transaction() as tx:
        return int(await tx.value(queries.insert_batch, program_id=program_id, now=clock.now(), notices=text))


async def statuses(db: Database) -> dict[str, int]:
    """Count the messages by status."""
    async with db.transaction() as tx:
        return {row[0]: row[1] for row in await tx.all(queries.count_by_status)}
