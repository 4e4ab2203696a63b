"""Which rules can match an event: found through dictionaries and sorted limits, not by looking at every rule.

Each rule is filed under one *anchor*, a condition that it cannot do without: an equality (`store = "riga"`, a line with
`sku = "A1"`, a tag) or, failing that, a bound on a number (`order.amount >= 50`, a schedule's last day). The anchor
that fewest other rules share is taken. What is left of the condition besides the anchor is tested for each candidate.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

import msgspec

from regulars.core.rules import forms
from regulars.core.rules.emit_python import PythonEmitter, define
from regulars.core.rules.finding import (
    EMITTED,
    EVENT,
    LINE,
    LOCAL,
    NUMBER_FACT,
    ORDER,
    TEXT_FACT,
    Bound,
    Finder,
    Look,
)
from regulars.core.rules.lower import flatten
from regulars.core.rules.lower_values import all_of
from regulars.core.rules.model import FactSpec

ANCHOR_VALUES_MAX = 5_000
"""A rule is filed under each value of its list; a longer list is filed elsewhere if possible."""

# A field's template that reads an attribute, and nothing else.
_ATTRIBUTE = re.compile(r"\(?(e|l|local)\.(\w+)( or None)?\)?")
_OF_ORDER = re.compile(r"\(None if o is None else \(?o\.(\w+)( or None)?\)?\)")
_OWNERS = {"e": EVENT, "l": LINE, "local": LOCAL}


class Anchor(msgspec.Struct, frozen=True):
    """Where a rule may be filed. `where` is event, line, list (equalities) or the name of a bound.

    `part` is the part of the condition that being found under the anchor proves, None when it proves less.
    """

    where: str
    value: forms.Form
    keys: frozenset[Any] = frozenset()
    limit: Any = None
    part: forms.Form | None = None


BOUNDS: dict[type[forms.Form], str] = {
    forms.AtLeast: "at_least",
    forms.Over: "over",
    forms.UpTo: "up_to",
    forms.Under: "under",
}


def anchors(condition: forms.Form) -> Iterator[Anchor]:
    """Every condition that the whole condition implies and that a rule can be filed under."""
    for part in flatten([condition]):
        if isinstance(part, forms.LineTally):
            if part.least >= 1:
                proven = part if part.least == 1 and part.most >= forms.LINES_UNBOUNDED else None
                for inner in anchors(part.where):
                    if inner.where == "event":
                        whole = proven if inner.part == part.where else None
                        yield Anchor("line", inner.value, inner.keys, part=whole)
        elif isinstance(part, forms.Is) and not isinstance(part.constant, bool):
            yield Anchor("event", part.value, frozenset({part.constant}), part=part)
        elif isinstance(part, forms.OneOf):
            yield Anchor("event", part.value, part.constants, part=part)
        elif isinstance(part, forms.HasAny):
            yield Anchor("list", part.value, part.texts, part=part)
        elif type(part) in BOUNDS:
            assert isinstance(part, forms.AtLeast | forms.Over | forms.UpTo | forms.Under)
            if isinstance(part.limit, int | Decimal):
                yield Anchor(BOUNDS[type(part)], part.value, limit=part.limit, part=part)


class RuleIndex:
    """Files the rules of one event type; `finder` finds those that may match an event."""

    def __init__(
        self, conditions: Mapping[int, forms.Form], facts: Mapping[FactSpec, int], name: str
    ) -> None:
        self.unfiled: list[int] = []
        self.rest: dict[int, forms.Form] = {}
        """Rank → what a candidate still has to meet."""
        self._equal: dict[tuple[str, forms.Form], dict[Any, list[int]]] = {}
        self._bounds: dict[tuple[str, forms.Form], list[tuple[Any, int]]] = {}
        self._file(conditions)
        self.finder = self._finder(PythonEmitter(facts, {}), facts, name)

    def _file(self, conditions: Mapping[int, forms.Form]) -> None:
        options = {rank: list(anchors(condition)) for rank, condition in conditions.items()}
        shared: Counter[tuple[str, forms.Form, Any]] = Counter()
        for anchor in (anchor for found in options.values() for anchor in found):
            for key in anchor.keys or (None,):
                shared[anchor.where, anchor.value, key] += 1
        for rank, condition in conditions.items():
            best = min(options[rank], key=lambda a: _crowd(a, shared), default=None)
            proven = None if best is None else best.part
            self.rest[rank] = all_of([part for part in flatten([condition]) if part != proven])
            if best is None:
                self.unfiled.append(rank)
            elif best.keys:
                buckets = self._equal.setdefault((best.where, best.value), {})
                for key in best.keys:
                    buckets.setdefault(key, []).append(rank)
            else:
                self._bounds.setdefault((best.where, best.value), []).append((best.limit, rank))

    def _finder(self, emitter: PythonEmitter, facts: Mapping[FactSpec, int], name: str) -> Finder:
        by_place: dict[str, list[Look]] = {"event": [], "list": [], "line": []}
        for (where, value), buckets in self._equal.items():
            look = _look(value, emitter, facts, name, of_line=where == "line")
            look.buckets = {key: tuple(ranks) for key, ranks in buckets.items()}
            by_place[where].append(look)
        bounds = []
        for (where, value), limits in self._bounds.items():
            limits.sort(key=lambda limit: limit[0])
            bounds.append(
                Bound(
                    _look(value, emitter, facts, name),
                    [limit for limit, _ in limits],
                    [rank for _, rank in limits],
                    below=where in ("at_least", "over"),
                    strictly=where in ("over", "under"),
                )
            )
        return Finder(self.unfiled, by_place["event"], by_place["list"], by_place["line"], bounds)


def _look(
    value: forms.Form,
    emitter: PythonEmitter,
    facts: Mapping[FactSpec, int],
    name: str,
    *,
    of_line: bool = False,
) -> Look:
    """Return how a value is read: plainly where it is an attribute or a fact, else by a function emitted for it."""
    plain = _plain(value, facts)
    if plain is not None:
        return plain
    text = emitter.text(value)
    body = [f"return lambda l: {text}"] if of_line else [f"return {text}"]
    return Look(EMITTED, read=define("read", body, f"<value {text[:60]} of {name}>", dict(emitter.namespace)))


def _plain(value: forms.Form, facts: Mapping[FactSpec, int]) -> Look | None:
    if isinstance(value, forms.AsNumber | forms.AsText) and isinstance(value.raw, forms.Access):
        field = value.raw.field
        if field.python == "{fact}" and field.fact is not None:
            where = NUMBER_FACT if isinstance(value, forms.AsNumber) else TEXT_FACT
            return Look(where, place=facts[field.fact])
    if not isinstance(value, forms.Access) or value.field.arguments:
        return None
    found = _ATTRIBUTE.fullmatch(value.field.python)
    if found is not None:
        return Look(_OWNERS[found[1]], found[2], filled=found[3] is not None)
    found = _OF_ORDER.fullmatch(value.field.python)
    return None if found is None else Look(ORDER, found[1], filled=found[2] is not None)


def _crowd(anchor: Anchor, shared: Counter[tuple[str, forms.Form, Any]]) -> tuple[int, int]:
    """How many rules share the anchor; any equality goes before any bound."""
    if not anchor.keys:
        return 1, shared[anchor.where, anchor.value, None]
    if len(anchor.keys) > ANCHOR_VALUES_MAX:
        return 2, len(anchor.keys)
    return 0, sum(shared[anchor.where, anchor.value, key] for key in anchor.keys) // len(anchor.keys)
