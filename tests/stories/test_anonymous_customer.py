"""Somebody buys without a name and says later who she is: one member, with all her points. Told by Segment's client."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest
from segment.analytics.client import Client
from tests.app.serving import server

from regulars.features.programs import load_config, program_by_code
from regulars.features.webhooks import NewEndpoint, add_endpoint
from regulars.flows import books
from regulars.flows.apply import apply_document, read_source
from regulars.infra.clock import SystemClock
from regulars.infra.db import Database, load_queries

queries = load_queries(__package__)

PROGRAM = """
program: {code: web, name: Web Shop, currency: EUR, zone: Europe/Vilnius, region: LT}
sources:
  - {code: site, name: Site, enrol: true, client_side: true}
point_types:
  - {code: points, name: Points}
tier_sets:
  - code: club
    name: Club
    metric: {of: spend}
    tiers: [{code: bronze, name: Bronze, threshold: 0}, {code: silver, name: Silver, threshold: 100}]
rules:
  - code: base
    name: A point a euro
    trigger: {event: Order Completed}
    then: [{award: {point_type: points, per_amount: {points: 1, per: "1.00", of: order.amount}}}]
publish: true
"""

Say = Callable[..., None]


@asynccontextmanager
async def site(db: Database, database_url: str, folder: Path) -> AsyncIterator[Callable[[Say], Any]]:
    """Serve the shop; yield `tell(what)`, which lets a Segment client say something and returns when it was taken."""
    path = folder / "program.yaml"
    path.write_text(PROGRAM)
    clock = SystemClock()
    async with db.transaction() as tx:
        applied = await apply_document(
            tx, read_source(path).document, "web", may_create=True, now=clock.now()
        )
        program = await program_by_code(tx, "web")
        endpoint = NewEndpoint(url="https://example.com/hook", types=("member.*", "tier.changed"))
        await add_endpoint(tx, program.id, endpoint, clock.now())
    async with server(database_url) as (_, address):

        async def tell(*said: Callable[[Client], Any]) -> None:
            failed: list[Exception] = []

            def speak() -> None:
                client = Client(
                    applied.keys["site"],
                    host=address,
                    on_error=lambda error, _: failed.append(error),
                    upload_interval=0.05,
                )
                for one in said:
                    one(client)
                client.flush()
                client.join()

            await asyncio.to_thread(speak)
            assert failed == []

        yield tell


def order(anonymous_id: str, order_id: str, revenue: float) -> Callable[[Client], Any]:
    return lambda client: client.track(
        None, "Order Completed", {"order_id": order_id, "revenue": revenue}, anonymous_id=anonymous_id
    )


async def members(db: Database) -> list[tuple[int, str, int]]:
    """Return (id, status, points) of everybody."""
    async with db.transaction() as tx:
        return await tx.all(queries.select_members_with_points)


async def heard(db: Database) -> list[str]:
    async with db.transaction() as tx:
        batches = await tx.all(queries.select_notices)
    return [notice["type"] for (text,) in batches for notice in msgspec.json.decode(text)]


async def check_books(db: Database) -> None:
    async with db.transaction() as tx:
        config = await load_config(tx, (await program_by_code(tx, "web")).id)
        found = await books.verify(tx, config.id)
    assert [check for check in found.checks if check.bad] == []


@pytest.mark.parametrize("known_before", [True, False], ids=["a customer", "nobody yet"])
async def test_she_says_who_she_is(
    db: Database, database_url: str, tmp_path: Path, known_before: bool
) -> None:
    async with site(db, database_url, tmp_path) as tell:
        if known_before:
            await tell(lambda c: c.identify("ann", {"email": "ann@example.com"}))
            await tell(lambda c: c.track("ann", "Order Completed", {"order_id": "0", "revenue": 7}))
        await tell(order("phone-1", "1", 60.0), order("laptop-1", "2", 30.0))
        await tell(lambda c: c.identify("ann", {"name": "Ann"}, anonymous_id="phone-1"))
        await tell(lambda c: c.identify("ann", {"name": "Ann"}, anonymous_id="laptop-1"))
        await tell(lambda c: c.identify("ann", {"name": "Ann"}, anonymous_id="laptop-1"))
        await tell(order("laptop-1", "3", 5.0), order("phone-1", "4", 1.0))
    living = [one for one in await members(db) if one[1] == "active"]
    assert [points for *_, points in living] == [60 + 30 + 5 + 1 + (7 if known_before else 0)]
    told = await heard(db)
    assert told.count("member.merged") == (2 if known_before else 1)
    # What she bought as nobody counts for her tier: 96 or 103 euros.
    assert told.count("tier.changed") >= 1
    await check_books(db)


async def test_an_alias_links_what_she_was(db: Database, database_url: str, tmp_path: Path) -> None:
    async with site(db, database_url, tmp_path) as tell:
        await tell(lambda c: c.identify("ann", {"email": "ann@example.com"}))
        await tell(order("phone-1", "1", 60.0))
        await tell(lambda c: c.alias("phone-1", "ann"))
        # Nobody has heard of this one: it is hers from now on.
        await tell(lambda c: c.alias("laptop-1", "ann"))
        await tell(order("laptop-1", "2", 5.0))
        # Somebody new, by her browser: she is the member the browser was.
        await tell(order("tablet-1", "3", 9.0))
        await tell(lambda c: c.alias("tablet-1", "bea"))
        await tell(lambda c: c.track("bea", "Order Completed", {"order_id": "4", "revenue": 1}))
    assert [points for _, status, points in await members(db) if status == "active"] == [65, 10]
    await check_books(db)


async def test_two_people_at_one_browser_stay_two(db: Database, database_url: str, tmp_path: Path) -> None:
    async with site(db, database_url, tmp_path) as tell:
        await tell(lambda c: c.identify("ann", {"email": "ann@example.com"}, anonymous_id="kitchen"))
        await tell(lambda c: c.identify("bea", {"email": "bea@example.com"}, anonymous_id="kitchen"))
        await tell(lambda c: c.track("ann", "Order Completed", {"order_id": "1", "revenue": 10}))
        await tell(lambda c: c.alias("ann", "bea"), lambda c: c.alias("kitchen", "bea"))
        await tell(lambda c: c.track("bea", "Order Completed", {"order_id": "2", "revenue": 1}))
    assert [points for _, status, points in await members(db) if status == "active"] == [10, 1]
    assert "member.merged" not in await heard(db)
