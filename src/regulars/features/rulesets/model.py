"""Drafts and versions of a program's rules, as values.

A rule document is the object of the rule language without `code` and `status`, which are columns of their own.
A part is what rules share; `PART_KINDS` says of each kind what its document is.
"""

from __future__ import annotations

from bisect import bisect_right
from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec


class PartKind(StrEnum):
    """What rules share: a list of values, a decision table, an evaluation group, a campaign with its budgets."""

    COLLECTION = "collection"
    TABLE = "table"
    GROUP = "group"
    CAMPAIGN = "campaign"


class RuleStatus(StrEnum):
    """A draft is not published; active and paused rules are; an archived one is kept for its history only."""

    DRAFT = "draft"
    ACTIVE = "active"
    PAUSED = "paused"
    ARCHIVED = "archived"


PUBLISHED = (RuleStatus.ACTIVE, RuleStatus.PAUSED)


class DraftRule(msgspec.Struct, frozen=True):
    """A rule as people edit it. `revision` rises with every change; it is the rule's ETag."""

    code: str
    document: dict[str, Any]
    status: str
    revision: int
    updated_at: datetime

    @property
    def whole(self) -> dict[str, Any]:
        """The rule as the rule language reads it: with its code, and active unless it is paused."""
        status = "paused" if self.status == RuleStatus.PAUSED else "active"
        return {"code": self.code, **self.document, "status": status}


class DraftPart(msgspec.Struct, frozen=True):
    """A part as people edit it; a collection's document is `{"values": […]}`."""

    kind: str
    code: str
    document: dict[str, Any]
    revision: int
    updated_at: datetime


class Draft(msgspec.Struct, frozen=True):
    """Everything that publishing would publish, and the rules it would leave out."""

    rules: tuple[DraftRule, ...]
    parts: tuple[DraftPart, ...]


class VersionStart(msgspec.Struct, frozen=True):
    """When a version took or takes force; `digest` names its content."""

    version: int
    in_force_from: datetime
    digest: str


class Timeline(msgspec.Struct, frozen=True):
    """All versions of a program's rules by the time they take force: an event is rated by `at(occurred_at)`.

    The version that took force last is in force; of two with the same start, the later one.
    """

    starts: tuple[VersionStart, ...]

    def at(self, instant: datetime) -> VersionStart | None:
        """Return the version in force at an instant; None before the first."""
        place = bisect_right(self.starts, instant, key=lambda start: start.in_force_from)
        return self.starts[place - 1] if place else None


class Version(msgspec.Struct, frozen=True):
    """One published ruleset: immutable, with everything that is needed to decide by it for ever."""

    version: int
    document: dict[str, Any]
    digest: str
    in_force_from: datetime
    published_at: datetime
    published_by: str = ""
    note: str = ""


class VersionSummary(msgspec.Struct, frozen=True):
    """A version without its document."""

    version: int
    digest: str
    in_force_from: datetime
    published_at: datetime
    published_by: str
    note: str
    rules: int


class FieldChange(msgspec.Struct, frozen=True):
    """One difference: where (`then[0].award.points`), and the value before and after (None = not there)."""

    path: str
    before: Any
    after: Any


class ObjectChange(msgspec.Struct, frozen=True):
    """What became of one object: `action` is create, change or archive."""

    kind: str
    code: str
    action: str
    fields: tuple[FieldChange, ...] = ()
