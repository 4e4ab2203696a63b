"""Ports where nobody is behind them: no rules, nothing handed out. For tests of redemption alone, and small set-ups."""

# ruff: noqa: ARG002

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from regulars.core.ledger import Purse
from regulars.features.rewards import Change, Reward
from regulars.flows.redemption.model import Order
from regulars.flows.redemption.port import Listening, Ports, Told
from regulars.infra.db import Transaction


class NoPromotions:
    """Where there are no rules: nothing changes, nobody listens."""

    async def listening(self, tx: Transaction, program_id: int, versions: tuple[int, ...]) -> Listening:
        """Nobody listens."""
        return Listening()

    async def changes(
        self, tx: Transaction, program_id: int, member_id: int, facts: dict[str, Any], now: datetime
    ) -> tuple[Change, ...]:
        """Nothing changes."""
        return ()

    async def told(
        self,
        tx: Transaction,
        program_id: int,
        member_id: int,
        event_type: str,
        key: str,
        facts: dict[str, Any],
        now: datetime,
    ) -> Told:
        """Nobody hears."""
        return Told()

    async def tiers(
        self, tx: Transaction, program_id: int, purses: Mapping[int, Purse], now: datetime
    ) -> dict[int, dict[str, str]]:
        """Nobody has a tier."""
        return {}


class NoIssuer:
    """Where nothing is handed out."""

    async def issue(
        self, tx: Transaction, reward: Reward, order: Order, now: datetime
    ) -> tuple[dict[str, Any], ...]:
        """Nothing is handed out."""
        return ()

    async def take_back(
        self, tx: Transaction, order: Order, pieces: int, now: datetime
    ) -> tuple[dict[str, Any], ...]:
        """There is nothing to take back."""
        return order.issued


PLAIN = Ports(NoPromotions(), NoIssuer())
