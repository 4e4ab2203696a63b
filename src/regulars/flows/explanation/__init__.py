"""Explanation: why these points, why not those. Every event decided again on what is stored with it, to the same end.

Owns no table and writes none. It reads accrual's decision through `regulars.flows.accrual.insight`.
"""

from regulars.flows.explanation.api import router
from regulars.flows.explanation.errors import UnknownEvent, UnknownTransfer
from regulars.flows.explanation.events import event_at, explain_event, find_event
from regulars.flows.explanation.timeline import member_timeline
from regulars.flows.explanation.transfers import explain_transfer

__all__ = [
    "UnknownEvent",
    "UnknownTransfer",
    "event_at",
    "explain_event",
    "explain_transfer",
    "find_event",
    "member_timeline",
    "router",
]
