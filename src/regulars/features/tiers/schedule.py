"""Tier sets that take force later: the next version of a set waits, and upkeep publishes it at its instant."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from regulars.features.tiers import store
from regulars.features.tiers.document import (
    compile_tier_set,
    decode_scheduled,
    decode_tier_set,
    plain_tier_set,
)
from regulars.features.tiers.errors import NotAhead, NothingScheduled, TierSetInvalid
from regulars.features.tiers.measure import check_counted
from regulars.features.tiers.publish import publish_tier_set
from regulars.features.tiers.store import ScheduledTierSet, StoredTierSet
from regulars.infra.db import Transaction


async def schedule_tier_set(
    tx: Transaction,
    program_id: int,
    raw: Any,
    point_types: Mapping[str, int],
    money_exponent: int,
    *,
    now: datetime,
) -> ScheduledTierSet:
    """Let a tier set document with `in_force_from` be the next version of its set, instead of one that was to be it.

    `point_types` maps code → decimals. Refuses with TierSetInvalid, NotAhead.
    """
    written = decode_scheduled(raw)
    if written.in_force_from <= now:
        raise NotAhead
    plain = {name: value for name, value in plain_tier_set(written).items() if name != "in_force_from"}
    document = decode_tier_set(plain)
    check_counted(compile_tier_set(document, point_types, money_exponent, 1), point_types, money_exponent)
    return await store.upsert_scheduled(tx, program_id, document, written.in_force_from, now)


async def scheduled_of(tx: Transaction, program_id: int, code: str) -> ScheduledTierSet:
    """Return the next version of a tier set. Refuses with NothingScheduled."""
    for one in await store.select_scheduled(tx, program_id):
        if one.code == code:
            return one
    raise NothingScheduled


async def cancel_scheduled(tx: Transaction, program_id: int, code: str) -> None:
    """Let the set stay as it is. Refuses with NothingScheduled."""
    if not await store.delete_scheduled(tx, program_id, code):
        raise NothingScheduled


async def publish_due(
    tx: Transaction,
    program_id: int,
    point_types: Mapping[str, int],
    money_exponent: int,
    *,
    due: datetime,
    now: datetime,
) -> list[StoredTierSet]:
    """Publish what is to be in force at `due`; return it. What has become invalid since stays, with its problem.

    The caller holds the program's row.
    """
    published = []
    for one in await store.select_scheduled(tx, program_id):
        if one.in_force_from > due or one.problem:
            continue
        try:
            stored, _ = await publish_tier_set(
                tx,
                program_id,
                plain_tier_set(one.document),
                point_types,
                money_exponent,
                now=now,
                in_force_from=one.in_force_from,
            )
        except TierSetInvalid as refusal:
            problem = "; ".join(f"{error.path}: {error.message}" for error in refusal.errors)
            await store.update_problem(tx, program_id, one.code, problem)
            continue
        await store.delete_scheduled(tx, program_id, one.code)
        published.append(stored)
    return published


def plain_scheduled(one: ScheduledTierSet) -> dict[str, Any]:
    """Return the next version of a tier set as it is written."""
    return plain_tier_set(
        decode_scheduled({**plain_tier_set(one.document), "in_force_from": one.in_force_from.isoformat()})
    )
