"""Dashboards: everybody's own, shared when they say so, changed by nobody else."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, get_args

import pytest
from tests.features.http import Client, application, calling

from regulars.features import dashboards, programs
from regulars.features.staff.roles import ROLES
from regulars.infra.clock import FixedClock
from regulars.infra.db import Database
from regulars.infra.web import undeclared_routes
from regulars.kit.roles import OwnRoleName as Role

ACME = {"code": "acme", "name": "Acme", "currency": "EUR", "zone": "Europe/Berlin", "region": "DE"}
BASE = "/programs/acme/dashboards"
PROGRAMS = "/programs/acme/program-dashboards"
WIDGET = {
    "id": "a",
    "report": "points",
    "by": "month",
    "field": "issued",
    "show": "line",
    "x": 0,
    "y": 0,
    "w": 6,
    "h": 4,
}


@pytest.fixture
async def client(db: Database, clock: FixedClock) -> AsyncIterator[Client]:
    async with calling(db, clock, programs.router, dashboards.router) as opened:
        await opened.call("POST", "/programs", ACME, 201)
        yield opened


def page(name: str = "Mine", *, shared: bool = False, widgets: int = 1) -> dict[str, Any]:
    return {"name": name, "shared": shared, "widgets": [{**WIDGET, "id": f"w{n}"} for n in range(widgets)]}


def test_every_route_says_who_may_call_it(db: Database, clock: FixedClock) -> None:
    assert undeclared_routes(application(db, clock, dashboards.router)) == []


async def test_a_dashboard_is_kept_changed_and_removed(client: Client) -> None:
    made = await client.call("PUT", f"{BASE}/mine", page(), 201)
    assert made.headers["etag"] == '"1"'
    assert made.json()["widgets"][0]["show"] == "line"
    changed = await client.json("PUT", f"{BASE}/mine", page("Renamed", widgets=3))
    assert (changed["revision"], len(changed["widgets"])) == (2, 3)
    assert [one["name"] for one in (await client.json("GET", BASE))["data"]] == ["Renamed"]
    await client.call("DELETE", f"{BASE}/mine", status=204)
    await client.call("DELETE", f"{BASE}/mine", status=404)


async def test_two_windows_do_not_overwrite_each_other(client: Client) -> None:
    await client.call("PUT", f"{BASE}/mine", page(), 201)
    await client.call("PUT", f"{BASE}/mine", page("First"), if_match='"1"')
    await client.call("PUT", f"{BASE}/mine", page("Second"), 412, if_match='"1"')
    assert (await client.json("GET", BASE))["data"][0]["name"] == "First"


async def test_others_see_what_is_shared_and_change_only_their_own(client: Client) -> None:
    await client.call("PUT", f"{BASE}/secret", page("Secret"), 201)
    await client.call("PUT", f"{BASE}/open", page("Open", shared=True), 201)
    other = client.acting("marketer")
    seen = (await other.json("GET", BASE))["data"]
    assert [(one["name"], one["mine"]) for one in seen] == [("Open", False)]
    await other.call("DELETE", f"{BASE}/open", status=404)
    await other.call("PUT", f"{BASE}/open", page("Hers"), 201)
    names = {one["name"]: one["mine"] for one in (await client.json("GET", BASE))["data"]}
    assert names == {"Open": True, "Secret": True}


async def test_too_many_widgets_and_dashboards_are_refused(client: Client) -> None:
    await client.call("PUT", f"{BASE}/mine", page(widgets=41), 422)
    for number in range(30):
        await client.call("PUT", f"{BASE}/d{number}", page(), 201)
    problem = await client.json("PUT", f"{BASE}/d30", page(), 409)
    assert problem["code"] == "too_many_dashboards"
    assert len((await client.json("GET", BASE))["data"]) == 30


async def test_everybody_of_the_staff_has_dashboards_and_partners_have_none(client: Client) -> None:
    for role in ("agent", "approver", "finance", "auditor"):
        listed = {**WIDGET, "report": "tasks", "show": "list"}
        await client.acting(role).call("PUT", f"{BASE}/mine", {"name": role, "widgets": [listed]}, 201)
    await client.acting("partner").call("GET", BASE, status=403)


async def test_the_program_has_dashboards_that_roles_see_first(client: Client) -> None:
    wanted = {**page("Service"), "first_for": ["service_agent", "approver"]}
    del wanted["shared"]
    made = await client.json("PUT", f"{PROGRAMS}/service", wanted, 201)
    assert (made["owner"], made["first_for"], made["mine"]) == (
        "program",
        ["approver", "service_agent"],
        True,
    )
    [seen] = (await client.acting("agent").json("GET", BASE))["data"]
    assert (seen["code"], seen["mine"], seen["first_for"]) == (
        "service",
        False,
        ["approver", "service_agent"],
    )
    await client.acting("agent").call("PUT", f"{PROGRAMS}/service", wanted, 403)
    await client.acting("marketer").call("DELETE", f"{PROGRAMS}/service", status=403)
    await client.call("PUT", f"{PROGRAMS}/service", wanted, 412, if_match='"0"')
    await client.call("PUT", f"{PROGRAMS}/service", {**wanted, "first_for": ["nobody"]}, 422)
    await client.acting("manager").call("PUT", f"{PROGRAMS}/service", wanted, if_match='"1"')
    await client.call("DELETE", f"{PROGRAMS}/service", status=204)
    assert (await client.json("GET", BASE))["data"] == []


def test_roles_of_dashboards_are_those_of_people() -> None:
    assert set(get_args(Role)) == set(ROLES) - {"partner"}
