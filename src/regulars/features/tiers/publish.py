"""Publishing tier sets: every change is a new version, in force at once; what members have reached stays theirs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

import msgspec

from regulars.features.tiers import store
from regulars.features.tiers.document import TierSetDocument, compile_tier_set, decode_tier_set, with_earlier
from regulars.features.tiers.errors import UnknownTierSet
from regulars.features.tiers.measure import check_counted
from regulars.features.tiers.model import TierSet
from regulars.features.tiers.store import StoredTierSet
from regulars.infra.db import Transaction
from regulars.kit.errors import PreconditionFailed
from regulars.kit.zones import day_number, zone


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
    check_counted(
        compile_tier_set(document, point_types, money_exponent, version + 1), point_types, money_exponent
    )
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
    tx: Transaction, program_id: int, point_types: Mapping[str, int], money_exponent: int, zone_name: str
) -> dict[str, TierSet]:
    """Return every tier set of a program as it is in force, by code, compiled; inactive ones too (`active` says
    it). `zone_name`: whose days say which version measures what."""
    found: dict[str, TierSet] = {}
    for code, versions in groupby(await store.select_all_versions(tx, program_id), key=lambda one: one.code):
        newest, *before = versions
        compiled = compile_tier_set(newest.document, point_types, money_exponent, newest.version)
        found[code] = after_versions(
            compiled, newest.document, before, newest.in_force_from, point_types, money_exponent, zone_name
        )
    return found


def after_versions(
    tier_set: TierSet,
    document: TierSetDocument,
    before: Sequence[StoredTierSet],
    since: datetime,
    point_types: Mapping[str, int],
    money_exponent: int,
    zone_name: str,
) -> TierSet:
    """Return a tier set, compiled from `document` and in force from `since`, that knows the versions `before` it, the
    latest of them first.
    """
    place = zone(zone_name)
    replaced = [since, *(one.in_force_from for one in before)]
    former = [
        (one.version, one.document, day_number(until, place))
        for one, until in zip(before, replaced, strict=False)
    ]
    return with_earlier(tier_set, document, former, point_types, money_exponent)
