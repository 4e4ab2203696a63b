"""A member's tickets and plays, listed over HTTP: what she holds, what left its draw, what she won."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any

import httpx2
import pytest
from tests.app.serving import application
from tests.features.http import application as small_application
from tests.flows.points.world import NOW, days, earn, make_members, make_program
from tests.flows.redemption.test_api import Shop

from regulars.features.draws import Draw, Prize, enter_draw, open_draw, put_draw
from regulars.features.programs import issue_api_key
from regulars.flows.prizes import router
from regulars.infra.clock import FixedClock
from regulars.infra.db import Database
from regulars.infra.web import MEMBER, Subject
from regulars.kit.cursor import encode_cursor
from regulars.kit.ids import encode

ANN, BOB = "external_id:c-1", "external_id:c-2"
CAR = {"name": "Win a car", "prizes": [{"code": "car", "name": "A car", "quantity": 1}]}
SCRATCH = {
    "name": "Scratch", "kind": "instant", "places": 2, "ticket_points": 10,
    "prizes": [{"code": "mug", "name": "A mug", "quantity": 2, "points": 5}],
}  # fmt: skip


@pytest.fixture
async def shop(database_url: str, db: Database, clock: FixedClock) -> AsyncIterator[Shop]:
    config = await make_program(db, types={"points": {"policy": {}}})
    for member in await make_members(db, config, 2):
        await earn(db, config, member, 100)
    async with db.transaction() as tx:
        issued = await issue_api_key(tx, config.id, "tests", ("owner",), clock.now())
    async with application(database_url, clock) as http:
        shop = Shop(http, issued.key)
        for code, draw in {"car": CAR, "scratch": SCRATCH}.items():
            await shop.json("PUT", f"/draws/{code}", draw, 201)
            await shop.json("POST", f"/draws/{code}/open")
        yield shop


async def listed(shop: Shop, ref: str, **asked: Any) -> list[dict[str, Any]]:
    """Return the whole list, page by page."""
    rows, cursor = [], ""
    while True:
        page = await shop.json("GET", f"/members/{ref}/draws?limit={asked.get('limit', 50)}{cursor}")
        rows += page["data"]
        if page["next_cursor"] is None:
            return rows
        cursor = f"&cursor={page['next_cursor']}"


async def test_a_member_s_tickets_and_plays_are_listed_with_what_they_won(shop: Shop) -> None:
    entry = await shop.json("POST", f"/members/{ANN}/draws/car/tickets", {"tickets": 3}, 201)
    played = await shop.json("POST", f"/members/{ANN}/draws/scratch/plays", {}, 201)
    held = {row["draw"]: row for row in await listed(shop, ANN)}
    assert await listed(shop, BOB) == []
    car, mug = held["car"], held["scratch"]
    assert (car["kind"], car["entry"], car["tickets"], car["status"]) == (
        "tickets",
        entry["entry"],
        3,
        "open",
    )
    assert (car["prizes"], car["taken_back_at"]) == ([], None)
    assert (mug["kind"], mug["entry"], mug["place"]) == ("play", None, played["place"])
    assert mug["prizes"] == [{"prize": "mug", "name": "A mug", "delivered": True}]
    await shop.json("POST", "/draws/car/close", {})
    (car, _) = sorted(await listed(shop, ANN), key=lambda row: str(row["draw"]))
    assert (car["status"], car["prizes"]) == ("closed", []), "nobody sees it before it is revealed"
    await shop.json("POST", "/draws/car/reveal")
    (car, _) = sorted(await listed(shop, ANN), key=lambda row: str(row["draw"]))
    assert car["prizes"] == [{"prize": "car", "name": "A car", "delivered": False}]
    published = await shop.json("GET", "/draws/car/published")
    assert [one["id"] for one in published["entries"]] == [car["entry"]]


async def test_what_left_the_draw_says_when(shop: Shop) -> None:
    reward = {"name": "Tickets", "kind": "draw_tickets", "draw": "car", "tickets": 2, "price": {"points": 10}}
    await shop.json("PUT", "/rewards/tickets", reward, 201)
    asked = {"reward": "tickets", "quantity": 1, "confirm": True}
    taken = await shop.json("POST", f"/members/{ANN}/redemptions", asked, 201)
    (row,) = await listed(shop, ANN)
    assert (row["tickets"], row["taken_back_at"]) == (2, None)
    await shop.json("POST", f"/redemptions/{taken['id']}/cancel", {"reason": "changed her mind"}, 201)
    (row,) = await listed(shop, ANN)
    assert row["taken_back_at"] is not None
    await shop.json("POST", "/draws/car/close", {})
    await shop.json("POST", "/draws/car/reveal")
    assert (await shop.json("GET", "/draws/car/published"))["entries"] == []


async def test_every_page_follows_the_one_before(shop: Shop, clock: FixedClock) -> None:
    """Tickets of one instant too; whoever was merged into her brings hers along, also of a draw that has closed."""
    for _ in range(3):
        await shop.json("POST", f"/members/{ANN}/draws/car/tickets", {"tickets": 1}, 201)
    for ref in (ANN, BOB):
        await shop.json("POST", f"/members/{ref}/draws/scratch/plays", {}, 201)
    clock.advance(days(1))
    await shop.json("POST", f"/members/{BOB}/draws/car/tickets", {"tickets": 1}, 201)
    whole = await listed(shop, ANN)
    assert len(whole) == 4
    assert await listed(shop, ANN, limit=1) == whole
    await shop.json("POST", "/draws/car/close", {})
    await shop.json("POST", f"/members/{ANN}/merge", {"source": BOB, "reason": "the same person"}, 201)
    whole = await listed(shop, ANN)
    assert (len(whole), whole[0]["at"] > whole[1]["at"]) == (6, True)
    assert await listed(shop, ANN, limit=4) == whole
    problem = await shop.json("GET", f"/members/{ANN}/draws?cursor=nonsense", None, 422)
    assert problem["errors"][0]["path"] == "cursor"
    far = encode_cursor(10**30, 10**30, 10**30, -(10**30))
    assert len((await shop.json("GET", f"/members/{ANN}/draws?cursor={far}"))["data"]) == 6


class SignedIn:
    """Knows a member by her number."""

    async def authenticate(self, headers: Mapping[str, str]) -> Subject | None:
        number = int(headers["authorization"].removeprefix("Bearer "))
        return Subject(f"member:{number}", MEMBER, 1, number)


async def test_members_list_their_own(db: Database, clock: FixedClock) -> None:
    config = await make_program(db, types={"points": {"policy": {}}})
    ann, bob = await make_members(db, config, 2)
    async with db.transaction() as tx:
        await put_draw(tx, config.id, Draw("car", "Win a car", (Prize("car", "A car", 1),)), NOW)
        await open_draw(tx, config.id, "car", NOW)
        await enter_draw(tx, config.id, "car", ann, 3, "x", NOW)
    app = small_application(db, clock, router)
    app.state.authenticator = SignedIn()
    transport = httpx2.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url="http://test") as http:
        place = "/api/v1/programs/acme/members/{}/draws"
        own = await http.get(place.format(encode("mem", ann)), headers={"authorization": f"Bearer {ann}"})
        assert (own.status_code, [row["tickets"] for row in own.json()["data"]]) == (200, [3])
        for ref in (encode("mem", ann), ANN):
            other = await http.get(place.format(ref), headers={"authorization": f"Bearer {bob}"})
            assert (other.status_code, other.json()["code"]) == (404, "unknown_member")
