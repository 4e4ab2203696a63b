"""Members: who they are, how they are known, what they allowed, and who became one with whom.

Tables owned: schema `members`. `enrol_batch` and `update_traits_batch` are the hot path's: as many statements for 1 as
for 1,000 members.
"""

from regulars.features.members.access import MemberRecord, member_record
from regulars.features.members.api import router
from regulars.features.members.attributes import AttributeKind
from regulars.features.members.bodies import member_fields
from regulars.features.members.change import change_member
from regulars.features.members.claim import GuestClaim, claim_guest
from regulars.features.members.consent import state_consents
from regulars.features.members.declare import (
    declare_attribute,
    forget_attribute,
    list_attributes,
    note_attributes,
)
from regulars.features.members.enrol import enrol_batch, enrol_each, update_traits_batch
from regulars.features.members.erase import erase_member
from regulars.features.members.errors import (
    MemberErased,
    MemberMerged,
    MemberNamed,
    SameMember,
    UnknownMember,
)
from regulars.features.members.exporting import export_members
from regulars.features.members.find import anonymous_among, find_members, get_member, resolve_ref
from regulars.features.members.importing import Progress as ImportProgress
from regulars.features.members.importing import import_members
from regulars.features.members.join import MEMBER_JOINED, join_member
from regulars.features.members.listing import relist, resolve_refs
from regulars.features.members.merge import Merge, merge_members, undo_merge
from regulars.features.members.model import (
    ConsentStatement,
    Enrolled,
    Member,
    Newcomer,
    Taken,
    TraitChange,
    TraitOutcome,
)
from regulars.features.members.normalise import known_identifiers
from regulars.features.members.store import (
    change_lists,
    count_listed,
    count_listed_anywhere,
    select_listed,
    select_members,
    select_merged_ids,
    select_survivor,
)
from regulars.features.members.traits import Traits, split_traits

__all__ = [
    "MEMBER_JOINED",
    "AttributeKind",
    "ConsentStatement",
    "Enrolled",
    "GuestClaim",
    "ImportProgress",
    "Member",
    "MemberErased",
    "MemberMerged",
    "MemberNamed",
    "MemberRecord",
    "Merge",
    "Newcomer",
    "SameMember",
    "Taken",
    "TraitChange",
    "TraitOutcome",
    "Traits",
    "UnknownMember",
    "anonymous_among",
    "change_lists",
    "change_member",
    "claim_guest",
    "count_listed",
    "count_listed_anywhere",
    "declare_attribute",
    "enrol_batch",
    "enrol_each",
    "erase_member",
    "export_members",
    "find_members",
    "forget_attribute",
    "get_member",
    "import_members",
    "join_member",
    "known_identifiers",
    "list_attributes",
    "member_fields",
    "member_record",
    "merge_members",
    "note_attributes",
    "relist",
    "resolve_ref",
    "resolve_refs",
    "router",
    "select_listed",
    "select_members",
    "select_merged_ids",
    "select_survivor",
    "split_traits",
    "state_consents",
    "undo_merge",
    "update_traits_batch",
]
