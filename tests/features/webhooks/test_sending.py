"""Messages on their way: signed, retried, resent, and held up by nobody else."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from tests.features.webhooks.setting import batch, endpoint, notices, queries, statuses
from tests.infra.http_out.receiver import receiver

from regulars.features.webhooks import (
    Sender,
    resend,
    resend_between,
    select_deliveries,
    send_test,
    subscribed_types,
    verify,
)
from regulars.features.webhooks.endpoints import get_endpoint, rotate_secret
from regulars.features.webhooks.errors import EndpointDisabled
from regulars.flows.announcement import fan_out
from regulars.infra.clock import FixedClock
from regulars.infra.db import Database
from regulars.infra.http_out import AllowList, Outbound
from regulars.infra.jobs import Loop


@pytest.fixture
async def sender(db: Database, clock: FixedClock) -> AsyncIterator[Sender]:
    """Return a sender that may call this machine."""
    async with Outbound(AllowList.parse("127.0.0.1"), deadline_s=5) as out:
        sending = Sender(db, clock, out)
        yield sending
        await sending.abandon(0)


async def send_all(sender: Sender) -> None:
    """Send what is due now and write down what came of it."""
    await sender.finish()
    while await sender.step():
        await sender.finish()


async def test_delivered_signed_and_logged(db: Database, clock: FixedClock, sender: Sender) -> None:
    """The receiver can verify the body; the attempt is in the log."""
    async with receiver() as there:
        endpoint_id, secret = await endpoint(db, clock, there.url, "points.*")
        await batch(db, clock, notices("points.earned"))
        await fan_out(db, clock)
        await send_all(sender)
        [got] = there.requests
    verify(secret, got.headers, got.body, clock.now())
    assert json.loads(got.body)["type"] == "points.earned"
    assert got.headers["webhook-id"].startswith("msg_")
    assert got.headers["content-type"] == "application/json"
    async with db.transaction() as tx:
        [delivery] = await select_deliveries(tx, endpoint_id, limit=10)
    assert (delivery.attempt, delivery.outcome, delivery.status, delivery.response) == (
        1,
        "delivered",
        200,
        "ok",
    )
    assert delivery.sent_at == clock.now()
    assert await statuses(db) == {"delivered": 1}


async def test_retries_keep_the_id_and_renew_the_timestamp(
    db: Database, clock: FixedClock, sender: Sender
) -> None:
    """A receiver that drops what it has seen sees each message once; each attempt is fresh for its clock."""
    async with receiver() as there:
        there.answer = lambda _: 500 if len(there.requests) < 3 else 200
        _, secret = await endpoint(db, clock, there.url)
        await batch(db, clock, notices("points.earned"))
        await fan_out(db, clock)
        for _ in range(3):
            await send_all(sender)
            clock.advance(timedelta(minutes=10))
        await send_all(sender)
        assert len(there.requests) == 3
        assert len({one.headers["webhook-id"] for one in there.requests}) == 1
        assert len({one.headers["webhook-timestamp"] for one in there.requests}) == 3
        start = clock.now() - timedelta(minutes=30)
        for place, one in enumerate(there.requests):
            verify(secret, one.headers, one.body, start + timedelta(minutes=10 * place))
    assert await statuses(db) == {"delivered": 1}


async def test_a_hung_endpoint_delays_nobody_else(db: Database, clock: FixedClock, sender: Sender) -> None:
    """Twenty endpoints hang with fifty messages each waiting; the healthy one gets all of its own meanwhile."""
    async with receiver() as hung, receiver() as healthy:
        hung.answer = lambda _: None
        for number in range(20):
            await endpoint(db, clock, f"{hung.url}/{number}", "points.earned")
        await endpoint(db, clock, healthy.url, "points.spent")
        for _ in range(5):
            await batch(db, clock, notices(*["points.earned"] * 10, *["points.spent"] * 20))
        await fan_out(db, clock)
        stop, loop = asyncio.Event(), Loop("webhooks", sender.step, idle_s=0.2)
        sender.wake = loop.wake
        running = asyncio.create_task(loop.run(stop))
        await healthy.wait_for(100)
        stop.set()
        await running
        assert len(hung.requests) <= 20 * 4, "each hung endpoint holds no more than its own places"
        assert sender.on_the_way >= len(hung.requests)


async def test_a_failing_endpoint_gets_one_place_and_longer_and_longer_rests(
    db: Database, clock: FixedClock, sender: Sender
) -> None:
    """From the fifth failure in a row its other messages wait without losing tries; one success ends that."""
    async with receiver() as there:
        there.answer = lambda _: 500
        endpoint_id, _ = await endpoint(db, clock, there.url, concurrency=8)
        await batch(db, clock, notices(*["points.earned"] * 30))
        await fan_out(db, clock)
        await sender.step()
        await sender.finish()
        assert len(there.requests) == 8
        await send_all(sender)
        assert len(there.requests) == 8, "it rests"
        clock.advance(timedelta(seconds=41))
        await sender.step()
        await sender.finish()
        assert len(there.requests) == 9, "one message asks whether it is well again"
        there.answer = lambda _: 200
        clock.advance(timedelta(minutes=10))
        await send_all(sender)
        assert await statuses(db) == {"delivered": 30}
        async with db.transaction() as tx:
            assert (await get_endpoint(tx, 1, endpoint_id)).failures == 0


async def test_gone_disables_the_endpoint(db: Database, clock: FixedClock, sender: Sender) -> None:
    """410 ends the subscription: the rest waits, nothing new is made, and it can be enabled again."""
    async with receiver() as there:
        there.answer = lambda _: 410
        endpoint_id, _ = await endpoint(db, clock, there.url, concurrency=1)
        await batch(db, clock, notices("points.earned", "points.spent"))
        await fan_out(db, clock)
        await send_all(sender)
        assert len(there.requests) == 1
    async with db.transaction() as tx:
        found = await get_endpoint(tx, 1, endpoint_id)
        assert (found.enabled, found.disabled_reason) == (False, "it answered 410 Gone")
        assert "points.earned" not in await subscribed_types(tx, 1)
        with pytest.raises(EndpointDisabled):
            await send_test(tx, 1, endpoint_id, clock.now())
    assert await statuses(db) == {"failed": 1, "waiting": 1}


async def test_ten_tries_then_failed_and_disabled_then_resent(
    db: Database, clock: FixedClock, sender: Sender
) -> None:
    """A message that failed ten times over three days is given up and its endpoint turned off."""
    async with receiver() as there:
        there.answer = lambda _: 500
        endpoint_id, _ = await endpoint(db, clock, there.url)
        await batch(db, clock, notices("points.earned"))
        await fan_out(db, clock)
        for _ in range(12):
            await send_all(sender)
            clock.advance(timedelta(hours=29))
        assert len(there.requests) == 10
    assert await statuses(db) == {"failed": 1}
    async with db.transaction() as tx:
        enabled, reason, *_ = await tx.one(queries.select_endpoint_state, id=endpoint_id)
    assert not enabled
    assert reason.startswith("every attempt failed since 2026-03-02 10:05")


async def test_retry_after_is_honoured(db: Database, clock: FixedClock, sender: Sender) -> None:
    """429 with Retry-After: the endpoint is left alone for that long, all of it."""
    async with receiver() as there:
        there.answer = lambda _: b"HTTP/1.1 429 X\r\nretry-after: 600\r\ncontent-length: 0\r\n\r\n"
        await endpoint(db, clock, there.url, concurrency=1)
        await batch(db, clock, notices("points.earned", "points.spent"))
        await fan_out(db, clock)
        await send_all(sender)
        clock.advance(timedelta(seconds=599))
        await send_all(sender)
        assert len(there.requests) == 1
        there.answer = lambda _: 200
        clock.advance(timedelta(seconds=1))
        await send_all(sender)
        assert len(there.requests) == 3


async def test_a_worker_that_was_killed_loses_no_message(
    db: Database, clock: FixedClock, sender: Sender
) -> None:
    """What it had taken is sent by another when the lease is over; its own late result is not written."""
    async with receiver() as there:
        there.answer = lambda _: None
        await endpoint(db, clock, there.url)
        await batch(db, clock, notices("points.earned"))
        await fan_out(db, clock)
        await sender.step()
        await there.wait_for(1)
        async with db.transaction() as tx:
            await tx.run(queries.expire_leases)
        there.answer = lambda _: 200
        async with Outbound(AllowList.parse("127.0.0.1")) as out:
            await send_all(Sender(db, clock, out))
        assert await statuses(db) == {"delivered": 1}
        there.release()
        await send_all(sender)
        assert await statuses(db) == {"delivered": 1}
        assert len({one.headers["webhook-id"] for one in there.requests}) == 1


async def test_resend_one_and_a_range(db: Database, clock: FixedClock, sender: Sender) -> None:
    """The same message again under its own id; a range by time and status."""
    async with receiver() as there:
        endpoint_id, _ = await endpoint(db, clock, there.url)
        await batch(db, clock, notices("points.earned", "points.spent"))
        await fan_out(db, clock)
        await send_all(sender)
        async with db.transaction() as tx:
            first = (await select_deliveries(tx, endpoint_id, limit=10))[-1].message_id
            await resend(tx, 1, endpoint_id, first, clock.now())
        await send_all(sender)
        assert len(there.requests) == 3
        clock.advance(timedelta(hours=1))
        async with db.transaction() as tx:
            since = clock.now() - timedelta(hours=2)
            arguments = {"since": since, "until": clock.now(), "now": clock.now()}
            assert await resend_between(tx, 1, endpoint_id, statuses=["failed"], **arguments) == 0
            assert await resend_between(tx, 1, endpoint_id, statuses=["delivered"], **arguments) == 2
        await send_all(sender)
        assert len(there.requests) == 5
        assert len({one.headers["webhook-id"] for one in there.requests}) == 2


async def test_both_secrets_sign_while_a_rotation_lasts(
    db: Database, clock: FixedClock, sender: Sender
) -> None:
    """Old and new during the overlap, only the new one after it."""
    async with receiver() as there:
        endpoint_id, old = await endpoint(db, clock, there.url)
        async with db.transaction() as tx:
            new = await rotate_secret(tx, 1, endpoint_id, clock.now(), overlap=timedelta(hours=1))
            await send_test(tx, 1, endpoint_id, clock.now())
        await send_all(sender)
        both = there.requests[0]
        verify(old, both.headers, both.body, clock.now())
        verify(new, both.headers, both.body, clock.now())
        clock.advance(timedelta(hours=1))
        async with db.transaction() as tx:
            await send_test(tx, 1, endpoint_id, clock.now())
        await send_all(sender)
        assert len(there.requests[1].headers["webhook-signature"].split(" ")) == 1
        verify(new, there.requests[1].headers, there.requests[1].body, clock.now())
