"""Members as frozen values, and what the slice asks of a program."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Final, Protocol

import msgspec

from regulars.features.members.traits import Traits

CHANNELS: Final = ("email", "sms", "push", "in_app", "phone", "post")
STATUSES: Final = ("active", "inactive", "blocked", "merged", "erased")
# What a person may set; merged and erased are the end of a use case of their own.
STATUSES_TO_SET: Final = ("active", "inactive", "blocked")
ANONYMOUS_ID: Final = "anonymous_id"


class IdentifierSettings(Protocol):
    """The settings of a program that concern members."""

    @property
    def identifier_order(self) -> Sequence[str]:
        """The kinds of identifier the program knows, strongest first."""


class ProgramTerms(Protocol):
    """What members need to know about their program; a ProgramConfig is one."""

    @property
    def id(self) -> int:
        """The program's number."""

    @property
    def region(self) -> str:
        """Country of telephone numbers that name none."""

    @property
    def settings(self) -> IdentifierSettings:
        """The program's settings."""


class Identifier(msgspec.Struct, frozen=True):
    """One way a member is known, in its normal spelling."""

    kind: str
    value: str
    verified_at: datetime | None = None
    created_at: datetime | None = None


class Consent(msgspec.Struct, frozen=True):
    """Whether messages may be sent over one channel, since when, and where that was said."""

    granted: bool
    at: datetime
    source: str


class ConsentStatement(msgspec.Struct, frozen=True):
    """What was said: yes or no, for one channel, at a time (None: now), in a place ("web form", "till 4")."""

    channel: str
    granted: bool
    source: str
    at: datetime | None = None


class Profile(msgspec.Struct, frozen=True, omit_defaults=True):
    """The personal part of a member."""

    first_name: str | None = None
    last_name: str | None = None
    email: str | None = None
    phone: str | None = None
    gender: str | None = None
    language: str | None = None
    address: dict[str, str] | None = None


class Member(msgspec.Struct, frozen=True):
    """A member with profile and identifiers, as of one `revision`."""

    id: int
    program_id: int
    status: str
    earning_blocked: bool
    spending_blocked: bool
    joined_at: datetime
    zone: str | None
    birthday: date | None
    attributes: dict[str, Any]
    tags: list[str]
    lists: list[str]
    consent: dict[str, Consent]
    merged_into: int | None
    revision: int
    updated_at: datetime
    profile: Profile
    identifiers: list[Identifier]


class Newcomer(msgspec.Struct, frozen=True):
    """Somebody to be enrolled: at least one identifier, normalised, by kind; and what is said about her."""

    identifiers: dict[str, str]
    joined_at: datetime
    traits: Traits = Traits()
    tags: tuple[str, ...] = ()


class Enrolled(msgspec.Struct, frozen=True):
    """Whose each newcomer is, in their order (0: nobody), and which of these members were just made."""

    members: list[int]
    created: frozenset[int]


class TraitChange(msgspec.Struct, frozen=True):
    """What a message says about a known member; `identifiers` (normalised) are added to hers where they are free."""

    member_id: int
    traits: Traits
    identifiers: dict[str, str] = {}


class Parked(msgspec.Struct, frozen=True):
    """A value that did not fit its attribute's kind and was put aside."""

    member_id: int
    name: str
    reason: str


class Taken(msgspec.Struct, frozen=True):
    """An identifier that could not be added because it belongs to another member."""

    member_id: int
    kind: str
    owner_id: int


class TraitOutcome(msgspec.Struct, frozen=True):
    """What could not be done of a batch of changes."""

    parked: list[Parked]
    taken: list[Taken]
