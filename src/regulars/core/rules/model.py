"""What goes into a ruleset's decision and what comes out: plain values, no behaviour.

Points and money are integers of the smallest unit everywhere in this file. A *fact* is what a rule wants to
know about the member (an attribute, a tier, a balance, a measure of past behaviour); the caller fills one value
per `FactSpec`, in order, and passes the list to `Ruleset.decide`.
"""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import Any, Protocol

import msgspec


class Kind(StrEnum):
    """What a value is. Decides which operators exist for it and how it is compared."""

    TEXT = "text"
    NUMBER = "number"
    MONEY = "money"
    BOOLEAN = "boolean"
    DATE = "date"
    TIME = "time"
    INSTANT = "instant"
    TEXTS = "list_of_text"
    ANY = "any"


class LocalTime(msgspec.Struct, frozen=True, gc=False):
    """An event's moment on the wall clock and calendar of one zone, worked out once per event by the caller."""

    weekday: int
    """1 is Monday, 7 is Sunday."""
    minute_of_day: int
    """0 to 1439."""
    day_number: int
    """Days since 1970-01-01 of the local date."""
    month: int
    day: int
    year: int


class Window(msgspec.Struct, frozen=True):
    """The stretch of past time a measure looks at, in whole local days of the program's zone.

    `unit` is lifetime | last_days | day | week | month | quarter | year | tier_period | since_event.
    `days` belongs to last_days (the n local days that end with the event's own day), `name` to tier_period (a tier
    set's code) and since_event (an event type: what happened after its latest occurrence).
    """

    unit: str
    days: int = 0
    name: str = ""


class Measure(msgspec.Struct, frozen=True):
    """A number about a member's past events. The value an event sees leaves out that event itself.

    `aggregate` is count | sum | min | max | distinct | days_since. `field` is the path that is added up or compared
    (empty for count and days_since). `where` and `lines` are canonical JSON texts ("" when absent): a condition on
    the event, and `{"of", "fn", "where"}` when the value comes from the order's lines.
    """

    event: str
    aggregate: str
    window: Window
    field: str = ""
    where: str = ""
    lines: str = ""


class FactSpec(msgspec.Struct, frozen=True):
    """One value the caller has to supply in the list of facts.

    | kind | name | part | value |
    |---|---|---|---|
    | attribute | attribute | | JSON value as stored |
    | identifier | kind of identifier | | text |
    | tier | tier set | | code of the current tier |
    | wallet | point type | available, pending, held, earned | integer of the smallest unit |
    | tags, lists, segments | | | list of codes |
    | joined_at | | | instant |
    | birthday | | date, month, day | ISO date text, or number |
    | age, joined_days, status, language, country … | | | by the field that asks for it |
    | measure | | | number; for min and max in the unit of the measured field |
    | product | attribute of products | | mapping from sku to the value |
    | local_time | `member` or an IANA zone | | `LocalTime` |
    """

    kind: str
    name: str = ""
    part: str = ""
    measure: Measure | None = None


class Funding(msgspec.Struct, frozen=True):
    """Who pays for an award: `account` is house, partner:<code> or campaign:<code>; `share` in percent."""

    account: str
    share: Decimal


class LimitSpec(msgspec.Struct, frozen=True):
    """A cap on what a rule or campaign may give. `room` maps `index` to what is left of `max`.

    `measure` is points (smallest unit), count (times the rule applied) or money (minor units of the amount the award
    was computed from). `per` is member, rule, campaign or member_in_campaign; `owner` is the code of the rule or of the
    campaign. `period` is day, week, month, quarter, year, lifetime or order (one single event).
    """

    index: int
    owner: str
    measure: str
    max: int
    per: str
    period: str
    point_type: str = ""


class TimerSpec(msgspec.Struct, frozen=True):
    """A synthetic event the job engine has to make because some rule waits for time to pass.

    `kind` is birthday (`days` before it), anniversary, inactive (`days` whole days without `event`) or schedule
    (`cron`, five fields, read in `zone`: `program` or `member`; the event carries the property `rule`).
    """

    kind: str
    days: int = 0
    event: str = ""
    cron: str = ""
    zone: str = "program"
    rule: str = ""


class Award(msgspec.Struct, frozen=True, gc=False):
    """Points one rule gives for one event, after limits. `uncapped` is what it would have been without limits."""

    rule_index: int
    point_type: str
    points: int
    uncapped: int
    pending_days: int | None = None
    """Overrides the point type's waiting time when not None."""


class Decision(msgspec.Struct):
    """Everything a ruleset says about one event."""

    fired: list[int]
    """Indexes into `Ruleset.rules` of the rules that applied, in order of evaluation."""
    awards: list[Award]
    effects: list[tuple[int, str, dict[str, Any]]]
    """(rule index, name of the effect, its arguments); a `deduct` carries point_type and points."""
    limited: list[tuple[int, int, int]]
    """(rule index, limit index, what the limit took away, in the unit of the limit)."""
    used: list[tuple[int, int]]
    """(limit index, how much of it this event used up, in the unit of the limit)."""


class Room(Protocol):
    """What is left of limits. None for a limit that is not restricting (an `order` limit then starts full)."""

    def get(self, index: int, /) -> int | None:
        """Return what is left of a limit, in its unit."""


class Why(msgspec.Struct, frozen=True):
    """Why a rule did or did not apply: `code` is stable, `facts` are what it is worded with, in words themselves."""

    code: str
    facts: dict[str, Any] = {}


class RuleVerdict(msgspec.Struct, frozen=True):
    """Why a rule did or did not apply to one event."""

    rule: str
    rule_index: int
    fired: bool
    path: str = ""
    """The condition that failed, as its place in the document: `rules[3].when.rules[1]`."""
    reason: str = ""
    distance: Decimal | None = None
    """How much is missing to meet a failed numeric condition, in major units."""
    code: str = ""
    """The reason for machines; `facts` are what `reason` says it with, in the language of `reason`."""
    facts: dict[str, Any] = {}


class Finding(msgspec.Struct, frozen=True):
    """Something a person should look at before publishing: `code` is stable, `message` is English."""

    code: str
    message: str
    rules: tuple[str, ...] = ()
    path: str = ""
    amount: Decimal | None = None


class ExampleResult(msgspec.Struct, frozen=True):
    """One of a rule's own tests, run: `problems` is empty when it held."""

    rule: str
    name: str
    passed: bool
    problems: tuple[str, ...] = ()
