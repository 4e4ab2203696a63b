"""Notes and tasks over HTTP, a rule that asks for a task, and what is left when a member is erased."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.features.http import Client, calling
from tests.flows.accrual.setting import PROGRAM, Shop, open_shop

from regulars.features import members
from regulars.flows import caring, explanation, merging
from regulars.infra.clock import FixedClock
from regulars.infra.db import Database

RULES = """\
  - code: thank
    name: A call after a big order
    trigger: {event: Order Completed}
    when: {combinator: and, rules: [{field: order.amount, operator: ">=", value: 500}]}
    then:
      - create_task: {title: Thank her, assignee: care, due_days: 3}
      - send_message: {template: thanks, channel: email}
  - code: idle
    name: A task without a day
    trigger: {event: Order Completed}
    when: {combinator: and, rules: [{field: order.amount, operator: ">=", value: 900}]}
    then:
      - create_task: {title: Look at it}
"""
ANNA = "/programs/corner/members/external_id:anna"


@pytest.fixture
async def shop(db: Database, clock: FixedClock, tmp_path: Path) -> Shop:
    return await open_shop(db, clock, tmp_path, PROGRAM.replace("publish: true", f"{RULES}publish: true"))


@pytest.fixture
async def agent(shop: Shop, db: Database, clock: FixedClock) -> AsyncIterator[Client]:
    async with calling(db, clock, members.router, caring.router, explanation.router, merging.router) as owner:
        await shop.send(shop.order("1", "20.00"))
        yield owner.acting("agent")


async def kinds_of(client: Client, query: str = "") -> list[str]:
    found = await client.json("GET", f"{ANNA}/timeline{query}")
    return [entry["entry"] for entry in found["data"]]


async def test_a_rule_asks_for_a_task_that_somebody_does(shop: Shop, agent: Client) -> None:
    await shop.send(shop.order("2", "600.00"))
    [task] = (await agent.json("GET", f"{ANNA}/tasks"))["data"]
    assert (task["title"], task["rule"], task["assignee"], task["created_by"]) == (
        "Thank her",
        "thank",
        "care",
        "rule",
    )
    assert task["due_on"] == (shop.clock.now().date() + timedelta(days=3)).isoformat()
    [listed] = (await agent.json("GET", "/programs/corner/tasks?assignee=care"))["data"]
    assert (listed["id"], listed["member_name"]) == (task["id"], "anna")
    done = await agent.json(
        "PUT", f"{ANNA}/tasks/{task['id']}/status", {"status": "done", "outcome": "She was glad."}
    )
    assert (done["status"], done["closed_by"], done["outcome"]) == ("done", "agent", "She was glad.")
    assert (await agent.json("GET", "/programs/corner/tasks"))["data"] == []
    [closed] = (await agent.json("GET", "/programs/corner/tasks?status=done"))["data"]
    assert closed["closed_by"] == "agent"


async def test_a_batch_with_two_tasks_keeps_both_in_the_order_of_their_days(
    shop: Shop, agent: Client
) -> None:
    await shop.send(shop.order("2", "950.00"))
    tasks = (await agent.json("GET", "/programs/corner/tasks"))["data"]
    assert [(task["title"], task["due_on"] is None) for task in tasks] == [
        ("Thank her", False),
        ("Look at it", True),
    ]
    first = await agent.json("GET", "/programs/corner/tasks?limit=1")
    second = await agent.json("GET", f"/programs/corner/tasks?limit=1&cursor={first['next_cursor']}")
    assert [first["data"][0]["id"], second["data"][0]["id"]] == [task["id"] for task in tasks]
    assert second["next_cursor"] is None


async def test_the_history_shows_what_is_asked_for(shop: Shop, agent: Client) -> None:
    await shop.send(shop.order("2", "600.00"))
    await agent.json("POST", f"{ANNA}/notes", {"text": "Prefers calls in the morning"}, 201)
    await agent.json("POST", f"{ANNA}/tasks", {"title": "Ask about tea", "kind": "call"}, 201)
    everything = await kinds_of(agent)
    assert everything[:2] == ["task", "note"]
    assert {"event", "transfer", "message", "task", "tier_changed"} <= set(everything)
    assert set(await kinds_of(agent, "?kind=task&kind=message")) == {"task", "message"}
    assert await kinds_of(agent, "?kind=note") == ["note"]
    await agent.call("GET", f"{ANNA}/timeline?kind=nonsense", status=422)


async def test_who_may_write_and_remove(agent: Client) -> None:
    note = await agent.json("POST", f"{ANNA}/notes", {"text": "Her dog is called Rex"}, 201)
    assert note["mine"] is True
    await agent.acting("analyst").call("GET", f"{ANNA}/notes", status=403)
    await agent.acting("marketer").call("POST", f"{ANNA}/tasks", {"title": "x"}, status=403)
    await agent.acting("agent@99").call("GET", f"{ANNA}/notes", status=404)
    path = f"{ANNA}/notes/{note['id']}"
    await agent.acting("agent+other").call("DELETE", path, status=403)
    await agent.acting("manager").call("DELETE", path, status=204)
    await agent.call("DELETE", path, status=404)
    await agent.call("POST", f"{ANNA}/tasks", {"title": ""}, status=422)
    await agent.call("POST", "/programs/corner/members/external_id:nobody/notes", {"text": "x"}, status=404)


async def test_an_old_revision_changes_nothing(agent: Client) -> None:
    answer = await agent.call("POST", f"{ANNA}/tasks", {"title": "Send a card"}, 201)
    path, etag = f"{ANNA}/tasks/{answer.json()['id']}", answer.headers["etag"]
    changed: dict[str, Any] = await agent.json("PATCH", path, {"due_on": "2026-12-24"}, if_match=etag)
    assert (changed["due_on"], changed["title"]) == ("2026-12-24", "Send a card")
    await agent.call("PATCH", path, {"title": "Other"}, status=412, if_match=etag)
    assert (await agent.json("PATCH", path, {"due_on": None}))["due_on"] is None


async def test_nothing_is_left_of_somebody_who_is_erased(agent: Client, db: Database) -> None:
    await agent.json("POST", f"{ANNA}/notes", {"text": "Her dog is called Rex"}, 201)
    await agent.json("POST", f"{ANNA}/tasks", {"title": "Call about Rex"}, 201)
    member = (await agent.json("GET", ANNA))["id"]
    await agent.acting("owner").json("POST", f"/programs/corner/members/{member}/erase")
    assert (await agent.json("GET", "/programs/corner/tasks"))["data"] == []
