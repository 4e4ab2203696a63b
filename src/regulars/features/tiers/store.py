"""Reading and writing versions of tier sets: one typed function per named query, no decisions."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec

from regulars.features.tiers.document import TierSetDocument, decode_tier_set, plain_tier_set
from regulars.infra.db import Transaction, load_queries

queries = load_queries(__package__)
_decoder = msgspec.json.Decoder(float_hook=Decimal)


class StoredTierSet(msgspec.Struct, frozen=True):
    """One published version of a tier set."""

    code: str
    version: int
    document: TierSetDocument
    in_force_from: datetime
    published_at: datetime


def _stored(
    code: str, version: int, doc: str, in_force_from: datetime, published_at: datetime
) -> StoredTierSet:
    document = decode_tier_set({"code": code, **_decoder.decode(doc)})
    return StoredTierSet(code, version, document, in_force_from, published_at)


async def select_tier_sets(tx: Transaction, program_id: int) -> list[StoredTierSet]:
    """Return the latest version of every tier set of a program, in code order."""
    return await tx.all(queries.select_tier_sets, row=_stored, program_id=program_id)


async def select_tier_set(tx: Transaction, program_id: int, code: str) -> StoredTierSet | None:
    """Return the latest version of one tier set."""
    return await tx.maybe(queries.select_tier_set, row=_stored, program_id=program_id, code=code)


async def select_versions(tx: Transaction, program_id: int, code: str) -> list[StoredTierSet]:
    """Return all versions of one tier set, the latest first."""
    return await tx.all(queries.select_versions, row=_stored, program_id=program_id, code=code)


async def select_all_versions(tx: Transaction, program_id: int) -> list[StoredTierSet]:
    """Return all versions of every tier set of a program, in code order, the latest of each first."""
    return await tx.all(queries.select_all_versions, row=_stored, program_id=program_id)


async def insert_version(
    tx: Transaction,
    program_id: int,
    document: TierSetDocument,
    version: int,
    now: datetime,
    in_force_from: datetime | None = None,
) -> StoredTierSet:
    """Write a version, in force from `now` or an instant before. Refuses with TierSetChanged when it exists already."""
    plain: dict[str, Any] = plain_tier_set(document)
    code = plain.pop("code")
    doc = msgspec.json.encode(plain).decode()
    since = in_force_from or now
    await tx.run(
        queries.insert_version,
        program_id=program_id,
        code=code,
        version=version,
        doc=doc,
        in_force_from=since,
        now=now,
    )
    return StoredTierSet(code, version, document, since, now)


class ScheduledTierSet(msgspec.Struct, frozen=True):
    """The next version of a tier set, and from when on. `problem` says why it could not take force."""

    code: str
    document: TierSetDocument
    in_force_from: datetime
    scheduled_at: datetime
    problem: str


def _scheduled(
    code: str, doc: str, in_force_from: datetime, scheduled_at: datetime, problem: str
) -> ScheduledTierSet:
    document = decode_tier_set({"code": code, **_decoder.decode(doc)})
    return ScheduledTierSet(code, document, in_force_from, scheduled_at, problem)


async def select_scheduled(tx: Transaction, program_id: int) -> list[ScheduledTierSet]:
    """Return the versions of tier sets that are still to come, the earliest first."""
    return await tx.all(queries.select_scheduled, row=_scheduled, program_id=program_id)


async def upsert_scheduled(
    tx: Transaction, program_id: int, document: TierSetDocument, in_force_from: datetime, now: datetime
) -> ScheduledTierSet:
    """Write the next version of a tier set, in place of one that was to come before."""
    plain = plain_tier_set(document)
    code = plain.pop("code")
    doc = msgspec.json.encode(plain).decode()
    await tx.run(
        queries.upsert_scheduled,
        program_id=program_id,
        code=code,
        doc=doc,
        in_force_from=in_force_from,
        now=now,
    )
    return ScheduledTierSet(code, document, in_force_from, now, "")


async def update_problem(tx: Transaction, program_id: int, code: str, problem: str) -> None:
    """Note why a version could not take force."""
    await tx.run(queries.update_problem, program_id=program_id, code=code, problem=problem)


async def delete_scheduled(tx: Transaction, program_id: int, code: str) -> bool:
    """Forget the next version of a tier set; return whether there was one."""
    return await tx.maybe(queries.delete_scheduled, program_id=program_id, code=code) is not None
