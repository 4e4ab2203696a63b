"""The busiest routes, answered before the layers that the others pass through.

Each layer costs an order some microseconds, and together they cost more than rating it (`regulars bench online`). The
express lane does what they do, in one place, for routes that are plain functions of a request: an id, the headers of
every answer, counting, the goodbye of a server that stops. Everything else goes on to the application. A server hands
it requests as they come off the wire (`app/wire.py`); as an ASGI application it answers whoever else asks.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from functools import lru_cache
from typing import Any, Final

from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import Receive, Scope, Send

from regulars.app.draining import saying_goodbye
from regulars.app.metrics import count_request
from regulars.infra.web import answer_headers, bug_response, heard, request_identity

# What a route of the lane answers to; OPTIONS and mistakes in the method are left to the application.
METHOD: Final = "POST"


class LaneHeaders(Headers):
    """The headers of a request, each looked for in a table; Starlette's look at all of them each time."""

    def __init__(self, scope: Scope) -> None:
        """Take the headers of a request; of two with one name the first counts, as in Starlette."""
        super().__init__(scope=scope)
        self._said: dict[bytes, bytes] = dict(reversed(scope["headers"]))

    def __getitem__(self, key: str) -> str:
        """Return the value of a header."""
        return self._said[_on_the_wire(key)].decode("latin-1")

    def __contains__(self, key: object) -> bool:
        """Whether there is such a header."""
        return isinstance(key, str) and _on_the_wire(key) in self._said

    def get(self, key: str, default: Any = None) -> Any:
        """Return the value of a header, `default` without one."""
        value = self._said.get(_on_the_wire(key))
        return default if value is None else value.decode("latin-1")


@lru_cache(maxsize=64)
def _on_the_wire(name: str) -> bytes:
    return name.lower().encode("latin-1")


class LaneRequest(Request):
    """A request of the lane."""

    def __init__(self, scope: Scope, receive: Receive) -> None:
        """Take a request whose headers are looked at in any case."""
        super().__init__(scope, receive)
        self._headers = LaneHeaders(scope)  # in the place of what Starlette would make at the first look


class Express:
    """An application whose POST routes without names in their path are answered at once."""

    def __init__(self, app: Starlette, routes: Iterable[BaseRoute]) -> None:
        """Answer `routes` here, and everything else (also what is not HTTP) in `app`."""
        self.app = app
        self.routes = dict(_direct(routes))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        route = self.routes.get(scope.get("path", "")) if scope.get("method") == METHOD else None
        if route is None:
            await self.app(scope, receive, send)
            return
        began = time.perf_counter()
        receive, send = heard(scope, receive, send)
        answer = await self.answer(route, scope, receive)
        try:
            await send(
                {"type": "http.response.start", "status": answer.status_code, "headers": answer.raw_headers}
            )
            await send({"type": "http.response.body", "body": answer.body})
        finally:
            self.count(scope, answer, began)

    async def answer(self, route: Route, scope: Scope, receive: Receive) -> Response:
        """Return the answer of one of `routes` with all its headers."""
        request_id, trace_id = request_identity(scope)
        scope["app"] = self.app
        scope["state"] = {**scope.get("state", {}), "request_id": request_id, "trace_id": trace_id}
        request = LaneRequest(scope, receive)
        try:
            answer: Response = await route.endpoint(request)
        except Exception as error:
            answer = bug_response(request, error)
        answer.raw_headers += answer_headers(scope, answer.raw_headers)
        answer.raw_headers.append((b"x-request-id", request_id.encode()))
        if saying_goodbye():
            answer.raw_headers.append((b"connection", b"close"))
        return answer

    def count(self, scope: Scope, answer: Response, began: float) -> None:
        """Count and log an answer to a request that began then (perf_counter); the path is one of the lane's own."""
        took_s, request_id = time.perf_counter() - began, scope["state"]["request_id"]
        count_request(METHOD, scope["path"], answer.status_code, took_s, request_id, busy=True)


def _direct(routes: Iterable[BaseRoute], prefix: str = "") -> Iterable[tuple[str, Route]]:
    """Yield the routes that a path names whole, by that path."""
    for route in routes:
        if isinstance(route, Mount):
            yield from _direct(route.routes, prefix + route.path)
        elif isinstance(route, Route) and METHOD in (route.methods or ()) and not route.param_convertors:
            yield prefix + route.path, route
