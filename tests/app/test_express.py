"""The express lane answers as the application does: the same status, body and headers, for good requests and bad."""

from __future__ import annotations

import re
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route
from tests.app.serving import program_with_key

from regulars.app import draining
from regulars.app.asgi import create_app
from regulars.app.express import Express
from regulars.app.routers import ROUTES
from regulars.app.settings import Settings
from regulars.infra.clock import FixedClock
from regulars.infra.db import Database

EVENT = {"id": "1", "type": "Shop Visited", "member": {"user_id": "ann"}}
REQUESTS: list[dict[str, Any]] = [
    {"url": "/api/v1/events", "json": EVENT},
    {"url": "/api/v1/events", "json": EVENT},
    {"url": "/api/v1/events", "json": {**EVENT, "type": "Another"}},
    {"url": "/api/v1/events", "content": b"{", "headers": {"content-type": "application/json"}},
    {"url": "/api/v1/events", "content": b"x" * 5_000_000},
    {"url": "/api/v1/events?source=unknown", "json": EVENT},
    {"url": "/api/v1/events", "json": EVENT, "headers": {"authorization": "Bearer wrong"}},
    {"url": "/v1/track", "json": {"event": "Seen", "userId": "ann", "messageId": "9"}},
    {"url": "/segment/v1/batch", "json": {"batch": []}, "headers": {"origin": "https://shop.example"}},
    {"url": "/v1/m", "json": {}},
    {"url": "/v1/unknown", "json": {}},
]


async def answers(app: Any, key: str, url: str = "http://test") -> list[tuple[int, bytes, dict[str, str]]]:
    """Return what an application (None: whoever serves at `url`) answers to all of REQUESTS."""
    found = []
    transport = None if app is None else httpx2.ASGITransport(app, raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url=url) as client:
        for request in REQUESTS:
            headers = {"authorization": f"Bearer {key}", "x-request-id": "mine", **request.get("headers", {})}
            answer = await client.post(**{**request, "headers": headers})
            found.append((answer.status_code, answer.content, dict(answer.headers)))
    return found


async def test_the_lane_answers_as_the_application_does(
    db: Database, database_url: str, clock: FixedClock
) -> None:
    _, key = await program_with_key(db, clock)
    app = create_app(Settings(database_url=database_url, worker=False), clock)
    async with app.router.lifespan_context(app):
        slow = await answers(app, key)
        fast = await answers(Express(app, ROUTES), key)
    for one, other, request in zip(slow, fast, REQUESTS, strict=True):
        assert one == other, request


async def test_a_mistake_of_ours_is_answered_and_a_stopping_server_says_goodbye(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def broken(_: Request) -> Response:
        raise RuntimeError("secret inside")

    lane = Express(FastAPI(), [Mount("/deep", routes=[Route("/broken", broken, methods=["POST"])])])
    transport = httpx2.ASGITransport(lane, raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url="http://test") as client:
        answer = await client.post("/deep/broken")
        assert answer.status_code == 500
        assert answer.json()["code"] == "internal_error"
        assert "secret" not in answer.text
        assert re.fullmatch("req_[0-9a-f]{24}", answer.headers["x-request-id"])
        assert "connection" not in answer.headers
        monkeypatch.setattr(draining, "_goodbye", [True])
        assert (await client.post("/deep/broken")).headers["connection"] == "close"
        assert (await client.get("/deep/broken")).status_code == 404


async def test_a_route_below_a_mount_is_counted_by_its_whole_path(monkeypatch: pytest.MonkeyPatch) -> None:
    counted: list[tuple[object, ...]] = []
    monkeypatch.setattr("regulars.app.express.count_request", lambda *said, **_: counted.append(said[:3]))

    async def taken(_: Request) -> Response:
        return Response("yes")

    lane = Express(Starlette(), [Mount("/segment", routes=[Route("/v1/t", taken, methods=["POST"])])])
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(lane), base_url="http://test") as client:
        assert (await client.post("/segment/v1/t")).text == "yes"
    assert counted == [("POST", "/segment/v1/t", 200)]
