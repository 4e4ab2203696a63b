"""Segment's Webhooks destination: signed requests, of a source that signs and of none other."""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import msgspec
import pytest
from tests.app.serving import application
from tests.conftest import START
from tests.flows.accrual.setting import open_shop
from tests.flows.intake.conftest import SOURCES, MemoryPort, basic

from regulars.features.programs import issue_api_key, issue_write_key
from regulars.infra.clock import FixedClock
from regulars.infra.db import Database

SECRET = "a secret that two know"
TRACK: dict[str, Any] = {
    "type": "track", "event": "Tasted", "userId": "u1", "messageId": "m1", "writeKey": "of Segment", "version": 2,
}  # fmt: skip


@pytest.fixture(autouse=True)
def signing() -> Iterator[None]:
    SOURCES["wk_signed"] = msgspec.structs.replace(SOURCES["wk_shop"], id=9, signing_secret=SECRET)
    yield
    del SOURCES["wk_signed"]


def signed(body: bytes, secret: str = SECRET) -> dict[str, str]:
    return {
        "x-signature": hmac.new(secret.encode(), body, "sha1").hexdigest(),
        "content-type": "application/json",
    }


@pytest.mark.parametrize(
    "message", [TRACK, [TRACK, {**TRACK, "type": "identify", "messageId": "m2", "traits": {}}]]
)
async def test_a_message_or_several(client: httpx2.AsyncClient, port: MemoryPort, message: Any) -> None:
    body = json.dumps(message).encode()
    answer = await client.post("/v1/webhook?writeKey=wk_signed", content=body, headers=signed(body))
    assert answer.status_code == 200, answer.text
    assert answer.json()["accepted"] == (len(message) if isinstance(message, list) else 1)
    assert port.events[0].type == "Tasted"


async def test_the_key_may_stand_in_the_authorization(client: httpx2.AsyncClient, port: MemoryPort) -> None:
    body = json.dumps(TRACK).encode()
    answer = await client.post("/v1/webhook", content=body, headers=signed(body) | basic("wk_signed"))
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/v1/webhook?writeKey=wk_signed"),
        ("POST", "/v1/track?writeKey=wk_signed"),
        ("POST", "/v1/batch?writeKey=wk_signed"),
        ("POST", "/api/v1/events"),
        ("GET", "/pixel/v1/track?writeKey=wk_signed&event=x&anonymousId=a"),
    ],
)
async def test_nothing_unsigned_comes_in(
    client: httpx2.AsyncClient, port: MemoryPort, method: str, path: str
) -> None:
    message = (
        {"batch": [TRACK]}
        if "batch" in path
        else {"type": "Tasted", "member": {"user_id": "u"}}
        if "api" in path
        else TRACK
    )
    body = b"" if method == "GET" else json.dumps({**message, "writeKey": "wk_signed"}).encode()
    for headers in ({}, signed(body + b" "), signed(body, "another"), {"x-signature": "ÿ".encode("latin-1")}):
        sent = {**basic("wk_signed"), **headers} if "api" in path else headers
        answer = await client.request(method, path, content=body, headers=sent)
        assert (answer.status_code, answer.json()["code"]) == (401, "invalid_signature")
    assert port.events == []


async def test_a_source_that_does_not_sign_needs_no_signature(
    client: httpx2.AsyncClient, port: MemoryPort
) -> None:
    assert (await client.post("/v1/webhook?writeKey=wk_shop", json=TRACK)).status_code == 200
    assert "secret" not in repr(SOURCES["wk_signed"])


async def test_a_source_is_made_to_sign(db: Database, database_url: str, tmp_path: Path) -> None:
    clock = FixedClock(START)
    shop = await open_shop(db, clock, tmp_path)
    async with db.transaction() as tx:
        owner = (await issue_api_key(tx, shop.program_id, "owner", ("owner",), clock.now())).key
        till = (await issue_write_key(tx, shop.program_id, shop.till.id, "till", clock.now())).key
    address = "/api/v1/programs/corner/sources/till/signing-secret"
    headers = {"authorization": f"Bearer {owner}"}
    async with application(database_url, clock) as client:

        async def send(number: int, secret: str = "") -> int:
            body = json.dumps({**TRACK, "messageId": f"m{number}"}).encode()
            said = signed(body, secret) if secret else {}
            return (await client.post(f"/v1/webhook?writeKey={till}", content=body, headers=said)).status_code

        assert await send(1) == 200
        first = (await client.post(address, headers=headers)).json()["secret"]
        # A server that remembers the source from before is told by the batch itself, and asks for it again.
        assert [await send(2), await send(2), await send(3, first)] == [503, 401, 200]
        second = (await client.post(address, headers=headers)).json()["secret"]
        assert [await send(5, second), await send(4, first)] == [200, 401]
        assert (await client.delete(address, headers=headers)).status_code == 204
        assert await send(6) == 200
        shown = [
            (await client.get(path, headers=headers)).text
            for path in ("/api/v1/programs/corner/sources", "/api/v1/programs/corner/audit")
        ]
    assert not [text for text in shown if first in text or second in text]
