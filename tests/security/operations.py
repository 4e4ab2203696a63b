"""The operations of the API as its own document lists them, and requests to them that change nothing."""

from __future__ import annotations

import asyncio
from collections.abc import MutableMapping
from functools import cache
from itertools import count
from typing import Any
from urllib.parse import urlencode

import httpx2
import msgspec
from fastapi import FastAPI

from regulars.app.asgi import create_app
from regulars.app.settings import Settings

METHODS = ("get", "post", "put", "patch", "delete")
# Answers without end; whoever may not call them is refused like everywhere else.
STREAMS = frozenset({"stream_events", "stream_reports"})
_numbers = count(1)


class Operation(msgspec.Struct, frozen=True):
    """One operation: who may call it (`roles`), and the names in its path."""

    id: str
    method: str
    path: str
    roles: frozenset[str]
    names: tuple[str, ...]

    @property
    def takes_write_keys_only(self) -> bool:
        """Whether it is part of the intake, where the key stands in other places too."""
        return self.roles == {"write_key"}

    def url(self, values: dict[str, str]) -> str:
        """Return its address with values for the names in it."""
        return self.path.format(**{name: values.get(name, "nothing") for name in self.names})


@cache
def all_operations() -> list[Operation]:
    """Return every operation of the document, in its order; writing it takes a second, and no database changes it."""
    found = []
    for path, operations in create_app(Settings(worker=False)).openapi()["paths"].items():
        for method, operation in operations.items():
            if method not in METHODS:
                continue
            names = tuple(
                one["name"] for one in operation.get("parameters", []) if one["in"] == "path"
            ) or tuple(part[1:-1] for part in path.split("/") if part.startswith("{"))
            found.append(
                Operation(
                    operation["operationId"], method, path, frozenset(operation.get("x-roles", ())), names
                )
            )
    return found


async def knock(
    app: FastAPI,
    operation: Operation,
    values: dict[str, str],
    headers: dict[str, str],
    *,
    params: dict[str, str] | None = None,
    json: Any = None,
) -> httpx2.Response:
    """Call an operation without meaning it: an empty body, a condition that does not hold, names of nothing.

    The application is called as a server calls it: of each of the ten thousand calls a client took a quarter of the
    time.
    """
    takes_one = operation.method in ("post", "put", "patch")
    body = msgspec.json.encode({} if json is None else json) if takes_one or json is not None else b""
    sent = {"host": "test", "if-match": '"0"', "idempotency-key": f"knock-{next(_numbers)}", **headers}
    if body:
        sent |= {"content-type": "application/json", "content-length": str(len(body))}
    path = operation.url(values)
    scope: dict[str, Any] = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": operation.method.upper(),
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": urlencode(params or {}).encode(),
        "root_path": "",
        "headers": [(name.encode(), value.encode()) for name, value in sent.items()],
        "client": ("127.0.0.1", 123),
        "server": ("test", 80),
    }
    return await _answer(app, scope, body)


async def _answer(app: FastAPI, scope: dict[str, Any], body: bytes) -> httpx2.Response:
    unread, over = [body], asyncio.Event()
    begun: list[MutableMapping[str, Any]] = []
    parts: list[bytes] = []

    async def receive() -> dict[str, Any]:
        if unread:
            return {"type": "http.request", "body": unread.pop(), "more_body": False}
        await over.wait()
        return {"type": "http.disconnect"}

    async def send(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            begun.append(message)
        elif message["type"] == "http.response.body":
            parts.append(message.get("body", b""))
            if not message.get("more_body", False):
                over.set()

    try:
        await app(scope, receive, send)
    except Exception:
        # A bug is answered first, and then raised for whoever watches the server.
        if not begun:
            raise
    url = httpx2.URL(scheme="http", host="test", path=scope["path"], query=scope["query_string"])
    return httpx2.Response(
        begun[0]["status"],
        headers=begun[0]["headers"],
        content=b"".join(parts),
        request=httpx2.Request(scope["method"], url),
    )


# Names of nothing, in the form that each has.
NOTHING = {
    "program": "corner",
    "code": "nothing",
    "ref": "mem_0000000000000",
    "kind": "collections",
    "value": "nothing",
    "name": "nothing",
    "sku": "nothing",
    "hold": "hld_0000000000000",
    "spend": "trf_0000000000000",
    "redemption": "rdm_0000000000000",
    "checkout": "chk_0000000000000",
    "transfer": "trf_0000000000000",
    "event": "evt_0000000000000",
    "merge": "4611686018427387904",
    "parked": "4611686018427387904",
    "number": "4611686018427387904",
    "job_id": "4611686018427387904",
    "version": "999999",
    "prefix": "nothing",
    "endpoint_id": "whk_0000000000000",
    "message_id": "msg_0000000000000",
    "person_id": "2147483647",
    "session_id": "4611686018427387904",
    "passkey_id": "2147483647",
    "report": "sales",
    "period": "2026-01",
    "job": "4611686018427387904",
    "partner": "nothing",
    "hook": "000000000000000000000000",
    "task": "4611686018427387904",
}
