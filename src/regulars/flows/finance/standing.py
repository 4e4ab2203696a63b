"""Liability at any past moment: what had happened by then, as far as it was known by then. Exact to the point.

Both times are asked for: when things happened (`occurred_at`) and when the ledger knew (`posted_at`). What was posted
late is in the liability of its day, but not in what was known on that day.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import msgspec

from regulars.features.programs import PointType, ProgramConfig
from regulars.flows.finance.prices import Prices
from regulars.infra.db import Transaction, load_queries

queries = load_queries(__package__)


class Moment(msgspec.Struct, frozen=True):
    """A moment in both times: happened before `at`; known before `known_at`, or in batches below `beyond` (an id)."""

    at: datetime
    known_at: datetime | None = None
    beyond: int | None = None


class Slice(msgspec.Struct, frozen=True):
    """Points of one payer that end in one local month (None = they do not end), and their worth in minor units."""

    funding: str
    ends: date | None
    points: int
    worth_minor: Decimal | None


class TypeLiability(msgspec.Struct, frozen=True):
    """What members had of one point type: `outstanding` = available + pending + held − debt = slices + held − debt."""

    point_type: str
    scale: int
    price_minor: Decimal | None
    available: int
    pending: int
    held: int
    debt: int
    slices: list[Slice]

    @property
    def outstanding(self) -> int:
        """What is owed to members, in points."""
        return self.available + self.pending + self.held - self.debt

    @property
    def worth_minor(self) -> Decimal | None:
        """What is owed to members, in minor units at the standalone selling price."""
        return worth(self.outstanding, self.scale, self.price_minor)


def worth(points: int, scale: int, price_minor: Decimal | None) -> Decimal | None:
    """Return points in minor units, exactly; None where a point has no price."""
    return None if price_minor is None else price_minor * Decimal(points).scaleb(-scale)


async def liability_at(
    tx: Transaction, config: ProgramConfig, prices: Prices, moment: Moment
) -> list[TypeLiability]:
    """Return the liability by point type, payer and month of expiry. `tx` should be a snapshot.

    Lots of types that keep none are one slice of the house. A lot's end is the one it has now (days of grace included).
    """
    await tx.run(queries.allow_long)
    params = {
        "program_id": config.id, "at": moment.at, "known_at": moment.known_at, "beyond": moment.beyond,
    }  # fmt: skip
    sides = {row[0]: row[1:] for row in await tx.all(queries.select_sides_at, **params)}
    lots = await tx.all(queries.select_lots_at, zone=config.zone, **params)
    found = []
    for _, kind in sorted(config.point_types_by_slot.items()):
        available, pending, held, debt = sides.get(kind.id, (0, 0, 0, 0))
        price = prices.price(kind)
        slices = [
            Slice(funding, ends, points, worth(points, kind.scale, price))
            for type_id, funding, ends, points in lots
            if type_id == kind.id
        ]
        if not kind.policy.lots and available + pending:
            slices = [_of_house(kind, available + pending, price)]
        found.append(TypeLiability(kind.code, kind.scale, price, available, pending, held, debt, slices))
    return found


def _of_house(kind: PointType, points: int, price: Decimal | None) -> Slice:
    return Slice("house", None, points, worth(points, kind.scale, price))
