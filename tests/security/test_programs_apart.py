"""Two programs in one installation: whatever somebody of the one asks, nothing of the other is answered or changed.

The first program is full of canaries: words that stand nowhere else. Somebody of the second one knows every id of the
first and uses them wherever an id can stand.
"""

from __future__ import annotations

from typing import Any

import httpx2
import pytest
from tests.security.conftest import World
from tests.security.operations import NOTHING, STREAMS, knock

from regulars.infra.db import load_queries
from regulars.kit import ids

queries = load_queries(__package__)
CANARY = "kanarienvogel"


async def ask(
    world: World, who: str, method: str, path: str, body: Any = None, **headers: str
) -> httpx2.Response:
    """Call an address as somebody, with an idempotency key of its own."""
    named = {**world.headers(who), "idempotency-key": f"{method}{path}"[:200], **headers}
    return await world.client.request(method, f"/api/v1{path}", json=body, headers=named)


@pytest.fixture
async def values(world: World) -> dict[str, str]:
    """Fill the first program with canaries; return the ids of everything in it by the names that paths use."""
    event = {
        "id": CANARY,
        "type": "Order Completed",
        "member": {"user_id": CANARY, "email": f"{CANARY}@example.com"},
        "order": {
            "order_id": CANARY,
            "revenue": "150.00",
            "lines": [{"sku": "TEA", "quantity": 2, "price": "5"}],
        },
    }
    sent = await ask(world, "write_key", "POST", "/events", event)
    assert sent.status_code == 200, sent.text
    member = sent.json()["member"]["id"]
    here = "/programs/corner"
    held = await ask(
        world, "owner", "POST", f"{here}/members/{member}/holds", {"points": 5, "reference": CANARY}
    )
    spent = await ask(
        world, "owner", "POST", f"{here}/members/{member}/spends", {"points": 5, "reference": CANARY}
    )
    rule = {
        "name": CANARY,
        "trigger": {"event": "Seen"},
        "then": [{"award": {"point_type": "points", "points": 1}}],
    }
    await ask(world, "owner", "PUT", f"{here}/rules/{CANARY}", rule)
    await ask(world, "owner", "PUT", f"{here}/partners/{CANARY}", {"name": CANARY, "roles": ["earn"]})
    await ask(world, "owner", "PUT", f"{here}/products/{CANARY}", {"name": CANARY, "price": 100})
    hook = {"url": "http://127.0.0.1:9/", "description": CANARY}
    webhook = (await ask(world, "owner", "POST", f"{here}/webhooks", hook)).json()["id"]
    await ask(world, "owner", "POST", f"{here}/webhooks/{webhook}/test")
    simulation = await ask(world, "owner", "POST", f"{here}/simulations", {})
    keys = (await ask(world, "owner", "GET", f"{here}/keys")).json()
    keys = keys["data"] if isinstance(keys, dict) else keys
    async with world.shop.db.transaction() as tx:
        number, job = await tx.one(queries.select_numbers, program_id=world.shop.program_id)
    return NOTHING | {
        "ref": member,
        "hold": held.json()["hold"],
        "spend": spent.json()["transfer"],
        "transfer": spent.json()["transfer"],
        "event": ids.encode("evt", int(number)),
        "code": CANARY,
        "sku": CANARY,
        "endpoint_id": webhook,
        "number": str(simulation.json().get("number", 1)),
        "job_id": str(job),
        "version": "1",
        "prefix": keys[0]["prefix"],
        "kind": "campaigns",
    }


async def test_nothing_of_the_other_program_is_answered(world: World, values: dict[str, str]) -> None:
    leaks, sung = [], set()
    for operation in world.operations:
        if operation.method != "get" or operation.id in STREAMS:
            continue
        for who, program in (("stranger", "corner"), ("stranger", "other"), ("owner", "corner")):
            for query in ({}, {"key": CANARY, "order_id": CANARY, "member": values["ref"], "source": "till"}):
                here = values | {"program": program}
                answer = await knock(world.app, operation, here, world.headers(who), params=query)
                if CANARY in _told(answer, query):
                    if who == "owner":
                        sung.add(operation.id)
                    else:
                        leaks.append((operation.id, program, answer.text[:300]))
    assert leaks == []
    assert len(sung) >= 20, sorted(sung)  # to its owner the canary sings


async def test_nothing_of_the_other_program_is_changed(world: World, values: dict[str, str]) -> None:
    before = await state(world)
    mine = await ask(
        world, "stranger", "POST", "/programs/other/members", {"identifiers": {"external_id": "me"}}
    )
    assert mine.status_code == 201, mine.text
    me, her = mine.json()["id"], values["ref"]
    there = "/programs/other"
    attempts = [
        ("POST", f"{there}/members/{her}/transfers", {"to": me, "points": 1}),
        ("POST", f"{there}/members/{me}/transfers", {"to": her, "points": 1}),
        ("POST", f"{there}/members/{me}/merge", {"source": her, "reason": "mine"}),
        ("POST", f"{there}/members/{her}/merge", {"source": me, "reason": "mine"}),
        ("POST", f"{there}/members/{me}/claims", {"order_id": CANARY}),
        ("POST", f"{there}/members/{her}/spends", {"points": 1}),
        ("POST", f"{there}/members/{her}/spends/{values['spend']}/cancel", {"reason": "mine"}),
        ("POST", f"{there}/members/{me}/spends/{values['spend']}/cancel", {"reason": "mine"}),
        ("POST", f"{there}/members/{me}/holds/{values['hold']}/capture", {}),
        ("POST", f"{there}/members/{her}/holds/{values['hold']}/void", {}),
        (
            "POST",
            f"{there}/members/{her}/adjustments",
            {"direction": "credit", "points": 9, "reason": "mine"},
        ),
        ("POST", f"{there}/members/{her}/erase", {"reason": "mine"}),
        ("PATCH", f"{there}/members/{her}", {"tags": ["mine"]}),
        ("DELETE", f"{there}/keys/{values['prefix']}", None),
        ("DELETE", f"{there}/webhooks/{values['endpoint_id']}", None),
        ("DELETE", f"{there}/rules/{CANARY}", None),
        ("POST", f"/jobs/{values['job_id']}/cancel", None),
        (
            "POST",
            "/quotes",
            {"event": {"type": "Order Completed", "order": {"order_id": "q"}}, "member": her},
        ),
    ]
    for method, path, body in attempts:
        answer = await ask(world, "stranger", method, path, body)
        assert 400 <= answer.status_code < 500 or path == "/quotes", (
            method,
            path,
            answer.status_code,
            answer.text,
        )
        assert CANARY not in answer.text.replace(path, "").replace(_echo(answer), ""), (
            method,
            path,
            answer.text,
        )
        assert await state(world) == before, (method, path)
    event = {
        "id": "e1",
        "type": "Order Completed",
        "member": {"id": her},
        "order": {"order_id": "e1", "revenue": "9"},
    }
    await ask(world, "stranger", "POST", "/events", event)
    assert await state(world) == before


async def state(world: World) -> list[tuple[Any, ...]]:
    """Return what the first program's members have and what can be changed about it, as one fingerprint each."""
    async with world.shop.db.transaction() as tx:
        return await tx.all(queries.select_fingerprints, program_id=world.shop.program_id)


def _told(answer: httpx2.Response, query: dict[str, str]) -> str:
    """Return what an answer tells beyond the caller's own words: the address, and what a refusal says of her query."""
    text = answer.text.replace(str(answer.request.url), "").replace(_echo(answer), "")
    if answer.status_code == 422:
        for error in answer.json().get("errors", ()):
            if error["path"] in query:
                text = text.replace(error["message"], "")
    return text


def _echo(answer: httpx2.Response) -> str:
    """Return the place that a problem names: the caller's own words."""
    if "json" not in answer.headers.get("content-type", ""):
        return "\x00"
    body = answer.json()
    return str(body.get("instance") or "\x00") if isinstance(body, dict) else "\x00"
