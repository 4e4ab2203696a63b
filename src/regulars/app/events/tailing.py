"""The journal as it comes: from the database, or from a server over HTTP; and one line for each thing that happens."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, Final

import httpx2
import msgspec

from regulars.app.shop_clock import clock_at
from regulars.flows.journal import follow
from regulars.infra.db import Database
from regulars.kit.errors import Conflict, Unavailable

# The server says something every fifteen seconds, if only that it is still there.
SILENCE_MAX_S: Final = 60.0


class StreamRefused(Conflict):
    """The server does not give the stream."""


class StreamEnded(Unavailable):
    """The server ended the stream: it stops, or the key is not valid any more. Call again to go on watching."""


async def from_database(db: Database, program_id: int) -> AsyncIterator[dict[str, Any]]:
    """Yield what happens in a program, as the stream over HTTP has it."""
    async for news in follow(db, await clock_at(db), program_id):
        yield msgspec.to_builtins(news.what)


async def from_server(address: str, program: str, key: str) -> AsyncIterator[dict[str, Any]]:
    """Yield what a server streams. Raises StreamRefused, and StreamEnded when it does not go on."""
    timeout = httpx2.Timeout(SILENCE_MAX_S, connect=5.0)
    try:
        async with (
            httpx2.AsyncClient(base_url=address, timeout=timeout) as client,
            client.stream(
                "GET",
                f"/api/v1/programs/{program}/events/stream",
                headers={"authorization": f"Bearer {key}"},
            ) as answer,
        ):
            if answer.status_code != 200:
                text = (await answer.aread()).decode(errors="replace")
                raise StreamRefused(f"The server answered {answer.status_code}: {text[:300]}")
            async for line in answer.aiter_lines():
                if line.startswith("data:"):
                    yield msgspec.json.decode(line[5:])
    except httpx2.TransportError as broken:
        raise StreamEnded from broken
    raise StreamEnded


def line_of(seen: dict[str, Any]) -> str:
    """Return one line about an event, something set aside, or a message turned away."""
    if "seen_at" in seen:
        return (
            f"{_time(seen['seen_at'])}  rejected   {seen['code']}: {seen['message']} {seen['path']}".rstrip()
        )
    if "detail" in seen:
        head = f"{_time(seen['received_at'])}  parked     {seen['type']} {seen['order_id'] or seen['key']}"
        return f"{head}  {seen['reason']}: {seen['detail']}".rstrip(": ")
    points = "  ".join(
        f"{'' if amount.startswith('-') else '+'}{amount} {code}" for code, amount in seen["points"].items()
    )
    parts = [
        f"{_time(seen['received_at'])}  {seen['status']:<10} {seen['type']}",
        seen["order_id"] or "",
        seen["member"] or "nobody",
        points,
        f"[{', '.join(seen['rules'])}]" if seen["rules"] else "",
        f"→ {seen['tier']}" if seen["tier"] else "",
        seen["reason"],
    ]
    return "  ".join(part for part in parts if part)


def _time(instant: str) -> str:
    return instant[11:19]
