"""What the routes of programs take and give back."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from regulars.features.programs.model import CODE_PATTERN, IDENTIFIER_ORDER_DEFAULT
from regulars.infra.web import Instant, StrictModel

Code = Annotated[str, Field(pattern=CODE_PATTERN, examples=["acme"])]
Name = Annotated[str, Field(min_length=1, max_length=200)]


class SettingsBody(StrictModel):
    """What a program decides once for all its parts."""

    identifier_order: Annotated[
        tuple[str, ...],
        Field(description="Kinds of identifier, strongest first; only these are known", max_length=20),
    ] = IDENTIFIER_ORDER_DEFAULT
    amount_base: Annotated[
        Literal["revenue", "subtotal", "total", "lines"],
        Field(description="Which amount of an order earns"),
    ] = "revenue"


class NewProgramBody(StrictModel):
    """A program to be made."""

    code: Code
    name: Name
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$", description="ISO 4217; fixed once made")]
    zone: Annotated[str, Field(max_length=64, description="IANA time zone whose calendar the program keeps")]
    region: Annotated[
        str, Field(pattern="^[A-Z]{2}$", description="ISO 3166; country of telephone numbers without a code")
    ]
    settings: SettingsBody = SettingsBody()


class ProgramChangeBody(StrictModel):
    """What may change of a program; what is left out stays."""

    name: Name | None = None
    zone: Annotated[str | None, Field(max_length=64)] = None
    region: Annotated[str | None, Field(pattern="^[A-Z]{2}$")] = None
    settings: SettingsBody | None = None


class ProgramAnswer(BaseModel):
    """A program. `revision` rises with every change of its configuration.

    A partner's people and keys are told its name, money, clock and country: `settings` and `revision` are null to them.
    """

    code: str
    name: str
    currency: str
    zone: str
    region: str
    settings: SettingsBody | None
    revision: int | None
    created_at: datetime
    archived_at: datetime | None


class PartnerBody(StrictModel):
    """A company that earns for, or burns points of, the program's members."""

    name: Name
    roles: Annotated[tuple[Literal["earn", "burn"], ...], Field(max_length=2)] = ("earn",)


class PartnerAnswer(BaseModel):
    """A partner."""

    code: str
    name: str
    roles: list[str]
    archived_at: datetime | None


class StoreBody(StrictModel):
    """A place of sale or contact."""

    name: Name
    region: Annotated[str, Field(max_length=63, description="A region of your own making, for rules")] = ""
    channel: Literal["store", "web", "app", "social", "third_party", "partner"] = "store"
    partner: Annotated[str | None, Field(description="Code of the partner it belongs to")] = None


class CodedStoreBody(StoreBody):
    """A store with its code, in a list of stores."""

    code: Code


class StoresBody(StrictModel):
    """Many stores at once."""

    stores: Annotated[tuple[CodedStoreBody, ...], Field(min_length=1, max_length=1_000)]


class StoresAnswer(BaseModel):
    """How many stores were made and how many were there already."""

    created: int
    updated: int


class StoreAnswer(BaseModel):
    """A store."""

    code: str
    name: str
    region: str
    channel: str
    partner: str | None
    archived_at: datetime | None


class SourceBody(StrictModel):
    """Where events come from."""

    name: Name
    profile: Annotated[
        Literal["segment", "rudder"], Field(description="Whose SDK sends: decides the size limits")
    ] = "segment"
    client_side: Annotated[
        bool,
        Field(description="Runs on members' devices: its clock is corrected by sentAt, its key is public"),
    ] = False
    enrol: Annotated[bool, Field(description="An unknown customer becomes a member")] = False
    store: Annotated[str | None, Field(description="Code of the store of events that name none")] = None
    partner: Annotated[str | None, Field(description="Code of the partner of events that name none")] = None
    origins: Annotated[
        tuple[str, ...], Field(max_length=50, description="Web origins that may send, or *")
    ] = ()
    rate_per_second: Annotated[int, Field(ge=1, le=100_000, description="Requests accepted a second")] = 1_000


class SourceAnswer(BaseModel):
    """A source."""

    code: str
    name: str
    profile: str
    client_side: bool
    enrol: bool
    store: str | None
    partner: str | None
    origins: list[str]
    rate_per_second: int
    signed: bool
    disabled_at: datetime | None


class SigningAnswer(BaseModel):
    """A signing secret just made, shown this once."""

    secret: Annotated[
        str, Field(description="The shared secret: requests carry X-Signature, HMAC-SHA1 of the body")
    ]


class PointTypeBody(StrictModel):
    """A kind of points. Kind, scale, partner and `policy.lots` are fixed once made."""

    name: Name
    kind: Literal["redeemable", "qualifying", "partner"] = "redeemable"
    scale: Annotated[int, Field(ge=0, le=6, description="Decimals of the smallest unit")] = 0
    partner: Annotated[str | None, Field(description="Code of the partner whose points these are")] = None
    policy: Annotated[
        dict[str, Any],
        Field(
            default_factory=dict,
            description="pending, expiry, balance_max, earn_max, debt, lots, spend_order, value_minor",
            examples=[{"pending": {"days": 14}, "expiry": {"end_of": "year", "after_months": 12}}],
        ),
    ]


class PointTypeAnswer(BaseModel):
    """A point type. `slot` is its place in every member's purse, never reused."""

    code: str
    name: str
    kind: str
    scale: int
    slot: int
    partner: str | None
    policy: dict[str, Any]
    archived_at: datetime | None


class WriteKeyBody(StrictModel):
    """A write key to be made. A name of its own tells it from the source's other keys: whose till has it, say."""

    name: Annotated[str, Field(max_length=120)] = ""
    expires_at: Instant | None = None


class ApiKeyBody(StrictModel):
    """An API key to be made. It may do what its scopes say, and never more than whoever makes it."""

    name: Annotated[str, Field(min_length=1, max_length=120)]
    scopes: Annotated[
        tuple[Annotated[str, Field(pattern="^[a-z_]{1,40}(:[a-z_]{1,40})?$")], ...],
        Field(min_length=1, max_length=50, examples=[["members:read", "events:write"]]),
    ]
    expires_at: Instant | None = None


class RotateBody(StrictModel):
    """How long the old key goes on beside its successor: time to change it wherever it is written down."""

    overlap_hours: Annotated[int, Field(ge=0, le=24 * 30)] = 0


class IssuedAnswer(BaseModel):
    """A key, shown this once: only its hash is kept."""

    key: str
    prefix: str


class KeyAnswer(BaseModel):
    """A key without its secret. `live` = it is taken now: neither revoked nor past its end."""

    prefix: str
    kind: str
    name: str
    source: str | None
    scopes: list[str]
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None
    live: bool
