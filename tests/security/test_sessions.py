"""Every operation × every role of people × the own program and another one, with the cookie of a session."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from tests.security.conftest import World
from tests.security.operations import NOTHING, STREAMS, Operation, knock
from tests.security.test_roles import PLATFORM_ONLY, _code

from regulars.features.programs import put_partner
from regulars.features.staff import (
    COOKIE,
    ROLES,
    Assignment,
    add_person,
    disable_person,
    open_session,
    scopes_of,
)
from regulars.features.staff.model import SESSION_LONGEST, Browser, csrf_token
from regulars.infra.clock import FixedClock
from regulars.infra.db import Database

OWN, OTHER = "corner", "other"
PARTNER = "baker"
PLACES = {"partner": {"partner": PARTNER}}
# In the program of whoever calls; somebody of all programs has none.
IN_ONES_PROGRAM = {"take_reward_at_till", "capture_at_till"}
Headers = dict[str, str]


async def session_of(db: Database, clock: FixedClock, name: str, *roles: Assignment) -> tuple[int, Headers]:
    """Return somebody with these roles, and the headers that her browser sends."""
    async with db.transaction() as tx:
        person = await add_person(tx, f"{name}@example.com", name, roles, now=clock.now(), by="test")
        opened = await open_session(tx, person.id, "password", Browser(), clock.now())
    return person.id, {"cookie": f"{COOKIE}={opened.token}", "x-csrf-token": csrf_token(opened.token)}


@pytest.fixture
async def people(world: World, db: Database, clock: FixedClock) -> dict[str, Headers]:
    """Return one person of each role in the first program."""
    async with db.transaction() as tx:
        await put_partner(tx, world.shop.program_id, PARTNER, "Baker", now=clock.now())
    found = {}
    for role in ROLES:
        program = None if role == "platform_admin" else OWN
        place = Assignment(role, program, **PLACES.get(role, {}))
        _, found[role] = await session_of(db, clock, role, place)
    return found


def may(operation: Operation, role: str) -> bool:
    """Return what the table of roles and the document say together."""
    if "staff" in operation.roles or "public" in operation.roles:
        return True
    if role == "partner":
        return "partner" in operation.roles
    scopes = {one.removeprefix("key:") for one in operation.roles if one.startswith("key:")}
    return bool(ROLES[role].routes & operation.roles or scopes & scopes_of(role))


def meant(operations: list[Operation]) -> list[Operation]:
    """Return the operations to knock at: not those that only know write keys, nor the one that ends the session."""
    return [
        one for one in operations if "write_key" not in one.roles and one.id not in (*STREAMS, "sign_out")
    ]


async def test_every_role_in_the_own_program(world: World, people: dict[str, Headers]) -> None:
    wrong, cells = [], 0
    for operation in meant(world.operations):
        for role, headers in people.items():
            cells += 1
            answer = await knock(world.app, operation, NOTHING, headers)
            said = (answer.status_code, _code(answer))
            if operation.id in PLATFORM_ONLY and role != "platform_admin" and may(operation, role):
                right = said[0] in (403, 422)
            elif operation.id in IN_ONES_PROGRAM and role == "platform_admin":
                right = said == (403, "forbidden")
            elif may(operation, role):
                right = (
                    said[1] not in ("forbidden", "unauthenticated", "csrf_token_missing") and said[0] < 500
                )
            else:
                right = said == (403, "forbidden")
            if not right:
                wrong.append((operation.id, role, said))
    assert not wrong, wrong[:40]
    assert cells > 1_500


async def test_every_role_in_another_program(world: World, people: dict[str, Headers]) -> None:
    wrong = []
    for operation in meant(world.operations):
        if "program" not in operation.names or "public" in operation.roles:
            continue
        for role, headers in people.items():
            if role == "platform_admin":
                continue
            told = []
            for program in (OTHER, "nowhere"):
                answer = await knock(world.app, operation, {**NOTHING, "program": program}, headers)
                told.append((answer.status_code, _code(answer)))
            expected = (404, "program_unknown") if may(operation, role) else (403, "forbidden")
            if told != [expected, expected]:
                wrong.append((operation.id, role, told))
    assert not wrong, wrong[:40]


async def test_nothing_is_changed_by_a_cookie_alone(world: World, people: dict[str, Headers]) -> None:
    """A page of somebody else's makes the browser send the cookie, and cannot send the token."""
    wrong = []
    for operation in meant(world.operations):
        if operation.method == "get" or "public" in operation.roles:
            continue
        for token in (None, "0" * 64):
            headers = {
                "cookie": people["platform_admin"]["cookie"],
                **({"x-csrf-token": token} if token else {}),
            }
            answer = await knock(world.app, operation, NOTHING, headers)
            if (answer.status_code, _code(answer)) != (403, "csrf_token_missing"):
                wrong.append((operation.id, answer.status_code, answer.text[:100]))
    assert wrong == []


async def test_a_session_that_is_over_opens_nothing(
    world: World, people: dict[str, Headers], db: Database, clock: FixedClock
) -> None:
    number, gone = await session_of(db, clock, "gone", Assignment("program_admin", OWN))
    async with db.transaction() as tx:
        await disable_person(tx, number, clock.now())
    forged = {"cookie": f"{COOKIE}={'A' * 43}", "x-csrf-token": csrf_token("A" * 43)}
    clock.advance(SESSION_LONGEST + timedelta(seconds=1))
    wrong: list[Any] = []
    for operation in meant(world.operations):
        if "public" in operation.roles:
            continue
        for headers in (gone, forged, people["platform_admin"]):
            answer = await knock(world.app, operation, NOTHING, headers)
            if (answer.status_code, _code(answer)) != (401, "unauthenticated"):
                wrong.append((operation.id, answer.status_code, answer.text[:100]))
    assert wrong == []


async def test_who_is_kept_to_a_region_opens_only_what_keeps_to_it(
    world: World, db: Database, clock: FixedClock
) -> None:
    _, headers = await session_of(db, clock, "north", Assignment("program_admin", OWN, region="north"))
    opened = []
    for operation in meant(world.operations):
        if operation.roles & {"public", "staff"}:
            continue
        answer = await knock(world.app, operation, NOTHING, headers)
        if (answer.status_code, _code(answer)) != (403, "forbidden"):
            opened.append((operation.id, answer.status_code))
    assert opened == [("list_stores", 200), ("get_store", 404)]
    stores = f"/api/v1/programs/{OWN}/stores"
    listed = (await world.client.get(stores, headers=headers)).json()["data"]
    assert [one["code"] for one in listed] == ["north"]
    assert (await world.client.get(f"{stores}/north", headers=headers)).status_code == 200
    assert (await world.client.get(f"{stores}/web", headers=headers)).status_code == 404


async def test_roles_in_two_programs_do_not_mix(world: World, db: Database, clock: FixedClock) -> None:
    """An administrator here who is an analyst there administers nothing there; other addresses ask which is meant."""
    roles = (Assignment("program_admin", OWN), Assignment("analyst", OTHER))
    _, headers = await session_of(db, clock, "both", *roles)
    by_id = {one.id: one for one in world.operations}
    write, read, jobs = by_id["put_partner"], by_id["list_partners"], by_id["list_jobs"]
    for program, operation, status in (
        (OWN, write, 422), (OTHER, write, 403), (OWN, read, 200), (OTHER, read, 200), ("nowhere", read, 404),
    ):  # fmt: skip
        answer = await knock(world.app, operation, {**NOTHING, "program": program}, headers)
        assert answer.status_code == status, (program, operation.id, answer.text)
    asked = await knock(world.app, jobs, NOTHING, headers)
    assert (asked.status_code, _code(asked)) == (400, "program_not_named")
    for program, status in ((OWN, 200), (OTHER, 200), ("nowhere", 403)):
        answer = await knock(world.app, jobs, NOTHING, {**headers, "x-program": program})
        assert answer.status_code == status, answer.text


async def test_a_revoked_role_is_gone_with_the_next_request(
    world: World, people: dict[str, Headers], db: Database, clock: FixedClock
) -> None:
    number, headers = await session_of(db, clock, "once", Assignment("analyst", OWN))
    here = f"/api/v1/programs/{OWN}/partners"
    assert (await world.client.get(here, headers=headers)).status_code == 200
    body = {"name": "once", "roles": []}
    changed = await world.client.put(
        f"/api/v1/staff/people/{number}", json=body, headers=people["platform_admin"]
    )
    assert changed.status_code == 200, changed.text
    assert (await world.client.get(here, headers=headers)).status_code == 403


async def test_the_last_administrator_stays(world: World, people: dict[str, Headers]) -> None:
    boss = people["platform_admin"]
    mine = (await world.client.get("/api/v1/session", headers=boss)).json()["person"]["id"]
    for method, path, body in (
        ("POST", f"/staff/people/{mine}/disable", None),
        ("PUT", f"/staff/people/{mine}", {"name": "x", "roles": []}),
    ):
        answer = await world.client.request(method, f"/api/v1{path}", json=body, headers=boss)
        assert (answer.status_code, _code(answer)) == (409, "last_administrator")


async def test_a_program_administrator_gives_roles_of_her_program_only(
    world: World, people: dict[str, Headers]
) -> None:
    path = f"/api/v1/programs/{OWN}/staff"
    admin = people["program_admin"]
    body = {"email": "new@example.com", "name": "New", "roles": [{"role": "analyst"}]}
    made = await world.client.put(path, json=body, headers=admin)
    assert made.status_code == 200, made.text
    assert made.json()["person"]["roles"] == [
        {"role": "analyst", "program": OWN, "partner": None, "region": None}
    ]
    assert "/console/welcome?token=" in made.json()["invitation"]["link"]
    for role in ({"role": "platform_admin"}, {"role": "analyst", "program": OTHER}):
        refused = await world.client.put(path, json={**body, "roles": [role]}, headers=admin)
        assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "elsewhere")
    again = await world.client.put(path, json=body, headers=admin)
    assert again.json()["invitation"] is None  # no way into an account that is there already
