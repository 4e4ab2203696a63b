"""What funding refuses."""

from __future__ import annotations

from regulars.kit.errors import NotFound


class UnknownEvent(NotFound):
    """The program has no such event, or it is nobody's."""


class UnknownSpend(NotFound):
    """The program has no such spend."""
