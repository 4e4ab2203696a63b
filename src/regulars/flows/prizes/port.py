"""What prizes need of points: the application plugs in the flow that has it."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal, Protocol

from regulars.features.programs import ProgramConfig
from regulars.infra.db import Transaction


class Wallets(Protocol):
    """Takes and gives points of one member in the transaction of the caller."""

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
        """Take points at once. Refuses with InsufficientPoints and others."""

    async def adjust(
        self,
        tx: Transaction,
        config: ProgramConfig,
        member_id: int,
        points: int,
        direction: Literal["credit", "debit"],
        *,
        reason: str,
        actor: str,
        now: datetime,
        point_type: str | None = None,
        reference: str = "",
    ) -> Any:
        """Give points. Refuses with EarningBlocked and others."""
