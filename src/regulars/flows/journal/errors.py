"""Refusals of the journal."""

from __future__ import annotations

from regulars.kit.errors import Conflict, NotFound


class UnknownEvent(NotFound):
    """There is no such event in this program."""


class ParkedUnknown(NotFound):
    """There is no such event set aside, or it was replayed already."""


class StillWaiting(Conflict):
    """It waits for its order and is taken up by itself in the moment the order comes."""
