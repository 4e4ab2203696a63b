"""The application without its worker, a browser of it, and a person who administers it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx2
import pytest
from fastapi import FastAPI

from regulars.app.asgi import create_app
from regulars.app.settings import Settings
from regulars.features.staff import FIRST_ADMIN, first_admin_link
from regulars.infra.clock import FixedClock
from regulars.infra.db import Database

PASSWORD = "correct horse battery staple"
assert FIRST_ADMIN


class Browser:
    """A browser: keeps its cookie, and sends the token along once it is signed in."""

    def __init__(self, app: FastAPI, address: str = "10.0.0.1") -> None:
        transport = httpx2.ASGITransport(app, raise_app_exceptions=False, client=(address, 1))
        self.client = httpx2.AsyncClient(transport=transport, base_url="http://test")
        self.csrf = ""

    async def ask(self, method: str, path: str, body: object = None, **headers: str) -> httpx2.Response:
        """Ask for an address below /api/v1."""
        if self.csrf and method != "GET":
            headers = {"x-csrf-token": self.csrf, **headers}
        answer = await self.client.request(method, f"/api/v1{path}", json=body, headers=headers)
        if path.startswith("/session") and answer.status_code == 200 and "csrf" in answer.json():
            self.csrf = answer.json()["csrf"]
        return answer

    async def sign_in(self, email: str, password: str = PASSWORD, **more: str) -> httpx2.Response:
        """Sign in with a password."""
        return await self.ask("POST", "/session", {"email": email, "password": password, **more})


@pytest.fixture
def settings(database_url: str) -> Settings:
    return Settings(database_url=database_url, worker=False, outbound_allow="127.0.0.1")


@pytest.fixture
async def app(settings: Settings, clock: FixedClock) -> AsyncIterator[FastAPI]:
    made = create_app(settings, clock)
    async with made.router.lifespan_context(made):
        yield made


@pytest.fixture
def browser(app: FastAPI) -> Browser:
    return Browser(app)


@pytest.fixture
async def admin(app: FastAPI, db: Database, clock: FixedClock) -> Browser:
    """Return the browser of the first administrator, admin@example.com."""
    async with db.transaction() as tx:
        token = await first_admin_link(tx, clock.now())
    made = Browser(app, "10.0.0.9")
    body = {"token": token, "name": "Ada", "email": "admin@example.com", "password": PASSWORD}
    answer = await made.ask("POST", "/session/one-time", body)
    assert answer.status_code == 200, answer.text
    return made
