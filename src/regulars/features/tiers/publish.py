"""Publishing tier sets: every change is a new version, in force at once; what members have reached stays theirs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from regulars.features.tiers import store
from regulars.features.tiers.document import compile_tier_set, decode_tier_set
from regulars.features.tiers.errors import UnknownTierSet
from regulars.features.tiers.model import TierSet
from regulars.features.tiers.store import StoredTierSet
from regulars.infra.db import Transaction
from regulars.kit.errors import PreconditionFailed


async def publish_tier_set(
    tx: Transaction,
    program_id: int,
    raw: Any,
    point_types: Mapping[str, int],
    money_exponent: int,
    *,
    now: datetime,
    expected: int | None = None,
    in_force_from: datetime | None = None,
) -> tuple[StoredTierSet, bool]:
    """Publish a tier set document; return the version in force and whether it is new.

    Publishing what is in force already changes nothing. `point_types` maps code → decimals. `expected` is the
    version the caller has read (0 = there is none yet), None = whatever is there. The caller holds the
    program's row, so that one version follows another. Refuses with TierSetInvalid, PreconditionFailed.
    """
    document = decode_tier_set(raw)
    before = await store.select_tier_set(tx, program_id, document.code)
    version = before.version if before else 0
    if expected is not None and expected != version:
        raise PreconditionFailed
    compile_tier_set(document, point_types, money_exponent, version + 1)
    if before is not None and before.document == document:
        return before, False
    return await store.insert_version(tx, program_id, document, version + 1, now, in_force_from), True


async def set_activity(
    tx: Transaction,
    program_id: int,
    code: str,
    *,
    active: bool,
    now: datetime,
    expected: int | None = None,
) -> tuple[StoredTierSet, bool]:
    """Activate or deactivate a whole tier set, as a new version. Refuses with UnknownTierSet,
    PreconditionFailed."""
    before = await tier_set_of(tx, program_id, code)
    if expected is not None and expected != before.version:
        raise PreconditionFailed
    document = msgspec.structs.replace(before.document, status="active" if active else "inactive")
    if document == before.document:
        return before, False
    return await store.insert_version(tx, program_id, document, before.version + 1, now), True


async def tier_set_of(tx: Transaction, program_id: int, code: str) -> StoredTierSet:
    """Return the version of a tier set in force. Refuses with UnknownTierSet."""
    found = await store.select_tier_set(tx, program_id, code)
    if found is None:
        raise UnknownTierSet
    return found


async def load_tier_sets(
    tx: Transaction, program_id: int, point_types: Mapping[str, int], money_exponent: int
) -> dict[str, TierSet]:
    """Return every tier set of a program as it is in force, by code, compiled; inactive ones too (`active` says
    it)."""
    return {
        stored.code: compile_tier_set(stored.document, point_types, money_exponent, stored.version)
        for stored in await store.select_tier_sets(tx, program_id)
    }
