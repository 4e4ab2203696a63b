"""A program with rules, and people with roles in it, each in a browser of her own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.features.staff.conftest import Browser
from tests.flows.accrual.setting import PROGRAM as DOCUMENT
from tests.flows.accrual.setting import Shop, open_shop

from regulars.app.asgi import create_app
from regulars.app.settings import Settings
from regulars.features.staff import Assignment, add_person, open_session
from regulars.features.staff.model import Browser as Place
from regulars.infra.clock import FixedClock
from regulars.infra.db import Database

CODE = "corner"
HERE = f"/programs/{CODE}"
ROLES = {
    "boss": Assignment("platform_admin"),
    "ann": Assignment("program_admin", CODE),
    "ben": Assignment("program_admin", CODE),
    "agent": Assignment("service_agent", CODE),
    "marketer": Assignment("marketer", CODE),
    "checker": Assignment("approver", CODE),
    "stranger": Assignment("program_admin", "other"),
}


class Office:
    """The people by name."""

    def __init__(self, shop: Shop, people: dict[str, Browser]) -> None:
        self.shop = shop
        self.people = people

    def __getattr__(self, name: str) -> Browser:
        return self.people[name]


@pytest.fixture
async def office(db: Database, database_url: str, clock: FixedClock, tmp_path: Path) -> AsyncIterator[Office]:

    shop = await open_shop(db, clock, tmp_path)
    await open_shop(db, clock, tmp_path, DOCUMENT.replace("code: corner", "code: other", 1))
    app = create_app(Settings(database_url=database_url, worker=False, outbound_allow="127.0.0.1"), clock)
    async with app.router.lifespan_context(app):
        people = {}
        for name, role in ROLES.items():
            browser = people[name] = Browser(app)
            async with db.transaction() as tx:
                person = await add_person(tx, f"{name}@example.com", name, [role], now=clock.now(), by="test")
                opened = await open_session(tx, person.id, "password", Place(), clock.now())
            browser.client.cookies.set("regulars_session", opened.token)
            assert (await browser.ask("GET", "/session")).status_code == 200
        yield Office(shop, people)
