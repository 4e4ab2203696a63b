"""Outbox rows become messages: once each, for those who listen, whatever the order of commits."""

from __future__ import annotations

import asyncio

from tests.features.webhooks.setting import batch, endpoint, notices, queries, statuses

from regulars.features.webhooks import (
    NewEndpoint,
    Subscribed,
    add_endpoint,
    remove_endpoint,
    subscribed_types,
)
from regulars.flows.announcement import fan_out, fan_out_batches
from regulars.infra.clock import FixedClock
from regulars.infra.db import Database


async def test_one_message_per_notice_and_listening_endpoint(db: Database, clock: FixedClock) -> None:
    """Exact types, families and everything; other programs and disabled endpoints hear nothing."""
    exact, _ = await endpoint(db, clock, "https://a.example.com/", "points.earned")
    family, _ = await endpoint(db, clock, "https://b.example.com/", "points.*", "points.spent")
    every, _ = await endpoint(db, clock, "https://c.example.com/")
    await endpoint(db, clock, "https://d.example.com/", enabled=False)
    async with db.transaction() as tx:
        await add_endpoint(tx, 2, NewEndpoint("https://e.example.com/"), clock.now())
    await batch(db, clock, notices("points.earned", "tier.changed", "points.spent"))
    assert await fan_out(db, clock) == 1
    assert await fan_out(db, clock) == 0
    async with db.transaction() as tx:
        found = await tx.all(queries.select_bodies)
    assert found == [
        (exact, "points.earned"),
        (family, "points.earned"),
        (every, "points.earned"),
        (every, "tier.changed"),
        (family, "points.spent"),
        (every, "points.spent"),
    ]


async def test_a_late_commit_is_not_lost(db: Database, clock: FixedClock) -> None:
    """A slow transaction holds an early id while 500 later ones commit and are fanned out; it is found afterwards."""
    await endpoint(db, clock, "https://a.example.com/")
    async with db.transaction() as slow:
        early = await slow.value(
            queries.insert_batch, program_id=1, now=clock.now(), notices=notices("points.earned")
        )
        async with db.transaction() as tx:
            for _ in range(500):
                late = await tx.value(
                    queries.insert_batch, program_id=1, now=clock.now(), notices=notices("points.spent")
                )
        assert early < late
        while await fan_out(db, clock):
            pass
        assert await statuses(db) == {"waiting": 500}
    assert await fan_out(db, clock) == 1
    assert await statuses(db) == {"waiting": 501}


async def test_many_workers_make_each_message_once(db: Database, clock: FixedClock) -> None:
    """Workers pass over what another one holds, and wait for nobody."""
    await endpoint(db, clock, "https://a.example.com/")
    for _ in range(120):
        await batch(db, clock, notices("points.earned"))

    async def work() -> int:
        done = 0
        while found := await fan_out(db, clock):
            done += found
        return done

    assert sum(await asyncio.gather(*(work() for _ in range(6)))) == 120
    assert await statuses(db) == {"waiting": 120}


async def test_the_number_of_statements_is_the_same_for_one_row_and_for_fifty(
    db: Database, clock: FixedClock
) -> None:
    """Set-based throughout."""
    await endpoint(db, clock, "https://a.example.com/")
    counted = []
    for rows in (1, 50):
        for _ in range(rows):
            await batch(db, clock, notices("points.earned", "points.spent"))
        async with db.transaction() as tx:
            assert await fan_out_batches(tx, clock.now()) == rows
            counted.append(tx.statements)
    assert counted == [3, 3]


async def test_an_unreadable_row_is_set_aside_and_its_neighbours_flow(
    db: Database, clock: FixedClock
) -> None:
    """Poison blocks nobody and stays visible."""
    await endpoint(db, clock, "https://a.example.com/")
    await batch(db, clock, "[{]")
    await batch(db, clock, notices("points.earned"))
    assert await fan_out(db, clock) == 2
    assert await statuses(db) == {"waiting": 1}
    assert await fan_out(db, clock) == 0


async def test_subscribed_types_follow_the_endpoints(db: Database, clock: FixedClock) -> None:
    """Added, changed and removed endpoints are seen by the next transaction; no endpoint, no notices."""
    async with db.transaction() as tx:
        assert await subscribed_types(tx, 1) == Subscribed()
    await endpoint(db, clock, "https://a.example.com/", "points.earned")
    second, _ = await endpoint(db, clock, "https://b.example.com/", "points.*", "points.earned")
    async with db.transaction() as tx:
        heard = await subscribed_types(tx, 1)
        assert heard == {"points.earned", "points.*"}
        assert await subscribed_types(tx, 1) is heard
        assert await subscribed_types(tx, 2) == Subscribed()
        await remove_endpoint(tx, 1, second, None, clock.now())
    async with db.transaction() as tx:
        assert await subscribed_types(tx, 1) == {"points.earned"}
