"""What people change is noted under their name; what customers cause is not, and nothing personal is."""

from __future__ import annotations

import asyncio
import contextvars
from typing import Any

import pytest
from tests.security.conftest import World
from tests.security.test_sessions import Headers, session_of

from regulars.features.staff import Assignment
from regulars.infra.clock import FixedClock
from regulars.infra.db import Database

HERE = "/api/v1/programs/corner"
CANARY = "kanarienvogel"


@pytest.fixture
async def agent(world: World, db: Database, clock: FixedClock) -> tuple[int, Headers]:
    return await session_of(db, clock, "agent", Assignment("program_admin", "corner"))


async def changes(world: World, headers: Headers, **query: str) -> list[dict[str, Any]]:
    answer = await world.client.get(f"{HERE}/audit", params=query, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]  # type: ignore[no-any-return]


async def test_an_order_is_not_a_change_of_configuration(world: World, agent: tuple[int, Headers]) -> None:
    before = await changes(world, agent[1], limit="200")
    order = {
        "id": "o1",
        "type": "Order Completed",
        "member": {"user_id": "anna", "email": "anna@example.com"},
        "order": {
            "order_id": "o1",
            "revenue": "150.00",
            "lines": [{"sku": "TEA", "quantity": 2, "price": "5"}],
        },
    }
    sending = world.client.post("/api/v1/events", json=order, headers=world.headers("write_key"))
    # As in a server, where every request begins with nobody: here all would share the test's context.
    sent = await asyncio.create_task(sending, context=contextvars.Context())
    assert sent.status_code == 200, sent.text
    by_key = await world.client.post(
        f"{HERE}/members",
        json={"identifiers": {"external_id": "crm"}},
        headers={**world.headers("owner"), "idempotency-key": "crm"},
    )
    assert by_key.status_code == 201, by_key.text
    assert await changes(world, agent[1], limit="200") == before


async def test_who_changed_a_member_is_noted_without_what_is_personal(
    world: World, agent: tuple[int, Headers]
) -> None:
    number, headers = agent
    made = await world.client.post(
        f"{HERE}/members",
        json={
            "identifiers": {"external_id": "c-1", "email": f"{CANARY}@example.com"},
            "profile": {"first_name": CANARY},
        },
        headers={**headers, "idempotency-key": "join", "x-request-id": "req-join"},
    )
    assert made.status_code == 201, made.text
    member = made.json()["id"]
    changed = await world.client.patch(
        f"{HERE}/members/{member}",
        json={"tags": ["vip"], "profile": {"first_name": CANARY + "2"}},
        headers=headers,
    )
    assert changed.status_code == 200, changed.text
    noted = await changes(world, headers, actor=f"staff:{number}")
    assert {one["kind"] for one in noted} >= {"members.member", "members.identifier", "members.profile"}
    tags = next(one for one in noted if one["kind"] == "members.member" and one["action"] == "changed")
    assert (tags["before"]["tags"], tags["after"]["tags"]) == ([], ["vip"])
    assert CANARY not in str(noted)
    assert {one["request_id"] for one in noted if one["kind"] == "members.identifier"} == {"req-join"}


async def test_csv_and_verification_over_http(
    world: World, agent: tuple[int, Headers], db: Database, clock: FixedClock
) -> None:
    _, headers = agent
    body = {"name": '=HYPERLINK("http://evil")', "roles": ["earn"]}
    put = await world.client.put(f"{HERE}/partners/baker", json=body, headers=headers)
    assert put.status_code == 201, put.text
    csv = (await world.client.get(f"{HERE}/audit.csv", params={"object": "baker"}, headers=headers)).text
    assert len(csv.strip().splitlines()) == 2
    assert ",baker," in csv
    _, boss = await session_of(db, clock, "boss", Assignment("platform_admin"))
    verified = (await world.client.get("/api/v1/audit/verify", headers=boss)).json()
    assert verified["sound"] is True
    anchored = await world.client.get(
        "/api/v1/audit/verify", params={"anchor": verified["anchor"]}, headers=boss
    )
    assert anchored.json()["sound"] is True
    everything = (await world.client.get("/api/v1/audit", params={"limit": "200"}, headers=boss)).json()[
        "data"
    ]
    assert {"staff.person", "programs.partner"} <= {one["kind"] for one in everything}
    mine = (await world.client.get("/api/v1/audit", params={"limit": "200"}, headers=headers)).json()["data"]
    assert {one["program"] for one in mine} == {"corner"}
