"""Which member two members make, and which one is left when that is undone. Pure."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, TypeVar

import msgspec

from regulars.features.members.consent import later
from regulars.features.members.model import Consent, Member, Profile

V = TypeVar("V")

# Fields of which the target's own value wins and the source's fills a gap.
_GAPS = ("zone", "birthday")


def united(target: Member, source: Member) -> Member:
    """Return the target as it is with the source's history: what the target says wins, the source fills the gaps.

    Attributes, tags and lists are joined; of two consents the later holds, at one time a no; a block of either stays;
    the earlier joining counts.
    """
    consent = dict(target.consent)
    for channel, stated in source.consent.items():
        consent[channel] = later(consent.get(channel), stated)
    gaps = {field: getattr(target, field) or getattr(source, field) for field in _GAPS}
    own, other = msgspec.structs.asdict(target.profile), msgspec.structs.asdict(source.profile)
    return msgspec.structs.replace(
        target,
        earning_blocked=target.earning_blocked or source.earning_blocked,
        spending_blocked=target.spending_blocked or source.spending_blocked,
        joined_at=min(target.joined_at, source.joined_at),
        attributes={**source.attributes, **target.attributes},
        tags=sorted({*target.tags, *source.tags}),
        lists=sorted({*target.lists, *source.lists}),
        consent=consent,
        profile=Profile(**{field: own[field] or other[field] for field in own}),
        **gaps,
    )


class Snapshot(msgspec.Struct, frozen=True):
    """The part of a member that a merge changes."""

    earning_blocked: bool
    spending_blocked: bool
    joined_at: datetime
    zone: str | None
    birthday: date | None
    attributes: dict[str, Any]
    tags: list[str]
    lists: list[str]
    consent: dict[str, Consent]
    profile: Profile


class Moved(msgspec.Struct, frozen=True):
    """What a merge changed: identifiers (kind, value) that moved; the target before and after; what the source was."""

    identifiers: list[tuple[str, str]]
    before: Snapshot
    after: Snapshot
    source_status: str
    source_lists: list[str]


def snapshot(member: Member) -> Snapshot:
    """Return the part of a member that a merge changes."""
    return Snapshot(**{name: getattr(member, name) for name in Snapshot.__struct_fields__})


def separated(target: Member, moved: Moved) -> Member:
    """Return the target without what the merge brought; whatever was changed since then stays as it is now."""
    before, after = moved.before, moved.after
    plain = {
        name: getattr(before, name)
        for name in ("earning_blocked", "spending_blocked", "joined_at", *_GAPS)
        if getattr(target, name) == getattr(after, name)
    }
    profile = {
        name: getattr(before.profile, name)
        for name in Profile.__struct_fields__
        if getattr(target.profile, name) == getattr(after.profile, name)
    }
    return msgspec.structs.replace(
        target,
        attributes=_each_back(target.attributes, before.attributes, after.attributes),
        consent=_each_back(target.consent, before.consent, after.consent),
        tags=_without(target.tags, set(after.tags) - set(before.tags)),
        lists=_without(target.lists, set(after.lists) - set(before.lists)),
        profile=msgspec.structs.replace(target.profile, **profile),
        **plain,
    )


def _each_back(now: dict[str, V], before: dict[str, V], after: dict[str, V]) -> dict[str, V]:
    """Return a mapping with each value that is still what the merge made it as it was before."""
    back: dict[str, V] = {}
    for name, value in now.items():
        if name not in after or value != after[name]:
            back[name] = value
        elif name in before:
            back[name] = before[name]
    return back


def _without(items: list[str], brought: set[str]) -> list[str]:
    return [item for item in items if item not in brought]
