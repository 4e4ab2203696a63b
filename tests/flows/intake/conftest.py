"""An intake on a real server on the loopback interface, with a port that remembers what it was given."""

from __future__ import annotations

import base64
import json
import socket
import threading
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import httpx2
import msgspec
import pytest
import uvicorn
from fastapi import FastAPI

from regulars.core.events import Event, EventStatus, Origin, Rejection, decode_doc, encode_doc, payload_hash
from regulars.flows.intake import Gate, IntakeOverloaded, ItemResult, Needs, Source, intake_routes
from regulars.infra.clock import FixedClock
from regulars.infra.web import RequestIdentity, Subject, install_problems
from regulars.kit.errors import Unauthenticated

START_DEADLINE_S = 20

SOURCES = {
    "wk_shop": Source(1, 1, "shop", Origin(), origins=("https://shop.example",)),
    "wk_rudder": Source(2, 1, "rudder", Origin(), profile="rudder"),
    "wk_off": Source(3, 1, "off", Origin(), enabled=False),
    "wk_slow": Source(4, 1, "slow", Origin(), rate_per_second=1),
}
SUBJECTS = {
    "writer": Subject(credential="key:1", kind="api_key", program_id=1, scopes=frozenset({"events:write"})),
    "reader": Subject(credential="key:2", kind="api_key", program_id=1, scopes=frozenset({"members:read"})),
}


class Kept:
    """An event as this port keeps it; nobody else looks into it."""

    __slots__ = ("_event",)

    def __init__(self, event: Event) -> None:
        self._event = event

    def opened(self) -> Event:
        return self._event


class MemoryPort:
    """Accepts everything once per (source, key), as the real one does; `failures` are raised first, one a call."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.rejections: list[Rejection] = []
        self.failures: list[Exception] = []
        self.statuses: dict[str, EventStatus] = {}
        self.calls: list[dict[str, Any]] = []
        self._seen: set[tuple[int, str]] = set()

    async def source_by_write_key(self, key: str) -> Source | None:
        return SOURCES.get(key)

    async def renewed(self, source: Source) -> Source:
        return next(one for one in SOURCES.values() if one.id == source.id)

    async def source_by_code(self, program_id: int, code: str | None) -> Source | None:
        return next((source for source in SOURCES.values() if source.code == (code or "shop")), None)

    def take(self, source: Source, event: Event) -> Kept:
        return Kept(event)

    async def accept(
        self,
        source: Source,
        events: Sequence[Event | Kept],
        *,
        received_at: datetime,
        dry_run: bool = False,
        effects: bool = False,
        explain: bool = False,
    ) -> list[ItemResult]:
        called = {"source": source.code, "dry_run": dry_run, "effects": effects}
        self.calls.append(called | ({"explain": True} if explain and not dry_run else {}))
        if self.failures:
            raise self.failures.pop(0)
        opened = [event.opened() if isinstance(event, Kept) else event for event in events]
        return [self._accept(source, event, dry_run, effects) for event in opened]

    def _accept(self, source: Source, event: Event, dry_run: bool, effects: bool) -> ItemResult:
        doc = encode_doc(event)
        assert decode_doc(doc) == event
        assert len(payload_hash(event, doc)) == 16
        json.loads(doc)
        forced = self.statuses.get(event.key)
        if forced is not None:
            return ItemResult(forced)
        status = EventStatus.ACCEPTED
        if (source.id, event.key) in self._seen:
            status = EventStatus.DUPLICATE
        elif not dry_run:
            self.events.append(event)
            self._seen.add((source.id, event.key))
        outcome = msgspec.Raw(b'{"effects":[],"rules_fired":[]}') if effects else None
        return ItemResult(status, event_id=len(self.events), member_id=9, outcome=outcome)

    def note_rejections(self, source: Source, rejections: list[Rejection]) -> None:
        self.rejections += rejections


class Keys:
    """The credentials of the API."""

    async def authenticate(self, headers: Mapping[str, str]) -> Subject | None:
        token = headers.get("authorization", "").removeprefix("Bearer ")
        if token.startswith("revoked"):
            raise Unauthenticated
        return SUBJECTS.get(token)


def basic(key: str) -> dict[str, str]:
    return {"authorization": "Basic " + base64.b64encode(f"{key}:".encode()).decode()}


def overloaded(retry_after: int | None = None) -> IntakeOverloaded:
    return IntakeOverloaded(retry_after=retry_after) if retry_after else IntakeOverloaded()


@pytest.fixture
def port() -> MemoryPort:
    return MemoryPort()


@pytest.fixture
def gate() -> Gate:
    return Gate()


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(datetime(2026, 12, 2, 10, 5, tzinfo=UTC))


@pytest.fixture
def app(port: MemoryPort, gate: Gate, clock: FixedClock) -> FastAPI:
    made = FastAPI()
    install_problems(made)
    made.add_middleware(RequestIdentity)
    made.router.routes[:0] = intake_routes(Needs(port, clock, Keys()), gate=gate)
    return made


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx2.AsyncClient]:
    """A client without a network between."""
    transport = httpx2.ASGITransport(app=app, raise_app_exceptions=True)
    async with httpx2.AsyncClient(transport=transport, base_url="http://test") as opened:
        yield opened


@pytest.fixture
def host(app: FastAPI) -> Iterator[str]:
    """The address of a real server in a thread of its own."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off"))
    started = threading.Event()
    thread = threading.Thread(target=_serve, args=(server, listener, started), daemon=True)
    thread.start()
    assert started.wait(START_DEADLINE_S)
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    thread.join(START_DEADLINE_S)
    listener.close()


def _serve(server: uvicorn.Server, listener: socket.socket, started: threading.Event) -> None:
    startup = server.startup

    async def startup_and_tell(sockets: list[socket.socket] | None = None) -> None:
        await startup(sockets)
        started.set()

    server.startup = startup_and_tell  # type: ignore[method-assign]
    server.run([listener])
