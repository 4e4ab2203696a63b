"""Two members become one: who they are, their points lot by lot, what they did, their tiers. Nothing is lost.

Everything is one transaction; members are locked before purses, each lowest id first. No row of the ledger is
rewritten: what was the source's is read with the target's from here on.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

import msgspec

from regulars.core.events import announce, next_batch_id, notice
from regulars.core.ledger import (
    MOVED_AWAY,
    Cause,
    Ids,
    Portion,
    Postings,
    Purse,
    Terms,
    micros,
    move_wallet,
    open_purses,
    post,
    select_accounts,
)
from regulars.features.members import (
    MemberErased,
    MemberMerged,
    MemberNamed,
    Merge,
    SameMember,
    merge_members,
    undo_merge,
)
from regulars.features.programs import ProgramConfig, wallet_terms
from regulars.features.tiers import load_tier_sets
from regulars.features.webhooks import subscribed_types
from regulars.flows.merging.review import MEMBERS_MERGED, MERGE_UNDONE, Review
from regulars.flows.merging.states import returned_state, separated_state, united_state
from regulars.infra.db import Transaction, failpoint, load_queries
from regulars.kit.money import exponent
from regulars.kit.zones import day_number, zone

queries = load_queries(__package__)

SAID_HERSELF: Final = "She said who she is on a device that she had used without a name."


async def merge(
    tx: Transaction,
    config: ProgramConfig,
    source_id: int,
    target_id: int,
    *,
    reason: str,
    now: datetime,
    review: Review | None = None,
    anonymous_only: bool = False,
) -> Merge:
    """Let `target` take the place of `source`, with everything that was hers.

    Refuses as `features.members.merge_members`: SameMember, UnknownMember, MemberErased, MemberMerged,
    InvalidMember, and with `anonymous_only` MemberNamed.
    """
    done = await merge_members(tx, config, source_id, target_id, reason, now, anonymous_only=anonymous_only)
    moving = await _begin(tx, config, (source_id, target_id), now)
    source, target = moving.purses[source_id], moving.purses[target_id]
    await tx.run(
        queries.insert_state_before,
        merge_id=done.id,
        program_id=config.id,
        source_id=source_id,
        target_id=target_id,
        source_state=source.state,
        target_state=target.state,
    )
    cause = _cause(now, done.id)
    for terms in moving.terms.values():
        move_wallet(moving.postings, source, target, terms, cause)
    tier_sets = await load_tier_sets(tx, config.id, _scales(config), exponent(config.currency), config.zone)
    day = day_number(now, zone(config.zone))
    target.state = united_state(target.state, source.state, tier_sets, day)
    source.state = MOVED_AWAY
    await tx.run(queries.move_holdings, program_id=config.id, source_id=source_id, target_id=target_id)
    facts = {"merged_from": source_id, "merge": done.id}
    await _write(tx, config, moving, "member.merged", target_id, facts, now)
    if review is not None:
        key = f"merge/{done.id}"
        await review(tx, config.id, target_id, MEMBERS_MERGED, key, now, {"merge": done.id})
    return done


async def merge_browser(
    tx: Transaction,
    config: ProgramConfig,
    source_id: int,
    target_id: int,
    *,
    now: datetime,
    review: Review | None,
) -> Merge | None:
    """Let a member take the place of one who is known by nothing but a browser; None when that is no longer so.

    She said herself who she is: nobody decides it, and a second message to that effect changes nothing.
    """
    try:
        return await merge(
            tx,
            config,
            source_id,
            target_id,
            reason=SAID_HERSELF,
            now=now,
            review=review,
            anonymous_only=True,
        )
    except (SameMember, MemberMerged, MemberErased, MemberNamed):
        return None


async def unmerge(
    tx: Transaction, config: ProgramConfig, merge_id: int, *, now: datetime, review: Review | None = None
) -> Merge:
    """Make two members of one again: what the merge brought goes back, as far as the target still has it.

    What was done since the merge stays with the target. Refuses as `features.members.undo_merge`:
    UnknownMerge, MergeUndone, MergeNotLatest, MemberErased.
    """
    done = await undo_merge(tx, config, merge_id, now)
    source_id, target_id = done.source_id, done.target.id
    before = await tx.maybe(queries.select_state_before, merge_id=merge_id, program_id=config.id)
    moving = await _begin(tx, config, (source_id, target_id), now)
    source, target = moving.purses[source_id], moving.purses[target_id]
    portions = await _arrived(tx, source_id, target_id, merge_id)
    cause = _cause(now, merge_id)
    for point_type_id, terms in moving.terms.items():
        portion = portions.get(point_type_id, Portion(lots=(), holds=(), balance=0, debt=0))
        move_wallet(moving.postings, target, source, terms, cause, portion)
    if before is not None:
        day = day_number(now, zone(config.zone))
        _, _, source_state, target_state = before
        source.state = returned_state(target.state, target_state, source_state, day)
        target.state = separated_state(target.state, target_state, source_state, day)
    await tx.run(queries.return_vouchers, program_id=config.id, source_id=source_id, target_id=target_id)
    facts = {"merged_from": source_id, "merge": merge_id, "undone": True}
    await _write(tx, config, moving, "member.merged", target_id, facts, now)
    if review is not None:
        for member_id in sorted((source_id, target_id)):
            key = f"unmerge/{merge_id}/{member_id}"
            await review(tx, config.id, member_id, MERGE_UNDONE, key, now, {"merge": merge_id})
    return done


class _Moving(msgspec.Struct):
    """Two purses, locked and settled, and what will be written."""

    batch_id: int
    terms: dict[int, Terms]
    postings: Postings
    purses: dict[int, Purse]


async def _begin(tx: Transaction, config: ProgramConfig, members: tuple[int, int], now: datetime) -> _Moving:
    terms = wallet_terms(config, await select_accounts(tx, config.id))
    batch_id = await next_batch_id(tx)
    postings = Postings(Ids(batch_id))
    purses, _ = await open_purses(tx, postings, members, terms, micros(now))
    return _Moving(batch_id, terms, postings, purses)


async def _write(
    tx: Transaction,
    config: ProgramConfig,
    moving: _Moving,
    heard: str,
    member_id: int,
    facts: Mapping[str, int],
    now: datetime,
) -> None:
    moving.postings.purses.update(moving.purses)  # their states have changed in any case
    await post(tx, moving.postings)
    failpoint("after_merge_posted_before_outbox")
    told = []
    if heard in await subscribed_types(tx, config.id):
        told = [notice(heard, member_id, micros(now), dict(facts))]
    await announce(tx, moving.batch_id, config.id, now, told)


async def _arrived(tx: Transaction, source_id: int, target_id: int, merge_id: int) -> dict[int, Portion]:
    """Return what a merge brought to its target, by point type."""
    holds = {
        number
        for (number,) in await tx.all(queries.select_moved_holds, member_id=source_id, target_id=target_id)
    }
    lots: dict[int, set[int]] = {}
    balances: dict[int, int] = {}
    debts: dict[int, int] = {}
    for number, point_type_id, amount, owed in await tx.all(
        queries.select_arrived, member_id=target_id, merge_id=merge_id
    ):
        if owed:
            debts[point_type_id] = debts.get(point_type_id, 0) + amount
        else:
            lots.setdefault(point_type_id, set()).add(number)
            balances[point_type_id] = balances.get(point_type_id, 0) + amount
    return {
        point_type_id: Portion(
            lots=frozenset(lots.get(point_type_id, ())),
            holds=frozenset(holds),
            balance=balances.get(point_type_id, 0),
            debt=debts.get(point_type_id, 0),
        )
        for point_type_id in {*lots, *debts}
    }


def _cause(now: datetime, merge_id: int) -> Cause:
    at = micros(now)
    return Cause(at, at, detail=msgspec.json.encode({"merge": merge_id}).decode())


def _scales(config: ProgramConfig) -> dict[str, int]:
    return {code: kind.scale for code, kind in config.point_types.items()}
