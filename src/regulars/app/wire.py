"""The express lane off the wire: its requests are answered by the server's protocol, without what lies between.

uvicorn's protocol makes a cycle with events of its own for each request, checks every header of an answer and writes it
in two parts: a quarter of what an order costs the service (`regulars bench online`). Its parser stays, and with it what
is a request and what is none. Requests of the lane that are there as a whole are answered in one write; all others go
uvicorn's way: other routes, a query, HTTP/1.0, a long body, one that comes before the last was answered.
"""

from __future__ import annotations

import time
from functools import cache
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Message, Scope
from uvicorn.config import Config
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol
from uvicorn.server import ServerState

from regulars.app.express import METHOD, Express
from regulars.infra.web import bug_response
from regulars.kit.errors import Bug

# A longer body is read while it comes, as the application likes.
BODY_BYTES_MAX: Final = 32 * 1024
_METHOD: Final = METHOD.encode()
_FORWARDED: Final = b"x-forwarded-"


class WireRequest:
    """A request of the lane, in the place of uvicorn's cycle: what the protocol asks of one is here."""

    def __init__(self, route: Route, scope: Scope, *, keep_alive: bool) -> None:
        """Begin with a request whose body is still to come."""
        self.route = route
        self.scope = scope
        self.keep_alive = keep_alive
        self.began = time.perf_counter()
        self.body = b""
        self.more_body = True
        self.disconnected = self.response_complete = False
        self.message_event = _NOBODY_WAITS

    async def receive(self) -> Message:
        """Return the whole body; who asks again is told that there is no more to come."""
        if not self.more_body:
            return {"type": "http.disconnect"}
        self.more_body = False
        return {"type": "http.request", "body": self.body, "more_body": False}


class _Event:
    """Set for nobody."""

    def set(self) -> None:
        """Do nothing."""


_NOBODY_WAITS: Final = _Event()


class WireProtocol(HttpToolsProtocol):
    """uvicorn's protocol with a way of its own for the express lane; `http=WireProtocol`."""

    def __init__(self, config: Config, server_state: ServerState, *rest: Any, **options: Any) -> None:
        """Serve one connection."""
        super().__init__(config, server_state, *rest, **options)
        self._express, self._routes = _lane_of(self.app)
        trusted = config.forwarded_allow_ips
        named = trusted if isinstance(trusted, str) else ",".join(trusted)
        self._forwarding = _forwarding_from(named) if config.proxy_headers else None
        self._wire: WireRequest | None = None

    def on_headers_complete(self) -> None:
        """Take a request of the lane; leave every other one to uvicorn."""
        route = self._routes.get(self.url)
        if route is None or not self._is_ours():
            super().on_headers_complete()
            return
        self.scope |= {"method": METHOD, "path": self.url.decode(), "raw_path": self.url, "query_string": b""}
        keep_alive = self.parser.should_keep_alive()
        self._wire = WireRequest(route, self.scope, keep_alive=keep_alive)  # type: ignore[arg-type]
        self.cycle = self._wire  # type: ignore[assignment]

    def on_body(self, body: bytes) -> None:
        """Collect a body; give one that turns out long to uvicorn."""
        wire = self._wire
        if wire is None:
            super().on_body(body)
        elif len(wire.body) + len(body) <= BODY_BYTES_MAX:
            wire.body = wire.body + body if wire.body else body
        else:
            self._wire, wire.response_complete = None, True
            super().on_headers_complete()
            super().on_body(wire.body + body)

    def on_message_complete(self) -> None:
        """Answer a request that is there as a whole."""
        wire, self._wire = self._wire, None
        if wire is None:
            super().on_message_complete()
            return
        task = self.loop.create_task(self._answer(wire))
        task.add_done_callback(self.tasks.discard)
        self.tasks.add(task)

    def _is_ours(self) -> bool:
        """Whether the lane may have a request on one of its paths."""
        return (
            self.parser.get_method() == _METHOD
            and self.parser.get_http_version() == "1.1"
            and not self.expect_100_continue
            and not self.parser.should_upgrade()
            and not self.root_path
            and self.limit_concurrency is None
            and (self.cycle is None or self.cycle.response_complete)
        )

    async def _answer(self, wire: WireRequest) -> None:
        express, scope = self._express, wire.scope
        assert express is not None
        if self._forwarding and _is_forwarded(scope["headers"]):
            await self._forwarding(scope, wire.receive, _nowhere)  # type: ignore[arg-type]
        answer = await express.answer(wire.route, scope, wire.receive)
        if self.flow.write_paused and not wire.disconnected:
            await self.flow.drain()
        wire.response_complete = True
        if not wire.disconnected:
            self._write(wire, answer)
            self.on_response_complete()
        express.count(scope, answer, wire.began)

    def _write(self, wire: WireRequest, answer: Response) -> None:
        written, ends = self._written(answer, keep_alive=wire.keep_alive)
        if not written:
            bug = Bug("A header of an answer holds the end of a line.")
            written, ends = self._written(bug_response(Request(wire.scope), bug), keep_alive=False)
        self.transport.write(written)
        if ends:
            self.transport.close()

    def _written(self, answer: Response, *, keep_alive: bool) -> tuple[bytes, bool]:
        """Return an answer as bytes, none where a header would break them, and whether the connection ends with it."""
        headers = [*self.server_state.default_headers, *answer.raw_headers]
        ends = not keep_alive
        if ends:
            headers.append((b"connection", b"close"))
        parts = [STATUS_LINE[answer.status_code]]
        for name, value in headers:
            parts += (name, b": ", value, b"\r\n")
            ends = ends or name == b"connection"  # the lane says nothing but `close` there
        parts.append(b"\r\n")
        head = b"".join(parts)
        lines = len(headers) + 2
        sound = head.count(b"\r") == head.count(b"\n") == lines
        return (head + bytes(answer.body) if sound else b""), ends


def _is_forwarded(headers: list[tuple[bytes, bytes]]) -> bool:
    """Return whether a proxy says for whom a request is. A loop: the generator of `any` costs as much as the lane."""
    for name, _ in headers:  # noqa: SIM110
        if name.startswith(_FORWARDED):
            return True
    return False


def _lane_of(app: Any) -> tuple[Express | None, dict[bytes, Route]]:
    """Return the lane within an application, through the layers around it, and its routes by what a request says."""
    while app is not None and not isinstance(app, Express):
        app = getattr(app, "app", None)
    return app, {} if app is None else _by_url(app)


@cache
def _by_url(express: Express) -> dict[bytes, Route]:
    return {path.encode(): route for path, route in express.routes.items()}


@cache
def _forwarding_from(trusted: str) -> ProxyHeadersMiddleware:
    """Return what notes in a scope who is behind a proxy that is trusted, and does nothing else."""
    return ProxyHeadersMiddleware(_nowhere, trusted)


async def _nowhere(*_: object) -> None:
    """Take what needs somebody to be handed to."""
