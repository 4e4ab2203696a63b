"""Members who are one person, and members who want to be forgotten: across all slices, in one transaction
each.

Tables owned: schema `merging`. `merge` moves everything, `unmerge` gives back what is still there, `erase`
leaves nothing personal and the books whole.
"""

from regulars.flows.merging.api import router
from regulars.flows.merging.erase import erase
from regulars.flows.merging.merge import merge, merge_browser, unmerge
from regulars.flows.merging.review import MEMBERS_MERGED, MERGE_UNDONE, Review

__all__ = [
    "MEMBERS_MERGED",
    "MERGE_UNDONE",
    "Review",
    "erase",
    "merge",
    "merge_browser",
    "router",
    "unmerge",
]
