"""What waits for another person: publishing, budgets, points by hand; done once, as asked for, by somebody else."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import httpx2
import psycopg
import pytest
from tests.features.staff.conftest import Browser
from tests.flows.approval.conftest import HERE, Office

from regulars.features.programs import issue_api_key
from regulars.features.staff import open_session, person_by_email
from regulars.features.staff.model import Browser as Place
from regulars.flows.apply import publish
from regulars.infra.clock import FixedClock
from regulars.infra.db import Database, acting
from regulars.kit.errors import ApprovalNeeded

RULE = {
    "name": "More",
    "status": "active",
    "trigger": {"event": "Order Completed"},
    "then": [{"award": {"point_type": "points", "points": 7}}],
}


async def policy(office: Office, **what: Any) -> None:
    """Say what needs a second person."""
    answer = await office.boss.ask("PUT", f"{HERE}/approvals/policy", what)
    assert answer.status_code == 200, answer.text


async def edit(browser: Browser, code: str = "more", **fields: Any) -> None:
    """Edit a rule of the draft."""
    answer = await browser.ask("PUT", f"{HERE}/rules/{code}", {**RULE, **fields})
    assert answer.status_code in (200, 201), answer.text


async def publish_by(browser: Browser, **body: Any) -> httpx2.Response:
    """Publish the draft, or ask for it."""
    return await browser.ask("POST", f"{HERE}/rulesets", body)


async def latest(browser: Browser) -> int:
    """Return the number of the latest version."""
    return int((await browser.ask("GET", f"{HERE}/rulesets")).json()["data"][0]["version"])


async def decide(browser: Browser, asked: Any, verb: str = "approve", **body: Any) -> httpx2.Response:
    """Decide what waits."""
    return await browser.ask("POST", f"{HERE}/approvals/{asked['approval']}/{verb}", body)


async def member(office: Office) -> str:
    """Return a member with no points."""
    body = {"identifiers": {"external_id": "anna"}}
    answer = await office.ann.ask("POST", f"{HERE}/members", body, **{"idempotency-key": "anna"})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def give(browser: Browser, who: str, points: int, key: str = "a", **more: Any) -> httpx2.Response:
    """Give points by hand."""
    body = {"direction": "credit", "points": points, "reason": "sorry", **more}
    path = f"{HERE}/members/{who}/adjustments"
    return await browser.ask("POST", path, body, **{"idempotency-key": key})


async def available(browser: Browser, who: str) -> int:
    """Return what a member can spend."""
    wallets = (await browser.ask("GET", f"{HERE}/members/{who}/wallets")).json()
    rows = wallets["data"] if isinstance(wallets, dict) and "data" in wallets else wallets
    rows = rows["wallets"] if isinstance(rows, dict) else rows
    return int(next(row for row in rows if row["point_type"] == "points")["available"])


async def test_without_a_policy_things_are_done_at_once(office: Office) -> None:
    await edit(office.ann)
    assert (await publish_by(office.ann)).status_code == 201
    who = await member(office)
    assert (await give(office.agent, who, 10**6)).status_code == 201
    assert (await office.ann.ask("GET", f"{HERE}/approvals")).json()["data"] == []


async def test_publishing_waits_for_another_person(office: Office) -> None:
    await policy(office, publishing=True)
    before = await latest(office.ann)
    await edit(office.ann)
    answer = await publish_by(office.ann, note="summer")
    assert answer.status_code == 202, answer.text
    asked = answer.json()
    assert (asked["status"], asked["kind"], asked["reason"]) == ("waiting", "publish_rules", "summer")
    assert await latest(office.ann) == before
    own = await decide(office.ann, asked)
    assert (own.status_code, own.json()["code"]) == (403, "self_approval")
    assert (await decide(office.stranger, asked)).status_code == 404
    assert (await decide(office.agent, asked)).status_code == 403
    approved = await decide(office.checker, asked, comment="fine", digest=asked["digest"])
    assert approved.status_code == 200, approved.text
    assert approved.json()["outcome"] == {"version": before + 1}
    assert await latest(office.ann) == before + 1
    shown = (await office.ann.ask("GET", f"{HERE}/rulesets/{before + 1}")).json()
    maker = (await office.ann.ask("GET", "/session")).json()["person"]["id"]
    assert shown["published_by"] == f"staff:{maker}"
    again = await decide(office.ben, asked)
    assert (again.status_code, again.json()["code"]) == (409, "already_decided")


async def test_who_builds_rules_asks_for_their_publication_without_any_policy(office: Office) -> None:
    before = await latest(office.marketer)
    await edit(office.marketer)
    answer = await publish_by(office.marketer, note="summer")
    assert answer.status_code == 202, answer.text
    assert await latest(office.ann) == before
    assert (await decide(office.marketer, answer.json())).status_code == 403
    approved = await decide(office.ann, answer.json())
    assert approved.status_code == 200, approved.text
    assert await latest(office.ann) == before + 1
    again = await publish_by(office.marketer)
    assert again.status_code == 200  # nothing is new, so nothing waits
    back = await office.marketer.ask("POST", f"{HERE}/rulesets/{before}/roll-back", {"note": "too much"})
    assert back.status_code == 202, back.text
    assert await latest(office.ann) == before + 1


async def test_what_was_changed_since_is_void(office: Office) -> None:
    await policy(office, publishing=True)
    before = await latest(office.ann)
    await edit(office.ann)
    asked = (await publish_by(office.ann)).json()
    await edit(office.ann, name="Another")
    answer = await decide(office.ben, asked)
    assert (answer.status_code, answer.json()["code"]) == (409, "approval_void")
    assert (await office.ann.ask("GET", f"{HERE}/approvals/{asked['approval']}")).json()["status"] == "void"
    assert await latest(office.ann) == before


async def test_another_digest_than_what_was_looked_at_is_not_approved(office: Office) -> None:
    await policy(office, publishing=True)
    await edit(office.ann)
    asked = (await publish_by(office.ann)).json()
    assert (await decide(office.ben, asked, digest="0" * 64)).json()["code"] == "approval_void"
    assert (await decide(office.ben, asked)).status_code == 200


async def test_no_way_leads_around_it(office: Office, db: Database, clock: FixedClock) -> None:
    """The database holds a version back whoever inserts it: the command line and programs as code as well."""
    await policy(office, publishing=True)
    await edit(office.ann)
    with pytest.raises(ApprovalNeeded):
        async with db.transaction() as tx:
            await publish(tx, office.shop.program_id, now=clock.now(), by="cli")
    asked = (await office.ann.ask("POST", f"{HERE}/rulesets/1/roll-back", {"note": "back"})).json()
    assert asked["title"] == "Roll back to version 1"
    assert (await decide(office.ben, asked)).status_code == 200
    with pytest.raises(ApprovalNeeded):  # the approval was for once
        async with db.transaction() as tx:
            await publish(tx, office.shop.program_id, now=clock.now(), by="cli")


async def test_only_who_stands_above_the_program_changes_what_needs_approval(office: Office) -> None:
    await policy(office, publishing=True)
    for who in (office.ann, office.checker, office.agent):
        assert (await who.ask("PUT", f"{HERE}/approvals/policy", {})).status_code == 403
    assert (await office.ann.ask("GET", f"{HERE}/approvals/policy")).json()["publishing"] is True


async def test_budgets_over_the_limit_wait_and_smaller_ones_do_not(office: Office) -> None:
    await policy(office, budget_points_over="1000")
    limit = {"measure": "points", "point_type": "points", "per": "rule", "period": "lifetime"}
    await edit(office.ann, limits=[{**limit, "max": 1000}])
    assert (await publish_by(office.ann)).status_code == 201
    await edit(office.ann, limits=[{**limit, "max": 1001}])
    asked = await publish_by(office.ann)
    assert asked.status_code == 202, asked.text
    assert (await decide(office.ben, asked.json())).status_code == 200
    await edit(office.ann, limits=[{**limit, "max": 1001}], name="The same budget, another name")
    assert (await publish_by(office.ann)).status_code == 201


async def test_points_by_hand_over_the_limit_wait(office: Office) -> None:
    await policy(office, adjustment_over=500)
    who = await member(office)
    assert (await give(office.agent, who, 500, "small")).status_code == 201
    first = await give(office.agent, who, 501, "large")
    assert first.status_code == 202, first.text
    again = await give(office.agent, who, 501, "large")
    assert again.json() == first.json()
    assert again.headers["idempotency-replayed"] == "true"
    asked = first.json()
    assert asked["title"].startswith("Give 501 Points: mem_")
    had = await available(office.ann, who)
    answers = await asyncio.gather(*(decide(one, asked) for one in (office.ann, office.ben, office.checker)))
    assert sorted(one.status_code for one in answers) == [200, 409, 409]
    assert await available(office.ann, who) == had + 501
    assert (await give(office.boss, who, 10**6, "boss")).status_code == 202  # everybody


async def test_small_pieces_count_together_for_a_day(office: Office, clock: FixedClock) -> None:
    await policy(office, adjustment_over=500)
    who = await member(office)
    answers = await asyncio.gather(*(give(office.agent, who, 200, f"p{n}") for n in range(4)))
    assert sorted(one.status_code for one in answers) == [201, 201, 202, 202]
    assert (await give(office.ann, who, 200, "ann")).status_code == 201  # another person begins anew
    clock.advance(timedelta(hours=24, seconds=1))
    await sign_in_again(office, clock)
    assert (await give(office.agent, who, 200, "tomorrow")).status_code == 201


async def test_trying_out_needs_nobody(office: Office) -> None:
    await policy(office, adjustment_over=500)
    who = await member(office)
    body = {"direction": "credit", "points": 501, "reason": "sorry"}
    path = f"{HERE}/members/{who}/adjustments?dry_run=true"
    assert (await office.agent.ask("POST", path, body, **{"idempotency-key": "x"})).status_code == 200


async def test_rejected_withdrawn_and_expired_things_are_not_done(office: Office, clock: FixedClock) -> None:
    await policy(office, adjustment_over=0, days=2)
    who = await member(office)
    had = await available(office.ann, who)
    asked = [(await give(office.agent, who, 5, f"k{n}")).json() for n in range(3)]
    assert (await decide(office.ann, asked[0], "reject")).status_code == 422
    rejected = (await decide(office.ann, asked[0], "reject", comment="no")).json()
    assert (rejected["status"], rejected["comment"]) == ("rejected", "no")
    assert (await decide(office.ann, asked[1], "withdraw")).json()["code"] == "not_yours"
    assert (await decide(office.agent, asked[1], "withdraw")).json()["status"] == "withdrawn"
    clock.advance(timedelta(days=2))
    for name in ("ann", "agent"):
        browser = office.people[name]
        assert (await browser.ask("GET", "/session")).status_code == 401  # idle for two days
    await sign_in_again(office, clock)
    for one, became in zip(asked, ("rejected", "withdrawn", "expired"), strict=True):
        late = await decide(office.ben, one)
        assert (late.status_code, late.json()["facts"]["became"]) == (409, became)
    inbox = (await office.ben.ask("GET", f"{HERE}/approvals?status=expired")).json()["data"]
    assert [one["id"] for one in inbox] == [asked[2]["approval"]]
    assert await available(office.ben, who) == had


async def sign_in_again(office: Office, clock: FixedClock) -> None:
    """Begin new sessions for the people."""
    for name, browser in office.people.items():
        async with office.shop.db.transaction() as tx:
            person = await person_by_email(tx, f"{name}@example.com")
            opened = await open_session(tx, person.id, "password", Place(), clock.now())
        browser.client.cookies.clear()
        browser.client.cookies.set("regulars_session", opened.token)
        await browser.ask("GET", "/session")


async def test_a_key_asks_for_whoever_made_it_and_never_decides(
    office: Office, db: Database, clock: FixedClock
) -> None:
    await policy(office, adjustment_over=0)
    who = await member(office)
    body = {"name": "mine", "scopes": ["points:adjust"]}
    key = (await office.ann.ask("POST", f"{HERE}/keys", body)).json()["key"]
    headers = {"authorization": f"Bearer {key}", "idempotency-key": "by key"}
    by_key = await office.people["stranger"].client.request(
        "POST",
        f"/api/v1{HERE}/members/{who}/adjustments",
        json={"direction": "credit", "points": 5, "reason": "me"},
        headers=headers,
    )
    assert by_key.status_code == 202, by_key.text
    assert (await decide(office.ann, by_key.json())).json()["code"] == "self_approval"
    assert (await decide(office.ben, by_key.json())).status_code == 200
    with acting("staff:1"):
        async with db.transaction() as tx:
            strong = await issue_api_key(tx, office.shop.program_id, "boss", ("owner",), clock.now())
    asked = (await give(office.agent, who, 5, "again")).json()
    answer = await office.people["stranger"].client.request(
        "POST",
        f"/api/v1{HERE}/approvals/{asked['approval']}/approve",
        json={},
        headers={"authorization": f"Bearer {strong.key}"},
    )
    assert answer.json()["code"] == "person_needed"


async def test_the_database_refuses_a_maker_who_is_the_checker(office: Office, database_url: str) -> None:
    await policy(office, adjustment_over=0)
    asked = (await give(office.agent, await member(office), 5)).json()
    with psycopg.connect(database_url) as connection, pytest.raises(psycopg.errors.CheckViolation):
        connection.execute(
            "UPDATE approval.request SET status = 'approved', checker = maker, decided_at = now() WHERE id = %s",
            (asked["approval"],),
        )


async def test_a_payload_changed_in_the_database_is_void(office: Office, database_url: str) -> None:
    await policy(office, adjustment_over=0)
    who = await member(office)
    asked = (await give(office.agent, who, 5)).json()
    had = await available(office.ann, who)
    with psycopg.connect(database_url) as connection:
        connection.execute(b"UPDATE approval.request SET payload = payload || '{\"points\": 5000}'")
    assert (await decide(office.ben, asked)).json()["code"] == "approval_void"
    assert await available(office.ann, who) == had


async def test_what_waits_and_what_became_of_it_is_announced(office: Office, database_url: str) -> None:
    hook = {"url": "http://127.0.0.1:9/hook", "types": ["approval.*"]}
    made = await office.ann.ask("POST", f"{HERE}/webhooks", hook, **{"idempotency-key": "hook"})
    assert made.status_code == 201, made.text
    await policy(office, adjustment_over=0)
    asked = (await give(office.agent, await member(office), 5)).json()
    await decide(office.ben, asked)
    with psycopg.connect(database_url) as connection:
        told = connection.execute(
            b"SELECT notices::text FROM events.batch WHERE notices::text LIKE '%approval.%'"
        )
        kinds = [
            text for row in told.fetchall() for text in ("asked", "decided") if f"approval.{text}" in row[0]
        ]
    assert kinds == ["asked", "decided"]
