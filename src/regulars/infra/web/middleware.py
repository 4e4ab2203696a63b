"""What every answer of the HTTP server has: a request id, and headers that tell browsers to be careful. Plain ASGI."""

from __future__ import annotations

import re
from random import Random

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from regulars.infra.db import act_for_nobody

# What a caller may choose as the id of its request; anything else is replaced, so that no log line can be forged.
_REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")
_TRACEPARENT = re.compile(r"00-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")

# Seeded by the system in each process. An id tells requests apart and opens nothing, so it need not be hard to guess.
_ids = Random()  # noqa: S311

CONTENT_SECURITY_POLICY = (
    "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
SECURITY_HEADERS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(self), geolocation=(), microphone=()",
    "content-security-policy": CONTENT_SECURITY_POLICY,
}
HSTS = "max-age=31536000; includeSubDomains"
_RAW_HEADERS = [(name.encode(), value.encode()) for name, value in SECURITY_HEADERS.items()]


def request_identity(scope: Scope) -> tuple[str, str]:
    """Return the id of a request (the caller's own where it has a decent one) and its trace id, "" without one."""
    said = trace = b""
    for name, value in scope["headers"]:
        if name == b"x-request-id":
            said = value
        elif name == b"traceparent":
            trace = value
    own = said.decode("latin-1")
    request_id = own if own and _REQUEST_ID.fullmatch(own) else f"req_{_ids.getrandbits(96):024x}"
    found = _TRACEPARENT.fullmatch(trace.decode("latin-1")) if trace else None
    return request_id, found.group(1) if found else ""


def answer_headers(scope: Scope, given: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """Return the headers that an answer lacks: SECURITY_HEADERS; HSTS only over HTTPS; no cache for the API."""
    own = {name for name, _ in given}
    added = [header for header in _RAW_HEADERS if header[0] not in own]
    if scope["path"].startswith("/api/") and b"cache-control" not in own:
        added.append((b"cache-control", b"no-store"))
    if scope.get("scheme") == "https" and b"strict-transport-security" not in own:
        added.append((b"strict-transport-security", HSTS.encode()))
    return added


class RequestIdentity:
    """Gives every request an id (`X-Request-Id`, the caller's own where it has one) and reads `traceparent`.

    Both are in `request.state` as `request_id` and `trace_id`; the id is echoed in the answer.
    """

    def __init__(self, app: ASGIApp) -> None:
        """Wrap `app`."""
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id, trace_id = request_identity(scope)
        scope.setdefault("state", {}).update(request_id=request_id, trace_id=trace_id)
        act_for_nobody()  # until a route has found out who is calling

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["x-request-id"] = request_id
            await send(message)

        await self.app(scope, receive, send_with_id)


class SecurityHeaders:
    """Adds SECURITY_HEADERS to every answer that does not set them itself; HSTS only over HTTPS.

    Answers of the API are never cached unless they say so.
    """

    def __init__(self, app: ASGIApp) -> None:
        """Wrap `app`."""
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = list(message.get("headers", ()))
                message["headers"] = given + answer_headers(scope, given)
            await send(message)

        await self.app(scope, receive, send_with_headers)
