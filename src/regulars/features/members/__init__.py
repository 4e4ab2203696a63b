"""Members: who they are, how they are known, what they allowed, and who became one with whom.

Tables owned: schema `members`. `enrol_batch` and `update_traits_batch` are the hot path's: as many statements for 1 as
for 1,000 members.
"""

from regulars.features.members.api import router
from regulars.features.members.enrol import enrol_batch, update_traits_batch
from regulars.features.members.find import anonymous_among, get_member, resolve_ref
from regulars.features.members.model import Member, Newcomer, TraitChange, TraitOutcome
from regulars.features.members.normalise import known_identifiers
from regulars.features.members.store import change_lists, select_merged_ids
from regulars.features.members.traits import Traits, split_traits

__all__ = [
    "Member",
    "Newcomer",
    "TraitChange",
    "TraitOutcome",
    "Traits",
    "anonymous_among",
    "change_lists",
    "enrol_batch",
    "get_member",
    "known_identifiers",
    "resolve_ref",
    "router",
    "select_merged_ids",
    "split_traits",
    "update_traits_batch",
]
