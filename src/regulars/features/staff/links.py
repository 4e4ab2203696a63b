"""Links that let somebody in once: the first administrator, somebody invited, somebody who forgot the password."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final, Protocol

import msgspec

from regulars.features.staff import store
from regulars.features.staff.errors import LinkSpent
from regulars.features.staff.model import (
    Assignment,
    Browser,
    Opened,
    check_person,
    hash_token,
    new_token,
    normal_email,
)
from regulars.features.staff.passwords import check_strength, hash_password
from regulars.features.staff.people import add_person, get_person
from regulars.features.staff.roles import PLATFORM_ADMIN
from regulars.features.staff.sessions import open_session
from regulars.features.staff.sign_in import second_factor
from regulars.features.staff.throttle import count_attempt
from regulars.infra.db import Database, Transaction

FIRST_ADMIN: Final = "first_admin"
INVITE: Final = "invite"
RESET: Final = "reset"
# Where the console takes the token of each.
PAGES: Final = {FIRST_ADMIN: "/console/welcome", INVITE: "/console/welcome", RESET: "/console/reset"}
# Whoever starts the server reads the terminal; an invitation lies in a mailbox; a reset is asked for and awaited.
LASTING: Final = {FIRST_ADMIN: timedelta(days=1), INVITE: timedelta(days=7), RESET: timedelta(minutes=30)}
EMAIL_DEFAULT: Final = "admin@localhost"
NAME_DEFAULT: Final = "Administrator"


class LinkSender(Protocol):
    """Brings a link to a person: by mail where mail is set up, else into the log of the server."""

    async def __call__(self, email: str, name: str, purpose: str, token: str) -> None:
        """Send the link."""


def link_path(purpose: str, token: str) -> str:
    """Return the path of a link in the console."""
    return f"{PAGES[purpose]}?token={token}"


async def make_link(tx: Transaction, purpose: str, person_id: int | None, now: datetime) -> str:
    """Return the token of a new link; earlier ones of the same purpose and person end."""
    token = new_token()
    await store.insert_link(tx, hash_token(token), purpose, person_id, now, now + LASTING[purpose])
    return token


async def first_admin_link(tx: Transaction, now: datetime) -> str | None:
    """Return the token of a link that makes the first administrator; None when there is somebody already."""
    await store.lock_people(tx)
    return None if await store.select_anybody(tx) else await make_link(tx, FIRST_ADMIN, None, now)


async def ask_for_reset(db: Database, send: LinkSender, email: str, now: datetime) -> None:
    """Send a link for a new password to whoever has an address; nothing happens when nobody has it."""
    async with db.transaction() as tx:
        found = await store.select_persons(tx, email=normal_email(email))
        person = found[0] if found and found[0].disabled_at is None else None
        token = await make_link(tx, RESET, person.id, now) if person else None
    if person is not None and token is not None:
        await send(person.email, person.name, RESET, token)


class Given(msgspec.Struct, frozen=True):
    """What somebody sends along with a link. The first administrator says who she is; a code is for who has one."""

    password: str | None = None
    name: str | None = None
    email: str | None = None
    code: str | None = None


async def use_link(db: Database, token: str, given: Given, browser: Browser, now: datetime) -> Opened:
    """Let in whoever has a link, with a new password where she gives one; other sessions of hers are then over.

    A link for a new password does not replace the second factor. Refuses with LinkSpent, PasswordTooWeak,
    InvalidPerson, SecondFactorNeeded, SignInRefused, TooManyAttempts.
    """
    async with db.transaction(read_only=True) as tx:
        found = await store.select_link(tx, hash_token(token), now)
        person = await store.select_sign_in_by_id(tx, found[1]) if found and found[1] else None
    if found is None:
        raise LinkSpent
    hashed = None
    if given.password is not None:
        about = (person.name, person.email) if person else (given.name or "", given.email or "")
        check_strength(given.password, *about)
        hashed = await hash_password(given.password)
    asks_code = found[0] == RESET and person is not None and person.totp_secret is not None
    if asks_code and person is not None:
        await count_attempt(db, person.email, browser.address, now)
    async with db.transaction() as tx:
        await store.lock_people(tx)
        if not await store.use_link(tx, hash_token(token), now):
            raise LinkSpent
        if asks_code and person is not None:
            await second_factor(tx, person, given.code, now)
        if found[1] is not None:
            await store.act_as(tx, found[1])
        person_id = await _admitted(tx, found, given, now)
        await store.act_as(tx, person_id)
        if hashed is not None:
            await store.update_password(tx, person_id, hashed)
            await store.revoke_sessions(tx, person_id, now)
        return await open_session(tx, person_id, "link", browser, now)


async def _admitted(tx: Transaction, found: tuple[str, int | None], given: Given, now: datetime) -> int:
    """Return the number of whoever may come in by a link; the first administrator is made."""
    purpose, person_id = found
    if purpose == FIRST_ADMIN:
        if await store.select_anybody(tx):
            raise LinkSpent
        admin, email = [Assignment(PLATFORM_ADMIN)], given.email or EMAIL_DEFAULT
        made = await add_person(tx, email, given.name or NAME_DEFAULT, admin, now=now, by="first start")
        return made.id
    assert person_id is not None, "Every other link is somebody's."
    person = await get_person(tx, person_id)
    if person.disabled_at is not None:
        raise LinkSpent
    if given.name is not None and purpose == INVITE:
        check_person(person.email, given.name, person.locale, person.assignments)
        await store.update_person(tx, person_id, given.name.strip(), person.locale)
    return person_id
