"""Letting rules and tiers see that two members became one.

Whoever rates events is plugged in by the application.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final, Protocol

from regulars.infra.db import Transaction

MEMBERS_MERGED: Final = "Members Merged"
MERGE_UNDONE: Final = "Merge Undone"


class Review(Protocol):
    """Rates an event of the platform's own in the transaction that caused it.

    The member's purse is locked and written.
    """

    async def __call__(
        self,
        tx: Transaction,
        program_id: int,
        member_id: int,
        event_type: str,
        key: str,
        at: datetime,
        properties: dict[str, Any],
    ) -> object:
        """Rate the event; its key makes a repeat harmless. What it returns is nothing to a merge."""
