"""Who is in a household: founded, invited, accepted, changed, left, dissolved. Points never move by any of it."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Final

from regulars.features.households.errors import (
    HeadOnly,
    HouseholdFull,
    InvalidHousehold,
    InvitationNotYours,
    LastHead,
    NotInHousehold,
    UnknownHousehold,
    UnknownInvitation,
)
from regulars.features.households.model import PEOPLE_MAX, USUAL, Household, Order, Person, Role, Terms
from regulars.infra.db import Query, Transaction, load_queries
from regulars.kit.errors import FieldError
from regulars.kit.points import POINTS_MAX
from regulars.kit.secret_text import secret_text

queries = load_queries(__package__)

INVITATION_LIFE: Final = timedelta(days=14)
NAME_LETTERS_MAX: Final = 100


async def found_household(
    tx: Transaction,
    program_id: int,
    member_id: int,
    name: str,
    *,
    now: datetime,
    draws: Order = "own_first",
) -> Household:
    """Found a household with a member as its head. Refuses with InHouseholdAlready, InvalidHousehold."""
    number = await tx.value(
        queries.insert_household, program_id=program_id, name=_name(name), draws=draws, now=now
    )
    await _join(tx, program_id, number, member_id, USUAL["head"], now)
    return await get_household(tx, program_id, number)


async def get_household(tx: Transaction, program_id: int, number: int) -> Household:
    """Return a household, dissolved or not. Refuses with UnknownHousehold."""
    return await _read(tx, queries.select_household, program_id, number)


async def share_household(tx: Transaction, program_id: int, number: int) -> Household:
    """Return a household in which nobody comes or goes until the transaction ends. Refuses with UnknownHousehold."""
    return await _alive(tx, queries.share_household, program_id, number)


async def _read(tx: Transaction, query: Query, program_id: int, number: int) -> Household:
    found = await tx.maybe(query, row=Household, program_id=program_id, id=number)
    if found is None:
        raise UnknownHousehold
    return found


async def _alive(tx: Transaction, query: Query, program_id: int, number: int) -> Household:
    found = await _read(tx, query, program_id, number)
    if found.dissolved_at is not None:
        raise UnknownHousehold
    return found


async def list_people(tx: Transaction, number: int) -> list[Person]:
    """Return who is in a household: heads, adults, children, each by when they joined."""
    return await tx.all(queries.select_people, row=Person, household_id=number)


async def person_of(tx: Transaction, program_id: int, member_id: int) -> Person | None:
    """Return where a member is, None in no household."""
    return await tx.maybe(queries.select_person, row=Person, program_id=program_id, member_id=member_id)


async def _head(tx: Transaction, program_id: int, number: int, member_id: int) -> list[Person]:
    """Hold a household and return who is in it. Refuses with UnknownHousehold, NotInHousehold, HeadOnly."""
    await _alive(tx, queries.lock_household, program_id, number)
    people = await list_people(tx, number)
    mine = next((one for one in people if one.member_id == member_id), None)
    if mine is None:
        raise NotInHousehold
    if mine.role != "head":
        raise HeadOnly
    return people


async def invite(
    tx: Transaction,
    program_id: int,
    number: int,
    head_id: int,
    role: Role,
    *,
    now: datetime,
    member_id: int | None = None,
) -> str:
    """Invite somebody (`member_id`, or whoever has the secret); return the secret, which is shown this once.

    Refuses with UnknownHousehold, NotInHousehold, HeadOnly, HouseholdFull.
    """
    people = await _head(tx, program_id, number, head_id)
    if len(people) >= PEOPLE_MAX:
        raise HouseholdFull(limit=PEOPLE_MAX)
    secret = secret_text(18)
    await tx.run(
        queries.insert_invitation,
        household_id=number,
        program_id=program_id,
        secret_hash=_hash(secret),
        role=role,
        member_id=member_id,
        invited_by=head_id,
        now=now,
        expires_at=now + INVITATION_LIFE,
    )
    return secret


async def accept(tx: Transaction, program_id: int, secret: str, member_id: int, now: datetime) -> Household:
    """Join the household of an invitation, once. Refuses with UnknownInvitation, InvitationNotYours, HouseholdFull,
    InHouseholdAlready.
    """
    found = await tx.maybe(
        queries.select_invitation, program_id=program_id, secret_hash=_hash(secret), now=now
    )
    if found is None:
        raise UnknownInvitation
    number, invitation, role, wanted = found
    if wanted is not None and wanted != member_id:
        raise InvitationNotYours
    household = await _alive(tx, queries.lock_household, program_id, number)
    if len(await list_people(tx, number)) >= PEOPLE_MAX:
        raise HouseholdFull(limit=PEOPLE_MAX)
    place = {"household_id": number, "id": invitation, "member_id": member_id}
    if await tx.maybe(queries.accept_invitation, now=now, **place) is None:
        raise UnknownInvitation
    await _join(tx, program_id, number, member_id, USUAL[role], now)
    return household


async def _join(
    tx: Transaction, program_id: int, number: int, member_id: int, terms: Terms, now: datetime
) -> None:
    await tx.run(
        queries.insert_person,
        member_id=member_id,
        program_id=program_id,
        household_id=number,
        role=terms.role,
        shares=terms.shares,
        spend_max=terms.spend_max,
        spend_period=terms.spend_period,
        now=now,
    )


async def change_person(
    tx: Transaction, program_id: int, number: int, head_id: int, member_id: int, terms: Terms
) -> None:
    """Change what a member is and may. Refuses with NotInHousehold, HeadOnly, LastHead, InvalidHousehold."""
    if terms.spend_max is not None and not 0 <= terms.spend_max <= POINTS_MAX:
        raise InvalidHousehold(errors=[FieldError("spend_max", "out_of_range", "Write 0 or more.")])
    people = await _head(tx, program_id, number, head_id)
    before = next((one for one in people if one.member_id == member_id), None)
    if before is None:
        raise NotInHousehold
    _check_heads(people, member_id, terms.role)
    await tx.run(
        queries.update_person,
        member_id=member_id,
        household_id=number,
        role=terms.role,
        shares=terms.shares,
        spend_max=terms.spend_max,
        spend_period=terms.spend_period,
    )


def _check_heads(people: list[Person], member_id: int, role: Role | None) -> None:
    """Refuse to leave a household without a head while others are in it."""
    heads = [one.member_id for one in people if one.role == "head"]
    if heads == [member_id] and role != "head":
        raise LastHead


async def change_household(
    tx: Transaction, program_id: int, number: int, head_id: int, name: str, draws: Order
) -> Household:
    """Change how a household is called and draws. Refuses with NotInHousehold, HeadOnly, InvalidHousehold."""
    await _head(tx, program_id, number, head_id)
    await tx.run(queries.update_household, id=number, name=_name(name), draws=draws)
    return await get_household(tx, program_id, number)


async def leave(
    tx: Transaction, program_id: int, number: int, member_id: int, now: datetime, *, by: int | None = None
) -> None:
    """Leave a household, with all points one has; `by`: a head who sends the member away.

    Refuses with UnknownHousehold, NotInHousehold, HeadOnly, LastHead.
    """
    await _alive(tx, queries.lock_household, program_id, number)
    people = await list_people(tx, number)
    if by is not None and by != member_id:
        await _head(tx, program_id, number, by)
    if all(one.member_id != member_id for one in people):
        raise NotInHousehold
    if len(people) > 1:
        _check_heads(people, member_id, None)
    await tx.run(queries.end_people, household_id=number, member_id=member_id, now=now)
    if len(people) == 1:
        await _end(tx, number, now)


async def dissolve(tx: Transaction, program_id: int, number: int, head_id: int, now: datetime) -> None:
    """Dissolve a household: everybody keeps the points one has. Refuses with NotInHousehold, HeadOnly."""
    await _head(tx, program_id, number, head_id)
    await tx.run(queries.end_people, household_id=number, member_id=None, now=now)
    await _end(tx, number, now)


async def _end(tx: Transaction, number: int, now: datetime) -> None:
    await tx.run(queries.end_invitations, household_id=number, now=now)
    await tx.run(queries.dissolve_household, id=number, now=now)


def _name(name: str) -> str:
    text = name.strip()
    if not 0 < len(text) <= NAME_LETTERS_MAX:
        raise InvalidHousehold(
            errors=[FieldError("name", "out_of_range", f"Write 1 to {NAME_LETTERS_MAX} letters.")]
        )
    return text


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
