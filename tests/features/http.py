"""A small application with some slices' routes on a real database, and clients that call it in a role."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import httpx2
from fastapi import APIRouter, FastAPI

from regulars.app.approval_limits import ApprovalLimits
from regulars.app.approvals import Approvals
from regulars.features.programs import ProgramDirectory
from regulars.infra.clock import Clock
from regulars.infra.db import Database
from regulars.infra.web import RequestIdentity, Subject, install_problems
from regulars.kit.errors import Unauthenticated


class Callers:
    """Knows callers by `Bearer <role>[@<program id>]`."""

    async def authenticate(self, headers: Mapping[str, str]) -> Subject | None:
        token = headers.get("authorization", "").removeprefix("Bearer ")
        if not token:
            return None
        role, _, program = token.partition("@")
        if role == "wrong":
            raise Unauthenticated
        words = frozenset(role.split("+"))
        return Subject(token, "staff", int(program) if program else None, None, words, words)


def application(db: Database, clock: Clock, *routers: APIRouter) -> FastAPI:
    app = FastAPI()
    install_problems(app)
    app.add_middleware(RequestIdentity)
    app.state.db, app.state.clock = db, clock
    app.state.authenticator, app.state.programs = Callers(), ProgramDirectory(db)
    app.state.approvals, app.state.approval_limits = Approvals(), ApprovalLimits()
    for router in routers:
        app.router.routes.extend(router.routes)  # as regulars.app.asgi does, and for the same reasons
    return app


class Client:
    """Calls the application as somebody; answers are checked for the status that is expected."""

    def __init__(self, http: httpx2.AsyncClient, caller: str = "owner") -> None:
        self.http = http
        self.caller = caller
        self.keys = 0

    def acting(self, caller: str) -> Client:
        return Client(self.http, caller)

    async def call(
        self, method: str, path: str, body: Any = None, status: int = 200, **headers: str
    ) -> httpx2.Response:
        self.keys += 1
        sent = {
            "authorization": f"Bearer {self.caller}",
            "idempotency-key": f"{self.caller}{self.keys}{id(self)}",
        }
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        answer = await self.http.request(method, f"/api/v1{path}", json=body, headers=sent)
        assert answer.status_code == status, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer

    async def json(self, method: str, path: str, body: Any = None, status: int = 200, **headers: str) -> Any:
        return (await self.call(method, path, body, status, **headers)).json()


@asynccontextmanager
async def calling(db: Database, clock: Clock, *routers: APIRouter) -> AsyncIterator[Client]:
    transport = httpx2.ASGITransport(app=application(db, clock, *routers), raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url="http://test") as opened:
        yield Client(opened)
