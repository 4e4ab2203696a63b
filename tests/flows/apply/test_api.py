"""The routes of rules, versions, tier sets and whole programs, called over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.features.http import Client, application, calling

from regulars.features import programs
from regulars.flows.apply import read_source, router
from regulars.flows.apply.source import _yaml
from regulars.infra.clock import FixedClock
from regulars.infra.db import Database
from regulars.infra.web import undeclared_routes

EXAMPLE = Path(__file__).parents[3] / "examples" / "coffee-shop.yaml"
SHOP = {"code": "shop", "name": "Shop", "currency": "EUR", "zone": "Europe/Vilnius", "region": "LT"}
BASE = "/programs/shop"
EARN: dict[str, Any] = {
    "name": "One a euro",
    "trigger": {"event": "Order Completed"},
    "then": [
        {"award": {"point_type": "points", "per_amount": {"points": 1, "per": "1.00", "of": "order.amount"}}}
    ],
    "status": "active",
}
CLUB = {
    "metric": {"of": "spend"},
    "tiers": [{"code": "silver", "threshold": "100"}, {"code": "gold", "threshold": "500.50"}],
}


@pytest.fixture
async def client(db: Database, clock: FixedClock) -> AsyncIterator[Client]:
    async with calling(db, clock, programs.router, router) as opened:
        await opened.call("POST", "/programs", SHOP, 201)
        await opened.call("PUT", f"{BASE}/point-types/points", {"name": "Points"}, 201)
        yield opened


def test_every_route_says_who_may_call_it(db: Database, clock: FixedClock) -> None:
    assert undeclared_routes(application(db, clock, router)) == []


async def test_a_rule_is_written_checked_published_and_archived(client: Client) -> None:
    made = await client.call("PUT", f"{BASE}/rules/earn", EARN, 201)
    assert (made.headers["etag"], made.json()["diagnostics"]) == ('"1"', [])
    read = await client.json("GET", f"{BASE}/rules/earn")
    assert (read["status"], read["revision"], read["name"]) == ("active", 1, "One a euro")
    aloud = await client.json("GET", f"{BASE}/rules/earn/sentence")
    assert "1.00 EUR" in aloud["sentence"]
    published = await client.call("POST", f"{BASE}/rulesets", {"note": "first"}, 201)
    assert (published.json()["version"], published.headers["etag"]) == (1, '"1"')
    await client.call("POST", f"{BASE}/rulesets", {}, 200)
    await client.call("DELETE", f"{BASE}/rules/earn", status=204)
    assert (await client.json("GET", f"{BASE}/rules"))["data"] == []
    changes = (await client.json("GET", f"{BASE}/rulesets/diff?before=1"))["changes"]
    assert [(c["kind"], c["code"], c["action"]) for c in changes] == [("rule", "earn", "remove")]
    await client.call("POST", f"{BASE}/rulesets", {}, 201)
    rolled = await client.json("POST", f"{BASE}/rulesets/1/roll-back", {}, 201)
    assert (rolled["version"], rolled["rules"]) == (3, 1)
    listed = await client.json("GET", f"{BASE}/rulesets?limit=2")
    assert [row["version"] for row in listed["data"]] == [3, 2]
    rest = await client.json("GET", f"{BASE}/rulesets?limit=2&cursor={listed['next_cursor']}")
    assert [row["version"] for row in rest["data"]] == [1]
    assert (await client.json("GET", f"{BASE}/rulesets/3"))["document"]["rules"][0]["code"] == "earn"


async def test_a_wrong_rule_is_kept_and_says_what_to_write(client: Client) -> None:
    wrong = {**EARN, "then": [{"award": {"point_type": "ponits", "points": 1}}]}
    (diagnostic,) = (await client.json("PUT", f"{BASE}/rules/earn", wrong, 201))["diagnostics"]
    assert diagnostic["path"] == "then[0].award.point_type"
    assert "`points`" in diagnostic["message"]
    problem = await client.json("POST", f"{BASE}/rulesets", {}, 422)
    assert problem["errors"][0]["path"] == "rules[earn].then[0].award.point_type"


async def test_a_schedule_is_seen_on_a_calendar_before_it_is_published(client: Client) -> None:
    await client.call("PUT", f"{BASE}/rule-parts/campaign/spring", {"schedule": {"from": "2026-03-03"}}, 201)
    asked = {
        "schedule": {"weekdays": [1, 2, 3], "hours": [["17:00", "20:00"]]},
        "campaign": "spring",
        "first": "2026-03-02",
        "days": 3,
    }
    found = await client.json("POST", f"{BASE}/rules/calendar", asked)
    assert [day["open"] for day in found["days"]] == [[], [["17:00", "20:00"]], [["17:00", "20:00"]]]
    wrong = await client.json(
        "POST", f"{BASE}/rules/calendar", {"schedule": {"from": "soon"}, "first": "2026-03-02"}
    )
    assert (wrong["days"], wrong["diagnostics"][0]["path"]) == ([], "schedule.from")


async def test_rules_are_checked_at_every_keystroke(client: Client) -> None:
    found = await client.json("POST", f"{BASE}/rules/check", {"code": "new", **EARN})
    assert found["diagnostics"] == []
    assert found["sentence"].startswith("When")
    await client.call("PUT", f"{BASE}/rules/earn", EARN, 201)
    double = {
        **EARN,
        "code": "double",
        "then": [{"award": {"point_type": "points", "multiply": {"rule": "earn", "by": 2}}}],
    }
    assert (await client.json("POST", f"{BASE}/rules/check", double))["diagnostics"] == []
    double["then"] = [{"award": {"point_type": "points", "multiply": {"rule": "earm", "by": 2}}}]
    (diagnostic,) = (await client.json("POST", f"{BASE}/rules/check", double))["diagnostics"]
    assert "earm" in diagnostic["message"]
    assert (await client.json("POST", f"{BASE}/rules/check", {}))["diagnostics"] != []


async def test_a_rule_is_read_in_the_language_of_the_reader(client: Client) -> None:
    await client.call("PUT", f"{BASE}/rules/earn", EARN, 201)
    chinese = await client.json(
        "GET", f"{BASE}/rules/earn/sentence", accept_language="zh-CN,zh;q=0.9,en;q=0.8"
    )
    assert chinese["sentence"].startswith("当发生“Order Completed”时")
    asked = await client.json("GET", f"{BASE}/rules/earn/sentence?language=zh-CN")
    assert asked == chinese
    written = {"code": "earn", **EARN}
    for path in ("check", "sentence"):
        found = await client.json("POST", f"{BASE}/rules/{path}", written, accept_language="zh-CN")
        assert found["sentence"] == chinese["sentence"]
    english = await client.json(
        "GET", f"{BASE}/rules/earn/sentence?language=en", accept_language="zh-CN,zh;q=0.9"
    )
    assert english["sentence"].startswith("When “Order Completed” happens")
    await client.call("GET", f"{BASE}/rules/earn/sentence?language=tlh", status=422)


async def test_two_editors_do_not_overwrite_each_other(client: Client) -> None:
    etag = (await client.call("PUT", f"{BASE}/rules/earn", EARN, 201)).headers["etag"]
    await client.call("PUT", f"{BASE}/rules/earn", {**EARN, "priority": 1}, if_match=etag)
    await client.call("PUT", f"{BASE}/rules/earn", {**EARN, "priority": 2}, 412, if_match=etag)
    await client.call("DELETE", f"{BASE}/rules/earn", status=412, if_match=etag)
    part = f"{BASE}/rule-parts/collection/coffees"
    etag = (await client.call("PUT", part, {"values": ["a"]}, 201)).headers["etag"]
    await client.call("PUT", part, {"values": ["b"]}, if_match=etag)
    await client.call("DELETE", part, status=412, if_match=etag)
    await client.call("DELETE", part, status=204)
    await client.call("GET", part, status=404)


async def test_the_fields_of_the_rule_builder(client: Client) -> None:
    await client.call("PUT", f"{BASE}/tier-sets/club", CLUB, 201)
    await client.call("PUT", f"{BASE}/stores/old-town", {"name": "Old Town", "region": "north"}, 201)
    found = await client.json("GET", f"{BASE}/rule-fields")
    fields = {field["path"]: field for group in found["groups"] for field in group["fields"]}
    assert fields["member.tier.club"]["options"] == ["silver", "gold"]
    assert fields["order.amount"] | {"operators": []} == {
        "path": "order.amount",
        "label": "order amount",
        "kind": "money",
        "operators": [],
        "decimals": 2,
        "options": [],
    }
    assert ">=" in fields["order.amount"]["operators"]
    assert fields["store"]["options"] == ["old-town"]
    assert "Order Completed" in found["events"]


async def test_examples_and_findings(client: Client) -> None:
    example = {
        "name": "ten euros",
        "event": {"type": "Order Completed", "order": {"order_id": "1", "revenue": "10"}},
        "expect": {"points": {"points": 11}},
    }
    await client.call("PUT", f"{BASE}/rules/earn", {**EARN, "tests": [example]}, 201)
    tested = await client.json("POST", f"{BASE}/rules/test")
    assert tested["passed"] is False
    assert tested["results"][0]["problems"] == ["expected 11 points, got 10"]
    assert (await client.json("POST", f"{BASE}/rulesets", {}, 422))["code"] == "examples_failed"
    await client.call("PUT", f"{BASE}/stores/old-town", {"name": "Old town"}, 201)
    over = {**EARN, "schedule": {"to": "2026-03-01"}}
    nowhere = {"combinator": "and", "rules": [{"field": "store", "operator": "=", "value": "odl-town"}]}
    await client.call("PUT", f"{BASE}/rules/over", over, 201)
    await client.call("PUT", f"{BASE}/rules/nowhere", {**EARN, "when": nowhere}, 201)
    found = (await client.json("POST", f"{BASE}/rules/analyse"))["findings"]
    told = {f["code"]: f for f in found}
    assert told["over"]["rules"] == ["over"]
    assert told["unknown_value"]["message"].endswith("Did you mean `old-town`?")
    assert "greatest_award" in told


async def test_tier_sets_are_versioned(client: Client) -> None:
    made = await client.call("PUT", f"{BASE}/tier-sets/club", CLUB, 201)
    assert (made.headers["etag"], made.json()["tiers"][1]["threshold"]) == ('"1"', "500.5")
    same = await client.call("PUT", f"{BASE}/tier-sets/club", CLUB)
    assert same.headers["etag"] == '"1"'
    harder = {**CLUB, "tiers": [CLUB["tiers"][0], {"code": "gold", "threshold": 900}]}
    await client.call("PUT", f"{BASE}/tier-sets/club", harder, 200, if_match='"1"')
    await client.call("PUT", f"{BASE}/tier-sets/club", CLUB, 412, if_match='"1"')
    await client.call("DELETE", f"{BASE}/tier-sets/club", status=204)
    versions = (await client.json("GET", f"{BASE}/tier-sets/club/versions"))["data"]
    assert [(v["version"], v.get("status", "active")) for v in versions] == [
        (3, "inactive"),
        (2, "active"),
        (1, "active"),
    ]
    wrong = {**CLUB, "tiers": [CLUB["tiers"][0], {"code": "gold", "threshold": 50}]}
    problem = await client.json("PUT", f"{BASE}/tier-sets/club", wrong, 422)
    assert problem["errors"][0]["path"] == "tiers[1].threshold"
    for field in ("order.units", "line.price", "order.coupon"):
        counted = {**CLUB, "metric": {"of": "event", "event": "Order Completed", "field": field}}
        for path in ("tier-sets", "scheduled-tier-sets"):
            body = counted if path == "tier-sets" else {**counted, "in_force_from": "2030-01-01T00:00:00Z"}
            problem = await client.json("PUT", f"{BASE}/{path}/club", body, 422)
            assert [error["path"] for error in problem["errors"]] == ["metric.field"]
    await client.call("GET", f"{BASE}/tier-sets/none", status=404)


async def test_a_program_is_planned_applied_and_exported(client: Client) -> None:
    _, raw = _yaml(EXAMPLE.read_text())
    raw["program"] = {**SHOP}
    raw["point_types"].append({"code": "points", "name": "Points"})
    raw["products"] = [msgspec.to_builtins(p) for p in read_source(EXAMPLE).document.products or ()]
    body = msgspec.json.decode(msgspec.json.encode(raw))
    planned = await client.json("POST", f"{BASE}/apply?dry_run=true", body)
    assert (planned["version"], planned["write_keys"]) == (1, {})
    assert (await client.json("GET", f"{BASE}/sources"))["data"] == []
    applied = await client.call("POST", f"{BASE}/apply?planned={planned['digest']}", body)
    assert applied.headers["cache-control"] == "no-store"
    assert set(applied.json()["write_keys"]) == {"till", "web", "bakery"}
    await client.call("POST", f"{BASE}/apply?planned={planned['digest']}", body, 409)
    plain = await client.json("GET", f"{BASE}/export")
    again = await client.json("POST", f"{BASE}/apply", plain)
    assert (again["changes"], again["version"]) == ([], None)
    text = (await client.call("GET", f"{BASE}/export?format=yaml")).text
    assert "code: happy-hour" in text


async def test_a_document_of_another_program_is_refused(client: Client) -> None:
    problem = await client.json("POST", f"{BASE}/apply", {"program": {**SHOP, "code": "other"}}, 422)
    assert problem["errors"][0]["path"] == "program.code"
    problem = await client.json("POST", f"{BASE}/apply", {"partners": [{"code": "a", "nmae": "A"}]}, 422)
    assert "Did you mean `name`?" in problem["errors"][0]["message"]


async def test_who_may_publish_and_who_may_look(client: Client) -> None:
    marketer, analyst = client.acting("marketer"), client.acting("analyst")
    await marketer.call("PUT", f"{BASE}/rules/earn", EARN, 201)
    await marketer.call("POST", f"{BASE}/rulesets", {}, 202)  # she asks; somebody else decides
    assert (await marketer.call("GET", f"{BASE}/rulesets")).json()["data"] == []
    await analyst.call("POST", f"{BASE}/rulesets", {}, 403)
    await analyst.call("GET", f"{BASE}/rules/earn")
    await analyst.call("PUT", f"{BASE}/rules/earn", EARN, 403)
    await client.acting("manager@99").call("GET", f"{BASE}/rules/earn", status=404)
    await client.acting("rules:publish").call("POST", f"{BASE}/rulesets", {}, 201)
    await client.acting("rules:read").call("POST", f"{BASE}/apply", {}, 403)


async def test_tier_sets_can_take_force_later(client: Client) -> None:
    await client.call("PUT", f"{BASE}/tier-sets/club", CLUB, 201)
    at = "2040-01-01T00:00:00Z"
    later = {**CLUB, "tiers": [CLUB["tiers"][0], {"code": "gold", "threshold": 900}], "in_force_from": at}
    made = await client.call("PUT", f"{BASE}/scheduled-tier-sets/club", later)
    assert made.json()["in_force_from"] == at
    again = await client.call("PUT", f"{BASE}/scheduled-tier-sets/club", made.json())
    assert again.json()["tiers"] == made.json()["tiers"]
    [listed] = (await client.call("GET", f"{BASE}/scheduled-tier-sets")).json()["data"]
    assert listed == (await client.call("GET", f"{BASE}/scheduled-tier-sets/club")).json()
    assert (await client.call("GET", f"{BASE}/tier-sets/club")).json()["version"] == 1
    past = {**later, "in_force_from": "2020-01-01T00:00:00Z"}
    await client.call("PUT", f"{BASE}/scheduled-tier-sets/club", past, 422)
    await client.call("PUT", f"{BASE}/scheduled-tier-sets/club", CLUB, 422)
    await client.call("DELETE", f"{BASE}/scheduled-tier-sets/club", None, 204)
    await client.call("GET", f"{BASE}/scheduled-tier-sets/club", None, 404)


@pytest.mark.parametrize(
    ("change", "path", "words"),
    [
        ({"metric": {"of": "point"}}, "metric.of", "points, spend, purchases, event"),
        ({"window": {"calendar": "week"}}, "window.calendar", "month, quarter, year"),
        ({"downgrade": "two_steps"}, "downgrade", "never, one_step, recompute"),
    ],
)
async def test_a_word_that_is_none_is_answered_with_those_there_are(
    client: Client, change: dict[str, Any], path: str, words: str
) -> None:
    (error,) = (await client.json("PUT", f"{BASE}/tier-sets/club", {**CLUB, **change}, 422))["errors"]
    assert error["path"] == path
    assert error["message"].endswith(f"Write one of {words}.")
