"""The routes of the catalogue, called over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from tests.features.http import Client, application, calling

from regulars.features import catalog, programs
from regulars.infra.clock import FixedClock
from regulars.infra.db import Database
from regulars.infra.web import undeclared_routes

ACME = {"code": "acme", "name": "Acme", "currency": "EUR", "zone": "Europe/Berlin", "region": "DE"}
BASE = "/programs/acme"


@pytest.fixture
async def client(db: Database, clock: FixedClock) -> AsyncIterator[Client]:
    async with calling(db, clock, programs.router, catalog.router) as opened:
        await opened.call("POST", "/programs", ACME, 201)
        yield opened


def test_every_route_says_who_may_call_it(db: Database, clock: FixedClock) -> None:
    assert undeclared_routes(application(db, clock, catalog.router)) == []


async def test_a_product_is_made_read_changed_and_archived(client: Client) -> None:
    made = await client.call(
        "PUT", f"{BASE}/products/tea/100g", {"name": "Tea", "points": 5, "attributes": {"kg": 0.1}}, 201
    )
    assert made.json()["attributes"] == {"kg": "0.1"}
    read = await client.call("GET", f"{BASE}/products/tea/100g")
    assert read.headers["etag"] == made.headers["etag"]
    await client.call(
        "PUT", f"{BASE}/products/tea/100g", {"name": "Green tea"}, if_match=read.headers["etag"]
    )
    await client.call(
        "PUT", f"{BASE}/products/tea/100g", {"name": "Late"}, 412, if_match=read.headers["etag"]
    )
    await client.call("DELETE", f"{BASE}/products/tea/100g", status=204)
    assert (await client.json("GET", f"{BASE}/products"))["data"] == []
    assert (await client.json("GET", f"{BASE}/products?archived=true"))["data"][0]["name"] == "Green tea"
    await client.call("GET", f"{BASE}/products/unknown", status=404)
    await client.call("DELETE", f"{BASE}/products/unknown", status=404)


async def test_many_products_and_counts_at_once(client: Client) -> None:
    products = [{"sku": f"p{n}", "category": "tea" if n % 2 else "mugs"} for n in range(5)]
    assert await client.json("PUT", f"{BASE}/products", {"products": products}) == {"changed": 5}
    assert await client.json("PUT", f"{BASE}/products", {"products": products}) == {"changed": 0}
    assert [p["sku"] for p in (await client.json("GET", f"{BASE}/products?category=tea"))["data"]] == [
        "p1",
        "p3",
    ]
    page = await client.json("GET", f"{BASE}/products?limit=3")
    rest = await client.json("GET", f"{BASE}/products?limit=3&cursor={page['next_cursor']}")
    assert [p["sku"] for p in rest["data"]] == ["p3", "p4"]
    await client.call("PUT", f"{BASE}/stores/s1", {"name": "One"}, 201)
    await client.call("PUT", f"{BASE}/stock", {"stock": [{"sku": "p1", "store": "s1", "quantity": 7}]}, 204)
    assert (await client.json("GET", f"{BASE}/stock?sku=p1&sku=p2"))[0]["quantity"] == 7
    await client.call("PUT", f"{BASE}/stock", {"stock": [{"sku": "p1", "store": "s9", "quantity": 7}]}, 422)
    await client.call("PUT", f"{BASE}/stock", {"stock": [{"sku": "zz", "store": "s1", "quantity": 7}]}, 404)
    twice = {"products": [{"sku": "x"}, {"sku": "x"}]}
    assert (await client.json("PUT", f"{BASE}/products", twice, 422))["errors"][0]["code"] == "named_twice"


async def test_programs_do_not_see_each_others_products(client: Client) -> None:
    await client.call("POST", "/programs", ACME | {"code": "other"}, 201)
    await client.call("PUT", f"{BASE}/products/tea", {"name": "Tea"}, 201)
    theirs = client.acting("owner@2")
    await theirs.call("GET", f"{BASE}/products/tea", status=404)
    await theirs.call("GET", "/programs/other/products/tea", status=404)
    assert (await theirs.json("GET", "/programs/other/products"))["data"] == []
    await client.acting("analyst").call("PUT", f"{BASE}/products/tea", {"name": "x"}, 403)
