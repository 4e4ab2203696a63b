"""People, sessions and links in the database: one typed function per statement."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import msgspec

from regulars.features.staff.model import SESSION_IDLE, Assignment, Person, Session
from regulars.infra.db import Transaction, load_queries
from regulars.infra.sealing import SealedColumn

queries = load_queries(__package__)
TOTP_SECRET: Final = SealedColumn("staff.person", "totp_secret", ("id",), binary=True)
CLIENT_SECRET: Final = SealedColumn("staff.identity_provider", "client_secret", ("code",))
_assignments = msgspec.json.Decoder(tuple[Assignment, ...])


class Held(msgspec.Struct, frozen=True):
    """An assignment with the numbers and names of its place."""

    role: str
    program_id: int | None
    program: str | None
    program_name: str | None
    partner: str | None
    region: str | None


class Living(msgspec.Struct, frozen=True):
    """A session that lives, with its person and her roles."""

    id: int
    person_id: int
    seen_at: datetime
    email: str
    name: str
    locale: str
    method: str
    has_totp: bool
    held: tuple[Held, ...]


class SignIn(msgspec.Struct, frozen=True):
    """What is needed to check a password and a code. `totp_secret` is sealed."""

    id: int
    email: str
    name: str
    password_hash: str | None
    totp_secret: bytes | None
    totp_step: int
    disabled_at: datetime | None


_held = msgspec.json.Decoder(tuple[Held, ...])


async def select_persons(
    tx: Transaction,
    *,
    ids: Sequence[int] | None = None,
    email: str | None = None,
    after: int = 0,
    limit: int = 1_000,
) -> list[Person]:
    """Return a page of people by id, or those with these ids or this address."""
    rows = await tx.all(
        queries.select_persons,
        ids=None if ids is None else list(ids),
        email=email,
        after=after,
        limit=limit,
    )
    return [Person(*(*row[:9], _assignments.decode(row[9]), row[10])) for row in rows]


async def select_anybody(tx: Transaction) -> bool:
    """Return whether there is anybody who may sign in."""
    return bool(await tx.value(queries.select_anybody))


async def lock_people(tx: Transaction) -> None:
    """Wait until no other transaction changes who administers the installation."""
    await tx.run(queries.lock_people)


async def count_administrators(tx: Transaction, beside: int) -> int:
    """Return how many administer the installation beside one person."""
    return int(await tx.value(queries.select_administrators, beside=beside))


async def insert_person(tx: Transaction, email: str, name: str, locale: str, now: datetime) -> int:
    """Add a person and return her number."""
    return int(await tx.value(queries.insert_person, email=email, name=name, locale=locale, now=now))


async def update_person(tx: Transaction, person_id: int, name: str, locale: str) -> None:
    """Change how a person is called and spoken to."""
    await tx.run(queries.update_person, person_id=person_id, name=name, locale=locale)


async def update_person_disabled(tx: Transaction, person_id: int, disabled_at: datetime | None) -> None:
    """Let somebody in no more, or again."""
    await tx.run(queries.update_person_disabled, person_id=person_id, disabled_at=disabled_at)


async def update_password(tx: Transaction, person_id: int, password_hash: str | None) -> None:
    """Keep the hash of a new password."""
    await tx.run(queries.update_password, person_id=person_id, password_hash=password_hash)


async def select_sign_in(tx: Transaction, email: str) -> SignIn | None:
    """Return what is needed to check the password of whoever has an address."""
    return await tx.maybe(queries.select_sign_in, row=SignIn, email=email)


async def select_sign_in_by_id(tx: Transaction, person_id: int) -> SignIn:
    """Return the same of a person that is known."""
    return await tx.one(queries.select_sign_in_by_id, row=SignIn, person_id=person_id)


async def select_places(
    tx: Transaction, programs: Sequence[str], partners: Sequence[str]
) -> dict[tuple[str, str | None], tuple[int, int | None]]:
    """Return the numbers of programs, and of their partners, by their codes."""
    rows = await tx.all(queries.select_places, programs=list(programs), partners=list(partners))
    places: dict[tuple[str, str | None], tuple[int, int | None]] = {}
    for program, partner, program_id, partner_id in rows:
        places[program, None] = (program_id, None)
        if partner is not None:
            places[program, partner] = (program_id, partner_id)
    return places


async def write_assignments(
    tx: Transaction,
    person_id: int,
    rows: Sequence[tuple[str, int | None, int | None, str | None]],
    now: datetime,
    by: str,
) -> None:
    """Let a person have exactly these roles (role, program, partner, region); what stays is not touched."""
    columns: dict[str, Any] = {
        "person_id": person_id,
        "roles": [row[0] for row in rows],
        "program_ids": [row[1] for row in rows],
        "partner_ids": [row[2] for row in rows],
        "regions": [row[3] for row in rows],
    }
    await tx.run(queries.delete_assignments, **columns)
    await tx.run(queries.insert_assignments, now=now, by=by, **columns)


async def select_programs_of_all(tx: Transaction) -> list[tuple[int, str, str]]:
    """Return every program that is not archived: number, code, name."""
    rows = await tx.all(queries.select_programs_of_all)
    return [(row[0], row[1], row[2]) for row in rows]


async def insert_session(
    tx: Transaction,
    secret_hash: bytes,
    person_id: int,
    method: str,
    now: datetime,
    expires_at: datetime,
    address: str,
    browser: str,
) -> None:
    """Begin a session."""
    await tx.run(
        queries.insert_session,
        secret_hash=secret_hash,
        person_id=person_id,
        method=method,
        now=now,
        expires_at=expires_at,
        address=address,
        browser=browser,
    )


async def end_oldest_sessions(tx: Transaction, person_id: int, keep: int, now: datetime) -> None:
    """Let only the `keep` newest sessions of a person live."""
    await tx.run(queries.end_oldest_sessions, person_id=person_id, keep=keep, now=now)


async def select_session(tx: Transaction, secret_hash: bytes, now: datetime) -> Living | None:
    """Return who a session speaks for; None when it is over, or its person is disabled."""
    row = await tx.maybe(
        queries.select_session, secret_hash=secret_hash, now=now, idle_since=now - SESSION_IDLE
    )
    return None if row is None else Living(*(*row[:8], _held.decode(row[8])))


async def update_session_seen(tx: Transaction, session_id: int, now: datetime) -> None:
    """Note that a session is in use."""
    await tx.run(queries.update_session_seen, session_id=session_id, now=now)


async def select_sessions(tx: Transaction, person_id: int, now: datetime) -> list[Session]:
    """Return the living sessions of a person, newest first."""
    return await tx.all(
        queries.select_sessions, row=Session, person_id=person_id, now=now, idle_since=now - SESSION_IDLE
    )


async def revoke_session(tx: Transaction, person_id: int, session_id: int, now: datetime) -> bool:
    """End one session of a person; False when there is no such living one."""
    return bool(await tx.run(queries.revoke_session, person_id=person_id, session_id=session_id, now=now))


async def revoke_sessions(tx: Transaction, person_id: int, now: datetime, but: int | None = None) -> int:
    """End all sessions of a person, `but` one; return how many."""
    return await tx.run(queries.revoke_sessions, person_id=person_id, now=now, but=but)


async def insert_link(
    tx: Transaction,
    token_hash: bytes,
    purpose: str,
    person_id: int | None,
    now: datetime,
    expires_at: datetime,
) -> None:
    """Keep a new link; earlier ones of the same purpose and person end."""
    await tx.run(queries.end_links, purpose=purpose, person_id=person_id, now=now)
    await tx.run(
        queries.insert_link,
        token_hash=token_hash,
        purpose=purpose,
        person_id=person_id,
        now=now,
        expires_at=expires_at,
    )


async def select_link(tx: Transaction, token_hash: bytes, now: datetime) -> tuple[str, int | None] | None:
    """Return the purpose and person of a link that can be used, None when it is spent."""
    found = await tx.maybe(queries.select_link, token_hash=token_hash, now=now)
    return None if found is None else (found[0], found[1])


async def use_link(tx: Transaction, token_hash: bytes, now: datetime) -> bool:
    """Use a link; False when it is spent."""
    return bool(await tx.run(queries.use_link, token_hash=token_hash, now=now))


async def act_as(tx: Transaction, person_id: int) -> None:
    """Let the log of changes say from here on that this person does it."""
    await tx.run(queries.act_as, person_id=person_id)


async def count_attempt(
    tx: Transaction, subject: str, now: datetime, window_start: datetime
) -> tuple[int, datetime]:
    """Count an attempt; return how many there are in this window and when it began."""
    attempts, since = await tx.one(queries.count_attempt, subject=subject, now=now, window_start=window_start)
    return attempts, since


async def forget_attempts(tx: Transaction, subjects: Sequence[str]) -> None:
    """Forget what was tried by these subjects."""
    await tx.run(queries.forget_attempts, subjects=list(subjects))


async def delete_spent(tx: Transaction, now: datetime, before: datetime) -> int:
    """Forget what is over; return how many rows went."""
    return int(await tx.value(queries.delete_spent, now=now, before=before))


class Provider(msgspec.Struct, frozen=True):
    """An identity provider as people see it."""

    id: int
    code: str
    name: str
    issuer: str
    client_id: str
    has_secret: bool
    created_at: datetime
    disabled_at: datetime | None


async def select_providers(tx: Transaction) -> list[Provider]:
    """Return the identity providers, disabled ones included."""
    return await tx.all(queries.select_providers, row=Provider)
