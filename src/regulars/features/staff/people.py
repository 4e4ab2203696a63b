"""People: added, changed, disabled; the last administrator stays."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from regulars.features.staff import store
from regulars.features.staff.codes import remove_authenticator
from regulars.features.staff.errors import InvalidPerson, LastAdministrator, UnknownPerson
from regulars.features.staff.model import Assignment, Person, check_person, normal_email
from regulars.features.staff.roles import PLATFORM_ADMIN
from regulars.infra.db import Transaction
from regulars.kit.errors import FieldError


async def add_person(
    tx: Transaction,
    email: str,
    name: str,
    assignments: Sequence[Assignment],
    *,
    now: datetime,
    by: str,
    locale: str = "en",
) -> Person:
    """Add a person, who cannot sign in before she used a link. Refuses with InvalidPerson, PersonExists."""
    check_person(email, name, locale, assignments)
    places = await _places(tx, assignments)
    person_id = await store.insert_person(tx, normal_email(email), name.strip(), locale, now)
    await store.write_assignments(tx, person_id, places, now, by)
    return await get_person(tx, person_id)


async def change_person(
    tx: Transaction,
    person_id: int,
    *,
    name: str,
    locale: str,
    assignments: Sequence[Assignment],
    now: datetime,
    by: str,
) -> Person:
    """Let a person be called so and have exactly these roles. Refuses with InvalidPerson, LastAdministrator."""
    await store.lock_people(tx)
    person = await get_person(tx, person_id)
    check_person(person.email, name, locale, assignments)
    places = await _places(tx, assignments)
    if not any(one.role == PLATFORM_ADMIN for one in assignments):
        await _keep_an_administrator(tx, person)
    await store.update_person(tx, person_id, name.strip(), locale)
    await store.write_assignments(tx, person_id, places, now, by)
    return await get_person(tx, person_id)


async def disable_person(tx: Transaction, person_id: int, now: datetime) -> None:
    """Let a person in no more; her sessions are over with their next request. Refuses with LastAdministrator."""
    await store.lock_people(tx)
    await _keep_an_administrator(tx, await get_person(tx, person_id))
    await store.update_person_disabled(tx, person_id, now)
    await store.revoke_sessions(tx, person_id, now)


async def enable_person(tx: Transaction, person_id: int) -> None:
    """Let a person in again."""
    await get_person(tx, person_id)
    await store.update_person_disabled(tx, person_id, None)


async def reset_person(tx: Transaction, person_id: int, now: datetime) -> None:
    """Take password, authenticator and sessions from a person: she comes back by a link (`invite`)."""
    await get_person(tx, person_id)
    await store.update_password(tx, person_id, None)
    await remove_authenticator(tx, person_id)
    await store.revoke_sessions(tx, person_id, now)


async def assign_in_program(
    tx: Transaction,
    program: str,
    email: str,
    name: str,
    locale: str,
    roles: Sequence[Assignment],
    *,
    now: datetime,
    by: str,
) -> tuple[Person, bool]:
    """Let whoever has an address have exactly these roles in a program; return her and whether she is new.

    Her roles elsewhere, and how she is called, stay. Refuses with InvalidPerson.
    """
    await store.lock_people(tx)
    found = await store.select_persons(tx, email=normal_email(email))
    if not found:
        return await add_person(tx, email, name, roles, now=now, by=by, locale=locale), True
    person = found[0]
    kept = [one for one in person.assignments if one.program != program]
    check_person(person.email, person.name, person.locale, roles)
    await store.write_assignments(tx, person.id, await _places(tx, [*kept, *roles]), now, by)
    return await get_person(tx, person.id), False


async def people_of_program(tx: Transaction, program: str) -> list[Person]:
    """Return the people who have a role in a program."""
    return [
        one
        for one in await store.select_persons(tx)
        if any(role.program == program for role in one.assignments)
    ]


async def get_person(tx: Transaction, person_id: int) -> Person:
    """Return a person. Refuses with UnknownPerson."""
    found = await store.select_persons(tx, ids=[person_id])
    if not found:
        raise UnknownPerson
    return found[0]


async def person_by_email(tx: Transaction, email: str) -> Person:
    """Return the person with an address. Refuses with UnknownPerson."""
    found = await store.select_persons(tx, email=normal_email(email))
    if not found:
        raise UnknownPerson
    return found[0]


async def _keep_an_administrator(tx: Transaction, person: Person) -> None:
    is_one = person.disabled_at is None and any(one.role == PLATFORM_ADMIN for one in person.assignments)
    if is_one and not await store.count_administrators(tx, person.id):
        raise LastAdministrator


async def _places(
    tx: Transaction, assignments: Sequence[Assignment]
) -> list[tuple[str, int | None, int | None, str | None]]:
    """Return assignments with the numbers of their programs and partners. Refuses with InvalidPerson."""
    named = [one for one in assignments if one.program is not None]
    known = await store.select_places(
        tx, [one.program or "" for one in named], [one.partner for one in named if one.partner]
    )
    rows: list[tuple[str, int | None, int | None, str | None]] = []
    errors = []
    for place, one in enumerate(assignments):
        if one.program is None:
            rows.append((one.role, None, None, None))
        elif (one.program, one.partner) in known:
            rows.append((one.role, *known[one.program, one.partner], one.region))
        else:
            what = "partner" if (one.program, None) in known else "program"
            errors.append(
                FieldError(f"roles[{place}].{what}", f"unknown_{what}", f"There is no such {what}.")
            )
    if errors:
        raise InvalidPerson(errors=errors)
    return rows
