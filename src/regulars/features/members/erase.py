"""Erasing a member: nothing personal is left, the books stay whole. The member part.

What a flow must do beside `erase_member`, in the same transaction: blank the documents of her events (stored, parked
and waiting ones), the details of transfers and effects that hold texts, stored answers (`erase_member_answers` of
infra.web), messages and exports; close her purse's holds. The flow uses the ids returned: erasing a member erases
everybody who was merged into her.
"""

from __future__ import annotations

from datetime import datetime

from regulars.features.members import batch_store, merge_store, store
from regulars.features.members.model import ProgramTerms
from regulars.features.members.take import take_member
from regulars.infra.db import Transaction


async def erase_member(tx: Transaction, terms: ProgramTerms, member_id: int, now: datetime) -> list[int]:
    """Erase a member and everybody who was merged into her; return their ids.

    Identifiers, profile, attributes, consent, tags, lists and what merges remember are gone; the bare rows stay with
    the status `erased`. Her identifiers are free for somebody new.
    Refuses with UnknownMember, MemberErased, MemberMerged.
    """
    ids = await store.select_merged_ids(tx, member_id)
    await batch_store.lock_members(tx, terms.id, ids)
    await take_member(tx, terms, member_id)
    ids = await store.select_merged_ids(tx, member_id)
    await merge_store.erase_members(tx, ids, now)
    return ids
