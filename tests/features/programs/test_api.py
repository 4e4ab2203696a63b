"""The routes of programs, called over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from tests.features.http import Client, application, calling

from regulars.features.programs import router, source_by_write_key
from regulars.features.programs.errors import InvalidKey
from regulars.infra.clock import FixedClock
from regulars.infra.db import Database
from regulars.infra.web import undeclared_routes

ACME = {"code": "acme", "name": "Acme", "currency": "EUR", "zone": "Europe/Berlin", "region": "DE"}


@pytest.fixture
async def client(db: Database, clock: FixedClock) -> AsyncIterator[Client]:
    async with calling(db, clock, router) as opened:
        await opened.call("POST", "/programs", ACME, 201)
        yield opened


def test_every_route_says_who_may_call_it(db: Database, clock: FixedClock) -> None:
    assert undeclared_routes(application(db, clock, router)) == []


async def test_a_program_is_made_read_changed_and_archived(client: Client) -> None:
    read = await client.call("GET", "/programs/acme")
    assert read.json()["settings"]["identifier_order"][0] == "external_id"
    etag = read.headers["etag"]
    changed = await client.call("PATCH", "/programs/acme", {"name": "Acme Club"}, if_match=etag)
    assert changed.json()["name"] == "Acme Club"
    await client.call("PATCH", "/programs/acme", {"name": "Late"}, 412, if_match=etag)
    problem = await client.json("PATCH", "/programs/acme", {"zone": "Mars/Base"}, 422)
    assert problem["errors"][0]["path"] == "zone"
    await client.call("PATCH", "/programs/acme", {"currency": "USD"}, 422)
    await client.call("POST", "/programs", ACME, 409)
    await client.call("DELETE", "/programs/acme", status=204)
    await client.call("GET", "/programs/acme", status=404)
    assert (await client.json("GET", "/programs"))["data"] == []
    assert len((await client.json("GET", "/programs?archived=true"))["data"]) == 1


async def test_parts_are_put_listed_and_archived(client: Client) -> None:
    base = "/programs/acme"
    await client.call("PUT", f"{base}/partners/bakery", {"name": "Bakery", "roles": ["earn", "burn"]}, 201)
    await client.call("PUT", f"{base}/partners/bakery", {"name": "The Bakery"}, 200)
    many = {"stores": [{"code": f"s{n}", "name": f"Store {n}", "region": "north"} for n in range(5)]}
    assert await client.json("PUT", f"{base}/stores", many) == {"created": 5, "updated": 0}
    await client.call("PUT", f"{base}/stores/s1", {"name": "One", "partner": "bakery"})
    first = await client.json("GET", f"{base}/stores?limit=3")
    rest = await client.json("GET", f"{base}/stores?limit=3&cursor={first['next_cursor']}")
    assert [s["code"] for s in first["data"] + rest["data"]] == ["s0", "s1", "s2", "s3", "s4"]
    assert rest["next_cursor"] is None
    for wanted, codes in (("S3", ["s3"]), ("STORE", ["s0", "s2", "s3", "s4"]), ("bakery", [])):
        assert [s["code"] for s in (await client.json("GET", f"{base}/stores?q={wanted}"))["data"]] == codes
    (partner,) = (await client.json("GET", f"{base}/partners?q=the+bak"))["data"]
    assert partner["code"] == "bakery"
    made = await client.call(
        "PUT", f"{base}/point-types/points", {"name": "Points", "policy": {"pending": {"days": 14}}}, 201
    )
    assert made.json()["policy"] == {"pending": {"days": 14}}
    shown = await client.call("GET", f"{base}/point-types/points")
    assert shown.headers["etag"] == made.headers["etag"]
    wrong = await client.json(
        "PUT", f"{base}/point-types/x", {"name": "X", "policy": {"pending": {"days": 0}, "foo": 1}}, 422
    )
    assert {e["path"] for e in wrong["errors"]} == {"policy.pending.days", "policy.foo"}
    await client.call("PUT", f"{base}/stores/s2", {"name": "Two", "partner": "unknown"}, 422)
    await client.call("PUT", f"{base}/partners/NOT A CODE", {"name": "x"}, 422)
    await client.call("DELETE", f"{base}/partners/bakery", status=409)
    await client.call("DELETE", f"{base}/stores/s1", status=204)
    await client.call("DELETE", f"{base}/partners/bakery", status=204)
    await client.call("GET", f"{base}/partners/unknown", status=404)
    await client.call("DELETE", f"{base}/point-types/points", status=204)


async def test_a_revoked_write_key_is_dead_on_the_next_request(
    client: Client, db: Database, clock: FixedClock
) -> None:
    await client.call("PUT", "/programs/acme/sources/shop", {"name": "Shop", "enrol": True}, 201)
    made = await client.json("POST", "/programs/acme/sources/shop/keys", {}, 201)
    async with db.transaction(read_only=True) as tx:
        await source_by_write_key(tx, made["key"], clock.now())
    listed = await client.call("GET", "/programs/acme/keys")
    assert made["key"] not in listed.text
    await client.call("DELETE", f"/programs/acme/keys/{made['prefix']}", status=204)
    async with db.transaction(read_only=True) as tx:
        with pytest.raises(InvalidKey):
            await source_by_write_key(tx, made["key"], clock.now())
    await client.call("DELETE", "/programs/acme/keys/aaaaaaaaaaaa", status=404)


async def test_nobody_gives_a_key_more_than_he_has(client: Client) -> None:
    keeper = client.acting("keys:write+members:read@1")
    await keeper.call("POST", "/programs/acme/keys", {"name": "a", "scopes": ["members:read"]}, 201)
    await keeper.call("POST", "/programs/acme/keys", {"name": "a", "scopes": ["members:write"]}, 403)
    await keeper.call("POST", "/programs/acme/keys", {"name": "a", "scopes": ["owner"]}, 403)
    await client.call("POST", "/programs/acme/keys", {"name": "a", "scopes": ["members:write"]}, 201)
    await client.call("POST", "/programs/acme/keys", {"name": "a", "scopes": ["members:write"]}, 409)
    await client.call("POST", "/programs/acme/keys", {"name": "b", "scopes": ["member:all"]}, 422)
    await client.call(
        "POST",
        "/programs/acme/keys",
        {"name": "b", "scopes": ["x"], "expires_at": "2020-01-01T00:00:00Z"},
        422,
    )


async def test_a_caller_of_one_program_sees_nothing_of_another(client: Client) -> None:
    await client.call("POST", "/programs", ACME | {"code": "other"}, 201)
    theirs = client.acting("owner@2")
    for method, path in [
        ("GET", ""),
        ("GET", "/stores"),
        ("GET", "/keys"),
        ("DELETE", ""),
        ("DELETE", "/keys/aaaaaaaaaaaa"),
    ]:
        await theirs.call(method, f"/programs/acme{path}", status=404)
    await theirs.call("PUT", "/programs/acme/stores/s", {"name": "s"}, 404)
    assert [p["code"] for p in (await theirs.json("GET", "/programs"))["data"]] == ["other"]
    await theirs.call("POST", "/programs", ACME | {"code": "third"}, 403)
    await client.acting("analyst").call("PATCH", "/programs/acme", {"name": "x"}, 403)
    await client.acting("").call("GET", "/programs", status=401)
