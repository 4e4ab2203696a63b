"""What redemption needs of others: rules that change prices, tiers, and codes. Plugged in by the application."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

import msgspec

from regulars.core.ledger import Purse
from regulars.features.rewards import Change, Reward
from regulars.flows.redemption.model import Balance, Order
from regulars.infra.db import Transaction


class Listening(msgspec.Struct, frozen=True):
    """What the rules of a program want to hear: changing `prices`, and what was `redeemed` or `cancelled`."""

    prices: bool = False
    redeemed: bool = False
    cancelled: bool = False


class Gain(msgspec.Struct, frozen=True):
    """Points (smallest units; negative for fewer) that a redemption brought a member.

    `rule` gave or took them; "" = a tier that she entered by it.
    """

    rule: str
    point_type: str
    points: int


class Told(msgspec.Struct, frozen=True):
    """What came of an event: what it brought the member, and her wallets then by point type, as they are known."""

    gains: tuple[Gain, ...] = ()
    wallets: Mapping[str, Balance] = {}


class Promotions(Protocol):
    """Rules with the trigger `redemption`, in the transaction of the redemption."""

    async def listening(self, tx: Transaction, program_id: int, versions: tuple[int, ...]) -> Listening:
        """Return what rules listen to; `versions` name the state of configuration and rules."""

    async def changes(
        self, tx: Transaction, program_id: int, member_id: int, facts: dict[str, Any], now: datetime
    ) -> tuple[Change, ...]:
        """Return what rules take off the price for a member, with these properties of the event."""

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
        """Rate what happened, once for ever by its key; return what came of it."""

    async def tiers(
        self, tx: Transaction, program_id: int, purses: Mapping[int, Purse], now: datetime
    ) -> dict[int, dict[str, str]]:
        """Return the tiers of members by set, as they are on this day."""


class Issuer(Protocol):
    """Hands out what a reward gives beside points: vouchers, gift cards, tickets of a draw."""

    async def issue(
        self, tx: Transaction, reward: Reward, order: Order, now: datetime
    ) -> tuple[dict[str, Any], ...]:
        """Return what was handed out for a confirmed order, each once. Refuses when there is nothing to give."""

    async def take_back(
        self, tx: Transaction, order: Order, pieces: int, now: datetime
    ) -> tuple[dict[str, Any], ...]:
        """Make what was handed out for so many pieces worthless; return what stays. Refuses when too much was used."""


class Ports(msgspec.Struct, frozen=True):
    """The two ports."""

    promotions: Promotions
    issuer: Issuer
