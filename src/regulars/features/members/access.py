"""Everything this slice knows about one member, for the member herself (the right of access)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from regulars.features.members import merge_store, store
from regulars.features.members.find import get_member
from regulars.features.members.merge_store import MergeEntry
from regulars.features.members.model import Member, ProgramTerms
from regulars.infra.db import Transaction


class ConsentEntry(msgspec.Struct, frozen=True):
    """One thing said about messages."""

    channel: str
    granted: bool
    source: str
    stated_at: datetime
    recorded_at: datetime


class ParkedValue(msgspec.Struct, frozen=True):
    """A value that did not fit its attribute and was put aside."""

    name: str
    value: Any
    reason: str
    parked_at: datetime


class MemberRecord(msgspec.Struct, frozen=True):
    """All that is kept about a member outside the books; `known_as` are the ids of members merged into her."""

    member: Member
    known_as: list[int]
    consent_history: list[ConsentEntry]
    put_aside: list[ParkedValue]
    merges: list[MergeEntry]


async def member_record(tx: Transaction, terms: ProgramTerms, member_id: int) -> MemberRecord:
    """Return all that members' tables hold about a member and everybody merged into her. Refuses with UnknownMember.

    The flow that answers a request for access adds transfers, lots, events and messages of the same ids.
    """
    member = await get_member(tx, terms, member_id)
    ids = await store.select_merged_ids(tx, member_id)
    return MemberRecord(
        member=member,
        known_as=[number for number in ids if number != member_id],
        consent_history=await tx.all(store.queries.select_consent_entries, row=ConsentEntry, member_ids=ids),
        put_aside=await tx.all(store.queries.select_parked_attributes, row=ParkedValue, member_ids=ids),
        merges=await merge_store.select_merges(tx, terms.id, ids),
    )
