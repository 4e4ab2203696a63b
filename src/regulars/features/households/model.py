"""Households as values."""

from __future__ import annotations

from datetime import datetime
from typing import Final, Literal, TypeAlias

import msgspec

Role: TypeAlias = Literal["head", "adult", "child"]
Order: TypeAlias = Literal["own_first", "ending_first"]
SpendPeriod: TypeAlias = Literal["day", "week", "month", "year"]

# A pooled spend locks the purses of all; more people than this are no household.
PEOPLE_MAX: Final = 12


class Household(msgspec.Struct, frozen=True):
    """A household account. `draws`: own_first = the spender's points before the others', heads before adults before
    children; ending_first = whatever ends soonest, whoever's it is.
    """

    id: int
    program_id: int
    name: str
    draws: Order
    created_at: datetime
    dissolved_at: datetime | None


class Person(msgspec.Struct, frozen=True):
    """A member in a household. `shares`: others may spend her points. `spend_max`: how many of others' points she may
    spend in a `spend_period`, as many of each type, in smallest units of the first redeemable one; None = no bound.
    """

    member_id: int
    household_id: int
    role: Role
    shares: bool
    spend_max: int | None
    spend_period: SpendPeriod
    joined_at: datetime


class Terms(msgspec.Struct, frozen=True):
    """What a member is and may in a household."""

    role: Role
    shares: bool
    spend_max: int | None = None
    spend_period: SpendPeriod = "month"


# Children keep what they earn, and spend others' points only when a head says how many.
USUAL: Final[dict[Role, Terms]] = {
    "head": Terms("head", shares=True),
    "adult": Terms("adult", shares=True),
    "child": Terms("child", shares=False, spend_max=0),
}
