"""Campaigns over HTTP: with real rules, rewards and vouchers, members on lists, people of the staff, a calendar."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date, timedelta
from typing import Any

import pytest
from tests.features.http import Client, calling

from regulars.features import staff
from regulars.features.members import join_member
from regulars.features.programs import load_config, program_by_code
from regulars.features.staff import Assignment
from regulars.flows import campaigning
from regulars.flows.apply import apply_document, decode_document
from regulars.flows.campaigning import Offer
from regulars.flows.campaigning.calendar import open_days, promotions_between
from regulars.infra.clock import FixedClock
from regulars.infra.db import Database
from regulars.kit.ids import encode

PROGRAM = {
    "program": {"code": "corner", "name": "Corner", "currency": "EUR", "zone": "Europe/Vilnius", "region": "LT"},
    "point_types": [{"code": "points", "name": "Points"}],
    "groups": {"seasonal": {"name": "Seasonal", "mode": "all"}},
    "campaigns": {"spring": {"name": "Spring", "schedule": {"from": "2026-03-20", "to": "2026-04-20"}}},
    "rules": [
        {"code": "base", "name": "A point a euro", "trigger": {"event": "Order Completed"},
         "then": [{"award": {"point_type": "points", "points": 1}}]},
        {"code": "tea", "name": "Tea on Tuesdays", "campaign": "spring", "schedule": {"weekdays": [2]},
         "trigger": {"event": "Order Completed"}, "then": [{"award": {"point_type": "points", "points": 5}}]},
    ],
    "rewards": [
        {"code": "mug", "name": "Mug", "kind": "goods", "price": {"points": 100},
         "valid_until": "2026-04-01T00:00:00+03:00"},
    ],
    "vouchers": [
        {"code": "five", "name": "Five euros", "worth": {"kind": "amount", "amount": "5.00"}, "pattern": "V########*"},
    ],
    "draws": [{"code": "bike", "name": "A bike", "prizes": [{"code": "bike", "name": "A bike", "quantity": 1}]}],
}  # fmt: skip
PLAN = {
    "name": "Spring of the house",
    "type": "Season",
    "budget": 500_000,
    "estimated_revenue": 4_000_000,
    "expected_response": "12.5",
    "proposed_from": "2026-03-20",
    "proposed_to": "2026-04-19",
    "offer": "Five points on tea",
    "promotions": [
        {"kind": "reward", "code": "mug"},
        {"kind": "voucher", "code": "five"},
        {"kind": "draw", "code": "bike"},
    ],
}


class World:
    """A program with a shop's configuration, two people, and a client that may everything."""

    def __init__(self, client: Client, db: Database, program_id: int, ann: int, bob: int) -> None:
        self.client, self.db, self.program_id, self.ann, self.bob = client, db, program_id, ann, bob

    async def __call__(
        self, method: str, path: str, body: Any = None, status: int = 200, **headers: str
    ) -> Any:
        return await self.client.json(method, f"/programs/corner{path}", body, status, **headers)

    def acting(self, caller: str) -> World:
        return World(self.client.acting(caller), self.db, self.program_id, self.ann, self.bob)


@pytest.fixture
async def world(db: Database, clock: FixedClock) -> AsyncIterator[World]:
    async with db.transaction() as tx:
        await apply_document(tx, decode_document(PROGRAM), "corner", now=clock.now(), may_create=True)
        program_id = (await program_by_code(tx, "corner")).id
        people = [
            await staff.add_person(
                tx,
                f"{name}@shop.test",
                name.title(),
                [Assignment(role, "corner")],
                now=clock.now(),
                by="test",
            )
            for name, role in (("ann", "marketer"), ("bob", "approver"))
        ]
    async with calling(db, clock, campaigning.router) as client:
        yield World(client, db, program_id, people[0].id, people[1].id)


async def test_a_campaign_from_the_plan_to_its_end(world: World, clock: FixedClock) -> None:
    made = await world("PUT", "/campaigns/spring", {**PLAN, "owner": world.ann}, 201)
    assert (made["status"], made["currency"], made["owner"]["name"]) == ("draft", "EUR", "Ann")
    assert [(one["kind"], one["code"], one["name"], one["attached"]) for one in made["promotions"]] == [
        ("reward", "mug", "Mug", True),
        ("voucher", "five", "Five euros", True),
        ("draw", "bike", "A bike", True),
        ("rule", "tea", "Tea on Tuesdays", False),
    ]
    assert made["promotions"][0]["last"] == "2026-03-31", "until midnight there is until the day before"
    for status in ("proposed", "approved"):
        step = "approve" if status == "approved" else "status"
        body = {"reason": "fine"} if status == "approved" else {"status": status}
        found = await world("POST", f"/campaigns/spring/{step}", body)
        assert found["status"] == status
    found = await world("POST", "/campaigns/spring/status", {"status": "active"})
    assert (found["actual_from"], found["steps_open"]) == ("2026-03-02", ["completed", "cancelled"])
    clock.advance(timedelta(days=31))
    found = await world("POST", "/campaigns/spring/status", {"status": "completed", "reason": "Sold out"})
    assert (found["actual_to"], found["steps"][-1]["reason"]) == ("2026-04-02", "Sold out")


async def test_whoever_plans_does_not_approve(world: World) -> None:
    await world("PUT", "/campaigns/spring", {**PLAN, "owner": world.ann}, 201)
    marketer, approver = world.acting("marketer"), world.acting("approver")
    await marketer("POST", "/campaigns/spring/status", {"status": "proposed"})
    await marketer("POST", "/campaigns/spring/approve", {}, 403)
    refused = await marketer("POST", "/campaigns/spring/status", {"status": "approved"}, 422)
    assert refused["errors"][0]["code"] == "approval_apart"
    await approver("POST", "/campaigns/spring/approve", {}, 412, if_match='"1"')
    await approver("POST", "/campaigns/spring/approve", {}, if_match='"2"')
    refused = await marketer("PUT", "/campaigns/spring", {**PLAN, "owner": world.ann, "budget": 500_001}, 409)
    assert refused["code"] == "budget_approved"


async def test_versions_on_the_wire(world: World) -> None:
    answer = await world.client.call("PUT", "/programs/corner/campaigns/spring", PLAN, 201)
    assert answer.headers["etag"] == '"1"'
    await world("PUT", "/campaigns/spring", {**PLAN, "name": "Late spring"}, 200, if_match='"1"')
    await world("PUT", "/campaigns/spring", {**PLAN, "name": "Later"}, 412, if_match='"1"')
    await world.client.call("DELETE", "/programs/corner/campaigns/spring", None, 412, if_match='"1"')
    await world.client.call("DELETE", "/programs/corner/campaigns/spring", None, 204, if_match='"2"')
    assert (await world("GET", "/campaigns"))["data"] == []


async def test_what_is_not_there_is_not_attached(world: World) -> None:
    body = {**PLAN, "promotions": [{"kind": "rule", "code": "gone"}], "lists": ["vip"], "owner": 4_000}
    refused = await world("PUT", "/campaigns/spring", body, 422)
    assert [error["path"] for error in refused["errors"]] == ["owner", "promotions[0]", "lists[0]"]


async def test_a_list_is_the_one_that_rules_and_rewards_look_at(
    world: World, db: Database, clock: FixedClock
) -> None:
    async with db.transaction() as tx:
        config = await load_config(tx, world.program_id)
        joined = [
            await join_member(
                tx,
                config,
                {"external_id": user},
                profile={"email": f"{user}@shop.test"},
                now=clock.now(),
            )
            for user in ("u1", "u2", "u3")
        ]
        ids = [encode("mem", one.id) for one in joined]
    await world("PUT", "/marketing-lists/vip", {"name": "Best customers"}, 201)
    put = await world(
        "POST", "/marketing-lists/vip/members",
        {"add": ["external_id:u1", "u2", "u2@shop.test", " ", "nobody", ids[2]]},
    )  # fmt: skip
    assert put == {
        "added": 3, "removed": 0, "unchanged": 0, "unknown": ["nobody"], "unknown_count": 1, "members": 3,
    }  # fmt: skip
    again = await world("POST", "/marketing-lists/vip/members", {"add": ["u1"], "remove": ["u2", "u3"]})
    assert (again["added"], again["removed"], again["unchanged"], again["members"]) == (0, 2, 1, 1)
    await world("POST", "/marketing-lists/none/members", {"add": ["u1"]}, 404)
    await world("PUT", "/marketing-lists/new", {"name": "New"}, 201)
    await world("POST", "/marketing-lists/new/members", {"add": ["u1", "u2"]})
    found = await world("PUT", "/campaigns/spring", {**PLAN, "lists": ["vip", "new"]}, 201)
    assert [(one["code"], one["members"]) for one in found["lists"]] == [("vip", 1), ("new", 2)]
    assert found["reach"] == 2, "who is on both counts once"
    page = await world("GET", "/marketing-lists/new/members?limit=1")
    assert (page["data"][0]["id"], page["next_cursor"] is not None) == (ids[0], True)
    assert (page["data"][0]["known_as"], page["data"][0]["name"]) == ("u1@shop.test", "")
    lists = (await world("GET", "/marketing-lists"))["data"]
    assert [(one["code"], one["members"], one["campaigns"]) for one in lists] == [
        ("new", 2, ["spring"]), ("vip", 1, ["spring"]),
    ]  # fmt: skip
    await world.acting("marketer")("GET", "/marketing-lists/new/members", None, 403)


async def test_my_open_activities(world: World) -> None:
    await world("PUT", "/campaigns/spring", PLAN, 201)
    for subject, whose, due in (("Call the press", world.ann, "2026-03-01"), ("Posters", world.bob, None)):
        body = {"kind": "call", "subject": subject, "assignee": whose, "due_on": due}
        await world("POST", "/campaigns/spring/activities", body, 201)
    mine = (await world("GET", f"/activities?assignee={world.ann}&open=true"))["data"]
    assert [(one["subject"], one["overdue"], one["campaign_name"]) for one in mine] == [
        ("Call the press", True, "Spring of the house")
    ]
    done = await world.acting("agent")("POST", f"/activities/{mine[0]['id']}/complete")
    assert (done["completed_by"], done["overdue"]) == ("agent", False)
    assert (await world("GET", f"/activities?assignee={world.ann}&open=true"))["data"] == []
    assert (await world("GET", "/activities?assignee=me"))["data"] == [], "a key is nobody"
    row = (await world("GET", "/campaigns"))["data"][0]
    assert (row["activities"], row["activities_open"]) == (2, 1)
    await world("PUT", f"/activities/{done['id']}", {"subject": "x"}, 409)
    await world("POST", f"/activities/{done['id']}/reopen", None, 412, if_match='"1"')
    await world("POST", f"/activities/{done['id']}/reopen")
    await world("PUT", f"/activities/{done['id']}", {"subject": "x"})
    await world.client.call("DELETE", f"/programs/corner/activities/{done['id']}", None, 204)
    await world("GET", "/activities?assignee=nobody", None, 422)
    page = await world("GET", "/campaigns/spring/activities?limit=1")
    assert [one["subject"] for one in page["data"]] == ["Posters"]


async def test_notes_have_an_author_and_a_time(world: World) -> None:
    await world("PUT", "/campaigns/spring", PLAN, 201)
    for text in ("Printer is slow", "Printer is fast again"):
        await world("POST", "/campaigns/spring/notes", {"text": text}, 201)
    page = await world("GET", "/campaigns/spring/notes?limit=1")
    assert (page["data"][0]["text"], page["data"][0]["by"]) == ("Printer is fast again", "owner")
    rest = await world("GET", f"/campaigns/spring/notes?limit=1&cursor={page['next_cursor']}")
    assert (rest["data"][0]["text"], rest["next_cursor"]) == ("Printer is slow", None)


async def test_a_template_becomes_a_campaign(world: World) -> None:
    await world("PUT", "/campaigns/season", {**PLAN, "template": True, "owner": world.ann}, 201)
    await world("POST", "/campaigns/season/activities", {"subject": "Posters", "due_on": "2026-03-10"}, 201)
    refused = await world("POST", "/campaigns/season/status", {"status": "proposed"}, 409)
    assert refused["code"] == "template_stays"
    body = {"code": "autumn", "name": "Autumn", "proposed_from": "2026-09-20"}
    copy = await world("POST", "/campaigns/season/copy", body, 201)
    assert (copy["template"], copy["proposed_to"], copy["activities_open"]) == (False, "2026-10-20", 1)
    (todo,) = (await world("GET", "/campaigns/autumn/activities"))["data"]
    assert todo["due_on"] == "2026-09-10"
    await world("POST", "/campaigns/season/copy", body, 409)
    rows = (await world("GET", "/campaigns?template=true"))["data"]
    assert [row["code"] for row in rows] == ["season"]
    rows = (await world("GET", f"/campaigns?owner={world.ann}&q=autumn&type=Season&status=draft"))["data"]
    assert [row["code"] for row in rows] == ["autumn"]


async def test_the_calendar_shows_campaigns_promotions_and_what_is_due(world: World) -> None:
    await world("PUT", "/campaigns/spring", PLAN, 201)
    await world("POST", "/campaigns/spring/activities", {"subject": "Posters", "due_on": "2026-03-10"}, 201)
    found = await world("GET", "/calendar?from=2026-03-01&to=2026-03-31")
    shown = {(one["kind"], one["code"]): one for one in found["entries"]}
    assert set(shown) == {("campaign", "spring"), ("rule", "tea"), ("reward", "mug")}
    tea = shown["rule", "tea"]
    assert tea["days"] == ["2026-03-24", "2026-03-31"], "Tuesdays of the campaign's time"
    assert (tea["first"], tea["last"], tea["campaigns"]) == ("2026-03-20", "2026-04-19", ["spring"])
    assert (shown["reward", "mug"]["last"], shown["reward", "mug"]["campaigns"]) == ("2026-03-31", ["spring"])
    assert [one["subject"] for one in found["activities"]] == ["Posters"]
    assert found["always"] == 4, "the rule without a schedule, the group, the vouchers, the draw"
    month = await world("GET", "/calendar")
    assert month == {**found, "today": "2026-03-02"}, "the present month, when nothing is said"
    later = await world("GET", "/calendar?from=2026-05-01&to=2026-05-31")
    assert later["entries"] == []
    for span in ("from=2026-03-02&to=2026-03-01", "from=2026-01-01&to=2027-12-31"):
        await world("GET", f"/calendar?{span}", None, 422)


async def test_forms_are_told_what_there_is(world: World) -> None:
    await world("PUT", "/campaigns/spring", PLAN, 201)
    found = await world("GET", "/campaign-choices")
    assert found["types"] == ["Season"]
    assert [one["name"] for one in found["people"]] == ["Ann", "Bob"]
    assert {(one["kind"], one["code"]) for one in found["promotions"]} == {
        ("rule", "base"), ("rule", "tea"), ("group", "seasonal"), ("reward", "mug"), ("voucher", "five"),
        ("draw", "bike"),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("offer", "days"),
    [
        (Offer("rule", "a", "A", "active"), 31),
        (Offer("rule", "a", "A", "active", first=date(2026, 3, 30)), 2),
        (Offer("rule", "a", "A", "active", last=date(2026, 2, 28)), 0),
        (Offer("rule", "a", "A", "active", weekdays=(6, 7)), 9),
        (Offer("rule", "a", "A", "active", first=date(2026, 1, 1), rrule="FREQ=MONTHLY;BYDAY=1SA"), 1),
        (Offer("rule", "a", "A", "active", first=date(2026, 1, 1), rrule="nonsense"), 0),
    ],
)
def test_the_days_on_which_something_is_open(offer: Offer, days: int) -> None:
    assert len(open_days(offer, date(2026, 3, 1), date(2026, 3, 31))) == days


def test_what_is_always_open_is_in_no_calendar() -> None:
    offers = [Offer("rule", "a", "A", "active"), Offer("rule", "b", "B", "active", weekdays=(1,))]
    found = promotions_between(offers, {"rule:b": ("x",)}, date(2026, 3, 1), date(2026, 3, 31))
    assert [(one.code, one.campaigns, len(one.days or ())) for one in found] == [("b", ("x",), 5)]
