"""Events the platform raises itself, rated like all others: what time brings, and what was done to points by
hand.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from regulars.flows.accrual import Rulebooks, accrue, micros, rate_within, system_item
from regulars.flows.upkeep import Raised
from regulars.infra.db import Database, Transaction


class TimePasses:
    """Rates what upkeep raises, in transactions of its own."""

    def __init__(self, db: Database, rulebooks: Rulebooks | None = None) -> None:
        """Rate by the rulebooks of this process."""
        self._db = db
        self._rulebooks = rulebooks or Rulebooks()

    async def __call__(self, program_id: int, events: Sequence[Raised], received_at: datetime) -> None:
        """Rate the events of one program; one that was rated before changes nothing."""
        items = [
            system_item(one.member_id, one.type, one.key, micros(one.at), one.properties) for one in events
        ]
        await accrue(self._db, self._rulebooks, program_id, items, micros(received_at))


class AccrualReview:
    """Lets rules and tiers see what was done by hand, in the same transaction."""

    def __init__(self, rulebooks: Rulebooks | None = None) -> None:
        """Rate by the rulebooks of this process."""
        self._rulebooks = rulebooks or Rulebooks()

    async def __call__(
        self,
        tx: Transaction,
        program_id: int,
        member_id: int,
        event_type: str,
        key: str,
        at: datetime,
        properties: dict[str, Any],
    ) -> None:
        """Rate one event of one member."""
        item = system_item(member_id, event_type, key, micros(at), properties)
        await rate_within(tx, self._rulebooks, program_id, item, micros(at))
