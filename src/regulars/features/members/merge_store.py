"""Statements of merging and erasing: one typed function per named query."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from regulars.features.members.batch_store import json_text
from regulars.features.members.unite import Moved
from regulars.infra.db import Transaction, load_queries

queries = load_queries(__package__, "merging.sql")


class MergeRow(msgspec.Struct, frozen=True):
    """A merge as it is stored."""

    id: int
    source_id: int
    target_id: int
    reason: str
    moved: dict[str, Any]
    merged_at: datetime
    undone_at: datetime | None


class MergeEntry(msgspec.Struct, frozen=True):
    """A merge as it is listed."""

    id: int
    source_id: int
    target_id: int
    reason: str
    merged_at: datetime
    undone_at: datetime | None


def decode_moved(moved: dict[str, Any]) -> Moved:
    """Return what a merge moved, from its JSON."""
    return msgspec.convert(moved, Moved)


async def move_identifiers(
    tx: Transaction, program_id: int, source_id: int, target_id: int
) -> list[tuple[str, str]]:
    """Give all identifiers of one member to another; return them."""
    rows = await tx.all(
        queries.move_identifiers, program_id=program_id, source_id=source_id, target_id=target_id
    )
    return [(kind, value) for kind, value in rows]


async def return_identifiers(
    tx: Transaction, program_id: int, target_id: int, source_id: int, identifiers: Sequence[tuple[str, str]]
) -> None:
    """Give identifiers back to the member they came from, those that the other one still has."""
    await tx.run(
        queries.return_identifiers,
        program_id=program_id,
        target_id=target_id,
        source_id=source_id,
        kinds=[kind for kind, _ in identifiers],
        values=[value for _, value in identifiers],
    )


async def update_name_key(tx: Transaction, member_id: int, name_key: str) -> None:
    """Let a member be found by name, or not ("")."""
    await tx.run(queries.update_name_key, member_id=member_id, name_key=name_key)


async def insert_merge(
    tx: Transaction,
    program_id: int,
    source_id: int,
    target_id: int,
    reason: str,
    moved: Moved,
    now: datetime,
) -> int:
    """Write down a merge; return its number."""
    merge_id: int = await tx.value(
        queries.insert_merge,
        program_id=program_id,
        source_id=source_id,
        target_id=target_id,
        reason=reason,
        moved=json_text(moved),
        now=now,
    )
    return merge_id


async def lock_merge(tx: Transaction, program_id: int, merge_id: int) -> MergeRow | None:
    """Take a merge of this program, to undo it."""
    return await tx.maybe(queries.lock_merge, row=MergeRow, program_id=program_id, merge_id=merge_id)


async def select_merges(tx: Transaction, program_id: int, member_ids: Sequence[int]) -> list[MergeEntry]:
    """Return the merges that these members took part in, newest first."""
    return await tx.all(
        queries.select_merges, row=MergeEntry, program_id=program_id, member_ids=list(member_ids)
    )


async def update_merge_undone(tx: Transaction, merge_id: int, now: datetime) -> None:
    """Note that a merge was undone."""
    await tx.run(queries.update_merge_undone, merge_id=merge_id, now=now)


async def erase_members(tx: Transaction, member_ids: Sequence[int], now: datetime) -> None:
    """Leave nothing personal of these members in any table of this slice; their bare rows stay."""
    ids = list(member_ids)
    await tx.run(queries.erase_members, member_ids=ids, now=now)
    for query in (
        queries.erase_profiles,
        queries.erase_identifiers,
        queries.erase_parked_attributes,
        queries.erase_consent_entries,
        queries.erase_merges,
    ):
        await tx.run(query, member_ids=ids)
