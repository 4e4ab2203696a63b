"""Two partners in one program: whatever the one's people and keys ask, nothing of the other is answered or changed.

The other partner is full of canaries: words that stand nowhere else. Every operation that is open to partners is asked
with every id of the other, at the own address and at hers.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx2
import pytest
from tests.security.conftest import World
from tests.security.operations import NOTHING, STREAMS, Operation, knock
from tests.security.test_sessions import OWN, Headers, session_of

from regulars.features.staff import Assignment
from regulars.infra.clock import FixedClock
from regulars.infra.db import Database

MINE, THEIRS = "baker", "kanarienvogel"
CANARY = THEIRS
WHILE = {"start": "2026-01-01T00:00:00Z", "end": "2030-01-01T00:00:00Z"}
TERMS = {
    "roles": ["earn", "burn"],
    "source": {"platform": "plain", "enrol": True},
    "terms": {"rates": [{"point_type": "points", "direction": "burn", "per_point": "0.01"}]},
    "agreements": [{"point_type": "points"}],
}
Values = dict[str, str]


@pytest.fixture
async def values(world: World, clock: FixedClock) -> Values:
    """Fill the other partner with canaries; return every id of hers by the names that paths use."""
    own = await connect(world, MINE)
    theirs = await connect(world, THEIRS)
    event = {
        "type": "Order Completed",
        "member": {"user_id": "shared", "email": f"{CANARY}@example.com"},
        "order": {"order_id": CANARY, "revenue": "150.00"},
    }
    key = {"authorization": f"Bearer {theirs['write_key']}"}
    sent = await world.client.post("/api/v1/events", json=event, headers=key)
    assert sent.status_code == 200, sent.text
    member = sent.json()["member"]["id"]
    spent = await ask(
        world, "POST", f"/partners/{THEIRS}/spends", {"member": member, "points": 5, "order": CANARY}
    )
    till = {"member": member, "store": THEIRS}
    held = await ask(world, "POST", f"/partners/{THEIRS}/holds", till | {"points": 2, "order": CANARY})
    reward = {"name": "Mug", "kind": "goods", "price": {"points": 1}}
    await ask(world, "PUT", "/rewards/mug", reward)
    await ask(world, "PUT", f"/rewards/{CANARY}", {**reward, "kind": "partner", "partner": THEIRS})
    wanted = till | {"reward": "mug", "reference": CANARY, "hold_s": 7_776_000}
    taken = await ask(world, "POST", f"/partners/{THEIRS}/redemptions", wanted)
    basket = {"store": THEIRS, "lines": [{"sku": CANARY, "amount": 100}], "hold_s": 60}
    priced = await ask(world, "POST", "/checkouts", basket)
    await ask(world, "POST", "/statements/draw-up", {})
    clock.advance(timedelta(days=40))
    statements = {one["partner"]: one["id"] for one in (await ask(world, "GET", "/statements"))["data"]}
    number = statements[THEIRS]
    await ask(world, "POST", f"/statements/{number}/issue")
    dispute = await ask(
        world,
        "POST",
        f"/partners/{THEIRS}/statements/{number}/disputes",
        {"reference": CANARY, "text": f"{CANARY} says"},
    )
    prefix = (await ask(world, "GET", f"/partners/{THEIRS}/keys"))[0]["prefix"]
    return NOTHING | {
        "own_key": own["api_key"],
        "ref": member,
        "code": THEIRS,
        "number": str(number),
        "dispute": str(dispute["id"]),
        "prefix": prefix,
        "spend": spent["transfer"],
        "hold": held["hold"],
        "redemption": taken["id"],
        "checkout": priced["id"],
    }


@pytest.fixture
async def asked(world: World, values: Values, db: Database, clock: FixedClock) -> dict[str, Headers]:
    """Return the credentials of the one partner: a person's and a key's; the other partner is there by then."""
    _, person = await session_of(db, clock, MINE, Assignment("partner", OWN, partner=MINE))
    return {"person": person, "key": {"authorization": f"Bearer {values['own_key']}"}}


async def connect(world: World, code: str) -> Any:
    await ask(world, "PUT", "/partner-templates/default", TERMS)
    return await ask(world, "POST", "/connections", {"code": code, "name": code})


async def ask(world: World, method: str, path: str, body: Any = None) -> Any:
    headers = {**world.headers("owner"), "idempotency-key": f"{method}{path}"}
    answer = await world.client.request(method, f"/api/v1/programs/{OWN}{path}", json=body, headers=headers)
    assert answer.status_code < 300, f"{method} {path}: {answer.text}"
    return answer.json() if answer.content else None


def of_partners(world: World) -> list[Operation]:
    """Return what is open to partners: generated, so that a new route is asked too."""
    return [one for one in world.operations if "partner" in one.roles and one.id not in STREAMS]


def places(operation: Operation, values: Values) -> list[Values]:
    """Return the other's ids at the own address and at hers."""
    number = values["dispute" if "/disputes/{number}" in operation.path else "number"]
    return [values | {"partner": partner, "number": number} for partner in (MINE, THEIRS)]


async def test_nothing_of_the_other_partner_is_answered(
    world: World, asked: dict[str, Headers], values: Values
) -> None:
    leaks, sung = [], set()
    for operation in of_partners(world):
        for place in places(operation, values):
            for who, headers in {**asked, "owner": world.headers("owner")}.items():
                if operation.method != "get":
                    continue
                queries: list[dict[str, str]] = [
                    WHILE,
                    {**WHILE, "member": values["ref"], "statement": values["number"]},
                ]
                for query in queries:
                    answer = await knock(world.app, operation, place, headers, params=query)
                    assert answer.status_code not in (401, 500), (operation.id, answer.text)
                    if CANARY not in told(answer):
                        continue
                    if who == "owner":
                        sung.add(operation.id)
                    else:
                        leaks.append((operation.id, who, answer.text[:200]))
    assert leaks == []
    assert len(sung) >= 16, sorted(sung)  # to the program's own staff the canary sings


async def test_nothing_of_the_other_partner_is_changed(
    world: World, asked: dict[str, Headers], values: Values
) -> None:
    before = await state(world)
    bodies: dict[str, Any] = {
        "rename_partner_store": {"name": "mine"},
        "issue_partner_write_key": {"name": "mine"},
        "rotate_partner_key": {"overlap_hours": 0},
        "upload_partner_file": {"file": "order_id,points\n1,1\n"},
        "open_partner_dispute": {"reference": "mine", "text": "mine"},
        "answer_partner_dispute": {"text": "mine"},
        "withdraw_partner_dispute": {"text": "mine"},
        "cancel_spend_at_partner": {"reason": "mine"},
        "capture_hold_at_partner": {"member": values["ref"]},
        "void_hold_at_partner": {"member": values["ref"]},
        "capture_at_partner": {},
        "void_at_partner": {},
        "cancel_at_partner": {"reason": "mine"},
    }
    tried = set()
    for operation in of_partners(world):
        if operation.method == "get":
            continue
        for place in places(operation, values):
            if place["partner"] == MINE and operation.id not in bodies and operation.id not in UNNAMED:
                continue
            for headers in asked.values():
                body = bodies.get(operation.id, {})
                answer = await knock(world.app, operation, place, headers, json=body)
                assert answer.status_code in (403, 404, 422), (operation.id, place["partner"], answer.text)
                if answer.status_code == 404:
                    tried.add(operation.id)
    assert await state(world) == before
    assert tried >= set(bodies), set(bodies) - tried


# Changes whose address names a thing of the partner, and that need no body.
UNNAMED = {"agree_own_statement", "revoke_partner_key"}


async def state(world: World) -> Any:
    """Return what the other partner has that its own or somebody else's request could change."""
    here = f"/partners/{THEIRS}"
    number = (await ask(world, "GET", f"{here}/statements"))["data"][0]["id"]
    return [
        await ask(world, "GET", path)
        for path in (
            f"{here}/statements/{number}",
            f"{here}/statements/{number}/uploads",
            f"{here}/disputes",
            f"{here}/redemptions",
            f"{here}/checkouts",
            f"{here}/stores",
            f"{here}/sources",
            f"{here}/keys",
            f"{here}/transactions?start={WHILE['start']}&end={WHILE['end']}",
        )
    ]


async def test_a_partner_sees_of_the_program_what_it_settles_in(
    world: World, asked: dict[str, Headers]
) -> None:
    for headers in asked.values():
        seen = (await world.client.get(f"/api/v1/programs/{OWN}", headers=headers)).json()
        assert {name for name, value in seen.items() if value is not None} == {
            "code", "name", "currency", "zone", "region", "created_at",
        }  # fmt: skip


async def test_who_is_of_two_partners_sees_both_and_no_third(
    world: World, asked: dict[str, Headers], values: Values, db: Database, clock: FixedClock
) -> None:
    await connect(world, "third")
    roles = [Assignment("partner", OWN, partner=one) for one in (MINE, "third")]
    _, both = await session_of(db, clock, "both", *roles)
    for partner, status in ((MINE, 200), ("third", 200), (THEIRS, 404), ("nowhere", 404)):
        path = f"/api/v1/programs/{OWN}/partners/{partner}/stores"
        assert (await world.client.get(path, headers=both)).status_code == status, partner


def told(answer: httpx2.Response) -> str:
    """Return what an answer tells beyond the address that the caller wrote."""
    text = answer.text
    if answer.status_code >= 400 and "json" in answer.headers.get("content-type", ""):
        text = text.replace(str(answer.json().get("instance") or "\x00"), "")
    return text
