"""The load: requests to `POST /v1/batch`, one after the other, as a shop's own SDK would send them.

Sending again is harmless, because message ids are the same in every run. So a load that was killed goes on
with the first
request whose last message the server does not know.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

import httpx2
import msgspec

from regulars.app.demo.messages import Body
from regulars.app.demo.queries import queries
from regulars.app.shop_clock import ShopClock
from regulars.flows.journal import message_key
from regulars.infra.db import Database
from regulars.kit.errors import Conflict, Unavailable

ATTEMPTS_MAX = 8
# A request waits for its commit; one of 400 large orders took 0.4 s on two busy cores.
TIMEOUT_S = 60.0


class IntakeRefused(Conflict):
    """The server did not take a request of the load."""


class IntakeAway(Unavailable):
    """The server did not answer. Run the same command again: the load goes on where it stopped."""


class Loaded(msgspec.Struct):
    """What was sent in this run: messages, and those listed as rejected by code. `seconds` is the time it
    took."""

    messages: int = 0
    rejected: Counter[str] = msgspec.field(default_factory=Counter)
    seconds: float = 0.0


async def knows(db: Database, program_id: int, source_id: int, message_id: str) -> bool:
    """Return whether the server has admitted this message."""
    async with db.transaction(read_only=True) as tx:
        key = message_key(message_id)
        return bool(await tx.value(queries.is_admitted, program_id=program_id, source_id=source_id, key=key))


async def first_unsent(db: Database, program_id: int, source_id: int, bodies: Sequence[Body]) -> int:
    """Return the place of the first request whose last message is not known; found by halving, for order was
    kept."""
    low, high = 0, len(bodies)
    while low < high:
        middle = (low + high) // 2
        if await knows(db, program_id, source_id, bodies[middle].last_id):
            low = middle + 1
        else:
            high = middle
    return low


async def load(
    client: httpx2.AsyncClient,
    write_key: str,
    bodies: Sequence[Body],
    clock: ShopClock,
    advance: Callable[[Body], None],
    month_ends: Callable[[int], Awaitable[None]],
    meanwhile: Callable[[], Awaitable[None]],
    start: int = 0,
) -> Loaded:
    """Send the requests from `start` on in order, the shop's clock moving with them.

    After each, `meanwhile` does what a worker would have done by then. Between months, `month_ends` is told the
    month's number since the year 0. Raises IntakeRefused, IntakeAway.
    """
    loaded = Loaded()
    loop = asyncio.get_running_loop()
    for place in range(start, len(bodies)):
        body = bodies[place]
        if place and month_of(bodies[place - 1]) != month_of(body):
            clock.move_on_to(datetime.fromisoformat(bodies[place - 1].last_at))
            await month_ends(month_of(bodies[place - 1]))
        clock.move_on_to(datetime.fromisoformat(body.last_at))
        began = loop.time()
        answer = await _send(client, write_key, body)
        loaded.seconds += loop.time() - began
        loaded.messages += body.messages
        loaded.rejected.update(rejected["code"] for rejected in answer.get("rejected", ()))
        await meanwhile()
        advance(body)
    return loaded


def month_of(body: Body) -> int:
    """Return the number of the month since the year 0 in which a request was sent."""
    last = datetime.fromisoformat(body.last_at)
    return last.year * 12 + last.month - 1


async def _send(client: httpx2.AsyncClient, write_key: str, body: Body) -> dict[str, list[dict[str, str]]]:
    for attempt in range(ATTEMPTS_MAX):
        try:
            answer = await client.post(
                "/v1/batch",
                content=body.text,
                headers={"content-type": "application/json"},
                auth=(write_key, ""),
                timeout=TIMEOUT_S,
            )
        except httpx2.TransportError as error:
            raise IntakeAway from error
        if answer.status_code == 200:
            found: dict[str, list[dict[str, str]]] = answer.json()
            return found
        if answer.status_code not in (429, 503):
            raise IntakeRefused(f"The server answered {answer.status_code}: {answer.text[:300]}")
        await asyncio.sleep(float(answer.headers.get("retry-after", attempt + 1)))
    raise IntakeAway
