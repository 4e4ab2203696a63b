"""Programs and their configuration as frozen values. Nothing here reads a database or a clock."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any, Final

import msgspec

from regulars.features.programs.policy import PointTypePolicy
from regulars.kit.points import POINTS_MAX

# Codes stand in URLs, rule documents and file names: lower case letters, digits, hyphen and underscore.
CODE_PATTERN: Final = r"^[a-z0-9][a-z0-9_-]{0,62}$"
_CODE = re.compile(CODE_PATTERN)

# Identifiers of a member in the order in which they are looked up when a program says nothing else: the customer number
# is given by the shop, a card is held in the hand, a telephone or an address is typed, a cookie is guessed.
IDENTIFIER_ORDER_DEFAULT: Final = ("external_id", "card", "phone", "email", "anonymous_id")

CHANNELS: Final = ("store", "web", "app", "social", "third_party", "partner")
POINT_TYPE_KINDS: Final = ("redeemable", "qualifying", "partner")
PROFILES: Final = ("segment", "rudder", "system")
PARTNER_ROLES: Final = ("earn", "burn")


def is_code(text: str) -> bool:
    """Return whether `text` can be the code of a configuration object."""
    return _CODE.fullmatch(text) is not None


class ProgramSettings(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a program decides once for all its parts.

    `identifier_order` names the kinds of identifier the program knows, strongest first: when two identifiers of one
    message belong to two members, the stronger one says who it is. `amount_base` says which amount of an order earns.
    """

    identifier_order: tuple[str, ...] = IDENTIFIER_ORDER_DEFAULT
    amount_base: str = "revenue"


class Partner(msgspec.Struct, frozen=True):
    """A company that earns for, or burns points of, the program's members."""

    id: int
    code: str
    name: str
    roles: tuple[str, ...]
    archived_at: datetime | None = None


class Store(msgspec.Struct, frozen=True):
    """A place of sale or contact; `partner` is the code of the partner it belongs to."""

    id: int
    code: str
    name: str
    region: str
    channel: str
    partner: str | None
    archived_at: datetime | None = None


class Source(msgspec.Struct, frozen=True):
    """Where events come from. `store` and `partner` are the codes its events get when they name none.

    `client_side`: runs on members' devices, so its clock is corrected and its write key is public. `enrol`: an unknown
    customer makes a member. `origins`: web origins allowed by CORS. `rate_per_second`: requests accepted a second.
    `signing_secret`: every request must be signed with it.
    """

    id: int
    code: str
    name: str
    profile: str
    client_side: bool
    enrol: bool
    store: str | None
    partner: str | None
    origins: tuple[str, ...]
    rate_per_second: int
    disabled_at: datetime | None = None
    signing_secret: str | None = None

    @property
    def signed(self) -> bool:
        """Whether every request has to be signed."""
        return self.signing_secret is not None

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        """Show which it is, and never its secret."""
        return [("code", self.code)]

    def __repr__(self) -> str:
        """Show which it is, and never its secret."""
        return f"Source({self.code!r})"


class PointType(msgspec.Struct, frozen=True):
    """A kind of points. `scale` = decimals of its smallest unit; `slot` = its place in every purse, never reused."""

    id: int
    code: str
    name: str
    kind: str
    scale: int
    slot: int
    partner: str | None
    policy: PointTypePolicy
    archived_at: datetime | None = None


class Program(msgspec.Struct, frozen=True):
    """One loyalty program without its parts. `region` (ISO 3166) is the country of telephone numbers without a code."""

    id: int
    code: str
    name: str
    currency: str
    zone: str
    region: str
    settings: ProgramSettings
    revision: int
    created_at: datetime
    archived_at: datetime | None = None


class ProgramConfig(msgspec.Struct, frozen=True):
    """A program with all its parts, as of one `revision`: what the hot path needs to know about it.

    Archived parts are kept, because old events and balances still name them.
    """

    program: Program
    point_types: dict[str, PointType]
    partners: dict[str, Partner]
    stores: dict[str, Store]
    sources: dict[int, Source]
    point_types_by_id: dict[int, PointType]
    point_types_by_slot: dict[int, PointType]
    sources_by_code: dict[str, Source]

    @property
    def id(self) -> int:
        """The program's number inside the database."""
        return self.program.id

    @property
    def code(self) -> str:
        """The program's code."""
        return self.program.code

    @property
    def currency(self) -> str:
        """ISO 4217 code of the currency all amounts of the program are in."""
        return self.program.currency

    @property
    def zone(self) -> str:
        """IANA name of the zone whose calendar the program keeps."""
        return self.program.zone

    @property
    def region(self) -> str:
        """Country of telephone numbers that name none."""
        return self.program.region

    @property
    def settings(self) -> ProgramSettings:
        """What the program decides once for all its parts."""
        return self.program.settings

    @property
    def revision(self) -> int:
        """Rises with every change of the configuration."""
        return self.program.revision

    @property
    def redeemable(self) -> PointType | None:
        """The first redeemable point type that is not archived: what "points" means when nobody says which."""
        live = (
            t for t in self.point_types_by_slot.values() if t.kind == "redeemable" and t.archived_at is None
        )
        return min(live, key=lambda t: t.slot, default=None)

    def same_points(self, units: int, kind: PointType) -> int:
        """Return a bound for points of any type, which is kept in smallest units of the first redeemable one, in those
        of `kind`: as many points, without what is finer than they are.
        """
        first = self.redeemable.scale if self.redeemable else 0
        many: int = units * 10**kind.scale // 10**first
        return min(many, POINTS_MAX)


def assemble(
    program: Program,
    point_types: list[PointType],
    partners: list[Partner],
    stores: list[Store],
    sources: list[Source],
) -> ProgramConfig:
    """Return the configuration made of these parts."""
    return ProgramConfig(
        program=program,
        point_types={t.code: t for t in point_types},
        partners={p.code: p for p in partners},
        stores={s.code: s for s in stores},
        sources={s.id: s for s in sources},
        point_types_by_id={t.id: t for t in point_types},
        point_types_by_slot={t.slot: t for t in point_types},
        sources_by_code={s.code: s for s in sources},
    )
