"""What points cost between a partner and the program, exactly: minor units of money for a smallest unit of points."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import msgspec

from regulars.features.partners.model import Direction, Rate, Terms


class Price(msgspec.Struct, frozen=True):
    """A rate in the unit of the books: `minor` units of money (exact) for one smallest unit, on days since … until."""

    point_type: str
    direction: Direction
    minor: Decimal
    since: date | None
    until: date | None


def prices_of(terms: Terms, scales: dict[str, int], values: dict[str, Decimal], decimals: int) -> list[Price]:
    """Return the prices of a partner's terms.

    `scales` = decimals of each point type, `values` = minor units that one whole point is worth (for percentages; a
    type without a value is worth nothing), `decimals` of the currency.
    """
    return [
        Price(
            rate.point_type,
            rate.direction,
            _per_point(rate, values, decimals).scaleb(-scales[rate.point_type]),
            rate.since,
            rate.until,
        )
        for rate in terms.rates
        if rate.point_type in scales
    ]


def _per_point(rate: Rate, values: dict[str, Decimal], decimals: int) -> Decimal:
    if rate.per_point is not None:
        return rate.per_point.scaleb(decimals)
    assert rate.percent is not None
    return values.get(rate.point_type, Decimal(0)) * rate.percent / 100


def price_at(prices: list[Price], point_type: str, direction: Direction, day: date) -> Decimal:
    """Return the price of a smallest unit on a day; 0 where nothing was agreed."""
    for price in prices:
        if (price.point_type, price.direction) == (point_type, direction) and _holds(price, day):
            return price.minor
    return Decimal(0)


def _holds(price: Price, day: date) -> bool:
    return (price.since is None or price.since <= day) and (price.until is None or day < price.until)
