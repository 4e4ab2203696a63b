"""What a program looks like to the hot path: configuration and rulesets, read once per revision and kept in
memory."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from regulars.core.ledger import FOREVER, Terms
from regulars.core.rules import LocalTime, Ruleset, Window
from regulars.features.behaviour import Series
from regulars.features.catalog import Product
from regulars.features.partners import Covers
from regulars.features.programs import PointTypePolicy, ProgramConfig, end_day
from regulars.features.tiers import TierSet
from regulars.flows.accrual.clock import micros
from regulars.kit.zones import date_of_day, start_of_day


class PointType(msgspec.Struct):
    """A point type as awards need it. `capped`: the type itself bounds what is earned, whatever the rules
    say.

    `expiry_of` remembers the end of points by the local day they were earned on.
    """

    code: str
    id: int
    terms: Terms
    policy: PointTypePolicy
    kind: str
    capped: bool = False
    expiry_of: dict[int, int] = {}

    def __post_init__(self) -> None:
        self.capped = self.policy.balance_max is not None or bool(self.policy.earn_max)


class TierTrack(msgspec.Struct, frozen=True):
    """A tier set with the series that measures progress in it."""

    tier_set: TierSet
    series: Series
    counts: bool


class KeptLimit(msgspec.Struct, frozen=True):
    """Where the use of a limit is counted: `budget` (owner, measure) shared by all members, else `key` in a
    member's state.

    Spelled out once per version: three texts put together for every limit of every event were a tenth of a
    decision.
    """

    max: int
    period: str
    key: str
    budget: tuple[str, str] | None


class Version(msgspec.Struct, frozen=True):
    """A published ruleset, ready to decide: its series by the event type that feeds them, where its limits are counted.

    `has_moments`: some fact is a moment on somebody's clock, which is worked out again rather than stored.
    """

    number: int
    in_force_from: int
    ruleset: Ruleset
    fed_by: Mapping[str, tuple[Series, ...]]
    reset_by: Mapping[str, tuple[Series, ...]]
    fact_readers: tuple[Callable[..., Any], ...]
    limits: tuple[KeptLimit, ...]
    has_moments: bool


class Rulebook(msgspec.Struct, frozen=True):
    """One program as of one `revision` of its configuration, `catalogue` of its products, `listening` of its
    subscriptions.
    """

    program_id: int
    program: str
    revision: int
    catalogue: int
    listening: int
    zone: ZoneInfo
    currency: str
    exponent: int
    identifier_order: tuple[str, ...]
    terms: ProgramConfig
    points: Mapping[str, PointType]
    points_by_id: Mapping[int, PointType]
    stores: Mapping[str, tuple[str, str, str | None]]
    products: Mapping[str, Product]
    versions: tuple[Version, ...]
    starts: tuple[int, ...]
    tiers: tuple[TierTrack, ...]
    tiers_fed_by: Mapping[str, tuple[TierTrack, ...]]
    points_series: Mapping[str, tuple[Series, ...]]
    tier_windows: Mapping[str, Window]
    budget_periods: frozenset[str]
    takes_points: bool
    changes_members: bool
    identifier_kinds: frozenset[str]
    releasing: frozenset[str]
    counted: str
    counted_types: frozenset[str]
    recounted_types: frozenset[str]
    counted_series: Mapping[str, Series]
    subscribed: frozenset[str]
    covers: Covers = {}

    def version_at(self, at: int) -> Version | None:
        """Return the version in force at an instant (microseconds), None before the first was published."""
        place = bisect_right(self.starts, at)
        return self.versions[place - 1] if place else None

    def version_numbered(self, number: int) -> Version:
        """Return a published version by its number."""
        return next(version for version in self.versions if version.number == number)


def start_of_local_day(day_number: int, zone: ZoneInfo) -> int:
    """Return the first instant (microseconds) of a local day, also where midnight does not exist."""
    return micros(start_of_day(date_of_day(day_number), zone))


def expires_at(point_type: PointType, day_number: int, zone: ZoneInfo) -> int:
    """Return when points earned on a local day end (microseconds): the start of the first day they are no
    longer
    good on.
    """
    known = point_type.expiry_of.get(day_number)
    if known is None:
        end = end_day(point_type.policy.expiry, date_of_day(day_number))
        known = FOREVER if end is None else micros(start_of_day(end, zone))
        point_type.expiry_of[day_number] = known
    return known


def safe_fact(value: Any) -> Any:
    """Return a fact as it is stored; what can be worked out again is not."""
    return None if isinstance(value, LocalTime) else value


def speaks_for_another(rulebook: Rulebook, source_id: int, partner: str | None) -> bool:
    """Return whether a source is the own of another partner than the one whose order it names: numbers of orders meet.

    Nobody's order (no `partner`) is no other partner's.
    """
    source = rulebook.terms.sources.get(source_id)
    return source is not None and source.partner is not None and bool(partner) and partner != source.partner
