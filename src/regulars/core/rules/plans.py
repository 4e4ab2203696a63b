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


class PlannedAward:
    """`slot` is the place of the points in what the rule's function returns; a multiplier has `targets` instead.

    `value_unit`: factor that makes points of different scales comparable.
    `targets`: (rank, places of its awards of the same point type) of every rule that is multiplied.
    `extra`: by − 1 as a fraction.
    `divide`: set for a multiplier.
    `from_base`: points as a function of the money they are computed from; set where a money limit may cut it.
    """

    __slots__ = (
        "base_slot",
        "deduct",
        "divide",
        "extra",
        "from_base",
        "pending_days",
        "point_type",
        "slot",
        "targets",
        "value_unit",
    )

    def __init__(
        self,
        point_type: str,
        slot: int,
        pending_days: int | None,
        deduct: bool,
        value_unit: int,
        targets: tuple[tuple[int, tuple[int, ...]], ...] = (),
        extra: tuple[int, int] = (0, 1),
        divide: Callable[[int, int], int | None] | None = None,
        base_slot: int = -1,
        from_base: Callable[[int], int | None] | None = None,
    ) -> None:
        self.point_type = point_type
        self.slot = slot
        self.pending_days = pending_days
        self.deduct = deduct
        self.value_unit = value_unit
        self.targets = targets
        self.extra = extra
        self.divide = divide
        self.base_slot = base_slot
        self.from_base = from_base


class PlannedEffect(msgspec.Struct, frozen=True):
    """`slot` is −1 for an effect whose arguments are all fixed."""

    name: str
    arguments: dict[str, Any]
    slot: int


class PlannedLimit:
    """`full` is the maximum of a limit that starts anew with every event, else None."""

    __slots__ = ("full", "index", "measure", "point_type")

    def __init__(
        self,
        index: int,
        measure: str,
        point_type: str,
        full: int | None,
    ) -> None:
        self.index = index
        self.measure = measure
        self.point_type = point_type
        self.full = full


class Plan:
    """One rule for the resolver; ranks order rules by priority, then by place in the document.

    `counted`: has a limit on the number of times.
    `always`: what a rule gives whose one award is fixed and that has nothing else to it.
    """

    __slots__ = (
        "always",
        "awards",
        "campaign",
        "code",
        "counted",
        "effects",
        "funding",
        "group",
        "index",
        "level",
        "limits",
        "name",
        "path",
    )

    def __init__(
        self,
        index: int,
        code: str,
        name: str,
        path: str,
        campaign: str | None,
        group: int,
        level: int,
        awards: tuple[PlannedAward, ...],
        effects: tuple[PlannedEffect, ...],
        limits: tuple[PlannedLimit, ...],
        funding: tuple[Funding, ...],
        counted: bool,
        always: Award | None,
    ) -> None:
        self.index = index
        self.code = code
        self.name = name
        self.path = path
        self.campaign = campaign
        self.group = group
        self.level = level
        self.awards = awards
        self.effects = effects
        self.limits = limits
        self.funding = funding
        self.counted = counted
        self.always = always


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
