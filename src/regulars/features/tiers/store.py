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


async def insert_version(
    tx: Transaction, program_id: int, document: TierSetDocument, version: int, now: datetime
) -> StoredTierSet:
    """Write a version. Refuses with TierSetChanged when it exists already."""
    plain: dict[str, Any] = plain_tier_set(document)
    code = plain.pop("code")
    doc = msgspec.json.encode(plain).decode()
    await tx.run(queries.insert_version, program_id=program_id, code=code, version=version, doc=doc, now=now)
    return StoredTierSet(code, version, document, now, now)
