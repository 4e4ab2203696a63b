"""What a reward costs once rules have changed its price, and what rules may ask of it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final, Self

import msgspec

from regulars.features.rewards.model import Reward

# The effect by which rules change a price.
CHANGE_PRICE: Final = "change_price"


class Change(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a rule takes off the price in points: `percent` of what is left, then `points` (smallest units)."""

    rule: str
    percent: Decimal = Decimal(0)
    points: int = 0
    off: int = 0

    @classmethod
    def of(cls, rule: str, arguments: Mapping[str, Any], scale: int) -> Self:
        """Return what the effect of a rule asks for, in points of this scale."""
        return cls(rule, Decimal(arguments.get("percent", 0)), arguments.get("points", 0) * 10**scale)


class Priced(msgspec.Struct, frozen=True, omit_defaults=True):
    """What all pieces cost, and why: the listed points, what rules took off, what is left; `worth` at a rate."""

    points: int
    money: int
    listed: int
    changes: tuple[Change, ...] = ()
    worth: int | None = None


def price_of(listed: int, money: int, changes: tuple[Change, ...], worth: int | None = None) -> Priced:
    """Return the price with what rules take off, one after the other: percent of what is left, then points.

    A percentage is rounded down.
    """
    left, applied = listed, []
    for change in changes:
        off = min(left, int(left * change.percent / 100) + change.points)
        left -= off
        applied.append(msgspec.structs.replace(change, off=off))
    return Priced(left, money, listed, tuple(applied), worth)


def part_of(total: int, part: Fraction) -> int:
    """Return so much of a total, rounded down: parts of a whole add up to it when each is taken cumulatively."""
    return total * part.numerator // part.denominator


def rule_facts(reward: Reward, point_type: str, listed: int, quantity: int, store: str) -> dict[str, Any]:
    """Return what rules may ask of a reward that somebody wants: properties of the event. Points in smallest units."""
    return {
        "reward": reward.code,
        "category": reward.category,
        "kind": reward.kind,
        "partner": reward.partner or "",
        "point_type": point_type,
        "price_points": listed,
        "price_money": reward.price.money * quantity,
        "quantity": quantity,
        "store": store,
    }
