"""The routes of rewards and redemptions, called over HTTP in the whole application."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
from tests.app.serving import application
from tests.flows.points.world import earn, make_members, make_program

from regulars.features.programs import issue_api_key
from regulars.infra.clock import FixedClock
from regulars.infra.db import Database

HOME = "/api/v1/programs/acme"
ANN, BOB = "external_id:c-1", "external_id:c-2"
MUG = {
    "name": "Mug",
    "kind": "goods",
    "price": {"points": 100, "money": 50},
    "stock": True,
    "category": "kitchen",
}


class Shop:
    """A client of the application with a key of the program."""

    def __init__(self, http: httpx2.AsyncClient, key: str) -> None:
        self.http, self.key, self.number = http, key, 0

    async def call(
        self, method: str, path: str, body: Any = None, status: int = 200, **headers: str
    ) -> httpx2.Response:
        self.number += 1
        sent = {"authorization": f"Bearer {self.key}", "idempotency-key": f"k{self.number}", **headers}
        path = path if path.startswith("/api") else HOME + path
        answer = await self.http.request(method, path, json=body, headers=sent)
        assert answer.status_code == status, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer

    async def json(self, method: str, path: str, body: Any = None, status: int = 200, **headers: str) -> Any:
        return (await self.call(method, path, body, status, **headers)).json()


@pytest.fixture
async def shop(database_url: str, db: Database, clock: FixedClock) -> AsyncIterator[Shop]:
    config = await make_program(db)
    members = await make_members(db, config, 2)
    for member in members:
        await earn(db, config, member, 1_000)
    async with db.transaction() as tx:
        issued = await issue_api_key(tx, config.id, "tests", ("owner",), clock.now())
    async with application(database_url, clock) as http:
        shop = Shop(http, issued.key)
        await shop.json("PUT", "/rewards/mug", MUG, 201)
        await shop.json("PUT", "/rewards/mug/stock", {"free": 5})
        yield shop


async def test_the_catalogue_shows_what_there_is(shop: Shop) -> None:
    (row,) = (await shop.json("GET", "/rewards?category=kitchen"))["data"]
    assert (row["code"], row["version"], row["shelves"]) == ("mug", 1, [{"store": "", "free": 5, "total": 5}])
    etag = (await shop.call("GET", "/rewards/mug")).headers["etag"]
    dearer = MUG | {"price": {"points": 120}}
    changed = await shop.call("PUT", "/rewards/mug", dearer, **{"if-match": etag})
    assert changed.json()["version"] == 2
    await shop.call("PUT", "/rewards/mug", MUG, 412, **{"if-match": etag})
    versions = await shop.json("GET", "/rewards/mug/versions")
    assert [one["reward"]["price"]["points"] for one in versions] == [120, 100]
    problem = await shop.json("PUT", "/rewards/odd", MUG | {"kind": "discount"}, 422)
    assert [error["path"] for error in problem["errors"]] == ["discount"]
    await shop.call("DELETE", "/rewards/mug", None, 204)
    assert (await shop.json("GET", "/rewards"))["data"] == []
    await shop.json("POST", f"/members/{ANN}/redemptions", {"reward": "mug"}, 404)


async def test_a_reward_is_set_aside_confirmed_sent_and_given_back(shop: Shop) -> None:
    wrong = await shop.json("POST", f"/members/{ANN}/redemptions/quote", {"reward": "mug", "points": 5})
    assert wrong["refusal"]["code"] == "invalid_redemption"
    assert [one["path"] for one in wrong["refusal"]["errors"]] == ["points"]
    quoted = await shop.json("POST", f"/members/{ANN}/redemptions/quote", {"reward": "mug", "quantity": 2})
    assert (quoted["points"], quoted["money"], quoted["refusal"]) == (200, 100, None)
    assert quoted["given_back"] == []
    held = await shop.json("POST", f"/members/{ANN}/redemptions", {"reward": "mug", "quantity": 2}, 201)
    assert (held["status"], held["wallet"]) == (
        "reserved",
        {"point_type": "points", "available": 800, "held": 200},
    )
    done = await shop.json("POST", f"/redemptions/{held['id']}/capture", {}, 201)
    assert (done["status"], done["moved_points"]) == ("confirmed", 200)
    sent = await shop.json(
        "POST", f"/redemptions/{held['id']}/fulfilment", {"status": "shipped", "tracking": "X1"}, 201
    )
    assert (sent["status"], sent["delivery"]["tracking"]) == ("shipped", "X1")
    back = await shop.json(
        "POST",
        f"/redemptions/{held['id']}/cancel",
        {"reason": "broken", "quantity": 1, "restock": False},
        201,
    )
    assert (back["moved_points"], back["moved_money"], back["status"]) == (100, 50, "shipped")
    told = await shop.json("GET", f"/redemptions/{held['id']}/explanation")
    assert [(lot["points"], lot["returned"]) for lot in told["lots"]] == [(200, 100)]
    assert "50.00 % came back" in told["sentences"][-1]
    rows = (await shop.json("GET", "/redemptions?status=shipped"))["data"]
    assert [row["id"] for row in rows] == [held["id"]]
    assert [row["id"] for row in (await shop.json("GET", f"/members/{ANN}/redemptions"))["data"]] == [
        held["id"]
    ]
    problem = await shop.json("POST", f"/redemptions/{held['id']}/void", {}, 409)
    assert (problem["code"], problem["facts"]["became"]) == ("redemption_closed", "shipped")


async def test_one_key_does_one_thing_once(shop: Shop) -> None:
    """The same request again gets the same answer; another body under its key is refused; a refusal keeps nothing."""
    path, wanted = f"/members/{ANN}/redemptions", {"reward": "mug", "confirm": True}
    first = await shop.call("POST", path, wanted, 201, **{"idempotency-key": "once"})
    again = await shop.call("POST", path, wanted, 201, **{"idempotency-key": "once"})
    assert again.content == first.content
    assert again.headers["idempotency-replayed"] == "true"
    await shop.call("POST", path, {"reward": "mug"}, 422, **{"idempotency-key": "once"})
    await shop.call("POST", path, {"reward": "mug", "quantity": 9}, 409, **{"idempotency-key": "other"})
    await shop.call("POST", path, {"reward": "mug"}, 201, **{"idempotency-key": "other"})
    answer = await shop.http.post(HOME + path, json=wanted, headers={"authorization": f"Bearer {shop.key}"})
    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_missing")


async def test_the_way_of_tills_is_the_same(shop: Shop) -> None:
    """Eight tills at once on one wallet: five have a mug, three are told that none is left."""
    wanted = {"member": ANN, "reward": "mug"}
    answers = await asyncio.gather(
        *[
            shop.http.post(
                "/api/v1/redemptions",
                json=wanted,
                headers={"authorization": f"Bearer {shop.key}", "idempotency-key": f"till-{till}"},
            )
            for till in range(8)
        ]
    )
    assert sorted(answer.status_code for answer in answers) == [201] * 5 + [409] * 3
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"reward_sold_out"}
    held = next(answer.json() for answer in answers if answer.status_code == 201)
    done = await shop.json("POST", "/api/v1/redemptions/capture", {"redemption": held["id"]}, 201)
    assert done["status"] == "confirmed"


async def test_a_dry_run_leaves_no_trace(shop: Shop) -> None:
    tried = await shop.json("POST", f"/members/{ANN}/redemptions?dry_run=true", {"reward": "mug"})
    assert tried["wallet"]["held"] == 100
    assert (await shop.json("GET", f"/members/{ANN}/redemptions"))["data"] == []
    assert (await shop.json("GET", "/rewards/mug"))["shelves"][0]["free"] == 5


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({}, "reward"),
        ({"reward": "mug", "quantity": 0}, "quantity"),
        ({"reward": "mug", "quantity": True}, "quantity"),
        ({"reward": "mug", "more": 1}, "more"),
        ({"reward": "mug", "points": 5}, "points"),
    ],
)
async def test_bodies_are_strict(shop: Shop, body: dict[str, Any], path: str) -> None:
    problem = await shop.json("POST", f"/members/{ANN}/redemptions", body, 422)
    assert path in [error["path"] for error in problem["errors"]]


async def test_nobody_is_found_who_is_not_there(shop: Shop) -> None:
    await shop.json("POST", "/members/external_id:nobody/redemptions", {"reward": "mug"}, 404)
    await shop.json("POST", "/redemptions/rdm_0000000000000/capture", {}, 404)
    await shop.json("POST", "/redemptions/nonsense/capture", {}, 404)
    await shop.json("GET", "/redemptions/nonsense", None, 404)
    answer = await shop.http.post("/api/v1/redemptions", json={"member": ANN, "reward": "mug"})
    assert answer.status_code == 401
