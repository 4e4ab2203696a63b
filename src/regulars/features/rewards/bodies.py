"""What the routes of rewards take and give back. Points and money are whole numbers of smallest units."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal

import msgspec
from pydantic import BaseModel, Field

from regulars.features.rewards.catalogue import version_of
from regulars.features.rewards.checks import CODE_PATTERN, COUNT_MAX
from regulars.features.rewards.model import (
    HOLD_S_DEFAULT,
    HOLD_S_MAX,
    IMAGES_MAX,
    LIMITS_MAX,
    PARTS_MAX,
    TERMS_MAX,
    TEXT_MAX,
    Kind,
    Reward,
    Shelf,
    Stored,
)
from regulars.infra.web import Instant, StrictModel
from regulars.kit.money import MINOR_MAX
from regulars.kit.points import POINTS_MAX

Code = Annotated[str, Field(pattern=CODE_PATTERN)]
Points = Annotated[int, Field(ge=0, le=POINTS_MAX, description="Smallest units of the point type")]
Money = Annotated[int, Field(ge=0, le=MINOR_MAX, description="Minor units of the program's currency")]
LongText = Annotated[str, Field(max_length=TERMS_MAX)]
ShortText = Annotated[str, Field(max_length=TEXT_MAX)]


class RateBody(StrictModel):
    """So many points are worth so much money; the member chooses how many."""

    points: Annotated[Points, Field(ge=1)]
    worth: Annotated[Money, Field(ge=1)]
    least: Annotated[Points, Field(ge=1)] = 1
    most: Points | None = None
    step: Annotated[Points, Field(ge=1)] = 1


class PriceBody(StrictModel):
    """What one piece costs: points, points and money, or a rate."""

    points: Points = 0
    money: Money = 0
    rate: RateBody | None = None


class DiscountBody(StrictModel):
    """What is taken off: an amount or percent, off the order, the lines of a SKU, or a category."""

    on: Literal["order", "line", "category"] = "order"
    amount: Money | None = None
    percent: Annotated[Decimal, Field(gt=0, le=100)] | None = None
    match: ShortText = ""
    minimum: Money = 0
    most: Money | None = None


class LimitBody(StrictModel):
    """At most so many pieces per member, or by all together, in a calendar period."""

    max: Annotated[int, Field(ge=0, le=COUNT_MAX)]
    per: Literal["member", "all"] = "member"
    period: Literal["day", "week", "month", "quarter", "year", "lifetime"] = "lifetime"


class PartBody(StrictModel):
    """One reward of a bundle: its code, and how many of it a piece of the bundle holds."""

    reward: Code
    quantity: Annotated[int, Field(ge=1, le=1_000, description="How many of it in each bundle")] = 1


class RewardBody(StrictModel):
    """A reward without its code, which stands in the address."""

    name: Annotated[str, Field(min_length=1, max_length=TEXT_MAX)]
    kind: Kind
    price: PriceBody
    description: LongText = ""
    category: ShortText = ""
    images: Annotated[list[Annotated[str, Field(max_length=2_000)]], Field(max_length=IMAGES_MAX)] = Field(
        default_factory=list
    )
    terms: LongText = ""
    point_type: Code | None = None
    value: Money | None = None
    discount: DiscountBody | None = None
    sku: Annotated[str, Field(max_length=120)] | None = None
    voucher: Code | None = None
    gift_card: Code | None = None
    draw: Code | None = None
    tickets: Annotated[int, Field(ge=1, le=1_000_000)] = 1
    partner: Code | None = None
    content: LongText | None = None
    items: Annotated[
        list[PartBody],
        Field(max_length=PARTS_MAX, description="The rewards of a bundle; of no other kind"),
    ] = Field(default_factory=list)
    valid_from: Instant | None = None
    valid_until: Instant | None = None
    tiers: Annotated[dict[Code, Annotated[list[Code], Field(max_length=50)]], Field(max_length=20)] = Field(
        default_factory=dict
    )
    lists: Annotated[list[ShortText], Field(max_length=50)] = Field(default_factory=list)
    limits: Annotated[list[LimitBody], Field(max_length=LIMITS_MAX)] = Field(default_factory=list)
    stock: bool = False
    stores: Annotated[list[Code], Field(max_length=5_000)] = Field(default_factory=list)
    hold_s: Annotated[int, Field(ge=1, le=HOLD_S_MAX)] = HOLD_S_DEFAULT


class ShelfAnswer(BaseModel):
    """How many pieces a store has free, and in all with those that members have; "" = not in a store."""

    store: str
    free: int
    total: int


class RewardAnswer(RewardBody):
    """A reward as it is offered; `shelves` where its pieces are counted."""

    code: str
    version: int
    archived_at: datetime | None = None
    shelves: list[ShelfAnswer] = Field(default_factory=list)


class RewardStockBody(StrictModel):
    """Either how many pieces are free now, or how many came (or went, below zero)."""

    store: Annotated[str, Field(max_length=63)] = ""
    free: Annotated[int, Field(ge=0, le=COUNT_MAX)] | None = None
    add: Annotated[int, Field(ge=-COUNT_MAX, le=COUNT_MAX)] | None = None


class VersionAnswer(BaseModel):
    """What a reward was, and since when."""

    version: int
    made_at: datetime
    reward: RewardAnswer


def reward_of(code: str, body: RewardBody) -> Reward:
    """Return the reward that a body describes."""
    return msgspec.convert({"code": code, **body.model_dump(exclude_none=True)}, Reward)


def reward_answer(stored: Stored, shelves: list[Shelf] | None = None) -> RewardAnswer:
    """Return a reward as it is shown."""
    plain = msgspec.to_builtins(stored.reward, builtin_types=(datetime, Decimal))
    return RewardAnswer(
        **plain,
        version=stored.version,
        archived_at=stored.archived_at,
        shelves=[shelf_answer(shelf) for shelf in shelves or ()],
    )


def shelf_answer(shelf: Shelf) -> ShelfAnswer:
    """Return a shelf as it is shown."""
    return ShelfAnswer(store=shelf.store, free=shelf.free, total=shelf.total)


def tag_of(stored: Stored) -> str:
    """Return what the ETag of a reward is made of."""
    return version_of(stored)
