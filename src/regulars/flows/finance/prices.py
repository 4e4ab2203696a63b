"""What points are worth to finance: as the settings say, else as the point type says; money on gift cards, its face."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from regulars.features.accounting import Accounting, read_accounting
from regulars.features.giftcards import face_minor, select_card_types
from regulars.features.programs import PointType, ProgramConfig
from regulars.infra.db import Transaction


class Prices(msgspec.Struct, frozen=True):
    """How a program accounts, and the codes of the point types that its gift cards hold."""

    accounting: Accounting
    of_cards: frozenset[str]

    def price(self, kind: PointType) -> Decimal | None:
        """Return what one whole point is worth in minor units, None where it is worth nothing.

        What is on a gift card is money: whatever was said or left out, it is worth its face.
        """
        if kind.code in self.of_cards:
            return face_minor(kind.scale)
        return self.accounting.price_of(kind.code, kind.policy.value_minor)


async def read_prices(tx: Transaction, config: ProgramConfig) -> Prices:
    """Return what the points of a program are worth now."""
    accounting, _ = await read_accounting(tx, config.id)
    return Prices(accounting, await select_card_types(tx, config.id))
