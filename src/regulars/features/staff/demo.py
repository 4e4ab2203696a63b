"""Signing in to the demo by one click: only where the demo made the installation and nobody else reaches it."""

from __future__ import annotations

import ipaddress
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
    """Whether anybody may come in: started as the demo, and the demo's own person was the first who worked here.

    Once others work here too (invited to try what needs a second person), only this machine may.
    """
    if not getattr(settings, "demo", False):
        return False
    people = await store.select_persons(tx, limit=2)
    if all(one.email == DEMO_EMAIL for one in people):
        return True
    own = await store.select_persons(tx, email=DEMO_EMAIL)
    return bool(own) and own[0].disabled_at is None and _only_here(settings.host, settings.public_url)


def _only_here(host: str, public_url: str | None) -> bool:
    """Whether a server is reached from its own machine alone, as far as it was told."""
    if public_url is not None:
        return False
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


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
