"""Publishing rules and tier sets of a program: the program's row is taken first, so that one follows the other."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from regulars.features import rulesets, tiers
from regulars.features.members import note_attributes
from regulars.features.programs import ProgramConfig, load_config
from regulars.features.rulesets import BackdatedRules, Version, Vocabulary
from regulars.features.tiers import ScheduledTierSet, StoredTierSet
from regulars.flows.apply.vocabulary import load_vocabulary, queries, scales
from regulars.infra.db import Transaction
from regulars.kit.money import exponent


async def take_program(tx: Transaction, program_id: int) -> ProgramConfig:
    """Return the configuration of a program, taken for this transaction, with its next revision."""
    await tx.run(queries.lock_program, program_id=program_id)
    return await load_config(tx, program_id)


async def publish(
    tx: Transaction,
    program_id: int,
    *,
    now: datetime,
    in_force_from: datetime | None = None,
    backdate: bool = False,
    expected: int | None = None,
    by: str = "",
    note: str = "",
) -> tuple[Version, bool]:
    """Publish the draft of a program; return the version and whether it is new.

    `backdate` lets rules take force before now, as long as no event occurred since. Refuses as `publish_rules`.
    """
    config = await take_program(tx, program_id)
    backdated = backdate and in_force_from is not None and in_force_from < now
    if backdated and await tx.value(queries.select_event_since, program_id=program_id, since=in_force_from):
        raise BackdatedRules("Events have occurred since then, and were rated; choose a later time.")
    version, new = await rulesets.publish_rules(
        tx,
        program_id,
        await load_vocabulary(tx, config),
        now=now,
        in_force_from=in_force_from,
        backdate=backdate,
        expected=expected,
        by=by,
        note=note,
    )
    if new:
        await note_own_attributes(tx, program_id, version, now)
    return version, new


async def note_own_attributes(tx: Transaction, program_id: int, version: Version, now: datetime) -> None:
    """Let attributes that published rules set be attributes like any other, so that what comes in from elsewhere is
    fitted to their kind."""
    sets = [
        effect["set_attribute"]
        for rule in version.document["rules"]
        for effect in rule["then"]
        if "set_attribute" in effect
    ]
    await note_attributes(tx, program_id, rulesets.own_attributes(sets), now)


async def roll_back(
    tx: Transaction, program_id: int, version: int, *, now: datetime, by: str = "", note: str = ""
) -> Version:
    """Put an earlier version's content in force again, as a new version. Refuses with UnknownVersion."""
    await take_program(tx, program_id)
    return await rulesets.publish_again(tx, program_id, version, now=now, by=by, note=note)


async def publish_tiers(
    tx: Transaction, program_id: int, raw: Any, *, now: datetime, expected: int | None = None
) -> tuple[StoredTierSet, bool]:
    """Publish a tier set; return it and whether it is new. Refuses with TierSetInvalid, PreconditionFailed."""
    config = await take_program(tx, program_id)
    return await tiers.publish_tier_set(
        tx, program_id, raw, scales(config), exponent(config.currency), now=now, expected=expected
    )


async def schedule_tiers(tx: Transaction, program_id: int, raw: Any, *, now: datetime) -> ScheduledTierSet:
    """Let a tier set take force at its `in_force_from`. Refuses with TierSetInvalid, NotAhead."""
    config = await take_program(tx, program_id)
    return await tiers.schedule_tier_set(
        tx, program_id, raw, scales(config), exponent(config.currency), now=now
    )


async def vocabulary_of(tx: Transaction, program_id: int) -> Vocabulary:
    """Return the words rules of a program may use."""
    return await load_vocabulary(tx, await load_config(tx, program_id))
