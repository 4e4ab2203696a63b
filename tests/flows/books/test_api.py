"""The books over HTTP: who may read them, and what they say."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from tests.features.http import Client, application, calling
from tests.flows.points.world import earn, make_members, make_program

from regulars.flows import books
from regulars.infra.clock import FixedClock
from regulars.infra.db import Database
from regulars.infra.web import undeclared_routes


@pytest.fixture
async def client(db: Database, clock: FixedClock) -> AsyncIterator[Client]:
    for code in ("acme", "other"):
        config = await make_program(db, code)
        [member, *_] = await make_members(db, config, 2)
        await earn(db, config, member, 100)
        await earn(db, config, member, 7, "buns")
    async with calling(db, clock, books.router) as opened:
        yield opened


def test_every_route_says_who_may_call_it(db: Database, clock: FixedClock) -> None:
    assert undeclared_routes(application(db, clock, books.router)) == []


async def test_all_books_or_those_of_the_callers_program_are_verified(client: Client) -> None:
    everything = await client.json("GET", "/verify")
    assert (everything["healthy"], everything["transfers"]) == (True, 4)
    assert {check["bad"] for check in everything["checks"]} == {0}
    assert (await client.json("GET", "/programs/acme/verify"))["transfers"] == 2
    own = await client.acting("books:read@1").json("GET", "/verify")
    assert own["transfers"] == 2
    await client.acting("books:read@1").call("GET", "/programs/other/verify", status=404)
    await client.acting("analyst").call("GET", "/verify", status=403)


async def test_trial_balance_and_liability(client: Client) -> None:
    balance = await client.json("GET", "/programs/acme/trial-balance")
    assert {line["point_type"]: line["total"] for line in balance["data"]} == {
        "points": 0, "status": 0, "cash": 0, "fading": 0, "buns": 0,
    }  # fmt: skip
    accounts = {account["kind"]: account["balance"] for account in balance["data"][0]["accounts"]}
    assert (accounts["available"], accounts["house"]) == (100, -100)
    before = await client.json("GET", "/programs/acme/trial-balance?at=2020-01-01T00:00:00Z")
    assert {account["balance"] for line in before["data"] for account in line["accounts"]} == {0}
    owed = await client.json("GET", "/programs/acme/liability")
    assert owed["currency"] == "EUR"
    assert owed["data"][0]["worth_minor"] == "50.0"
    assert owed["data"][4]["by_funding"] == [{"funding": "house", "available": 7, "pending": 0}]
