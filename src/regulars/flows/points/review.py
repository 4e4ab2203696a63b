"""Letting rules and tiers see what was done by hand.

Whoever rates events is plugged in by the application.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Protocol

from regulars.core.ledger import Purse
from regulars.features.programs import PointType
from regulars.flows.points.desk import Desk
from regulars.infra.db import Transaction

POINTS_ADJUSTED = "Points Adjusted"


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
    ) -> Purse | None:
        """Rate the event; its key makes a repeat harmless. Return her purse afterwards, None where nobody rated."""


async def review_adjustment(
    review: Review | None, desk: Desk, member_id: int, point_type: PointType, points: int, transfer_id: int
) -> None:
    """Tell rules and tiers that `points` (negative: fewer) were given by hand; the desk has been closed.

    Its balances are afterwards those with what rules gave for it.
    """
    if review is not None:
        facts = {"point_type": point_type.code, "points": points, "transfer": transfer_id}
        key = f"adjustment/{transfer_id}"
        purse = await review(desk.tx, desk.config.id, member_id, POINTS_ADJUSTED, key, desk.instant, facts)
        desk.purses[member_id] = purse or desk.purses[member_id]
