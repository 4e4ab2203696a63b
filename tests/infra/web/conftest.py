"""A small application with routes as a slice writes them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Annotated, Any

import httpx2
import pytest
from fastapi import Depends, FastAPI
from pydantic import Field

from regulars.infra.web import (
    MEMBER,
    PUBLIC,
    Page,
    PageQuery,
    RequestIdentity,
    SecurityHeaders,
    StrictModel,
    Subject,
    api_router,
    install_problems,
    route_roles,
)
from regulars.kit.errors import Conflict, Unauthenticated

SUBJECTS = {
    "owner": Subject(credential="staff:1", kind="staff", program_id=1, roles=frozenset({"owner"})),
    "key": Subject(credential="key:1", kind="api_key", program_id=1, scopes=frozenset({"things:write"})),
    "key2": Subject(credential="key:2", kind="api_key", program_id=1, scopes=frozenset({"things:write"})),
    "member": Subject(credential="member:7", kind="member", program_id=1, member_id=7),
}


class Tokens:
    """Knows the callers by the names above."""

    async def authenticate(self, headers: Mapping[str, str]) -> Subject | None:
        token = headers.get("authorization", "").removeprefix("Bearer ")
        if not token:
            return None
        if token not in SUBJECTS:
            raise Unauthenticated("This key was revoked.")
        return SUBJECTS[token]


class Thing(StrictModel):
    """A body of configuration."""

    name: str = Field(min_length=1)
    lines: list[Thing] = Field(default_factory=list)


class ThingTaken(Conflict):
    """There is such a thing already."""


def build_app() -> FastAPI:
    app = FastAPI()
    install_problems(app)
    app.add_middleware(SecurityHeaders)
    app.add_middleware(RequestIdentity)
    app.state.authenticator = Tokens()
    router = api_router("/api/v1/things", tag="things")

    @router.post("", operation_id="create_thing", status_code=201)
    async def create(
        body: Thing, subject: Annotated[Subject, Depends(route_roles("owner", scope="things:write"))]
    ) -> dict[str, Any]:
        if body.name == "taken":
            raise ThingTaken(name="taken", inside=object())
        if body.name == "bug":
            raise RuntimeError("the password is hunter2")
        return {"name": body.name, "by": subject.credential}

    @router.get("", operation_id="list_things", dependencies=[Depends(route_roles(PUBLIC))])
    async def list_things(page: Annotated[PageQuery, Depends()]) -> Page[int]:
        after = page.after(int)
        first = after[0] + 1 if after else 0
        return page.page(list(range(first, min(first + page.rows, 7))), lambda row: (row,))

    @router.get("/mine", operation_id="my_things", dependencies=[Depends(route_roles(MEMBER))])
    async def mine() -> None:
        return None

    app.include_router(router)
    return app


@pytest.fixture
def app() -> FastAPI:
    return build_app()


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx2.AsyncClient]:
    transport = httpx2.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url="http://test") as opened:
        yield opened


@pytest.fixture
def owner() -> dict[str, str]:
    return {"authorization": "Bearer owner"}
