"""Checkouts found again, over HTTP: lists with filters, pages, what was done with one and by whom, a partner's own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from tests.app.serving import application
from tests.flows.checkout.counter import Counter, open_counter
from tests.flows.checkout.test_rewards_back import ALL_LINES, LINES
from tests.flows.points.world import NOW
from tests.flows.redemption.test_api import ANN, BOB, HOME, Shop

from regulars.features.programs import issue_api_key
from regulars.flows import merging
from regulars.flows.apply import apply_document, decode_document
from regulars.infra.clock import FixedClock
from regulars.infra.db import Database


@pytest.fixture
async def counter(db: Database) -> Counter:
    counter = await open_counter(db)
    stores = [{"code": "north", "name": "North", "partner": "bakery"}, {"code": "south", "name": "South"}]
    async with db.transaction() as tx:
        await apply_document(tx, decode_document({"stores": stores}), "acme", now=NOW)
    return counter


@pytest.fixture
async def shop(database_url: str, db: Database, counter: Counter, clock: FixedClock) -> AsyncIterator[Shop]:
    async with db.transaction() as tx:
        issued = await issue_api_key(tx, counter.program_id, "tests", ("owner",), clock.now())
    async with application(database_url, clock) as http:
        yield Shop(http, issued.key)


async def opened(shop: Shop, member: str | None = ANN, **more: Any) -> str:
    """Open a checkout; return its path."""
    body = {"lines": LINES, **({} if member is None else {"member": member}), **more}
    return f"/checkouts/{(await shop.json('POST', '/checkouts', body, 201))['id']}"


async def found(shop: Shop, query: str = "", below: str = "") -> list[str]:
    """Return the paths of the checkouts that are listed."""
    rows = (await shop.json("GET", f"{below}/checkouts?{query}"))["data"]
    return [f"/checkouts/{row['id']}" for row in rows]


async def test_a_checkout_is_found_by_what_somebody_knows_of_it(shop: Shop, clock: FixedClock) -> None:
    begun = clock.now()
    first = await opened(shop, store="north", rewards=[{"reward": "cash", "points": 100}])
    clock.advance(timedelta(hours=1))
    second = await opened(shop, BOB, store="south", hold_s=7_200)
    third = await opened(shop, None)
    await shop.json("POST", f"{second}/close", {"order_id": "A-1"}, 201)
    for query, expected in {
        "": [third, second, first],
        "status=open": [third],
        "status=expired": [first],
        "status=closed": [second],
        "status=returned": [],
        f"member={ANN}": [first],
        "store=north": [first],
        "order_id=A-1": [second],
        f"since={(begun + timedelta(minutes=30)).isoformat()}": [third, second],
        f"until={(begun + timedelta(minutes=30)).isoformat()}": [first],
        f"member={BOB}&status=open": [],
    }.items():
        assert await found(shop, query.replace("+", "%2B")) == expected, query
    (row,) = (await shop.json("GET", "/checkouts?store=north"))["data"]
    assert (row["status"], row["lines"], row["discounts"], row["to_pay"], row["points"]) == (
        "expired", 2, 1, 3_930, {"points": 100},
    )  # fmt: skip
    assert (await shop.json("GET", "/checkouts?member=email:nobody@example.com", status=404))["status"] == 404


async def test_a_list_goes_on_where_its_page_ended(shop: Shop) -> None:
    paths = [await opened(shop, None) for _ in range(3)]
    page = await shop.json("GET", "/checkouts?limit=2")
    rest = await shop.json("GET", f"/checkouts?limit=2&cursor={page['next_cursor']}")
    assert [f"/checkouts/{row['id']}" for row in page["data"] + rest["data"]] == paths[::-1]
    assert rest["next_cursor"] is None


async def test_who_took_over_finds_what_the_other_bought(shop: Shop, counter: Counter, db: Database) -> None:
    bought = await opened(shop, BOB)
    async with db.transaction() as tx:
        ann, bob = counter.kiosk.ann, counter.kiosk.bob
        await merging.merge(tx, counter.kiosk.config, bob, ann, reason="the same", now=NOW)
    assert await found(shop, f"member={ANN}") == [bought]


async def test_a_checkout_remembers_what_was_done_with_it(shop: Shop, clock: FixedClock) -> None:
    path = await opened(shop, rewards=[{"reward": "mug", "quantity": 2}], store="north")
    again = {"lines": LINES, "rewards": [{"reward": "mug", "quantity": 2}, {"reward": "tenth"}]}
    for _ in range(2):
        clock.advance(timedelta(minutes=1))
        changed = await shop.json("PUT", path, again)
    assert [step["did"] for step in changed["history"]] == ["opened", "changed"]
    assert changed["history"][1]["at"] == clock.now().isoformat().replace("+00:00", "Z")
    await shop.json("POST", f"{path}/close", {"order_id": "A-1"}, 201)
    await shop.json("POST", f"{path}/reopen", {}, 201)
    closed = await shop.json("POST", f"{path}/close", {"order_id": "A-2"}, 201)
    mug, tenth = (one["redemption"] for one in closed["rewards"])
    assert [one["with_lines"] for one in closed["rewards"]] == [False, True]
    some = {"lines": [{"line": 1, "quantity": 1}], "rewards": [{"redemption": mug, "quantity": 1}]}
    await shop.json("POST", f"{path}/return", some, 201)
    await shop.json("POST", f"{path}/return", {"lines": [ALL_LINES[0], {"line": 1, "quantity": 2}]}, 201)
    steps = (await shop.json("GET", path))["history"]
    assert [step["did"] for step in steps] == [
        "opened", "changed", "closed", "reopened", "closed", "returned", "returned",
    ]  # fmt: skip
    assert [steps[2]["order_id"], steps[4]["order_id"]] == ["A-1", "A-2"]
    undone, part, last = steps[3], steps[5], steps[6]
    assert (undone["money"], undone["points"]) == (3_600, {"points": 250})
    assert (part["lines"], part["rewards"], part["money"]) == ({"1": 1}, {mug: 1}, 900)
    assert (last["lines"], last["rewards"], last["money"]) == ({"0": 2, "1": 2}, {mug: 1}, 2_700)
    assert part["points"]["points"] + last["points"]["points"] == 250
    assert {step["actor"].split(":")[0] for step in steps} == {"key"}
    assert tenth not in {**part["rewards"], **last["rewards"]}


async def test_a_partner_sees_what_was_bought_in_its_stores_alone(
    shop: Shop, counter: Counter, db: Database, clock: FixedClock
) -> None:
    own = await opened(shop, store="north")
    other = await opened(shop, store="south")
    nowhere = await opened(shop)
    async with db.transaction() as tx:
        scopes = ("partner", "partner:bakery")
        issued = await issue_api_key(tx, counter.program_id, "bakery", scopes, clock.now())
    bakery = Shop(shop.http, issued.key)
    bakery.number = 1_000
    below = "/partners/bakery"
    assert await found(bakery, below=below) == [own]
    assert await found(bakery, "store=south", below) == []
    member = (await shop.json("GET", own))["member"]
    assert await found(bakery, f"member={member}", below) == [own]
    assert await found(bakery, f"member={ANN}", below) == [], "a partner knows members by their ids alone"
    shown = await bakery.json("GET", below + own)
    assert (shown["checkout"]["store"], shown["checkout"]["history"][0]["actor"]) == ("north", "")
    for path in (other, nowhere):
        await bakery.json("GET", below + path, status=404)
    for path in ("/checkouts", own, f"{own}/explanation"):
        await bakery.json("GET", path, status=403)
    await bakery.json("POST", f"{own}/cancel", {}, 403)
    await bakery.json("GET", f"{HOME}/partners/other/checkouts", status=404)


async def test_what_was_erased_with_its_member_does_not_come_back(
    shop: Shop, counter: Counter, db: Database
) -> None:
    path = await opened(shop, store="north", rewards=[{"reward": "cash", "points": 100}, {"reward": "mug"}])
    closed = await shop.json("POST", f"{path}/close", {"order_id": "A-1"}, 201)
    async with db.transaction() as tx:
        await merging.erase(tx, counter.kiosk.config, counter.kiosk.ann, now=NOW)
    shown = await shop.json("GET", path)
    assert (shown["status"], shown["lines"], shown["order_id"], shown["store"]) == ("closed", [], "", "")
    assert shown["history"] == []
    assert (await shop.json("POST", f"{path}/reopen", {}, 409))["code"] == "checkout_erased"
    mug = {"redemption": closed["rewards"][1]["redemption"], "quantity": 1}
    for body in ({"lines": ALL_LINES}, {"rewards": [mug]}):
        assert (await shop.json("POST", f"{path}/return", body, 409))["code"] == "checkout_erased"
    assert await found(shop, "store=north") == []
    assert await counter.faults() == []
