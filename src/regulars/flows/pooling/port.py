"""What pooling needs of points: the application plugs in the flow that has it."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Protocol

from regulars.features.programs import ProgramConfig
from regulars.infra.db import Transaction


class Wallets(Protocol):
    """Spends points of one member, and gives back what was spent."""

    async def spend(
        self,
        tx: Transaction,
        config: ProgramConfig,
        member_id: int,
        points: int,
        *,
        actor: str,
        now: datetime,
        point_type: str | None = None,
        reference: str = "",
        reason: str = "",
    ) -> Any:
        """Return a receipt whose `transfer` is the number of the movement."""

    async def cancel(
        self,
        tx: Transaction,
        config: ProgramConfig,
        member_id: int,
        spend_id: int,
        *,
        actor: str,
        reason: str,
        now: datetime,
        points: int | None = None,
    ) -> Any:
        """Return a spend to the lots it came from."""
