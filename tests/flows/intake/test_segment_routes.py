"""Segment's routes by hand: every path, every place of the write key, every answer."""

from __future__ import annotations

import gzip
from typing import Any

import httpx2
import msgspec
import pytest
from fastapi import FastAPI
from tests.flows.intake.conftest import MemoryPort, basic

from regulars.core.events import EventStatus
from regulars.flows.intake import Gate, intake_routes
from regulars.infra.clock import FixedClock

TRACK: dict[str, Any] = {"type": "track", "event": "Tasted", "userId": "u1", "messageId": "m1"}
BATCH: dict[str, Any] = {"batch": [TRACK]}


@pytest.mark.parametrize("prefix", ["", "/segment"])
@pytest.mark.parametrize("path", ["/v1/batch", "/v1/b", "/v1/import", "/beacon/v1/batch"])
async def test_batches(client: httpx2.AsyncClient, port: MemoryPort, prefix: str, path: str) -> None:
    answer = await client.post(prefix + path, json=BATCH, headers=basic("wk_shop"))
    assert (answer.status_code, answer.json()) == (200, {"success": True, "accepted": 1})
    assert len(port.events) == 1


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("track", {"event": "Tasted"}),
        ("identify", {"traits": {}}),
        ("page", {}),
        ("screen", {}),
        ("group", {"groupId": "g"}),
        ("alias", {"previousId": "a"}),
    ],
)
async def test_single_messages(
    client: httpx2.AsyncClient, port: MemoryPort, path: str, fields: dict[str, Any]
) -> None:
    for number, url in enumerate((f"/v1/{path}", f"/v1/{path[0]}", f"/segment/v1/{path}")):
        message = {"userId": "u1", "messageId": f"m{number}"} | fields
        answer = await client.post(url, json=message, headers=basic("wk_shop"))
        assert (answer.status_code, answer.json()["accepted"]) == (200, 1)
    assert {event.kind.value for event in port.events} == {path}
    assert len(port.events) == 3


@pytest.mark.parametrize(
    ("headers", "body", "query", "status"),
    [
        (basic("wk_shop"), BATCH, "", 200),
        ({"authorization": "Basic d2tfc2hvcA=="}, BATCH, "", 200),  # without the colon
        ({"authorization": "basic d2tfc2hvcDo="}, BATCH, "", 200),
        (
            basic("wk_wrong"),
            BATCH | {"writeKey": "wk_shop"},
            "?writeKey=wk_shop",
            401,
        ),  # the first found counts
        ({"authorization": "Bearer token"}, BATCH | {"writeKey": "wk_shop"}, "", 200),
        ({}, BATCH | {"writeKey": "wk_shop"}, "", 200),
        ({}, BATCH | {"writeKey": "wk_wrong"}, "?writeKey=wk_shop", 401),
        ({}, {"batch": [TRACK | {"writeKey": "wk_shop"}]}, "", 200),
        ({}, BATCH, "?writeKey=wk_shop", 200),
        ({}, BATCH, "", 401),
        ({}, {"batch": []}, "", 401),
        ({"authorization": "Basic %%%"}, BATCH, "?writeKey=wk_shop", 401),
        ({"authorization": "Basic"}, BATCH, "", 401),
        (basic("wk_off"), BATCH, "", 404),
        (basic("x" * 1000), BATCH, "", 401),
        (basic("wk\0shop"), BATCH, "", 401),
    ],
)
async def test_where_the_write_key_may_stand(
    client: httpx2.AsyncClient, headers: dict[str, str], body: dict[str, Any], query: str, status: int
) -> None:
    answer = await client.post(f"/v1/batch{query}", json=body, headers=headers)
    assert answer.status_code == status
    if status != 200:
        said = answer.json()
        assert isinstance(said["code"], str)
        assert isinstance(said["message"], str)


@pytest.mark.parametrize(
    "media_type",
    ["application/json", "application/json; charset=utf-8", "text/plain", "text/plain;charset=UTF-8", ""],
)
async def test_content_types(client: httpx2.AsyncClient, media_type: str) -> None:
    headers = basic("wk_shop") | {"content-type": media_type}
    body = msgspec.json.encode(BATCH)
    assert (await client.post("/v1/b", content=body, headers=headers)).status_code == 200
    packed = headers | {"content-encoding": "gzip"}
    assert (await client.post("/v1/b", content=gzip.compress(body), headers=packed)).status_code == 200


async def test_each_message_is_answered_for_itself(client: httpx2.AsyncClient, port: MemoryPort) -> None:
    port.statuses = {
        "m2": EventStatus.UNKNOWN_MEMBER,
        "m3": EventStatus.DUPLICATE_WITH_DIFFERENT_PAYLOAD,
        "m4": EventStatus.WAITING_FOR_ORDER,
    }
    messages = [TRACK | {"messageId": f"m{number}"} for number in range(5)]
    messages[1]["timestamp"] = "never"
    large = TRACK | {"messageId": "m5", "properties": {"note": "x" * 33_000}}
    sent = {"batch": [*messages, TRACK, large]}
    answer = await client.post("/v1/batch", json=sent, headers=basic("wk_shop"))
    assert answer.status_code == 200
    said = answer.json()
    assert said["accepted"] == 4
    assert [(item["index"], item["messageId"], item["code"]) for item in said["rejected"]] == [
        (1, "m1", "malformed_field"),
        (3, "m3", "duplicate_with_different_payload"),
        (6, "m5", "event_too_large"),
    ]
    assert all(item["message"] for item in said["rejected"])
    again = await client.post("/v1/batch", json={"batch": messages[:1]}, headers=basic("wk_shop"))
    assert again.json() == {"success": True, "accepted": 1}
    assert [event.key for event in port.events] == ["m0", "m1"]


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        ("batch", b"{", 400, "invalid_json"),
        ("batch", b"{}", 400, "malformed_field"),
        ("batch", b'{"batch":' + b"[" * 100_000, 400, "too_deep"),
        ("batch", b'{"batch":[' + b"{}," * 2_500 + b"{}]}", 400, "too_many_events"),
        ("batch", b" " * 512_001, 400, "payload_too_large"),
        ("track", b"{", 400, "invalid_json"),
        ("track", b'{"event":"x"}', 400, "missing_field"),
        (
            "track",
            b'{"event":"x","userId":"u","properties":{"a":"' + b"x" * 33_000 + b'"}}',
            400,
            "payload_too_large",
        ),
    ],
)
async def test_requests_that_are_refused_as_a_whole(
    client: httpx2.AsyncClient, port: MemoryPort, path: str, body: bytes, status: int, code: str
) -> None:
    answer = await client.post(f"/v1/{path}", content=body, headers=basic("wk_shop"))
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.json()["success"] is False
    assert port.events == []


async def test_rudder_sources_may_send_more(client: httpx2.AsyncClient) -> None:
    body = msgspec.json.encode({"batch": [TRACK | {"properties": {"a": "x" * 1_000_000}}]})
    accepted = await client.post("/v1/batch", content=body, headers=basic("wk_rudder"))
    refused = await client.post("/v1/batch", content=body * 5, headers=basic("wk_rudder"))
    in_body = await client.post("/v1/batch", json={"writeKey": "wk_shop", "batch": [], "x": "x" * 600_000})
    assert accepted.json() == {"success": True, "accepted": 1}
    assert (refused.status_code, refused.json()["code"]) == (413, "payload_too_large")
    assert (in_body.status_code, in_body.json()["code"]) == (400, "payload_too_large")


async def test_cross_origin(client: httpx2.AsyncClient) -> None:
    shop, other = {"origin": "https://shop.example"}, {"origin": "https://other.example"}
    preflight = await client.options("/v1/b", headers=shop | {"access-control-request-method": "POST"})
    assert preflight.status_code == 204
    assert preflight.headers["access-control-max-age"] == "900"
    assert "X-Retry-Count" in preflight.headers["access-control-allow-headers"]
    good = await client.post("/v1/b", json=BATCH, headers=basic("wk_shop") | shop)
    assert (good.status_code, good.headers["access-control-allow-origin"]) == (200, "https://shop.example")
    bad = await client.post("/v1/b", json=BATCH, headers=basic("wk_shop") | other)
    assert (bad.status_code, bad.json()["code"]) == (403, "origin_not_allowed")


async def test_settings_and_metrics(client: httpx2.AsyncClient) -> None:
    answer = await client.get(
        "/segment/v1/projects/wk_shop/settings", headers={"origin": "https://shop.example"}
    )
    assert answer.json()["integrations"] == {
        "Segment.io": {"apiKey": "wk_shop", "apiHost": "test/segment/v1"}
    }
    assert "access-control-allow-origin" in answer.headers
    plain = (await client.get("/v1/projects/wk_shop/settings")).json()
    assert plain["integrations"]["Segment.io"]["apiHost"] == "test/v1"
    assert (await client.get("/v1/projects/wk_wrong/settings")).status_code == 404
    assert (await client.post("/v1/m", content=b'{"series":[]}')).json() == {"success": True}


async def test_overload_is_said_before_anything_is_read(client: httpx2.AsyncClient, gate: Gate) -> None:
    gate.requests = 512
    answer = await client.post("/v1/batch", json=BATCH, headers=basic("wk_shop"))
    assert (answer.status_code, answer.json()["code"]) == (503, "intake_overloaded")
    assert answer.headers["retry-after"].isdecimal()
    gate.requests, gate.bytes = 0, 48 * 1024 * 1024
    assert (await client.post("/v1/batch", json=BATCH, headers=basic("wk_shop"))).status_code == 503
    gate.bytes = 0
    assert (await client.post("/v1/batch", json=BATCH, headers=basic("wk_shop"))).status_code == 200
    assert (gate.requests, gate.bytes) == (0, 0)


async def test_the_rate_of_a_source(client: httpx2.AsyncClient) -> None:
    statuses = [
        (await client.post("/v1/t", json=TRACK, headers=basic("wk_slow"))).status_code for _ in range(3)
    ]
    assert statuses == [200, 200, 429]
    refused = await client.post("/v1/t", json=TRACK, headers=basic("wk_slow"))
    assert (refused.json()["code"], refused.headers["retry-after"]) == ("rate_limited", "1")


async def test_routes_can_be_built_before_the_application_has_connected(
    port: MemoryPort, clock: FixedClock
) -> None:
    app = FastAPI()
    app.router.routes.extend(intake_routes())
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://test") as early:
        for url in ("/v1/batch", "/api/v1/events"):
            answer = await early.post(url, json=BATCH, headers=basic("wk_shop"))
            assert (answer.status_code, answer.json()["code"]) == (503, "not_serving")
        app.state.intake_port, app.state.clock = port, clock
        assert (
            await early.post("/segment/v1/batch", json=BATCH, headers=basic("wk_shop"))
        ).status_code == 200
