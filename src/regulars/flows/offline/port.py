"""What offline spending needs of points: the application plugs in the flow that has it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Protocol

from regulars.features.programs import ProgramConfig
from regulars.infra.db import Transaction


class Wallets(Protocol):
    """Sets points aside, spends what was set aside, and lets go of it."""

    async def authorise(
        self,
        tx: Transaction,
        config: ProgramConfig,
        member_id: int,
        points: int,
        *,
        actor: str,
        now: datetime,
        limit: timedelta | None,
        point_type: str | None = None,
        reference: str = "",
    ) -> Any:
        """Return a receipt whose `hold` is the number of the hold; without `limit` no time ends it."""

    async def capture_hold(
        self,
        tx: Transaction,
        config: ProgramConfig,
        member_id: int,
        hold_id: int,
        *,
        actor: str,
        now: datetime,
        points: int | None = None,
        reason: str = "",
        endless: bool = False,
    ) -> Any:
        """Spend what was set aside, whole or in part; the rest returns."""

    async def void_hold(
        self,
        tx: Transaction,
        config: ProgramConfig,
        member_id: int,
        hold_id: int,
        *,
        actor: str,
        now: datetime,
        endless: bool = False,
    ) -> Any:
        """Let go of what was set aside."""
