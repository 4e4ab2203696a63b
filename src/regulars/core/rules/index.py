"""Which rules can match an event: found through dictionaries and sorted limits, not by looking at every rule.

Each rule is filed under one *anchor*, a condition that it cannot do without: an equality (`store = "riga"`, a line with
`sku = "A1"`, a tag) or, failing that, a bound on a number (`order.amount >= 50`, a schedule's last day). The anchor
that fewest other rules share is taken. What is left of the condition besides the anchor is tested for each candidate.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

import msgspec

from regulars.core.rules import forms
from regulars.core.rules.emit_python import PythonEmitter, define
from regulars.core.rules.lower import flatten
from regulars.core.rules.lower_values import all_of
from regulars.core.rules.model import FactSpec

ANCHOR_VALUES_MAX = 5_000
"""A rule is filed under each value of its list; a longer list is filed elsewhere if possible."""

Candidates = Callable[[Any, Any, Sequence[Any], Any], list[int]]


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
    """Files the rules of one event type and emits the function that finds candidates."""

    def __init__(
        self, conditions: Mapping[int, forms.Form], facts: Mapping[FactSpec, int], name: str
    ) -> None:
        self.unfiled: list[int] = []
        self.rest: dict[int, forms.Form] = {}
        """Rank → what a candidate still has to meet."""
        self._equal: dict[tuple[str, forms.Form], dict[Any, list[int]]] = {}
        self._bounds: dict[tuple[str, forms.Form], list[tuple[Any, int]]] = {}
        self._file(conditions)
        self.candidates = self._emit(facts, name)

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

    def _emit(self, facts: Mapping[FactSpec, int], name: str) -> Candidates:
        emitter = PythonEmitter(facts, {})
        body = ["found = list(unfiled)"]
        emitter.namespace |= {
            "unfiled": tuple(self.unfiled),
            "bisect_left": bisect_left,
            "bisect_right": bisect_right,
        }
        lines: list[str] = []
        for number, ((where, value), buckets) in enumerate(self._equal.items()):
            # The method itself, so that it is not looked up for every event and line.
            emitter.namespace[f"by{number}"] = {key: tuple(ranks) for key, ranks in buckets.items()}.get
            lookup = f"some := by{number}({emitter.text(value)})"
            if where == "event":
                body += [f"if {lookup}:", "    found += some"]
            elif where == "line":
                lines += [f"        if {lookup}:", "            many.update(some)"]
            else:
                body += _list_lookup(f"by{number}", emitter.text(value))
        if lines:
            body += [
                "if o is not None:",
                "    many = set()",
                "    for l in o.lines:",
                *lines,
                "    found += many",
            ]
        for number, ((where, value), limits) in enumerate(self._bounds.items()):
            limits.sort(key=lambda limit: limit[0])
            emitter.namespace[f"limits{number}"] = [limit for limit, _ in limits]
            emitter.namespace[f"rules{number}"] = [rank for _, rank in limits]
            body += [
                f"value = {emitter.text(value)}",
                "if value is not None:",
                f"    found += rules{number}[{BOUND_SLICES[where].format(limits=f'limits{number}')}]",
            ]
        body.append("return found")
        return define("candidates", body, f"<candidates {name}>", emitter.namespace)


BOUND_SLICES = {
    "at_least": ":bisect_right({limits}, value)",
    "over": ":bisect_left({limits}, value)",
    "up_to": "bisect_left({limits}, value):",
    "under": "bisect_right({limits}, value):",
}
"""limit ≤ value, limit < value, limit ≥ value, limit > value; the limits ascend."""


def _list_lookup(buckets: str, value: str) -> list[str]:
    return [
        f"value = {value}",
        "if value:",
        "    many = set()",
        "    for text in value:",
        "        if type(text) is str:",
        f"            many.update({buckets}(text, ()))",
        "    found += many",
    ]


def _crowd(anchor: Anchor, shared: Counter[tuple[str, forms.Form, Any]]) -> tuple[int, int]:
    """How many rules share the anchor; any equality goes before any bound."""
    if not anchor.keys:
        return 1, shared[anchor.where, anchor.value, None]
    if len(anchor.keys) > ANCHOR_VALUES_MAX:
        return 2, len(anchor.keys)
    return 0, sum(shared[anchor.where, anchor.value, key] for key in anchor.keys) // len(anchor.keys)
