"""Merging two members who are one person, and undoing it. The member part: the flow that merges adds the books.

What a flow must do around `merge_members(tx, terms, source, target, …)`, all in one transaction:
1. lock the members (merge_members does, in id order), then both purses (`ledger.lock_purses`), in that order;
2. void or move the source's open holds, then move what is left of the source's wallets to the target with transfers
   over `between_members` that carry the lots' origin and expiry; no row of the ledger is rewritten: the history of the
   target is read over `select_merged_ids`;
3. merge the purse's behaviour state and assess tiers again for the target;
4. announce it. Whoever resolved an identifier to the source before the merge and locks her purse after it must look at
   `member.status` again and begin anew: identifiers lead to the target from here on.
`undo_merge` returns identifiers and fields; the flow gives back with transfers what it had moved (`transfer.detail`
names the merge), as far as the target still has it.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from regulars.features.members import batch_store, merge_store, store
from regulars.features.members.batch_store import ProfileRow
from regulars.features.members.errors import (
    InvalidMember,
    MemberErased,
    MemberMerged,
    MemberNamed,
    MergeNotLatest,
    MergeUndone,
    SameMember,
    UnknownMember,
    UnknownMerge,
)
from regulars.features.members.model import Member, Profile, ProgramTerms
from regulars.features.members.traits import name_key
from regulars.features.members.unite import Moved, separated, snapshot, united
from regulars.infra.db import Transaction
from regulars.kit.errors import FieldError
from regulars.kit.ids import encode

REASON_LETTERS_MAX = 500


class Merge(msgspec.Struct, frozen=True):
    """A merge just made or undone: `target` as she is now."""

    id: int
    source_id: int
    target: Member


async def merge_members(
    tx: Transaction,
    terms: ProgramTerms,
    source_id: int,
    target_id: int,
    reason: str,
    now: datetime,
    *,
    anonymous_only: bool = False,
) -> Merge:
    """Let `target` take the place of `source`: identifiers move, gaps are filled, references to source lead to target.

    Refuses with SameMember, UnknownMember, MemberErased, MemberMerged (also when the other way round was just done),
    and with `anonymous_only` MemberNamed when the source is known by anything but anonymous ids.
    """
    if not 0 < len(reason.strip()) <= REASON_LETTERS_MAX:
        raise InvalidMember(errors=[FieldError("reason", "missing", "Say why they are one person.")])
    if source_id == target_id:
        raise SameMember
    await batch_store.lock_members(tx, terms.id, [source_id, target_id])
    source, target = await _both(tx, terms, source_id, target_id)
    if anonymous_only and not await batch_store.select_anonymous(tx, [source_id]):
        raise MemberNamed
    identifiers = await merge_store.move_identifiers(tx, terms.id, source_id, target_id)
    after = united(target, source)
    moved = Moved(identifiers, snapshot(target), snapshot(after), source.status, source.lists)
    await store.update_member(tx, after, now)
    await _write_whole_profile(tx, terms, after, now)
    gone = msgspec.structs.replace(source, status="merged", merged_into=target_id, lists=[])
    await store.update_member(tx, gone, now)
    await merge_store.update_name_key(tx, source_id, "")
    merge_id = await merge_store.insert_merge(tx, terms.id, source_id, target_id, reason.strip(), moved, now)
    [current] = await store.select_members(tx, terms.id, [target_id])
    return Merge(merge_id, source_id, current)


async def undo_merge(tx: Transaction, terms: ProgramTerms, merge_id: int, now: datetime) -> Merge:
    """Make two members of one again: what the merge moved goes back, what was changed since stays with the target.

    Refuses with UnknownMerge, MergeUndone, MemberErased, MergeNotLatest.
    """
    merge = await merge_store.lock_merge(tx, terms.id, merge_id)
    if merge is None:
        raise UnknownMerge
    if merge.undone_at is not None:
        raise MergeUndone
    await batch_store.lock_members(tx, terms.id, [merge.source_id, merge.target_id])
    [source] = await store.select_members(tx, terms.id, [merge.source_id])
    [target] = await store.select_members(tx, terms.id, [merge.target_id])
    if "erased" in (source.status, target.status):
        raise MemberErased
    if target.merged_into is not None or source.merged_into != target.id:
        raise MergeNotLatest
    moved = merge_store.decode_moved(merge.moved)
    await merge_store.return_identifiers(tx, terms.id, merge.target_id, merge.source_id, moved.identifiers)
    after = separated(target, moved)
    await store.update_member(tx, after, now)
    await _write_whole_profile(tx, terms, after, now)
    back = msgspec.structs.replace(
        source, status=moved.source_status, merged_into=None, lists=moved.source_lists
    )
    await store.update_member(tx, back, now)
    await merge_store.update_name_key(tx, source.id, _key(source.profile))
    await merge_store.update_merge_undone(tx, merge_id, now)
    [current] = await store.select_members(tx, terms.id, [target.id])
    return Merge(merge_id, source.id, current)


async def _both(
    tx: Transaction, terms: ProgramTerms, source_id: int, target_id: int
) -> tuple[Member, Member]:
    found = await store.select_members(tx, terms.id, [source_id, target_id])
    if len(found) < 2:
        raise UnknownMember
    for member in found:
        if member.status == "erased":
            raise MemberErased
        if member.merged_into is not None:
            raise MemberMerged(member=encode("mem", member.merged_into))
    source, target = found
    return source, target


async def _write_whole_profile(tx: Transaction, terms: ProgramTerms, member: Member, now: datetime) -> None:
    fields = {
        name: "" if value is None else value for name, value in msgspec.structs.asdict(member.profile).items()
    }
    row = ProfileRow(member.id, fields, _key(member.profile))
    await batch_store.write_profiles(tx, terms.id, [row], now)


def _key(profile: Profile) -> str:
    return name_key(profile.first_name, profile.last_name)
