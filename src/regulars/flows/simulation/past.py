"""Members as they were: what was stored with an event about attributes, tags and lists is put back before it.

What no rule asked for at the time is taken as it is today. What rules themselves set begins unset and is set again.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import msgspec

from regulars.flows.accrual.insight import Item, MemberRow, Rulebook, Version, Work
from regulars.flows.simulation.model import Told

_facts = msgspec.json.Decoder(list[Any], float_hook=Decimal).decode


class Past:
    """Puts back what was known of members at the time."""

    def __init__(self, book: Rulebook, versions: Iterable[Version]) -> None:
        """`book` with the versions events were decided under, `versions` everything that will decide them again."""
        self._stored = {version.number: version for version in book.versions}
        effects = {
            (effect.name, str(effect.arguments.get("name", "")) if effect.name == "set_attribute" else "")
            for version in versions
            for plan in version.ruleset.plans
            for effect in plan.effects
        }
        self._set_by_rules = {name for kind, name in effects if kind == "set_attribute"}
        self._tagged_by_rules = any(kind in ("add_tag", "remove_tag") for kind, _ in effects)
        self._asked = {number: self._facts_of(version) for number, version in self._stored.items()}

    def as_joined(self, member: MemberRow) -> MemberRow:
        """Return a member as she begins: able to earn, without what rules will set."""
        attributes = {
            name: value for name, value in member.attributes.items() if name not in self._set_by_rules
        }
        tags = [] if self._tagged_by_rules else member.tags
        return msgspec.structs.replace(
            member, status="active", earning_blocked=False, attributes=attributes, tags=tags
        )

    def restore(self, work: Work, item: Item, told: Told) -> None:
        """Put back what was stored with an event into the member who is about to be decided."""
        if not told.version:
            return
        blocked = told.cause == "earning_blocked"
        if work.member.earning_blocked != blocked:
            version = self._stored.get(told.version)
            # Of a correction only that it was blocked is told: one that gave nothing may not have asked.
            if version is not None and (blocked or item.event.type in version.ruleset.triggers):
                work.member = msgspec.structs.replace(work.member, earning_blocked=blocked)
        asked = self._asked.get(told.version)
        if asked:
            facts = _facts(told.facts)
            if facts:
                for index, kind, name in asked:
                    _put(work, kind, name, facts[index])

    def _facts_of(self, version: Version) -> list[tuple[int, str, str]]:
        return [
            (index, spec.kind, spec.name)
            for index, spec in enumerate(version.ruleset.facts)
            if (spec.kind == "attribute" and spec.name not in self._set_by_rules)
            or (spec.kind == "tags" and not self._tagged_by_rules)
            or spec.kind in ("lists", "segments")
        ]


def _put(work: Work, kind: str, name: str, value: Any) -> None:
    if kind == "attribute":
        if work.attributes.get(name) != value:
            work.attributes = {**work.attributes, name: value}
    elif kind == "tags":
        work.tags = value if value is not None else work.tags
    elif value is not None:
        work.lists = value
