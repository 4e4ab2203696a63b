"""Refusals of the journal."""

from __future__ import annotations

from regulars.kit.errors import Conflict, NotFound


class UnknownEvent(NotFound):
    """There is no such event in this program."""


class EventErased(Conflict):
    """The member was erased, and with her what this event said; what it did stays in the books."""


class EventOfTheSystem(Conflict):
    """The platform made this event itself; it comes from no source and cannot come again."""


class ParkedUnknown(NotFound):
    """There is no such event set aside, or it was replayed already."""


class StillWaiting(Conflict):
    """It waits for its order and is taken up by itself in the moment the order comes."""
