"""The journal: what came in, what became of it, live and page by page; what was set aside, and once more.

Owns no table: it reads `events.*`. Why an event did what it did is told by the flow `explanation`.
"""

from regulars.flows.journal.api import router
from regulars.flows.journal.entries import Entry, Journal, message_key
from regulars.flows.journal.errors import (
    EventErased,
    EventOfTheSystem,
    ParkedUnknown,
    StillWaiting,
    UnknownEvent,
)
from regulars.flows.journal.following import Watermark, follow
from regulars.flows.journal.parked import ParkedEntry, list_parked, replay
from regulars.flows.journal.port import JournalPort, RejectedMessage
from regulars.flows.journal.rehearsal import rehearse

__all__ = [
    "Entry",
    "EventErased",
    "EventOfTheSystem",
    "Journal",
    "JournalPort",
    "ParkedEntry",
    "ParkedUnknown",
    "RejectedMessage",
    "StillWaiting",
    "UnknownEvent",
    "Watermark",
    "follow",
    "list_parked",
    "message_key",
    "rehearse",
    "replay",
    "router",
]
