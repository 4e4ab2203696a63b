"""What the routes of members take and give back."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

import msgspec
from pydantic import BaseModel, Field

from regulars.features.members.model import Member
from regulars.infra.web import Instant, StrictModel
from regulars.kit.ids import encode

Channel = Literal["email", "sms", "push", "in_app", "phone", "post"]
Text = Annotated[str, Field(max_length=200)]
Attributes = Annotated[
    dict[str, Any],
    Field(
        default_factory=dict,
        description="Any names; a name seen first gets the kind of its value. Nested objects become dotted names; "
        "null removes. Numbers that are not whole come back as texts",
        examples=[{"shoe_size": 38, "likes": ["tea"], "car": {"brand": "X"}}],
    ),
]
Identifiers = Annotated[
    dict[str, str | int],
    Field(
        default_factory=dict,
        description="By kind, in any spelling: external_id, card, phone, email and what else the program knows",
        examples=[{"external_id": "c-1001", "phone": "0170 1234567"}],
    ),
]


class AddressBody(StrictModel):
    """A postal address."""

    street: Text | None = None
    city: Text | None = None
    state: Text | None = None
    postal_code: Text | None = None
    country: Text | None = None


class ProfileBody(StrictModel):
    """The personal part of a member. On a change, what is left out stays and null removes."""

    first_name: Text | None = None
    last_name: Text | None = None
    email: Annotated[str | None, Field(max_length=255)] = None
    phone: Annotated[str | None, Field(max_length=40, description="In any spelling; kept as E.164")] = None
    gender: Text | None = None
    language: Text | None = None
    address: AddressBody | None = None


class ConsentBody(StrictModel):
    """What was said about messages over one channel."""

    channel: Channel
    granted: bool
    source: Annotated[
        str, Field(min_length=1, max_length=200, description="Where it was said: web form, till 4")
    ]
    at: Annotated[Instant | None, Field(description="When it was said; now when left out")] = None


class ConsentsBody(StrictModel):
    """Statements about messages, in any order."""

    consents: Annotated[tuple[ConsentBody, ...], Field(min_length=1, max_length=50)]


class JoinBody(StrictModel):
    """A person who becomes a member. Her e-mail address and telephone number become identifiers too."""

    identifiers: Identifiers
    profile: ProfileBody = ProfileBody()
    zone: Annotated[str | None, Field(max_length=64, description="IANA time zone she lives in")] = None
    birthday: date | None = None
    attributes: Attributes
    tags: Annotated[tuple[str, ...], Field(max_length=100)] = ()
    consents: Annotated[tuple[ConsentBody, ...], Field(max_length=50)] = ()


class JoinedAnswer(BaseModel):
    """The member who was made; read her for the rest."""

    id: Annotated[str, Field(examples=["mem_0000000000020"])]
    status: str
    joined_at: datetime
    revision: int


class ChangeBody(StrictModel):
    """What is to change; what is left out stays."""

    status: Literal["active", "inactive", "blocked"] | None = None
    earning_blocked: bool | None = None
    spending_blocked: bool | None = None
    zone: Annotated[str | None, Field(max_length=64)] = None
    birthday: date | None = None
    profile: ProfileBody | None = None
    attributes: Attributes
    tags: Annotated[tuple[str, ...] | None, Field(max_length=100, description="All her tags")] = None


class IdentifierBody(StrictModel):
    """One more way a member is known."""

    kind: Annotated[str, Field(pattern="^[a-z][a-z0-9_]{0,39}$")]
    value: Annotated[str, Field(min_length=1, max_length=255)]
    verified: Annotated[bool, Field(description="She proved that it is hers")] = False


class IdentifierAnswer(BaseModel):
    """One way a member is known, in its normal spelling."""

    kind: str
    value: str
    verified_at: datetime | None
    created_at: datetime | None


class ConsentAnswer(BaseModel):
    """What holds for one channel."""

    granted: bool
    at: datetime
    source: str


class ProfileAnswer(BaseModel):
    """The personal part of a member."""

    first_name: str | None
    last_name: str | None
    email: str | None
    phone: str | None
    gender: str | None
    language: str | None
    address: dict[str, str] | None


class MemberAnswer(BaseModel):
    """A member. `lists` are codes of the segments and marketing lists she is on."""

    id: str
    status: str
    earning_blocked: bool
    spending_blocked: bool
    joined_at: datetime
    zone: str | None
    birthday: date | None
    profile: ProfileAnswer
    identifiers: list[IdentifierAnswer]
    attributes: dict[str, Any]
    tags: list[str]
    lists: list[str]
    consent: dict[str, ConsentAnswer]
    merged_into: str | None
    revision: int
    updated_at: datetime


class ConsentEntryAnswer(BaseModel):
    """One thing said about messages."""

    channel: str
    granted: bool
    source: str
    stated_at: datetime
    recorded_at: datetime


class PutAsideAnswer(BaseModel):
    """A value that came with an event, did not fit its attribute's kind and was put aside."""

    name: str
    value: Any
    reason: str
    parked_at: datetime


class MergeEntryAnswer(BaseModel):
    """A merge she took part in."""

    id: int
    source: str
    target: str
    reason: str
    merged_at: datetime
    undone_at: datetime | None


class RecordAnswer(BaseModel):
    """Everything that is kept about a member outside the books."""

    member: MemberAnswer
    known_as: Annotated[list[str], Field(description="Ids of members who were merged into her")]
    consent_history: list[ConsentEntryAnswer]
    put_aside: list[PutAsideAnswer]
    merges: list[MergeEntryAnswer]


class AttributeBody(StrictModel):
    """What an attribute is."""

    kind: Literal["text", "number", "boolean", "date", "instant", "list"]
    label: Annotated[str | None, Field(max_length=200, description="Its name for people")] = None


class AttributeAnswer(BaseModel):
    """An attribute that members have. `declared` false: its kind was inferred from the first value."""

    name: str
    kind: str
    declared: bool
    label: str | None


def member_answer(member: Member) -> MemberAnswer:
    """Return a member in the shape of an answer."""
    return MemberAnswer.model_validate(member_fields(member))


def member_fields(member: Member) -> dict[str, Any]:
    """Return a member as plain values with public ids, for answers and for the command line."""
    plain: dict[str, Any] = msgspec.to_builtins(member)
    del plain["program_id"]
    plain["id"] = encode("mem", member.id)
    plain["merged_into"] = None if member.merged_into is None else encode("mem", member.merged_into)
    plain["profile"] = msgspec.structs.asdict(member.profile)
    return plain
