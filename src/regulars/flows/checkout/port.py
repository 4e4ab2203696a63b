"""What a checkout needs of others: rewards set aside and taken, and sales that earn. Plugged in by the application."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from fractions import Fraction
from typing import Any, Protocol

from regulars.flows.checkout.model import Back, Content, Named, Session, Taken, Wish
from regulars.infra.db import Transaction


class Rewards(Protocol):
    """Redemption, in the transaction of the checkout."""

    async def reserve(
        self,
        tx: Transaction,
        program_id: int,
        member_id: int,
        wishes: Sequence[Wish],
        *,
        store: str,
        reference: str,
        hold_s: int,
        now: datetime,
    ) -> list[Taken]:
        """Set rewards aside, all or none. Refuses like redemption."""

    async def confirm(self, tx: Transaction, program_id: int, redemption: int, now: datetime) -> None:
        """Confirm one. Refuses like redemption."""

    async def release(self, tx: Transaction, program_id: int, redemption: int, now: datetime) -> None:
        """Let one go; one whose time is over is let go already."""

    async def hold(self, tx: Transaction, program_id: int, redemptions: Sequence[int]) -> None:
        """Hold what these will give back, before they are released or given back one by one."""

    async def give_back(
        self, tx: Transaction, program_id: int, taken: Taken, wanted: Fraction | Named, now: datetime
    ) -> Back:
        """See to it that such a part of the whole has come back in all, or give so many pieces more back.

        Refuses like redemption.
        """


class Sales(Protocol):
    """Accrual, in the transaction of the checkout."""

    async def preview(self, tx: Transaction, session: Session, now: datetime) -> dict[str, Any]:
        """Return what the order would earn if it were closed now; writes nothing."""

    async def completed(self, tx: Transaction, session: Session, now: datetime) -> dict[str, Any]:
        """Rate the order of a closed checkout; return what it did."""

    async def refunded(
        self, tx: Transaction, session: Session, before: Content, money: int, now: datetime
    ) -> None:
        """Take back what the order earned: all of it, or for so much money."""


class Parts(Protocol):
    """Both."""

    @property
    def rewards(self) -> Rewards:
        """Redemption."""

    @property
    def sales(self) -> Sales:
        """Accrual."""
