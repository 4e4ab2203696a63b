"""The application as operators and integrators see it: health, metrics, documentation, logs."""

from __future__ import annotations

import asyncio
import re
from datetime import timedelta

import pytest
from fastapi import FastAPI
from starlette.types import Message
from tests.app.serving import ANSWER_WITHIN_S, application, program_with_key
from tests.features.webhooks.setting import batch, notices

from regulars.app.asgi import create_app
from regulars.app.documentation import documentation_page
from regulars.app.logs import hide_secrets
from regulars.app.settings import Settings
from regulars.features.programs import revoke_key
from regulars.infra.clock import FixedClock
from regulars.infra.db import Database
from regulars.infra.web import undeclared_routes


@pytest.fixture(scope="module")
def app() -> FastAPI:
    """Return the application, not connected."""
    return create_app(Settings(database_url="postgresql://nowhere.invalid/"))


def test_every_operation_declares_its_roles_and_its_name(app: FastAPI) -> None:
    """Clients are generated from operation ids; the permission matrix from x-roles; a tag is where one is found."""
    assert undeclared_routes(app) == []
    operations = [one for path in app.openapi()["paths"].values() for one in path.values()]
    names = [operation["operationId"] for operation in operations]
    assert len(names) == len(set(names)) > 20
    assert [one["operationId"] for one in operations if len(one.get("tags", [""])) != 1] == []


def test_the_document_is_openapi_3_1_with_webhooks(app: FastAPI) -> None:
    """What we send is described beside what we take."""
    document = app.openapi()
    assert document["openapi"].startswith("3.1")
    earned = document["webhooks"]["points.earned"]["post"]
    headers = {parameter["name"] for parameter in earned["parameters"]}
    assert headers == {"webhook-id", "webhook-timestamp", "webhook-signature"}


def test_the_documentation_page_needs_no_script_and_escapes(app: FastAPI) -> None:
    """Every path is on it, and nothing in the document can become markup."""
    document = app.openapi()
    page = documentation_page(document)
    assert all(path.replace("&", "&amp;") in page for path in document["paths"])
    assert "<script" not in page
    evil = {"info": {"title": "<script>", "version": "1"}, "paths": {"/<b>": {"get": {"summary": "<i>"}}}}
    assert "<b>" not in documentation_page(evil).replace('<b class="method">', "")


async def test_health_needs_no_credentials(database_url: str, clock: FixedClock) -> None:
    """Live without the database, ready with it."""
    async with application(database_url, clock) as client:
        assert (await client.get("/livez")).json() == {"live": True}
        ready = await client.get("/readyz")
        assert (ready.status_code, ready.json()["ready"]) == (200, True)
        assert (await client.get("/docs")).headers["content-type"].startswith("text/html")
        assert (await client.get("/openapi.json")).status_code == 200


async def test_not_ready_before_the_migration(empty_database_url: str, clock: FixedClock) -> None:
    """A database without tables gets no requests."""
    async with application(empty_database_url, clock) as client:
        answer = await client.get("/readyz")
        assert (answer.status_code, answer.json()["migrations"]) == (503, "pending")
        assert answer.headers["retry-after"] == "1"


async def test_the_outbox_is_watched(db: Database, database_url: str, clock: FixedClock) -> None:
    """Lag shows in seconds, and as a word where it is long."""
    await batch(db, clock, notices("points.earned"))
    clock.advance(timedelta(seconds=400))
    async with application(database_url, clock) as client:
        assert "regulars_oldest_outbox_seconds 400.0" in (await client.get("/metrics")).text
        assert (await client.get("/readyz")).json()["outbox"] == "late"


async def test_a_stream_ends_when_the_key_of_its_reader_is_revoked(
    db: Database, database_url: str, clock: FixedClock
) -> None:
    """She opened it with a key that was good; nothing more is told to her."""
    program_id, key = await program_with_key(db, clock)
    app = create_app(Settings(database_url=database_url, worker=False), clock)
    ready, asked, sent = asyncio.Event(), asyncio.Event(), list[bytes]()

    async def send(message: Message) -> None:
        sent.append(message.get("body", b""))
        if b"event: ready" in sent[-1]:
            ready.set()

    async def receive() -> Message:
        if asked.is_set():
            await asyncio.Event().wait()
        asked.set()
        return {"type": "http.request", "body": b"", "more_body": False}

    scope = {
        "type": "http",
        "method": "GET",
        "path": "/api/v1/programs/shop/events/stream",
        "query_string": b"",
        "headers": [(b"authorization", f"Bearer {key}".encode())],
    }
    async with app.router.lifespan_context(app), asyncio.timeout(ANSWER_WITHIN_S):
        told = asyncio.create_task(app(scope, receive, send))
        await ready.wait()
        async with db.transaction() as tx:
            await revoke_key(tx, program_id, key.split("_")[1], clock.now())
        await told
    assert sent[-1] == b""


async def test_every_route_is_counted_by_its_whole_template(database_url: str, clock: FixedClock) -> None:
    """Those of a router within a router too: a label without its beginning is nobody's, or another one's."""
    async with application(database_url, clock) as client:
        document = (await client.get("/openapi.json")).json()
        asked = [(path, method) for path, operations in document["paths"].items() for method in operations]
        before = labels((await client.get("/metrics")).text)
        for path, method in asked:
            await client.request(method, re.sub("{[^}]*}", "x", path))
        await client.post("/segment/v1/batch")
        await client.get("/livez")
        counted = {path for path, _ in labels((await client.get("/metrics")).text) - before}
    expected = {path for path, _ in asked} | {"/segment/v1/batch", "/livez"}
    assert counted >= expected - {path for path, _ in before}
    assert counted - expected <= {"/openapi.json", "unknown"}


def labels(page: str) -> set[tuple[str, str]]:
    """Return route and status of every count."""
    found = re.findall(r'regulars_http_requests_total{method="\w+",route="([^"]*)",status="(\d+)"}', page)
    return set(found)


async def test_metrics_count_requests_by_route_template(
    db: Database, database_url: str, clock: FixedClock
) -> None:
    """Templates, not addresses: an id or a key in a URL never becomes a label."""
    _, key = await program_with_key(db, clock)
    async with application(database_url, clock) as client:
        await client.get(
            "/api/v1/programs/shop/webhooks/whk_unknown", headers={"authorization": f"Bearer {key}"}
        )
        page = (await client.get("/metrics")).text
    route = "/api/v1/programs/{program}/webhooks/{endpoint_id}"
    assert f'regulars_http_requests_total{{method="GET",route="{route}",status="404"}}' in page
    assert "whk_unknown" not in page
    for name in ("database_up 1.0", "parked_events 0.0", "parked_jobs 0.0", "idle_in_transaction 0.0"):
        assert f"regulars_{name}" in page


async def test_an_unknown_address_is_a_problem_document(database_url: str, clock: FixedClock) -> None:
    """With the request's id, which the caller may choose."""
    async with application(database_url, clock) as client:
        answer = await client.get("/nowhere", headers={"x-request-id": "mine-1"})
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
        assert answer.headers["x-request-id"] == "mine-1"


def test_logs_hide_secrets() -> None:
    """By the name of the field and by the look of the value, also deep inside."""
    key = "ak_" + "a" * 12 + "_" + "b" * 43
    event = {
        "event": f"called with {key}",
        "authorization": "Bearer x",
        "url": "postgresql://app:hunter2@db/regulars",
        "inner": {"secret": "x", "list": ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", 7]},
        "status": 200,
    }
    shown = repr(hide_secrets(None, "info", dict(event)))
    for hidden in (key, "Bearer x", "hunter2", "whsec_Mf"):
        assert hidden not in shown
    assert "'status': 200" in shown
    assert "7" in shown
