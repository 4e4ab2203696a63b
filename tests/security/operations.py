"""The operations of the API as its own document lists them, and requests to them that change nothing."""

from __future__ import annotations

from functools import cache
from itertools import count
from typing import Any

import httpx2
import msgspec

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
    client: httpx2.AsyncClient,
    operation: Operation,
    values: dict[str, str],
    headers: dict[str, str],
    **more: Any,
) -> httpx2.Response:
    """Call an operation without meaning it: an empty body, a condition that does not hold, names of nothing."""
    polite = {"if-match": '"0"', "idempotency-key": f"knock-{next(_numbers)}"}
    if operation.method in ("post", "put", "patch"):
        more.setdefault("json", {})
    return await client.request(
        operation.method.upper(), operation.url(values), headers={**polite, **headers}, **more
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
