"""`POST /api/v1/events`: the plain form and CloudEvents, single and many."""

from __future__ import annotations

from typing import Any

import httpx2
import msgspec
import pytest
from fastapi import FastAPI
from starlette.routing import Route
from tests.flows.intake.conftest import MemoryPort, basic

from regulars.core.events import EventStatus
from regulars.flows.intake import intake_openapi
from regulars.kit import ids

URL = "/api/v1/events"
EVENT: dict[str, Any] = {"id": "e1", "type": "Coffee Tasted", "member": {"user_id": "u1"}}
CLOUD: dict[str, Any] = {
    "specversion": "1.0",
    "id": "1",
    "source": "/x",
    "type": "coffee.tasted",
    "subject": "u1",
}
# Not for people: what the SDKs ask and tell by themselves, and the pages of the framework.
UNDOCUMENTED = {
    "/v1/m",
    "/v1/projects/{write_key}/settings",
    "/beacon/v1/batch",
    "/docs",
    "/docs/oauth2-redirect",
    "/redoc",
}
WRITER = {"authorization": "Bearer writer"}


async def test_one_event_and_what_it_did(client: httpx2.AsyncClient, port: MemoryPort) -> None:
    answer = await client.post(URL, json=EVENT, headers=basic("wk_shop"))
    assert (answer.status_code, answer.json()) == (
        200,
        {
            "index": 0,
            "id": "e1",
            "status": "accepted",
            "event_id": ids.encode("evt", 1),
            "member_id": ids.encode("mem", 9),
            "effects": [],
            "rules_fired": [],
        },
    )
    again = await client.post(URL, json=EVENT, headers=basic("wk_shop"))
    assert (again.status_code, again.json()["status"]) == (200, "duplicate")
    assert again.headers["idempotency-replayed"] == "true"
    assert len(port.events) == 1


@pytest.mark.parametrize("wrap", [lambda events: events, lambda events: {"events": events}])
async def test_many_events(client: httpx2.AsyncClient, port: MemoryPort, wrap: Any) -> None:
    answer = await client.post(URL, json=wrap([EVENT, {"id": "e2"}, EVENT | {"id": "e3"}]), headers=WRITER)
    results = answer.json()["results"]
    assert [(item["index"], item["id"], item["status"]) for item in results] == [
        (0, "e1", "accepted"),
        (1, "e2", "malformed"),
        (2, "e3", "accepted"),
    ]
    assert (results[1]["code"], results[1]["path"]) == ("missing_field", "type")
    assert [item.key for item in port.rejections] == ["e2"]


async def test_cloudevents_in_all_three_modes(client: httpx2.AsyncClient, port: MemoryPort) -> None:
    one = await client.post(
        URL,
        content=msgspec.json.encode(CLOUD),
        headers=WRITER | {"content-type": "application/cloudevents+json"},
    )
    many = await client.post(
        URL,
        content=msgspec.json.encode([CLOUD | {"id": "2"}, {}]),
        headers=WRITER | {"content-type": "application/cloudevents-batch+json; charset=utf-8"},
    )
    attributes = {f"ce-{name}": value for name, value in (CLOUD | {"id": "3"}).items()}
    binary = await client.post(URL, json={"cups": 2}, headers=WRITER | attributes)
    assert one.json()["id"] == "/x#1"
    assert [item["status"] for item in many.json()["results"]] == ["accepted", "malformed"]
    assert binary.json()["id"] == "/x#3"
    assert [event.user_id for event in port.events] == ["u1"] * 3
    assert port.events[2].properties == {"cups": 2}


async def test_a_dry_run_is_passed_on(client: httpx2.AsyncClient, port: MemoryPort) -> None:
    await client.post(f"{URL}?dry_run=true&source=rudder", json=EVENT, headers=WRITER)
    assert port.calls == [{"source": "rudder", "dry_run": True, "effects": True}]
    assert port.events == []


async def test_reasons_are_asked_for(client: httpx2.AsyncClient, port: MemoryPort) -> None:
    await client.post(f"{URL}?explain=true", json=EVENT, headers=WRITER)
    await client.post(f"{URL}?explain=no", json={**EVENT, "id": "another"}, headers=WRITER)
    assert [call.get("explain", False) for call in port.calls] == [True, False]


@pytest.mark.parametrize(
    ("headers", "query", "status", "code"),
    [
        ({}, "", 401, "unauthenticated"),
        ({"authorization": "Bearer nobody"}, "", 401, "unauthenticated"),
        ({"authorization": "Bearer revoked1"}, "", 401, "unauthenticated"),
        ({"authorization": "Bearer reader"}, "", 403, "forbidden"),
        (WRITER, "?source=nowhere", 404, "not_found"),
        (basic("wk_off"), "", 404, "source_disabled"),
        ({"authorization": "Bearer wk_shop"}, "", 200, None),
    ],
)
async def test_who_may_send(
    client: httpx2.AsyncClient, headers: dict[str, str], query: str, status: int, code: str | None
) -> None:
    answer = await client.post(URL + query, json=EVENT, headers=headers)
    assert (answer.status_code, answer.json().get("code")) == (status, code)


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"{", 400, "malformed_json"),
        (b"", 400, "malformed_json"),
        (b'{"type":"A","type":"B"}', 400, "malformed_json"),
        (b'{"type":"A","member":{"user_id":"u"},"n":NaN}', 400, "malformed_json"),
        (b'{"type":"A\\u0000","member":{"user_id":"u"}}', 400, "malformed_json"),
        (b"7", 422, "malformed_field"),
        (b'{"type":"A"}', 422, "missing_field"),
        (
            b'{"type":"A","member":{"user_id":"u"},"occurred_at":"1970-01-01T00:00:00Z"}',
            422,
            "timestamp_too_old",
        ),
        (b'{"type":"A","member":{"user_id":"u"},"x":"' + b"x" * 33_000 + b'"}', 413, "body_too_large"),
        (b"[" + b"{}," * 2_500 + b"{}]", 413, "too_many_events"),
        (b" " * 600_000, 413, "body_too_large"),
    ],
)
async def test_bodies_that_are_refused(
    client: httpx2.AsyncClient, body: bytes, status: int, code: str
) -> None:
    answer = await client.post(URL, content=body, headers=WRITER | {"content-type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("forced", "status"),
    [
        (EventStatus.DUPLICATE_WITH_DIFFERENT_PAYLOAD, 409),
        (EventStatus.UNKNOWN_MEMBER, 200),
        (EventStatus.REFUSED_SOURCE, 403),
        (EventStatus.WAITING_FOR_ORDER, 200),
        (EventStatus.PARKED, 200),
    ],
)
async def test_statuses_of_a_single_event(
    client: httpx2.AsyncClient, port: MemoryPort, forced: EventStatus, status: int
) -> None:
    port.statuses = {"e1": forced}
    answer = await client.post(URL, json=EVENT, headers=WRITER)
    said = answer.json()
    assert (answer.status_code, said["status"] if status == 200 else said["code"]) == (status, forced.value)


def test_the_document_names_every_route_and_its_callers(app: FastAPI) -> None:
    paths = intake_openapi()
    served = {
        route.path for route in app.router.routes if isinstance(route, Route) and "openapi" not in route.path
    }
    assert served - set(paths) == UNDOCUMENTED
    assert all(operation["x-roles"] for item in paths.values() for operation in item.values())
    names = [operation["operationId"] for item in paths.values() for operation in item.values()]
    assert len(set(names)) == len(names)
