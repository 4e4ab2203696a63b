"""Points that wait until a person lets them go: from the order that earned them to what they buy, over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from tests.app.serving import application
from tests.flows.points.world import NOW, days
from tests.flows.redemption.test_api import Shop

from regulars.features.programs import issue_api_key, program_by_code
from regulars.flows import books
from regulars.flows.apply import apply_document, decode_document
from regulars.infra.clock import FixedClock
from regulars.infra.db import Database

ANN = "external_id:ann"
PROGRAM: dict[str, Any] = {
    "program": {"code": "acme", "name": "Acme", "currency": "EUR", "zone": "Europe/Vilnius", "region": "LT"},
    "sources": [{"code": "till", "name": "Till", "enrol": True}],
    "point_types": [
        {"code": "points", "name": "Points",
         "policy": {"pending": {"manual": True}, "expiry": {"rolling_days": 365}}},
    ],
    "rules": [
        {"code": "base", "name": "A point a euro", "trigger": {"event": "Order Completed"},
         "then": [{"award": {"point_type": "points", "per_amount": {"points": 1, "per": 1}}}]},
    ],
    "publish": True,
}  # fmt: skip


@pytest.fixture
async def shop(database_url: str, db: Database, clock: FixedClock) -> AsyncIterator[Shop]:
    async with db.transaction() as tx:
        await apply_document(tx, decode_document(PROGRAM), "acme", now=NOW, may_create=True)
        program = await program_by_code(tx, "acme")
        issued = await issue_api_key(tx, program.id, "tests", ("owner",), clock.now())
    async with application(database_url, clock) as http:
        shop = Shop(http, issued.key)
        await order(shop, "1", 30)
        await order(shop, "2", 12)
        yield shop


async def order(shop: Shop, number: str, total: int) -> None:
    event = {
        "id": f"e{number}", "type": "Order Completed", "member": {"user_id": "ann"},
        "order": {"order_id": number, "total": total},
    }  # fmt: skip
    await shop.json("POST", "/api/v1/events?source=till", event)


async def refund(shop: Shop, number: str) -> None:
    event = {
        "id": f"r{number}", "type": "Order Refunded", "member": {"user_id": "ann"},
        "order": {"order_id": number},
    }  # fmt: skip
    await shop.json("POST", "/api/v1/events?source=till", event)


async def sides(shop: Shop) -> tuple[int, int]:
    """Return what is available and what waits."""
    (wallet,) = (await shop.json("GET", f"/members/{ANN}/wallets"))["wallets"]
    return wallet["available"], wallet["pending"]


async def test_points_wait_for_ever_until_somebody_lets_them_go(shop: Shop, clock: FixedClock) -> None:
    clock.advance(days(200))
    assert await sides(shop) == (0, 42)
    problem = await shop.json("POST", f"/members/{ANN}/spends", {"points": 1}, 409)
    assert problem["facts"] == {"available": 0, "missing": 1}
    lots = (await shop.json("GET", f"/members/{ANN}/lots"))["data"]
    assert [(lot["points"], lot["pending"], lot["active_at"]) for lot in lots] == [
        (30, True, None),
        (12, True, None),
    ]
    releases = f"/members/{ANN}/releases"
    await shop.json("POST", releases, {}, 422)
    one = {"reason": "goods arrived", "lot": lots[0]["id"]}
    tried = await shop.json("POST", f"{releases}?dry_run=true", one)
    assert await sides(shop) == (0, 42)
    assert await shop.json("POST", releases, one, 201) == tried
    assert (tried["points"], await sides(shop)) == (30, (30, 12))
    assert (await shop.json("POST", releases, one, 404))["code"] == "unknown_lot"
    await shop.json("POST", f"/members/{ANN}/spends", {"points": 30}, 201)
    assert (await shop.json("POST", releases, {"reason": "the rest"}, 201))["lots"] == [lots[1]["id"]]
    assert await sides(shop) == (12, 0)
    moved = (await shop.json("GET", f"/members/{ANN}/transfers"))["data"]
    reasons = [one["detail"]["reason"] for one in moved if one["kind"] == "release"]
    assert reasons == ["the rest", "goods arrived"]


async def test_an_order_that_comes_back_takes_its_points_where_they_are(shop: Shop, db: Database) -> None:
    lots = (await shop.json("GET", f"/members/{ANN}/lots"))["data"]
    await shop.json("POST", f"/members/{ANN}/releases", {"reason": "x", "lot": lots[0]["id"]}, 201)
    await refund(shop, "1")
    assert await sides(shop) == (0, 12), "what was let go is taken where it is available"
    await refund(shop, "2")
    assert await sides(shop) == (0, 0), "what waits is taken where it waits"
    assert (await shop.json("POST", f"/members/{ANN}/releases", {"reason": "x"}, 201))["points"] == 0
    async with db.transaction(read_only=True, snapshot=True) as tx:
        assert [check for check in (await books.verify(tx)).checks if check.bad] == []


async def test_points_that_end_while_they_wait_are_gone(shop: Shop, clock: FixedClock) -> None:
    clock.advance(days(366))
    assert (await shop.json("POST", f"/members/{ANN}/releases", {"reason": "late"}, 201))["points"] == 0
    assert await sides(shop) == (0, 0)
