"""Tier sets and standings as values. Positions count from 1 (the lowest tier); 0 means no tier at all.

Amounts are in smallest units. Days are local day numbers (since 1970-01-01) in the program's zone.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TypeAlias

import msgspec

Amount: TypeAlias = int | Decimal


class Metric(msgspec.Struct, frozen=True):
    """What moves a member through the tiers: `of` is points, spend, purchases or event."""

    of: str
    point_type: str = ""
    event: str = ""
    field: str = ""


class TierWindow(msgspec.Struct, frozen=True):
    """The time that counts: `kind` is lifetime, calendar, anniversary, rolling_days or rolling_months.

    `period` (month, quarter, year) belongs to calendar and anniversary, `count` to the rolling ones.
    """

    kind: str
    period: str = ""
    count: int = 0


class EntryAward(msgspec.Struct, frozen=True):
    """Points (smallest unit) for entering `tier`."""

    tier: str
    point_type: str
    points: int


class Tier(msgspec.Struct, frozen=True):
    """One tier, in smallest units. An inactive tier keeps its place and its history but nobody is in it."""

    code: str
    name: str
    position: int
    threshold: Amount | None
    award: EntryAward | None = None
    active: bool = True
    invitation_only: bool = False
    formerly: tuple[str, ...] = ()


class Former(msgspec.Struct, frozen=True):
    """What an earlier version asked for, in positions of the present one: what ended before the local day `until` is
    measured by it still. `ladder` = (threshold, position), highest threshold first; `awards` = what entries paid.
    """

    version: int
    until: int
    ladder: tuple[tuple[Amount, int], ...]
    awards: tuple[EntryAward, ...] = ()
    active: bool = True

    def reached(self, value: Amount) -> int:
        """Return the highest position whose threshold `value` met, else 0."""
        return max((position for threshold, position in self.ladder if value >= threshold), default=0)


class TierSet(msgspec.Struct, frozen=True, dict=True):
    """One version of a tier set, ready to assess members by; made by `compile_tier_set`.

    `earlier` = the versions before it that counted the same over the same time, oldest first.
    """

    code: str
    name: str
    version: int
    active: bool
    metric: Metric
    window: TierWindow
    tiers: tuple[Tier, ...]
    downgrade: str = "recompute"
    grace_days: int = 0
    awards_per_entry: bool = False
    protect_until: int | None = None
    earlier: tuple[Former, ...] = ()

    def __post_init__(self) -> None:
        """Lay out the ladder once: what can be reached (highest first), and the place of every code ever used."""
        climbable = [t for t in self.tiers if t.active and not t.invitation_only and t.threshold is not None]
        self.__dict__["ladder"] = tuple((t.threshold, t.position) for t in reversed(climbable))
        places = {old: t.position for t in self.tiers for old in t.formerly}
        self.__dict__["places"] = places | {t.code: t.position for t in self.tiers}
        self.__dict__["base"] = self.reached(0)

    def reached(self, value: Amount) -> int:
        """Return the highest position whose threshold `value` meets; the base tier when it meets none."""
        for threshold, position in self.__dict__["ladder"]:
            if value >= threshold:
                return int(position)
        return int(self.__dict__.get("base", 0))

    def reached_by(self, end: int, value: Amount) -> int:
        """Return the position that `value` met in a stretch of time which ended before the local day `end`: by the
        version that was in force when it ended.
        """
        for former in self.earlier:
            if end <= former.until:
                return max(self.base, former.reached(value))
        return self.reached(value)

    def reached_since(self, version: int, value: Amount) -> int:
        """Return the highest position that `value` meets by any version from `version` to the one before this."""
        return max((one.reached(value) for one in self.earlier if one.version >= version), default=0)

    def former(self, version: int) -> Former | None:
        """Return an earlier version; None when it cannot be compared with this one."""
        return next((one for one in self.earlier if one.version == version), None)

    def counted_since(self, version: int) -> bool:
        """Say whether what this version counts has been counted all the time since `version` was in force."""
        since = [one for one in self.earlier if one.version >= version]
        return version == self.version or (
            self.former(version) is not None and all(one.active for one in since)
        )

    def award_of(self, code: str) -> EntryAward | None:
        """Return what entering a tier pays; None where it pays nothing."""
        place = self.place(code)
        return self.tiers[place - 1].award if place else None

    @property
    def base(self) -> int:
        """The position everybody has who has nothing: that of a tier with the threshold 0, else 0."""
        return int(self.__dict__["base"])

    def place(self, code: str) -> int:
        """Return the position of a code of this or (when a tier names it as `formerly`) an earlier version,
        else 0."""
        return int(self.__dict__["places"].get(code, 0))

    def code_at(self, position: int) -> str:
        """Return the code of a position; "" for 0."""
        return self.tiers[position - 1].code if position else ""

    def open_at(self, position: int) -> int:
        """Return `position` when its tier is active, else that of the next active tier below that needs no
        invitation."""
        if position and not self.tiers[position - 1].active:
            return self.below(position)
        return position

    def below(self, position: int) -> int:
        """Return the position of the next tier below that can be reached by merit, else 0."""
        for _, lower in self.__dict__["ladder"]:
            if lower < position:
                return int(lower)
        return 0

    def above(self, position: int) -> Tier | None:
        """Return the next tier above that can be reached by merit."""
        for _, higher in reversed(self.__dict__["ladder"]):
            if higher > position:
                return self.tiers[int(higher) - 1]
        return None


class Run(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A stretch of units of time in which the metric was enough for a tier, and for no higher one.

    The unit of a calendar or anniversary window is one period, named by its first day; of a rolling window a day; a
    whole life is one unit, day 0. `first` and `last` are units, both included.
    """

    first: int
    last: int
    tier: str


class Kept(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """In the unit `unit` an earlier version (`version`, or one after it) led to `tier`: entered and paid for, whatever
    the versions since ask for, while what is left of the unit's amounts would do by one of those versions.
    """

    unit: int
    tier: str
    version: int


class Standing(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """Where one member stands in one tier set. Small on purpose: it lives in the state of the member's purse.

    `tier` since the local day `since`, as assessed on `day` under `version` of the tier set. `history` is what was
    reached by merit and when; `entered` the tiers whose entry was counted (each pays once); `given` a tier by
    a rule, up to but not including the day `given_until`; `granted` the highest tier that counts as entered
    whatever the history says; `kept` what was entered by versions that asked for less; `spared` the tier that a version
    protects, up to the day `spared_until`; `paid` the entry awards that versions since do not pay as they were paid.
    """

    tier: str = ""
    since: int = 0
    day: int = 0
    version: int = 0
    history: tuple[Run, ...] = ()
    entered: tuple[str, ...] = ()
    given: str = ""
    given_until: int | None = None
    granted: str = ""
    kept: tuple[Kept, ...] = ()
    spared: str = ""
    spared_until: int = 0
    paid: tuple[EntryAward, ...] = ()


class Change(msgspec.Struct, frozen=True):
    """What an assessment changed. `direction` is up, down or same (awards only).

    `reason` is reached (merit), lapsed (time passed), corrected (a return or late event rewrote what was
    reached), given (by hand) or restructured (a new version of the tier set). `awards` are to be paid,
    `revoked` to be taken back: the member turned out never to have reached those tiers.
    """

    tier_set: str
    before: str
    after: str
    direction: str
    reason: str
    day: int
    awards: tuple[EntryAward, ...] = ()
    revoked: tuple[EntryAward, ...] = ()


class Distance(msgspec.Struct, frozen=True):
    """How far it is: `missing` to enter `next` ("" at the top), `keep_missing` to earn the present tier again."""

    tier: str
    next: str
    missing: Amount
    keep_missing: Amount
