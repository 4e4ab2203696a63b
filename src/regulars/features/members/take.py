"""Taking a member for a change: her row locked, her state read after the lock."""

from __future__ import annotations

from regulars.features.members import batch_store
from regulars.features.members.errors import MemberErased, MemberMerged, UnknownMember
from regulars.features.members.find import get_member
from regulars.features.members.model import Member, ProgramTerms
from regulars.infra.db import Transaction
from regulars.kit.errors import PreconditionFailed
from regulars.kit.ids import encode


async def take_member(
    tx: Transaction, terms: ProgramTerms, member_id: int, expected: int | None = None
) -> Member:
    """Lock a member's row and return her as she is. `expected` is the revision the caller has read.

    Refuses with UnknownMember, MemberErased, MemberMerged (fact `member`), PreconditionFailed.
    """
    if member_id not in await batch_store.lock_members(tx, terms.id, [member_id]):
        raise UnknownMember
    member = await get_member(tx, terms, member_id)
    if member.status == "erased":
        raise MemberErased
    if member.merged_into is not None:
        raise MemberMerged(member=encode("mem", member.merged_into))
    if expected is not None and member.revision != expected:
        raise PreconditionFailed
    return member
