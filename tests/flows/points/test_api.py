"""The routes of points, called over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from tests.features.http import Client, application, calling
from tests.flows.points.world import NOW, days, earn, make_members, make_program

from regulars.flows import points
from regulars.infra.clock import FixedClock
from regulars.infra.db import Database
from regulars.infra.web import undeclared_routes
from regulars.kit.ids import encode

ANN = "/programs/acme/members/external_id:c-1"
BOB = "/programs/acme/members/external_id:c-2"
GIFT = {"direction": "credit", "points": 100, "reason": "goodwill"}


@pytest.fixture
async def client(db: Database, clock: FixedClock) -> AsyncIterator[Client]:
    config = await make_program(db)
    await make_members(db, config, 2)
    await make_program(db, "other")
    async with calling(db, clock, points.router) as opened:
        yield opened


async def available(client: Client, member: str = ANN) -> int:
    shown = await client.json("GET", f"{member}/wallets")
    return int(shown["wallets"][0]["available"])


def test_every_route_says_who_may_call_it(db: Database, clock: FixedClock) -> None:
    assert undeclared_routes(application(db, clock, points.router)) == []


async def test_a_day_at_the_till(client: Client, clock: FixedClock) -> None:
    given = await client.json("POST", f"{ANN}/adjustments", GIFT | {"reference": "case 7"}, 201)
    assert given["points"] == 100
    assert given["wallet"] == {"point_type": "points", "available": 100, "pending": 0, "held": 0, "debt": 0}
    held = await client.json("POST", f"{ANN}/holds", {"points": "40", "reference": "till 4"}, 201)
    assert (held["status"], held["wallet"]["held"]) == ("open", 40)
    assert [row["id"] for row in (await client.json("GET", f"{ANN}/holds"))["data"]] == [held["hold"]]
    captured = await client.json("POST", f"{ANN}/holds/{held['hold']}/capture", {"points": 30}, 201)
    assert (captured["captured"], captured["wallet"]["available"]) == (30, 70)
    problem = await client.json("POST", f"{ANN}/holds/{held['hold']}/void", {}, 409)
    assert (problem["code"], problem["facts"]["became"]) == ("hold_closed", "captured")
    back = await client.json(
        "POST", f"{ANN}/spends/{captured['transfer']}/cancel", {"reason": "returned", "points": 10}, 201
    )
    assert back["wallet"]["available"] == 80
    sent = await client.json("POST", f"{ANN}/transfers", {"to": "external_id:c-2", "points": 5}, 201)
    assert len(sent["received"]) == 1
    problem = await client.json("POST", f"{ANN}/spends", {"points": 76}, 409)
    assert (problem["code"], problem["facts"]) == ("insufficient_points", {"available": 75, "missing": 1})
    await client.json("POST", f"{ANN}/spends", {"points": 75}, 201)
    assert (await available(client), await available(client, BOB)) == (0, 5)
    rows = (await client.json("GET", f"{ANN}/transfers?limit=3"))["data"]
    assert [row["kind"] for row in rows] == ["spend", "sent", "spend_cancelled"]
    assert rows[1]["detail"]["to"].startswith("mem_")
    assert rows[0]["detail"]["actor"] == "owner"


async def test_pages_of_transfers_and_lots_hold_everything_once(client: Client, db: Database) -> None:
    for number in range(5):
        body = GIFT | {"points": number + 1, "point_type": "buns" if number % 2 else "points"}
        await client.json("POST", f"{ANN}/adjustments", body, 201)
    for path in ("transfers", "lots"):
        seen: list[Any] = []
        cursor = ""
        while True:
            page = await client.json("GET", f"{ANN}/{path}?limit=2{cursor}")
            seen += page["data"]
            if page["next_cursor"] is None:
                break
            cursor = f"&cursor={page['next_cursor']}"
        assert sorted(row["points"] for row in seen) == [1, 2, 3, 4, 5], path
    only = await client.json("GET", f"{ANN}/lots?point_type=buns")
    assert sorted(row["points"] for row in only["data"]) == [2, 4]
    await client.call("GET", f"{ANN}/lots?cursor=eyJhIn0", status=422)
    await client.call("GET", f"{ANN}/lots?point_type=gold", status=404)


async def test_an_operation_is_done_once_per_key_and_not_at_all_when_tried(client: Client) -> None:
    first = await client.call("POST", f"{ANN}/adjustments", GIFT, 201, idempotency_key="k1")
    again = await client.call("POST", f"{ANN}/adjustments", GIFT, 201, idempotency_key="k1")
    assert again.headers["idempotency-replayed"] == "true"
    assert again.json() == first.json()
    await client.call("POST", f"{ANN}/adjustments", GIFT | {"points": 7}, 422, idempotency_key="k1")
    tried = await client.json("POST", f"{ANN}/spends?dry_run=true", {"points": 30})
    assert tried["wallet"]["available"] == 70
    assert await available(client) == 100
    await client.call("POST", f"{ANN}/spends?dry_run=true", {"points": 101}, 409)


async def test_bodies_are_strict(client: Client) -> None:
    for wrong in (
        {"points": 1.0},
        {"points": "1.0"},
        {"points": 0},
        {"points": -1},
        {"points": True},
        {"points": 10**18},
    ):
        problem = await client.json("POST", f"{ANN}/adjustments", GIFT | wrong, 422)
        assert problem["errors"][0]["path"] == "points", wrong
    await client.call("POST", f"{ANN}/adjustments", GIFT | {"balance": 5}, 422)
    await client.call("POST", f"{ANN}/adjustments", GIFT | {"reason": " "}, 422)
    await client.call("POST", f"{ANN}/adjustments", GIFT | {"point_type": "gold"}, 404)
    await client.call("POST", f"{ANN}/holds/hld_nonsense/capture", {}, 404)
    await client.call("POST", f"{ANN}/spends/nonsense/cancel", {"reason": "x"}, 404)


async def test_who_may_do_what(client: Client) -> None:
    await client.acting("analyst").call("POST", f"{ANN}/adjustments", GIFT, 403)
    await client.acting("points:write").call("POST", f"{ANN}/adjustments", GIFT, 403)
    await client.acting("points:adjust").call("POST", f"{ANN}/adjustments", GIFT, 201)
    await client.acting("points:write").call("POST", f"{ANN}/spends", {"points": 1}, 201)
    await client.acting("points:read").call("GET", f"{ANN}/wallets")
    await client.acting("points:read").call("POST", f"{ANN}/spends", {"points": 1}, 403)
    await client.call("GET", "/programs/other/members/external_id:c-1/wallets", status=404)


async def test_past_balances_statements_and_what_ends_when(
    client: Client, db: Database, clock: FixedClock
) -> None:
    await client.json("POST", f"{ANN}/adjustments", GIFT, 201)
    clock.advance(timedelta(days=1))
    await client.json("POST", f"{ANN}/spends", {"points": 30}, 201)
    at = (NOW + timedelta(hours=1)).isoformat().replace("+", "%2B")
    past = await client.json("GET", f"{ANN}/wallets/as-of?at={at}")
    assert past["wallets"][0]["available"] == 100
    end = (NOW + days(2)).isoformat().replace("+", "%2B")
    shown = await client.json("GET", f"{ANN}/statement?start={at}&end={end}&by=occurred")
    assert shown["wallets"][0]["moved"] == {"spend": 30}
    assert shown["wallets"][0]["end"]["available"] == 70
    await client.call("GET", f"{ANN}/statement?start={end}&end={at}", status=422)
    coming = await client.json("GET", "/programs/acme/points/expiring?days=60")
    assert coming["data"] == [{"day": "2026-04-02", "point_type": "points", "points": 70, "members": 1}]


async def test_a_wallet_shows_what_is_due_before_the_job_has_run(
    client: Client, db: Database, clock: FixedClock
) -> None:
    config = await make_program(db, "third")
    [ann] = await make_members(db, config, 1)
    await earn(db, config, ann, 10, "cash", active=NOW + days(3))
    await earn(db, config, ann, 20, expires=NOW + days(3))
    clock.advance(timedelta(days=3))
    shown = await client.json("GET", f"/programs/third/members/{encode('mem', ann)}/wallets")
    assert {one["point_type"]: one["available"] for one in shown["wallets"]} == {
        "points": 0,
        "status": 0,
        "cash": 10,
        "fading": 0,
        "buns": 0,
    }
