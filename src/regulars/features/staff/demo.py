"""Signing in to the demo by one click: only where the installation was started as the demo and holds nothing else."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from regulars.features.staff import store
from regulars.features.staff.model import Assignment, Browser, Opened, Person
from regulars.features.staff.people import add_person
from regulars.features.staff.roles import PLATFORM_ADMIN
from regulars.features.staff.sessions import open_session
from regulars.infra.db import Database, Transaction
from regulars.kit.errors import NotFound

DEMO_EMAIL: Final = "demo@localhost"


class NotTheDemo(NotFound):
    """This is not the demo; sign in with your e-mail address."""


async def is_demo(settings: Any, tx: Transaction) -> bool:
    """Whether anybody may come in: started as the demo, and nobody but the demo's own person works here."""
    if not getattr(settings, "demo", False):
        return False
    people = await store.select_persons(tx, limit=2)
    return all(one.email == DEMO_EMAIL for one in people)


async def open_demo(settings: Any, db: Database, browser: Browser, now: datetime) -> Opened:
    """Begin a session of the demo's person, who is made when she is not there yet. Refuses with NotTheDemo."""
    async with db.transaction() as tx:
        await store.lock_people(tx)
        if not await is_demo(settings, tx):
            raise NotTheDemo
        person = await demo_person(tx, now)
        return await open_session(tx, person.id, "demo", browser, now)


async def demo_person(tx: Transaction, now: datetime) -> Person:
    """Return the demo's person, who is made when she is not there yet."""
    found = await store.select_persons(tx, email=DEMO_EMAIL)
    if found:
        return found[0]
    return await add_person(tx, DEMO_EMAIL, "Demo", [Assignment(PLATFORM_ADMIN)], now=now, by="demo")
