"""Reading and writing rewards: one typed function per named query, no decisions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from regulars.features.rewards.model import Reward, Stored
from regulars.infra.db import Transaction, load_queries

queries = load_queries(__package__)

_encode = msgspec.json.Encoder(order="deterministic").encode
_decode = msgspec.json.Decoder(Reward).decode


async def select_rewards_revision(tx: Transaction, program_id: int) -> int:
    """Return the revision of a program's rewards; 0 when it never had any."""
    return await tx.value(queries.select_revision, program_id=program_id) or 0


async def bump_revision(tx: Transaction, program_id: int) -> None:
    """Give a program's rewards their next revision; others who change them wait until this transaction ends."""
    await tx.run(queries.bump_revision, program_id=program_id)


async def select_rewards(tx: Transaction, program_id: int) -> list[Stored]:
    """Return every reward of a program, archived ones included, in the order of their codes."""
    return [_stored(row) for row in await tx.all(queries.select_rewards, program_id=program_id)]


async def select_reward(tx: Transaction, program_id: int, code: str) -> Stored | None:
    """Return a reward by its code, archived or not; None when there is none."""
    row = await tx.maybe(queries.select_reward, program_id=program_id, code=code)
    return None if row is None else _stored(row)


async def select_page(
    tx: Transaction,
    program_id: int,
    *,
    after: str,
    limit: int,
    category: str | None = None,
    kind: str | None = None,
    archived: bool = False,
) -> list[Stored]:
    """Return at most `limit` rewards whose code is beyond `after`, in the order of their codes."""
    rows = await tx.all(
        queries.select_page,
        program_id=program_id,
        after=after,
        limit=limit,
        category=category,
        kind=kind,
        archived=archived,
    )
    return [_stored(row) for row in rows]


async def select_version(tx: Transaction, reward_id: int, number: int) -> Reward:
    """Return what a reward was in one of its versions."""
    return _decode(await tx.value(queries.select_version, reward_id=reward_id, number=number))


async def select_versions(tx: Transaction, reward_id: int, limit: int) -> list[tuple[int, Reward, datetime]]:
    """Return (number, reward, when it was made) of the latest versions, latest first."""
    rows = await tx.all(queries.select_versions, reward_id=reward_id, limit=limit)
    return [(number, _decode(document), made_at) for number, document, made_at in rows]


async def insert_reward(tx: Transaction, program_id: int, code: str) -> int:
    """Make a reward; return its number."""
    return int(await tx.value(queries.insert_reward, program_id=program_id, code=code))


async def insert_version(tx: Transaction, reward_id: int, number: int, reward: Reward, now: datetime) -> None:
    """Keep a version of a reward."""
    await tx.run(
        queries.insert_version,
        reward_id=reward_id,
        number=number,
        document=_encode(reward).decode(),
        now=now,
    )


async def update_reward(tx: Transaction, reward_id: int, version: int) -> None:
    """Offer another version."""
    await tx.run(queries.update_reward, id=reward_id, version=version)


async def update_archived(tx: Transaction, reward_id: int, now: datetime) -> None:
    """Archive a reward."""
    await tx.run(queries.update_archived, id=reward_id, now=now)


async def select_pools(tx: Transaction, reward_ids: Sequence[int]) -> list[tuple[int, str, int, int]]:
    """Return (reward, key, free, total) of every pool of some rewards."""
    return [tuple(row) for row in await tx.all(queries.select_pools, reward_ids=list(reward_ids))]


async def select_used(
    tx: Transaction, member_ids: Sequence[int], reward_ids: Sequence[int]
) -> dict[tuple[int, int, str], int]:
    """Return how often members had rewards, by (member, reward, period)."""
    rows = await tx.all(queries.select_used, member_ids=list(member_ids), reward_ids=list(reward_ids))
    return {(member_id, reward_id, period): used for member_id, reward_id, period, used in rows}


async def add_used(tx: Transaction, changes: Sequence[tuple[int, int, str, int]]) -> None:
    """Count (member, reward, period, pieces); negative pieces were given back."""
    had = [one for one in changes if one[3] > 0]
    back = [(*one[:3], -one[3]) for one in changes if one[3] < 0]
    for query, some in ((queries.add_used, had), (queries.subtract_used, back)):
        if some:
            member_ids, reward_ids, periods, pieces = map(list, zip(*some, strict=True))
            await tx.run(query, member_ids=member_ids, reward_ids=reward_ids, periods=periods, pieces=pieces)


def _stored(row: Sequence[Any]) -> Stored:
    return Stored(row[0], row[1], _decode(row[2]), row[3])
