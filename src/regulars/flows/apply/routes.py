"""What the routes here share: who may call, what stands in the address, how documents are answered exactly."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Header, Path, Request, Response

from regulars.features.rulesets import encode_document
from regulars.infra.db import Transaction
from regulars.infra.web import Subject, etag_of, program_in_path, route_roles

READ = route_roles("owner", "operator", "manager", "marketer", "analyst", "finance", scope="rules:read")
# Tier sets are configuration of the program; who serves members tells them how far the next tier is.
READ_TIERS = route_roles(
    "owner", "operator", "manager", "marketer", "analyst", "finance", "agent", scope="programs:read"
)
WRITE = route_roles("owner", "operator", "manager", "marketer", scope="rules:write")
# Who builds rules asks for their publication; whoever administers the program publishes.
PUBLISHERS = ("owner", "operator", "manager")
PUBLISH = route_roles(*PUBLISHERS, "marketer", scope="rules:publish")
CONFIGURE = route_roles("owner", "operator", "manager", scope="programs:write")

ProgramId = Annotated[int, Depends(program_in_path)]
Code = Annotated[str, Path(max_length=63, description="Code of the object")]
IfMatch = Annotated[str | None, Header(description="The ETag you read; refused with 412 when it has changed")]
JsonObject = dict[str, Any]
T = TypeVar("T")


def document(value: Any, *, version: int | None = None, status: int = 200) -> Response:
    """Answer with JSON whose numbers are exact, and with the version as ETag."""
    headers = {} if version is None else {"etag": etag_of(version)}
    return Response(encode_document(value), status, headers, "application/json")


def only_asks(subject: Subject) -> bool:
    """Say whether what somebody publishes waits for another person whatever the program's policy says."""
    return "marketer" in subject.roles and subject.roles.isdisjoint(PUBLISHERS)


async def reading(request: Request, work: Callable[[Transaction], Awaitable[T]]) -> T:
    """Return what `work` reads."""
    async with request.app.state.db.transaction(read_only=True) as tx:
        return await work(tx)


async def writing(request: Request, work: Callable[[Transaction], Awaitable[T]]) -> T:
    """Return what `work` writes; two that are in each other's way wait, or one begins again."""
    result: T = await request.app.state.db.attempt(work)
    return result
