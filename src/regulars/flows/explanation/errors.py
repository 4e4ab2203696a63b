"""What cannot be explained."""

from __future__ import annotations

from regulars.kit.errors import NotFound


class UnknownEvent(NotFound):
    """There is no such event in this program."""


class UnknownTransfer(NotFound):
    """There is no such transfer in this program."""
