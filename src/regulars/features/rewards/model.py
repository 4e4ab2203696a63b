"""Rewards as frozen values: what they are, what they cost, for whom, and how many. Pure."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Final, Literal

import msgspec

Kind = Literal[
    "goods",
    "service",
    "discount",
    "free_item",
    "gift_card",
    "voucher",
    "draw_tickets",
    "content",
    "donation",
    "partner",
    "bundle",
]
KINDS: Final = Kind.__args__  # type: ignore[attr-defined]
PERIODS: Final = ("day", "week", "month", "quarter", "year", "lifetime")
# What has to be sent or handed over by somebody; everything else is there as soon as it is confirmed.
SHIPPED_KINDS: Final = frozenset({"goods"})

TEXT_MAX: Final = 200
TERMS_MAX: Final = 20_000
IMAGES_MAX: Final = 20
PARTS_MAX: Final = 20
LIMITS_MAX: Final = 10
# A till that has not come back after this has lost its customer.
HOLD_S_DEFAULT: Final = 15 * 60
HOLD_S_MAX: Final = 90 * 24 * 3600


class Rate(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """Points worth money: `points` (smallest units) are worth `worth` (minor units).

    The member chooses from `least` to `most` points in steps of `step`.
    """

    points: int
    worth: int
    least: int = 1
    most: int | None = None
    step: int = 1


class Price(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """What one piece costs: points, points and money, or as many points as the member chooses at a rate."""

    points: int = 0
    money: int = 0
    rate: Rate | None = None


class Discount(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """What a discount takes off: `amount` (minor units) or `percent`, off the order, lines or a category.

    `match` = the SKU or category. `minimum` = what the basket has to come to; `most` = what is taken off at most.
    """

    on: Literal["order", "line", "category"] = "order"
    amount: int | None = None
    percent: Decimal | None = None
    match: str = ""
    minimum: int = 0
    most: int | None = None


class Limit(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """At most `max` pieces per member, or by all members together, in a calendar period."""

    max: int
    per: Literal["member", "all"] = "member"
    period: Literal["day", "week", "month", "quarter", "year", "lifetime"] = "lifetime"


class Part(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """One reward of a bundle and how many of it."""

    reward: str
    quantity: int = 1


class Reward(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """What is offered. Points are in the smallest unit of `point_type` (None = the program's first redeemable one).

    `stock`: pieces are counted, per store where `stores` names some. `value`: what a piece is worth, minor units, for
    gift cards and reports. `voucher` and `draw` name what is issued, `gift_card` the point type on the cards that are
    made; `sku` the product that is given.
    """

    code: str
    name: str
    kind: Kind
    price: Price
    description: str = ""
    category: str = ""
    images: tuple[str, ...] = ()
    terms: str = ""
    point_type: str | None = None
    value: int | None = None
    discount: Discount | None = None
    sku: str | None = None
    voucher: str | None = None
    gift_card: str | None = None
    draw: str | None = None
    tickets: int = 1
    partner: str | None = None
    content: str | None = None
    items: tuple[Part, ...] = ()
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    tiers: dict[str, tuple[str, ...]] = {}
    lists: tuple[str, ...] = ()
    limits: tuple[Limit, ...] = ()
    stock: bool = False
    stores: tuple[str, ...] = ()
    hold_s: int = HOLD_S_DEFAULT

    @property
    def shipped(self) -> bool:
        """Whether somebody has to send or hand over something after it was confirmed."""
        return self.kind in SHIPPED_KINDS

    def in_force(self, now: datetime) -> bool:
        """Whether it is offered at an instant."""
        return (self.valid_from is None or self.valid_from <= now) and (
            self.valid_until is None or now < self.valid_until
        )

    def open_to(self, tiers: dict[str, str], lists: frozenset[str]) -> bool:
        """Whether somebody in these tiers (by set) and on these lists may have it: one of each that is asked for."""
        fits = all(tiers.get(code) in wanted for code, wanted in self.tiers.items())
        return fits and (not self.lists or not lists.isdisjoint(self.lists))


class Stored(msgspec.Struct, frozen=True):
    """A reward with its place in the database: `version` rises with every change."""

    id: int
    version: int
    reward: Reward
    archived_at: datetime | None = None


class Shelf(msgspec.Struct, frozen=True):
    """How many pieces a store ("" = not in a store) has: in all, and free."""

    store: str
    free: int
    total: int


def worth_of(rate: Rate, points: int) -> int:
    """Return what points are worth in minor units, rounded down."""
    return points * rate.worth // rate.points
