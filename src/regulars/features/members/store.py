"""Reading and changing single members: one typed function per named query, no decisions."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from regulars.features.members.batch_store import json_text
from regulars.features.members.model import Consent, ConsentStatement, Identifier, Member, Profile
from regulars.features.members.normalise import PrefixRange
from regulars.infra.db import Transaction, load_queries

queries = load_queries(__package__)

_CONSENT_COLUMN = 11
_PROFILE_COLUMNS = slice(15, 22)
_IDENTIFIERS_COLUMN = 22


def _member(*columns: object) -> Member:
    fields: list[Any] = list(columns)
    profile = Profile(*fields[_PROFILE_COLUMNS])
    identifiers = msgspec.convert(fields[_IDENTIFIERS_COLUMN], list[Identifier])
    fields[_CONSENT_COLUMN] = msgspec.convert(fields[_CONSENT_COLUMN], dict[str, Consent])
    fields[_PROFILE_COLUMNS.start :] = [profile, identifiers]
    return Member(*fields)


async def select_members(tx: Transaction, program_id: int, member_ids: Sequence[int]) -> list[Member]:
    """Return these members of a program in the order given; unknown ones are left out."""
    rows = await tx.all(
        queries.select_members, row=_member, program_id=program_id, member_ids=list(member_ids)
    )
    by_id = {member.id: member for member in rows}
    return [by_id[member_id] for member_id in member_ids if member_id in by_id]


async def stream_members(tx: Transaction, program_id: int) -> AsyncIterator[list[Member]]:
    """Yield all members of a program in id order, some at a time, in constant memory."""
    async for rows in tx.stream(queries.stream_members, program_id=program_id):
        yield [_member(*row) for row in rows]


async def select_page(
    tx: Transaction,
    program_id: int,
    *,
    after: int,
    limit: int,
    status: str | None = None,
    tag: str | None = None,
) -> list[int]:
    """Return at most `limit` ids beyond `after`, in id order."""
    rows = await tx.all(
        queries.select_page, program_id=program_id, after=after, limit=limit, status=status, tag=tag
    )
    return [member_id for (member_id,) in rows]


async def select_by_prefix(
    tx: Transaction, program_id: int, ranges: Sequence[PrefixRange], name: PrefixRange | None, limit: int
) -> list[int]:
    """Return at most `limit` members found in these ranges of identifiers, or of names, in id order."""
    rows = await tx.all(
        queries.select_by_prefix,
        program_id=program_id,
        kinds=[r.kind for r in ranges],
        lows=[r.low for r in ranges],
        highs=[r.high for r in ranges],
        name_low=name.low if name else "",
        name_high=name.high if name else "",
        limit=limit,
    )
    return sorted(member_id for (member_id,) in rows)


async def select_survivor(tx: Transaction, program_id: int, member_id: int) -> int | None:
    """Return the member who stands for this one now; None for an unknown one."""
    survivor: int | None = await tx.value(queries.select_survivor, program_id=program_id, member_id=member_id)
    return survivor


async def select_merged_ids(tx: Transaction, member_id: int) -> list[int]:
    """Return a member and everybody who was merged into her."""
    rows = await tx.all(queries.select_merged_ids, member_id=member_id)
    return [number for (number,) in rows]


async def update_member(tx: Transaction, member: Member, now: datetime) -> None:
    """Write the row of a member whose row is locked; profile and identifiers are written apart."""
    await tx.run(
        queries.update_member,
        member_id=member.id,
        status=member.status,
        earning_blocked=member.earning_blocked,
        spending_blocked=member.spending_blocked,
        joined_at=member.joined_at,
        zone=member.zone,
        birthday=member.birthday,
        attributes=json_text(member.attributes),
        tags=member.tags,
        lists=member.lists,
        consent=json_text(member.consent),
        merged_into=member.merged_into,
        now=now,
    )


async def delete_identifier(tx: Transaction, program_id: int, member_id: int, kind: str, value: str) -> bool:
    """Take an identifier from a member; return whether she had it."""
    return bool(
        await tx.run(
            queries.delete_identifier, program_id=program_id, member_id=member_id, kind=kind, value=value
        )
    )


async def update_identifier_verified(
    tx: Transaction, program_id: int, member_id: int, kind: str, value: str, now: datetime
) -> bool:
    """Note that the member proved that an identifier is hers; return whether it is."""
    return bool(
        await tx.run(
            queries.update_identifier_verified,
            program_id=program_id,
            member_id=member_id,
            kind=kind,
            value=value,
            now=now,
        )
    )


async def change_lists(
    tx: Transaction, program_id: int, list_code: str, listed: Mapping[int, bool], now: datetime
) -> int:
    """Put members on a list (True) or take them off it (False); return how many were changed."""
    return await tx.run(
        queries.change_lists,
        program_id=program_id,
        list=list_code,
        member_ids=list(listed),
        listed=list(listed.values()),
        now=now,
    )


async def count_listed(tx: Transaction, program_id: int, codes: Iterable[str]) -> dict[str, int]:
    """Return how many members are on each of these lists."""
    rows = await tx.all(queries.count_listed, program_id=program_id, codes=list(codes))
    return dict(rows)


async def count_listed_anywhere(tx: Transaction, program_id: int, codes: Iterable[str]) -> int:
    """Return how many members are on at least one of these lists."""
    return int(await tx.value(queries.count_listed_anywhere, program_id=program_id, codes=list(codes)))


async def select_listed(
    tx: Transaction, program_id: int, list_code: str, *, after: int = 0, limit: int = 100
) -> list[int]:
    """Return at most `limit` members on a list whose id is beyond `after`, in id order."""
    rows = await tx.all(
        queries.select_listed, program_id=program_id, list=list_code, after=after, limit=limit
    )
    return [member_id for (member_id,) in rows]


async def select_survivors(tx: Transaction, program_id: int, member_ids: Iterable[int]) -> dict[int, int]:
    """Return who stands for each of these members now; erased ones and those of other programs are missing."""
    rows = await tx.all(queries.select_survivors, program_id=program_id, member_ids=sorted(set(member_ids)))
    return dict(rows)


async def insert_consent_entries(
    tx: Transaction, program_id: int, entries: Sequence[tuple[int, ConsentStatement]], now: datetime
) -> None:
    """Write down what members said about messages."""
    await tx.run(
        queries.insert_consent_entries,
        program_id=program_id,
        member_ids=[member_id for member_id, _ in entries],
        channels=[said.channel for _, said in entries],
        granted=[said.granted for _, said in entries],
        sources=[said.source for _, said in entries],
        stated=[said.at or now for _, said in entries],
        now=now,
    )
