"""What the routes of households take and give back."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from regulars.features.households import Household, Person
from regulars.flows.pooling.spending import PooledSpend
from regulars.infra.web import StrictModel
from regulars.kit.ids import encode
from regulars.kit.points import POINTS_MAX

Ref = Annotated[str, Field(min_length=1, max_length=400, description="mem_… or kind:value")]
Points = Annotated[int, Field(ge=1, le=POINTS_MAX, description="Smallest units")]
SPEND_MAX = "So many points of each type, in smallest units of the program's first redeemable type"
Role = Literal["head", "adult", "child"]
Order = Literal["own_first", "ending_first"]
Name = Annotated[str, Field(min_length=1, max_length=100)]


class FoundBody(StrictModel):
    """A household and its first head."""

    head: Ref
    name: Name
    draws: Order = "own_first"


class ChangeBody(StrictModel):
    """How a household is called and draws; `by` is a head of it."""

    by: Ref
    name: Name
    draws: Order


class InviteBody(StrictModel):
    """An invitation by a head, for one member or whoever has the secret."""

    by: Ref
    role: Role = "adult"
    member: Ref | None = None


class AcceptBody(StrictModel):
    """An invitation accepted by a member."""

    member: Ref
    secret: Annotated[str, Field(min_length=10, max_length=100)]


class PersonBody(StrictModel):
    """What a member is and may; `spend_max` null = no bound on others' points."""

    by: Ref
    role: Role
    shares: bool
    spend_max: Annotated[int | None, Field(ge=0, le=POINTS_MAX, description=SPEND_MAX)] = None
    spend_period: Literal["day", "week", "month", "year"] = "month"


class LeaveBody(StrictModel):
    """A member who leaves, by herself or sent away by a head."""

    member: Ref
    by: Ref | None = None


class DissolveBody(StrictModel):
    """A head who dissolves the household."""

    by: Ref


class SpendBody(StrictModel):
    """Points to be spent of a member's household."""

    points: Points
    point_type: Annotated[str | None, Field(min_length=1, max_length=63)] = None
    reference: Annotated[str, Field(max_length=200)] = ""


class ReturnBody(StrictModel):
    """A pooled spend to be given back, whole or in part."""

    reason: Annotated[str, Field(min_length=1, max_length=500)]
    points: Points | None = None


class PersonAnswer(BaseModel):
    """A member in a household."""

    member: str
    role: str
    shares: bool
    spend_max: int | None = Field(description=SPEND_MAX)
    spend_period: str
    joined_at: datetime


class HouseholdAnswer(BaseModel):
    """A household and who is in it."""

    household: str
    name: str
    draws: str
    created_at: datetime
    dissolved_at: datetime | None
    people: list[PersonAnswer]


class InvitationAnswer(BaseModel):
    """The secret of an invitation, shown this once."""

    secret: str
    household: str


class PartAnswer(BaseModel):
    """What of a pooled spend came from whom."""

    member: str
    transfer: str
    points: int
    returned: int


class PooledSpendAnswer(BaseModel):
    """A pooled spend; parts in the order in which they were drawn."""

    spend: str
    household: str
    member: str
    point_type: str
    points: int
    parts: list[PartAnswer]


class PoolAnswer(BaseModel):
    """What a household has, and how many of it a member can spend now; `others_left` null = no bound."""

    household: str
    point_type: str
    available: int
    own: int
    others_left: int | None
    spendable: int


def household_answer(household: Household, people: list[Person]) -> HouseholdAnswer:
    """Return a household in the shape of an answer."""
    return HouseholdAnswer(
        household=encode("hsh", household.id),
        name=household.name,
        draws=household.draws,
        created_at=household.created_at,
        dissolved_at=household.dissolved_at,
        people=[
            PersonAnswer(
                member=encode("mem", one.member_id),
                role=one.role,
                shares=one.shares,
                spend_max=one.spend_max,
                spend_period=one.spend_period,
                joined_at=one.joined_at,
            )
            for one in people
        ],
    )


def spend_answer(spend: PooledSpend) -> PooledSpendAnswer:
    """Return a pooled spend in the shape of an answer."""
    return PooledSpendAnswer(
        spend=encode("pls", spend.id),
        household=encode("hsh", spend.household_id),
        member=encode("mem", spend.member_id),
        point_type=spend.point_type,
        points=spend.points,
        parts=[
            PartAnswer(
                member=encode("mem", part.member_id),
                transfer=encode("trf", part.transfer_id),
                points=part.points,
                returned=part.returned,
            )
            for part in spend.parts
        ],
    )
