"""What prizes need of points and of rules: the application plugs in the flows that have it."""

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


class Owed(Protocol):
    """Knows what rules owe to members and nobody has carried out yet."""

    async def settle_tickets(self, tx: Transaction, program_id: int, draw: str, now: datetime) -> None:
        """Enter every ticket of a draw that rules owe by now, and take out those whose orders came back."""
