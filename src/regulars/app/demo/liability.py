"""What the shop owes its members at the end of the year, as finance sees it: by point type and year of expiry."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal

import msgspec

from regulars.features.programs import ProgramConfig
from regulars.flows.finance import Moment, liability_at, read_prices
from regulars.infra.db import Transaction


class LiabilityRow(msgspec.Struct, frozen=True):
    """Points of one type that end in one year ("" = they do not end), and their worth in pence where they have one."""

    point_type: str
    ends: str
    points: int
    worth_minor: int | None


async def find_liability(tx: Transaction, config: ProgramConfig, now: datetime) -> list[LiabilityRow]:
    """Return what members have now, held and owed points in a row of their own."""
    prices = await read_prices(tx, config)
    rows: list[LiabilityRow] = []
    for one in await liability_at(tx, config, prices, Moment(now + timedelta(microseconds=1))):
        years: dict[str, int] = defaultdict(int)
        for part in one.slices:
            years["" if part.ends is None else str(part.ends.year)] += part.points
        years["held, less owed"] = one.held - one.debt
        rows += [
            LiabilityRow(one.point_type, ends, points, _worth(points, one.scale, one.price_minor))
            for ends, points in sorted(years.items())
            if points
        ]
    return rows


def _worth(points: int, scale: int, price_minor: Decimal | None) -> int | None:
    if price_minor is None:
        return None
    return int((price_minor * Decimal(points).scaleb(-scale)).quantize(Decimal(1), ROUND_HALF_EVEN))
