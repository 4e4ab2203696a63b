"""Two members became one, or two again: what they did is counted anew, and tiers are assessed over all of it."""

from __future__ import annotations

from regulars.core.events import Event, EventKind
from regulars.flows.accrual.types import Outcome

MEMBERS_MERGED = "Members Merged"
MERGE_UNDONE = "Merge Undone"

# Earlier than anything that is remembered: every day may have changed.
FIRST_DAY = 0


def outcome_of_merge(event: Event) -> Outcome | None:
    """Return the outcome to begin with for an event that changes all of a member's past; None for others."""
    if event.kind is EventKind.SYSTEM and event.type in (MEMBERS_MERGED, MERGE_UNDONE):
        return Outcome(corrected_day=FIRST_DAY)
    return None
