"""The application with two programs in it, and a credential of every kind."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import httpx2
import pytest
from fastapi import FastAPI
from tests.flows.accrual.setting import PROGRAM, Shop, open_shop
from tests.security.operations import Operation, all_operations

from regulars.app.asgi import create_app
from regulars.app.settings import Settings
from regulars.features.programs import issue_api_key, issue_write_key, revoke_key
from regulars.infra.clock import FixedClock
from regulars.infra.db import Database

BAD = ("nobody", "revoked", "expired")


class World:
    """The application, a client of it, its operations, and the keys by who has them."""

    def __init__(self, app: FastAPI, client: httpx2.AsyncClient, shop: Shop, other: Shop) -> None:
        self.app = app
        self.client = client
        self.shop = shop
        self.other = other
        self.operations = all_operations()
        self.keys: dict[str, str] = {}

    def headers(self, who: str, operation: Operation | None = None) -> dict[str, str]:
        """Return the credentials of somebody, where this operation looks for them."""
        if not who:
            return {}
        if operation is not None and operation.takes_write_keys_only:
            return {"authorization": "Basic " + base64.b64encode(f"{self.keys[who]}:".encode()).decode()}
        return {"authorization": f"Bearer {self.keys[who]}"}

    async def issue_keys(self, db: Database, clock: FixedClock) -> None:
        """Issue a key for every role and scope that some operation names, and keys that are no good any more."""
        said = {role.removeprefix("key:") for one in self.operations for role in one.roles} - {"write_key"}
        program_id, now = self.shop.program_id, clock.now()
        soon = now + timedelta(minutes=1)
        self.keys["nobody"] = "rgk_nobody_00000000000000000000000000000000"
        async with db.transaction() as tx:
            for role in sorted(said):
                issued = await issue_api_key(tx, program_id, role.replace(":", " "), (role,), now)
                self.keys[role] = issued.key
            self.keys["stranger"] = (
                await issue_api_key(tx, self.other.program_id, "stranger", ("owner",), now)
            ).key
            issued = await issue_api_key(tx, program_id, "revoked", ("owner",), now)
            await revoke_key(tx, program_id, issued.prefix, now)
            self.keys["revoked"] = issued.key
            self.keys["expired"] = (await issue_api_key(tx, program_id, "expired", ("owner",), now, soon)).key
            self.keys["write_key"] = (
                await issue_write_key(tx, program_id, self.shop.till.id, "till", now)
            ).key
        clock.advance(timedelta(minutes=1))


@pytest.fixture
async def world(db: Database, database_url: str, clock: FixedClock, tmp_path: Path) -> AsyncIterator[World]:
    shop = await open_shop(db, clock, tmp_path)
    other = await open_shop(db, clock, tmp_path, PROGRAM.replace("code: corner", "code: other", 1))
    app = create_app(Settings(database_url=database_url, worker=False, outbound_allow="127.0.0.1"), clock)
    async with (
        app.router.lifespan_context(app),
        httpx2.AsyncClient(
            transport=httpx2.ASGITransport(app, raise_app_exceptions=False), base_url="http://test"
        ) as client,
    ):
        made = World(app, client, shop, other)
        await made.issue_keys(db, clock)
        yield made
