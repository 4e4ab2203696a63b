"""What the protocol answers itself is what the application answers, however a request comes over the wire."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing, suppress
from functools import partial
from http.client import HTTPConnection
from typing import Any

import pytest
import uvicorn
from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from tests.app.serving import program_with_key
from tests.app.test_express import REQUESTS, answers
from uvicorn.server import ServerState

from regulars.app import draining
from regulars.app.asgi import create_app
from regulars.app.draining import Goodbye
from regulars.app.express import Express
from regulars.app.routers import ROUTES
from regulars.app.settings import Settings
from regulars.app.wire import BODY_BYTES_MAX, WireProtocol, WireRequest
from regulars.infra.clock import FixedClock
from regulars.infra.db import Database
from regulars.infra.web import Heard
from regulars.infra.web.heard import FORGOTTEN_BYTES_MAX

# Of each connection, not of the answer.
OF_THE_SERVER = {"date"}


@asynccontextmanager
async def on_a_socket(app: Any) -> AsyncIterator[tuple[int, ServerState]]:
    """Serve an application whose lifespan is somebody else's; yield the port and what the server knows."""
    config = uvicorn.Config(app, http=WireProtocol, lifespan="off", access_log=False, log_config=None)
    config.load()
    state = ServerState()
    loop = asyncio.get_running_loop()
    listening = await loop.create_server(partial(WireProtocol, config, state, {}), "127.0.0.1", 0)
    async with listening:
        yield listening.sockets[0].getsockname()[1], state


async def talk(port: int, *parts: bytes, answers: int = 1) -> list[tuple[int, dict[bytes, bytes], bytes]]:
    """Send parts one after the other and return (status, headers, body) of so many answers."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for part in parts:
        writer.write(part)
        await writer.drain()
        await asyncio.sleep(0)
    found = []
    for _ in range(answers):
        head = (await reader.readuntil(b"\r\n\r\n")).split(b"\r\n")[:-2]
        headers = {name.lower(): value for name, _, value in (line.partition(b": ") for line in head[1:])}
        body = await reader.readexactly(int(headers.get(b"content-length", b"0")))
        found.append((int(head[0].split()[1]), headers, body))
    writer.close()
    return found


def post(path: str, body: bytes, *lines: str, version: str = "1.1") -> bytes:
    """Return a request as it goes over the wire."""
    length = [] if any(line.lower().startswith("transfer-encoding") for line in lines) else [len(body)]
    head = [
        f"POST {path} HTTP/{version}",
        "Host: test",
        *lines,
        *[f"Content-Length: {one}" for one in length],
    ]
    return "\r\n".join([*head, "", ""]).encode() + body


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """The bodies of requests that the protocol answered itself."""
    bodies: list[bytes] = []
    answer = WireProtocol._answer

    async def noted(protocol: WireProtocol, wire: WireRequest) -> None:
        bodies.append(wire.body)
        await answer(protocol, wire)

    monkeypatch.setattr(WireProtocol, "_answer", noted)
    return bodies


async def test_the_wire_answers_as_the_application_does(
    db: Database, database_url: str, clock: FixedClock, taken: list[bytes]
) -> None:
    _, key = await program_with_key(db, clock)
    app = create_app(Settings(database_url=database_url, worker=False), clock)
    async with app.router.lifespan_context(app), on_a_socket(Express(app, ROUTES)) as (port, state):
        slow = await answers(app, key)
        fast = await answers(None, key, f"http://127.0.0.1:{port}")
        for one, other, request in zip(slow, fast, REQUESTS, strict=True):
            ours = {name: value for name, value in other[2].items() if name not in OF_THE_SERVER}
            assert (*one[:2], one[2]) == (*other[:2], ours), request
        # Not the query, the long body, and the route that is none.
        assert len(taken) == len(REQUESTS) - 3
        assert state.total_requests == len(REQUESTS)
        assert not state.tasks


@pytest.fixture
async def echo(taken: list[bytes]) -> AsyncIterator[tuple[int, ServerState]]:
    """A server whose one route says what it was sent."""

    async def route(request: Request) -> Response:
        body = await request.body()
        if body == b"slow":
            for _ in range(20):
                await asyncio.sleep(0)
        if body == b"forge":
            return Response("", headers={"x-said": "a\r\nx-forged: b"})
        said = {"length": len(body), "scheme": request.url.scheme, "query": request.url.query}
        return Response(json.dumps(said), headers={"x-said": request.headers.get("x-say", "")})

    lane = Express(FastAPI(), [Route("/echo", route, methods=["POST"])])
    async with on_a_socket(lane) as served:
        yield served


async def test_a_request_may_come_in_pieces_and_one_behind_the_other(
    echo: tuple[int, ServerState], taken: list[bytes]
) -> None:
    port, state = echo
    whole = post("/echo", b"hello")
    for cut in range(1, len(whole), 7):
        ((status, _, body),) = await talk(port, whole[:cut], whole[cut:])
        assert (status, json.loads(body)["length"]) == (200, 5)
    chunked = post("/echo", b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n", "Transfer-Encoding: chunked")
    assert json.loads((await talk(port, chunked))[0][2])["length"] == 5
    taken.clear()
    # The second comes before the first is answered: it waits its turn, with uvicorn.
    two = await talk(port, post("/echo", b"slow") + post("/echo", b"longer"), answers=2)
    assert [json.loads(body)["length"] for _, _, body in two] == [4, 6]
    assert taken == [b"slow"]
    one = await talk(port, post("/echo", b"1"), post("/echo?a=1", b"22"), post("/echo", b"333"), answers=3)
    assert [json.loads(body)["length"] for _, _, body in one] == [1, 2, 3]
    assert not state.tasks


async def test_what_is_long_or_old_or_expects_to_be_asked_goes_the_server_s_way(
    echo: tuple[int, ServerState], taken: list[bytes]
) -> None:
    port, _ = echo
    long = b"x" * (BODY_BYTES_MAX + 1)
    assert json.loads((await talk(port, post("/echo", long)))[0][2])["length"] == len(long)
    ((status, headers, _),) = await talk(port, post("/echo", b"old", version="1.0"))
    assert (status, headers[b"connection"]) == (200, b"close")
    assert (await talk(port, post("/echo", b"abc", "Expect: 100-continue"), answers=2))[1][0] == 200
    assert (await talk(port, post("/other", b"")))[0][0] == 404
    assert taken == []
    at_most = await talk(port, post("/echo", long[1:]))
    assert json.loads(at_most[0][2])["length"] == BODY_BYTES_MAX
    assert len(taken) == 1


async def test_connections_end_when_asked_and_when_the_server_stops(
    echo: tuple[int, ServerState], taken: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    port, state = echo
    ((_, headers, _),) = await talk(port, post("/echo", b"1", "Connection: close"))
    assert headers[b"connection"] == b"close"
    assert b"connection" not in (await talk(port, post("/echo", b"2")))[0][1]
    monkeypatch.setattr(draining, "_goodbye", [True])
    assert (await talk(port, post("/echo", b"3")))[0][1][b"connection"] == b"close"
    # Somebody leaves in the middle of a request, and in the middle of being answered: nothing is left behind.
    for sent in (post("/echo", b"half")[:-1], post("/echo", b"slow")):
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(sent)
        await writer.drain()
        writer.close()
    async with asyncio.timeout(5):
        while state.connections or state.tasks:  # noqa: ASYNC110 - the server tells nobody
            await asyncio.sleep(0)
    assert len(taken) == 4


async def test_a_proxy_that_is_trusted_says_how_it_was_called_and_no_header_breaks_a_line(
    echo: tuple[int, ServerState],
) -> None:
    port, _ = echo
    ((_, headers, body),) = await talk(port, post("/echo", b"1", "X-Forwarded-Proto: https"))
    assert json.loads(body)["scheme"] == "https"
    assert b"strict-transport-security" in headers
    assert json.loads((await talk(port, post("/echo", b"1")))[0][2])["scheme"] == "http"
    ((_, headers, _),) = await talk(port, post("/echo", b"1", "X-Say: a\tb"))
    assert headers[b"x-said"] == b"a\tb"
    ((status, headers, _),) = await talk(port, post("/echo", b"forge"))
    assert (status, b"x-forged" in headers) == (500, False)


CLOSING = [("Connection: close", "1.1"), ("X-Proxy: 1", "1.0")]
BIG = b" " * 8_000_000


@pytest.mark.parametrize(("line", "version"), CLOSING)
async def test_who_sends_too_much_hears_it_though_the_connection_ends(
    database_url: str, clock: FixedClock, line: str, version: str
) -> None:
    """The whole body is taken before the connection closes: a reset would eat the answer."""
    app = create_app(Settings(database_url=database_url, worker=False), clock)
    async with app.router.lifespan_context(app), on_a_socket(app) as (port, _):
        big = post("/v1/batch", BIG, line, version=version)
        ((status, _, body),) = await talk(port, big)
    assert status == 400, body
    assert json.loads(body)["code"] == "payload_too_large"


@pytest.mark.parametrize(("line", "version"), CLOSING)
@pytest.mark.parametrize(
    "path",
    ["/v1/batch", "/api/v1/events", "/api/v1/redemptions", "/api/v1/programs/shop/members", "/nowhere"],
)
async def test_who_is_refused_hears_it_though_much_was_sent(
    database_url: str, clock: FixedClock, path: str, line: str, version: str
) -> None:
    """On the express lane, in the application, and where there is nothing."""
    app = create_app(Settings(database_url=database_url, worker=False), clock)
    async with app.router.lifespan_context(app), on_a_socket(Express(app, ROUTES)) as (port, _):
        ((status, _, body),) = await talk(
            port, post(path, BIG, line, "Content-Type: application/json", version=version)
        )
    assert status in ((404,) if path == "/nowhere" else (400, 401, 413)), body
    assert json.loads(body)["code"]


async def test_a_real_client_hears_every_refusal_of_a_body_that_nobody_reads(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """401, 429, 503 and the others, by the standard library's client; also from a server that is about to stop."""

    async def refuse(request: Request) -> Response:
        return Response("no", int(request.query_params["status"]))

    async def refuse_at_once(_: Request) -> Response:
        return Response("no", 503)

    inner = Starlette(routes=[Route("/refuse", refuse, methods=["POST"])])
    app = Express(Heard(Goodbye(inner)), [Route("/lane", refuse_at_once, methods=["POST"])])  # type: ignore[arg-type]

    def ask(port: int, path: str, headers: dict[str, str]) -> int:
        with closing(HTTPConnection("127.0.0.1", port)) as connection:
            connection.request("POST", path, BIG, headers)
            return connection.getresponse().status

    async with on_a_socket(app) as (port, _):
        for status in (400, 401, 403, 413, 429, 500, 503):
            path = f"/refuse?status={status}"
            assert await asyncio.to_thread(ask, port, path, {"Connection": "close"}) == status
        assert await asyncio.to_thread(ask, port, "/lane", {"Connection": "close"}) == 503
        monkeypatch.setattr(draining, "_goodbye", [True])
        for path in ("/refuse?status=401", "/lane"):
            assert await asyncio.to_thread(ask, port, path, {}) in (401, 503)


async def test_who_asks_before_sending_is_told_at_once_and_nobody_sends_for_ever() -> None:
    """Expect: 100-continue is not answered with `continue`; beyond the bound the answer comes all the same."""

    async def refuse(_: Request) -> Response:
        return Response("no", 401)

    app = Heard(Starlette(routes=[Route("/refuse", refuse, methods=["POST"])]))
    async with on_a_socket(app) as (port, _):
        head = post("/refuse", b"", "Connection: close", "Expect: 100-continue").replace(
            b": 0\r\n", b": 8000000\r\n"
        )
        ((status, _, _),) = await talk(port, head)
        assert status == 401
        endless = post("/refuse", b"", "Connection: close", "Transfer-Encoding: chunked")
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(endless)
        sent, chunk = 0, b"%x\r\n%b\r\n" % (1 << 20, b" " * (1 << 20))
        answer = asyncio.create_task(reader.read(12))
        while not answer.done() and sent < 64:
            writer.write(chunk)
            with suppress(ConnectionError):
                await writer.drain()
            await asyncio.sleep(0)
            sent += 1
        assert FORGOTTEN_BYTES_MAX >> 20 <= sent < 64
        writer.transport.abort()
        with suppress(ConnectionError):
            await answer
