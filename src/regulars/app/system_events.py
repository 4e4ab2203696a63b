"""Events the platform raises itself, rated like all others: what time brings, and what was done to points by
hand.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Any

from regulars.core.ledger import Purse, instant
from regulars.features.programs import ConfigCache
from regulars.flows.accrual import Pair, Rulebooks, accrue, micros, rate_within, system_item
from regulars.flows.merging import merge_browser
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
    ) -> Purse | None:
        """Rate one event of one member; return her purse afterwards."""
        item = system_item(member_id, event_type, key, micros(at), properties)
        receipt = await rate_within(tx, self._rulebooks, program_id, item, micros(at))
        work = receipt.works.get(member_id)
        return None if work is None else work.purse


class UniteBrowsers:
    """Makes one member of somebody and the browser that she turns out to have used without a name."""

    def __init__(self, db: Database, rulebooks: Rulebooks) -> None:
        """Merge in transactions of its own; what it causes is rated by the rulebooks of this process."""
        self._db = db
        self._configs = ConfigCache()
        self._review = AccrualReview(rulebooks)

    async def __call__(self, program_id: int, pairs: Sequence[Pair], at: int) -> None:
        """Let the second member of each pair take the place of the first; what somebody else did already is left."""
        for source_id, target_id in pairs:
            await self._db.attempt(partial(self._unite, program_id, source_id, target_id, instant(at)))

    async def _unite(
        self, program_id: int, source_id: int, target_id: int, now: datetime, tx: Transaction
    ) -> None:
        config = await self._configs.get(tx, program_id)
        await merge_browser(tx, config, source_id, target_id, now=now, review=self._review)
