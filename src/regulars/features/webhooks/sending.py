"""Sending: due messages are taken, posted each in a task of its own, and what came of them is written down together.

Bulkheads, so that a hung endpoint delays nobody else: each endpoint has at most `concurrency` messages on the way, one
that fails only a single one; failing endpoints share a small number of places of their own; from the fifth failure in
a row on, an endpoint rests between attempts.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Final

import structlog

from regulars.features.webhooks import store
from regulars.features.webhooks.model import Outgoing, Sent
from regulars.features.webhooks.retrying import next_try, rest
from regulars.features.webhooks.signing import headers_for
from regulars.infra.clock import Clock
from regulars.infra.db import Database, failpoint
from regulars.infra.http_out import Answer, Outbound, Outcome
from regulars.kit import ids

log = structlog.get_logger(__name__)

# Posts on the way at once in one worker: each is a task and a connection, some 50 KB together.
PLACES_HEALTHY: Final = 200
PLACES_TROUBLED: Final = 50
# Longer than a post can take (15 s) and its result may wait to be written.
LEASE_S: Final = 45
ENDPOINTS_PER_ROUND: Final = 500
RESULTS_PER_WRITE: Final = 200
# An endpoint that let a message run out of tries and never succeeded for this long is turned off.
FAILING_FOR: Final = timedelta(days=3)
USER_AGENT: Final = "Regulars-Webhooks/1.0 (+https://www.standardwebhooks.com)"


def _nobody() -> None:
    return


class Sender:
    """Sends the messages of one worker. `step` starts what is due; it never waits for an endpoint."""

    def __init__(
        self, db: Database, clock: Clock, out: Outbound, *, dice: random.Random | None = None
    ) -> None:
        """Post through `out`; `dice` spreads retries."""
        self._db = db
        self._clock = clock
        self._out = out
        self._dice = dice or random.Random()  # noqa: S311 - jitter
        self._free = {True: PLACES_HEALTHY, False: PLACES_TROUBLED}
        self._posting: set[asyncio.Task[None]] = set()
        # Called when something came back that can be written down.
        self.wake: Callable[[], None] = _nobody
        self._results: list[Sent] = []

    async def step(self) -> bool:
        """Write down what came back, then start what is due; return whether anything was done."""
        written = await self._write_results()
        started = await self._start_due()
        return bool(written or started)

    async def finish(self) -> None:
        """Wait for the posts on the way and write down what came of them."""
        while self._posting:
            await asyncio.wait(list(self._posting))
        while await self._write_results():
            pass

    async def abandon(self, grace_s: float) -> None:
        """Give the posts on the way a last while, then leave the rest to others; their leases run out."""
        if self._posting:
            await asyncio.wait(list(self._posting), timeout=grace_s)
        for task in self._posting:
            task.cancel()
        while await self._write_results():
            pass

    @property
    def on_the_way(self) -> int:
        """Return how many messages are being posted now."""
        return len(self._posting)

    async def _start_due(self) -> int:
        if not any(self._free.values()):
            return 0
        now = self._clock.now()
        async with self._db.transaction() as tx:
            await store.release_lapsed(tx)
            endpoints = await store.lock_ready_endpoints(tx, now, ENDPOINTS_PER_ROUND)
            most = share_places(endpoints, self._free)
            if not most:
                return 0
            claimed = await store.claim_messages(tx, most, now, LEASE_S)
        if claimed:
            failpoint("after_claim_before_send")
        troubled = {endpoint_id for endpoint_id, _, failures in endpoints if failures}
        for message in claimed:
            self._start(message, healthy=message.endpoint_id not in troubled)
        return len(claimed)

    def _start(self, message: Outgoing, *, healthy: bool) -> None:
        self._free[healthy] -= 1
        task = asyncio.create_task(self._post(message))
        self._posting.add(task)

        def ended(task: asyncio.Task[None]) -> None:
            self._posting.discard(task)
            self._free[healthy] += 1
            self.wake()
            if not task.cancelled() and (error := task.exception()):
                log.error("webhook_not_posted", endpoint=message.endpoint_id, exc_info=error)

        task.add_done_callback(ended)

    async def _post(self, message: Outgoing) -> None:
        sent_at = self._clock.now()
        body = message.body.encode()
        headers = {
            "content-type": "application/json",
            "user-agent": USER_AGENT,
            **headers_for(message.secrets, ids.encode("msg", message.id), self._clock.wall(), body),
        }
        answer = await self._out.post(message.url, body, headers)
        failpoint("after_send_before_note")
        self._results.append(judge(message, answer, sent_at, self._clock.now(), self._dice))

    async def _write_results(self) -> int:
        results = self._results[:RESULTS_PER_WRITE]
        if not results:
            return 0
        now = self._clock.now()
        async with self._db.transaction() as tx:
            await store.write_deliveries(tx, results, now)
            await store.write_health(tx, health_of(results), now)
            gone = {one.message.endpoint_id for one in results if one.gone}
            exhausted = {one.message.endpoint_id for one in results if one.message_status == "failed"}
            off = []
            if exhausted:
                off = await store.disable_endpoints(tx, sorted(gone), sorted(exhausted), now - FAILING_FOR)
                await store.write_subscriptions(tx, sorted({program_id for _, program_id in off}))
        del self._results[: len(results)]
        for endpoint_id, program_id in off:
            log.error("webhook_endpoint_disabled", endpoint=endpoint_id, program=program_id)
        return len(results)


def share_places(endpoints: list[tuple[int, int, int]], free: dict[bool, int]) -> dict[int, int]:
    """Return how many messages each endpoint may have on the way, given as (id, concurrency, failures in a row).

    Healthy ones share the free healthy places evenly, up to their concurrency; failing ones get one place each of the
    others, as far as those reach.
    """
    healthy = [(endpoint_id, concurrency) for endpoint_id, concurrency, failures in endpoints if not failures]
    troubled = [endpoint_id for endpoint_id, _, failures in endpoints if failures]
    healthy = healthy[: free[True]]
    even = free[True] // len(healthy) if healthy else 0
    shared = {endpoint_id: min(concurrency, even) for endpoint_id, concurrency in healthy}
    return shared | dict.fromkeys(troubled[: free[False]], 1)


def judge(message: Outgoing, answer: Answer, sent_at: datetime, now: datetime, dice: random.Random) -> Sent:
    """Return what an attempt means: 2xx is success, 410 the end, everything else (3xx too) is tried again."""
    status = answer.status
    delivered = answer.outcome is Outcome.ANSWERED and status is not None and 200 <= status < 300
    gone = status == 410
    again = None if delivered or gone else next_try(message.tries, now, answer.headers, dice)
    outcome = "delivered" if delivered else "rejected" if status is not None else answer.outcome.value
    return Sent(
        message=message,
        sent_at=sent_at,
        duration_ms=answer.duration_ms,
        outcome=outcome,
        status=status,
        response=answer.excerpt,
        message_status="delivered" if delivered else "waiting" if again else "failed",
        next_at=again or now,
        rest_until=None if delivered else rest(status, now, answer.headers),
        gone=gone,
    )


def health_of(results: Iterable[Sent]) -> dict[int, tuple[bool, int, datetime | None]]:
    """Return per endpoint: whether any of its attempts succeeded, how many failed, until when it wants to rest."""
    seen: dict[int, tuple[bool, int, datetime | None]] = {}
    for one in results:
        succeeded, failed, until = seen.get(one.message.endpoint_id, (False, 0, None))
        delivered = one.message_status == "delivered"
        later = max(filter(None, (until, one.rest_until)), default=None)
        seen[one.message.endpoint_id] = (succeeded or delivered, failed + (not delivered), later)
    return seen
