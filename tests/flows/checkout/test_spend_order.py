"""A basket paid with points of two types, which are spent in different orders: lot by lot, by hand's arithmetic."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from tests.app.serving import application
from tests.flows.points.world import NOW, days, earn, make_members, make_program
from tests.flows.redemption.test_api import ANN, Shop

from regulars.features.programs import issue_api_key
from regulars.flows.apply import apply_document, decode_document
from regulars.infra.clock import FixedClock
from regulars.infra.db import Database

TYPES: dict[str, dict[str, Any]] = {
    "soonest": {"policy": {"spend_order": "expiry"}},
    "oldest": {"policy": {"spend_order": "earned"}},
}
REWARDS: dict[str, Any] = {
    "rewards": [
        {"code": code, "name": code, "kind": "discount", "point_type": code,
         "price": {"rate": {"points": "10", "worth": "1.00", "step": "1"}}}
        for code in TYPES
    ],
}  # fmt: skip
# Day earned, points, day of their end.
LOTS = [(0, 100, 90), (1, 50, 40), (2, 70, 60)]


@pytest.fixture
async def shop(database_url: str, db: Database, clock: FixedClock) -> AsyncIterator[Shop]:
    config = await make_program(db, types=TYPES)
    (ann,) = await make_members(db, config, 1)
    for code in TYPES:
        for day, points, end in LOTS:
            await earn(db, config, ann, points, code, now=NOW + days(day), expires=NOW + days(end))
    async with db.transaction() as tx:
        issued = await issue_api_key(tx, config.id, "tests", ("owner",), clock.now())
        await apply_document(tx, decode_document(REWARDS), "acme", now=NOW)
    clock.advance(days(3))
    async with application(database_url, clock) as http:
        yield Shop(http, issued.key)


async def left(shop: Shop, code: str) -> list[int]:
    """Return what is left of the lots of 100, 50 and 70."""
    page = await shop.json("GET", f"/members/{ANN}/lots?point_type={code}")
    remaining = {lot["points"]: lot["remaining"] for lot in page["data"]}
    return [remaining.get(points, 0) for _, points, _ in LOTS]


async def test_each_type_is_spent_in_its_own_order_and_comes_back_in_it(shop: Shop) -> None:
    basket = {
        "member": ANN, "lines": [{"sku": "TEA", "amount": 8_000, "quantity": 2}],
        "rewards": [{"reward": code, "points": 160} for code in TYPES],
    }  # fmt: skip
    opened = await shop.json("POST", "/checkouts", basket, 201)
    assert (opened["points"], opened["to_pay"]) == ({"soonest": 160, "oldest": 160}, 8_000 - 2 * 1_600)
    assert await left(shop, "soonest") == [60, 0, 0], "50 and 70 end first, then 40 of the 100"
    assert await left(shop, "oldest") == [0, 0, 60], "100 and 50 are older, then 10 of the 70"
    place = f"/checkouts/{opened['id']}"
    await shop.json("POST", f"{place}/close", {"order_id": "A-1"}, 201)
    half = {"lines": [{"line": 0, "quantity": 1}]}
    returned = await shop.json("POST", f"{place}/return", half, 201)
    assert returned["returned"]["points"] == 160
    assert await left(shop, "soonest") == [100, 0, 40], "80 back: the 40 that end last, 40 of the 70"
    assert await left(shop, "oldest") == [20, 50, 70], "80 back: the 10 earned last, then 50, then 20"
