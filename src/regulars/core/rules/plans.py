"""What a rule does once its conditions hold, laid out for the resolver."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import msgspec

from regulars.core.rules.lower import ATTRIBUTE_DECIMALS
from regulars.core.rules.model import Award, Funding

Outs = tuple[Any, ...] | Award
"""What a rule's function returns when its conditions hold: the values of its slots, or its one fixed award."""
Evaluate = Callable[[Any, Any, Any, Any], Outs | None]


class PlannedAward(msgspec.Struct, frozen=True):
    """`slot` is the place of the points in what the rule's function returns; a multiplier has `targets` instead."""

    point_type: str
    slot: int
    pending_days: int | None
    deduct: bool
    value_unit: int
    """Factor that makes points of different scales comparable."""
    targets: tuple[tuple[int, tuple[int, ...]], ...] = ()
    """(rank, places of its awards of the same point type) of every rule that is multiplied."""
    extra: tuple[int, int] = (0, 1)
    """by − 1 as a fraction."""
    divide: Callable[[int, int], int | None] | None = None
    """Set for a multiplier."""
    base_slot: int = -1
    from_base: Callable[[int], int | None] | None = None
    """Points as a function of the money they are computed from; set where a money limit may cut it."""


class PlannedEffect(msgspec.Struct, frozen=True):
    """`slot` is −1 for an effect whose arguments are all fixed."""

    name: str
    arguments: dict[str, Any]
    slot: int


class PlannedLimit(msgspec.Struct, frozen=True):
    """`full` is the maximum of a limit that starts anew with every event, else None."""

    index: int
    measure: str
    point_type: str
    full: int | None


class Plan(msgspec.Struct, frozen=True):
    """One rule for the resolver; ranks order rules by priority, then by place in the document."""

    index: int
    code: str
    name: str
    path: str
    campaign: str | None
    group: int
    level: int
    awards: tuple[PlannedAward, ...]
    effects: tuple[PlannedEffect, ...]
    limits: tuple[PlannedLimit, ...]
    funding: tuple[Funding, ...]
    counted: bool
    """Has a limit on the number of times."""
    always: Award | None
    """What a rule gives whose one award is fixed and that has nothing else to it."""


def split_funding(points: int, funding: tuple[Funding, ...]) -> list[tuple[str, int]]:
    """Who pays how many of the points: shares rounded down, what is left goes by largest remainder, then by order."""
    if not funding:
        return [("house", points)]
    exact = [Decimal(points) * share.share / 100 for share in funding]
    parts = [int(part) for part in exact]
    order = sorted(range(len(parts)), key=lambda i: (parts[i] - exact[i], i))
    for i in order[: points - sum(parts)]:
        parts[i] += 1
    return [(share.account, part) for share, part in zip(funding, parts, strict=True)]


def attribute_value(millionths: int) -> int | Decimal:
    """The number that a formula of a `set_attribute` yields."""
    value = Decimal(millionths).scaleb(-ATTRIBUTE_DECIMALS)
    return int(value) if value == value.to_integral_value() else value.normalize()
