"""What upkeep needs of others: somebody who rates events. Plugged in by the application."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Protocol

import msgspec


class Raised(msgspec.Struct, frozen=True):
    """An event that time raised for a member; `key` says for ever what it was raised for."""

    member_id: int
    type: str
    key: str
    at: datetime
    properties: dict[str, Any] = {}


class Accrue(Protocol):
    """Rates events of time in one program, in transactions of its own, each once for ever by its key."""

    async def __call__(self, program_id: int, events: Sequence[Raised], received_at: datetime) -> None:
        """Rate the events; one that was rated before changes nothing."""
