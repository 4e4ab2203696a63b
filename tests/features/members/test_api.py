"""The routes of members, called over HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from tests.features.http import Client, application, calling

from regulars.features import members, programs
from regulars.infra.clock import FixedClock
from regulars.infra.db import Database
from regulars.infra.web import undeclared_routes

ACME = {"code": "acme", "name": "Acme", "currency": "EUR", "zone": "Europe/Berlin", "region": "DE"}
BASE = "/programs/acme/members"
ANN = {
    "identifiers": {"external_id": "c-1"},
    "profile": {"first_name": "Ann", "last_name": "Öz", "email": "Ann@Example.com", "phone": "0170 1234567"},
    "birthday": "1990-02-28",
    "attributes": {"shoe_size": 38.5, "car": {"brand": "X"}},
    "tags": ["vip"],
    "consents": [{"channel": "email", "granted": True, "source": "web form"}],
}


@pytest.fixture
async def client(db: Database, clock: FixedClock) -> AsyncIterator[Client]:
    async with calling(db, clock, programs.router, members.router) as opened:
        await opened.call("POST", "/programs", ACME, 201)
        await opened.call("POST", "/programs", ACME | {"code": "other"}, 201)
        yield opened


def test_every_route_says_who_may_call_it(db: Database, clock: FixedClock) -> None:
    assert undeclared_routes(application(db, clock, members.router)) == []


async def test_a_member_joins_and_is_found_by_whatever_is_known_of_her(client: Client) -> None:
    joined = await client.json("POST", BASE, ANN, 201)
    assert set(joined) == {"id", "status", "joined_at", "revision"}
    for ref in [joined["id"], "external_id:c-1", "email:ANN@example.COM", "phone:+49 (170) 123 45 67"]:
        found = await client.json("GET", f"{BASE}/{ref}")
        assert found["id"] == joined["id"]
    assert found["attributes"] == {"shoe_size": "38.5", "car.brand": "X"}
    assert found["profile"]["phone"] == "+491701234567"
    assert found["consent"]["email"]["granted"] is True
    assert {i["kind"] for i in found["identifiers"]} == {"external_id", "email", "phone"}
    for q in ["c-", "ann@", "öz", "ÖZ A", "0170 1234567", "+49170", "004917"]:
        assert [m["id"] for m in (await client.json("GET", f"{BASE}?q={q.replace('+', '%2B')}"))["data"]] == [
            joined["id"]
        ], q
    for q in ["", "a", "zz", "%25", "0170 12345678999", "x" * 200]:
        assert (await client.json("GET", f"{BASE}?q={q}"))["data"] == []


async def test_joining_again_is_refused_and_names_the_member(client: Client) -> None:
    joined = await client.json("POST", BASE, ANN, 201)
    problem = await client.json(
        "POST", BASE, {"identifiers": {"card": "1"}, "profile": {"email": "ann@example.com"}}, 409
    )
    assert (problem["code"], problem["facts"]["member"]) == ("member_exists", joined["id"])
    assert problem["errors"][0]["path"] == "identifiers.email"
    await client.call("GET", f"{BASE}/card:1", status=404)


async def test_two_joins_with_one_address_at_once_make_one_member(client: Client) -> None:
    async def join(n: int) -> int:
        body = {"identifiers": {"card": str(n), "email": "ann@example.com"}}
        headers = {"authorization": "Bearer owner", "idempotency-key": f"join-{n}"}
        return (await client.http.post(f"/api/v1{BASE}", json=body, headers=headers)).status_code

    assert sorted(await asyncio.gather(*(join(n) for n in range(8)))) == [201] + [409] * 7
    assert len((await client.json("GET", BASE))["data"]) == 1


async def test_a_join_that_is_sent_twice_is_answered_twice_and_done_once(client: Client) -> None:
    first = await client.call("POST", BASE, ANN, 201, idempotency_key="k1")
    again = await client.call("POST", BASE, ANN, 201, idempotency_key="k1")
    assert again.json() == first.json()
    assert again.headers["idempotency-replayed"] == "true"
    await client.call("POST", BASE, ANN | {"tags": []}, 422, idempotency_key="k1")


async def test_a_change_needs_the_revision_that_was_read(client: Client) -> None:
    await client.json("POST", BASE, ANN, 201)
    read = await client.call("GET", f"{BASE}/external_id:c-1")
    change = {
        "profile": {"email": "new@example.com", "last_name": None},
        "attributes": {"shoe_size": 39, "car.brand": None},
    }
    changed = await client.call("PATCH", f"{BASE}/external_id:c-1", change, if_match=read.headers["etag"])
    body = changed.json()
    assert (body["attributes"], body["profile"]["last_name"]) == ({"shoe_size": 39}, None)
    assert body["profile"]["first_name"] == "Ann"
    await client.call("PATCH", f"{BASE}/external_id:c-1", {"zone": "UTC"}, 412, if_match=read.headers["etag"])
    await client.call("GET", f"{BASE}/email:ann@example.com", status=404)
    await client.call("GET", f"{BASE}/email:new@example.com")
    blocked = await client.json(
        "PATCH", f"{BASE}/email:new@example.com", {"spending_blocked": True, "birthday": None}
    )
    assert (blocked["earning_blocked"], blocked["spending_blocked"], blocked["birthday"]) == (
        False,
        True,
        None,
    )


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"attributes": {"shoe_size": "large"}}, "attributes.shoe_size"),
        ({"attributes": {"shoe_size": {}}}, "attributes.shoe_size"),
        ({"attributes": {"x" * 101: 1}}, f"attributes.{'x' * 100}"),
        ({"attributes": {"list": [[1]]}}, "attributes.list"),
        ({"zone": "Mars/Base"}, "zone"),
        ({"birthday": "2090-01-01"}, "birthday"),
        ({"birthday": "1790-01-01"}, "birthday"),
        ({"profile": {"email": "no address"}}, "profile.email"),
        ({"profile": {"phone": "call me"}}, "profile.phone"),
        ({"profile": {"first_name": "a\u0007b"}}, "profile.first_name"),
        ({"profile": {"address": {"city": "a\u0001"}}}, "profile.address.city"),
        ({"tags": [""]}, "tags[0]"),
        ({"status": "erased"}, "status"),
        ({"joined_at": "2020-01-01T00:00:00Z"}, "joined_at"),
        ({"lists": ["vip"]}, "lists"),
    ],
)
async def test_a_refusal_names_the_field(client: Client, change: dict[str, Any], path: str) -> None:
    await client.json("POST", BASE, ANN, 201)
    problem = await client.json("PATCH", f"{BASE}/external_id:c-1", change, 422)
    assert path in [error["path"] for error in problem["errors"]]


CARD = {"identifiers": {"card": "1"}}
LATER = {"channel": "sms", "granted": True, "source": "x", "at": "2036-01-01T00:00:00Z"}


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"identifiers": {}},
        {"identifiers": {"colour": "red"}},
        {"identifiers": {"email": "x"}},
        {"identifiers": {"card": {}}},
        CARD | {"attributes": {f"a{n}": n for n in range(201)}},
        CARD | {"consents": [{"channel": "fax", "granted": True, "source": "x"}]},
        CARD | {"consents": [LATER]},
    ],
)
async def test_a_join_that_makes_no_sense_is_refused(client: Client, body: dict[str, Any]) -> None:
    await client.call("POST", BASE, body, 422)
    assert (await client.json("GET", BASE))["data"] == []


async def test_identifiers_are_added_verified_and_removed(client: Client) -> None:
    await client.json("POST", BASE, ANN, 201)
    await client.json("POST", BASE, {"identifiers": {"card": "9"}}, 201)
    ref = f"{BASE}/external_id:c-1"
    added = await client.json(
        "POST", f"{ref}/identifiers", {"kind": "card", "value": "12-34", "verified": True}
    )
    assert [i["verified_at"] is not None for i in added["identifiers"] if i["kind"] == "card"] == [True]
    problem = await client.json("POST", f"{ref}/identifiers", {"kind": "card", "value": "9"}, 409)
    assert problem["code"] == "identifier_taken"
    left = await client.json("DELETE", f"{ref}/identifiers/card/1234")
    assert "card" not in {i["kind"] for i in left["identifiers"]}
    await client.call("DELETE", f"{ref}/identifiers/card/1234", status=404)
    await client.call("DELETE", f"{BASE}/card:9/identifiers/card/9", status=422)


async def test_the_latest_statement_about_a_channel_holds_and_all_are_kept(client: Client) -> None:
    await client.json("POST", BASE, ANN, 201)
    ref = f"{BASE}/external_id:c-1"
    said = [
        {"channel": "sms", "granted": True, "source": "till", "at": "2026-02-01T10:00:00Z"},
        {"channel": "sms", "granted": False, "source": "call", "at": "2026-02-03T10:00:00Z"},
        {"channel": "sms", "granted": True, "source": "old form", "at": "2026-02-02T10:00:00Z"},
    ]
    member = await client.json("POST", f"{ref}/consents", {"consents": said})
    assert (member["consent"]["sms"]["granted"], member["consent"]["sms"]["source"]) == (False, "call")
    record = await client.json("GET", f"{ref}/record")
    assert [c["source"] for c in record["consent_history"]] == ["till", "old form", "call", "web form"]


async def test_attributes_are_declared_converted_and_forgotten(client: Client) -> None:
    await client.json("POST", BASE, ANN, 201)
    await client.json(
        "POST", BASE, {"identifiers": {"card": "1"}, "attributes": {"size": "38", "note": "x"}}, 201
    )
    await client.json("POST", BASE, {"identifiers": {"card": "2"}, "attributes": {"size": "large"}}, 201)
    listed = {
        a["name"]: (a["kind"], a["declared"])
        for a in await client.json("GET", "/programs/acme/member-attributes")
    }
    assert listed["size"] == ("text", False)
    await client.json("PUT", "/programs/acme/member-attributes/size", {"kind": "number", "label": "Size"})
    assert (await client.json("GET", f"{BASE}/card:1"))["attributes"] == {"size": 38, "note": "x"}
    assert (await client.json("GET", f"{BASE}/card:2"))["attributes"] == {}
    assert (await client.json("GET", f"{BASE}/card:2/record"))["put_aside"][0]["value"] == "large"
    await client.call("PATCH", f"{BASE}/card:2", {"attributes": {"size": "huge"}}, 422)
    await client.json("PUT", "/programs/acme/member-attributes/size", {"kind": "text"})
    assert (await client.json("GET", f"{BASE}/card:2"))["attributes"] == {"size": "large"}
    await client.call("PUT", "/programs/acme/member-attributes/new.one", {"kind": "date"}, 201)
    await client.call("DELETE", "/programs/acme/member-attributes/size", status=204)
    assert (await client.json("GET", f"{BASE}/card:1"))["attributes"] == {"note": "x"}
    await client.call("DELETE", "/programs/acme/member-attributes/size", status=404)


async def test_programs_do_not_see_each_others_members(client: Client) -> None:
    joined = await client.json("POST", BASE, ANN, 201)
    theirs = client.acting("owner@2")
    for path in ["", "/external_id:c-1", "/external_id:c-1/record"]:
        await theirs.call("GET", f"{BASE}{path}", status=404)
    for ref in [joined["id"], "external_id:c-1", "email:ann@example.com"]:
        await theirs.call("GET", f"/programs/other/members/{ref}", status=404)
        await theirs.call("PATCH", f"/programs/other/members/{ref}", {"zone": "UTC"}, 404)
    assert (await theirs.json("GET", "/programs/other/members?q=ann"))["data"] == []
    await client.acting("analyst").call("GET", BASE, status=403)
    await client.acting("members:read").call("GET", BASE)
    await client.acting("members:read").call("POST", BASE, ANN, 403)


async def test_members_of_a_list_are_told_by_their_ids_in_one_call(client: Client) -> None:
    made = [
        (await client.json("POST", BASE, {"identifiers": {"external_id": f"c-{n}"}}, 201))["id"]
        for n in range(3)
    ]
    foreign = await client.json(
        "POST", "/programs/other/members", {"identifiers": {"external_id": "c-0"}}, 201
    )
    asked = [made[2], made[0], made[2], foreign["id"], "mem_0", "nobody"]
    found = await client.json("GET", f"{BASE}?" + "&".join(f"id={one}" for one in asked))
    assert [member["id"] for member in found["data"]] == [made[2], made[0]]
    await client.call("GET", f"{BASE}?" + "&".join(["id=mem_0"] * 101), None, 422)


async def test_pages_follow_each_other(client: Client) -> None:
    for n in range(5):
        await client.json(
            "POST", BASE, {"identifiers": {"card": str(n)}, "tags": ["odd"] if n % 2 else []}, 201
        )
    first = await client.json("GET", f"{BASE}?limit=3")
    second = await client.json("GET", f"{BASE}?limit=3&cursor={first['next_cursor']}")
    assert len({m["id"] for m in first["data"] + second["data"]}) == 5
    assert len((await client.json("GET", f"{BASE}?tag=odd"))["data"]) == 2
    await client.call("GET", f"{BASE}?cursor=nonsense", status=422)
