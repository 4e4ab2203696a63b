"""The short notation of tests/spec/*.csv → ruleset documents. See tests/spec/README.md."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from tests.core.rules.kit import exact, rule

SPEC = Path(__file__).parents[2] / "spec"
COLLECTIONS = {"coffee": ["C1", "C2", "C3"], "odd": [1, 3, 5], "banned": ["X9"]}
COLUMNS = ["rule", "event", "facts", "expected", "note"]


class Row(NamedTuple):
    """One line of a chapter."""

    place: str
    rule: str
    event: dict[str, Any]
    facts: dict[str, Any]
    expected: str
    note: str


def rows() -> Iterator[Row]:
    """All rows of all chapters."""
    for chapter in sorted(SPEC.glob("*.csv")):
        with open(chapter, encoding="utf-8", newline="") as file:
            reader = csv.reader(file, delimiter=";", quoting=csv.QUOTE_NONE)
            assert [name.strip() for name in next(reader)] == COLUMNS, chapter
            for number, cells in enumerate(reader, 2):
                if not cells or cells[0].lstrip().startswith("#"):
                    continue
                assert len(cells) == len(COLUMNS), f"{chapter.name}:{number} has {len(cells)} columns"
                text, event, facts, expected, note = (cell.strip() for cell in cells)
                place = f"{chapter.stem}:{number}"
                yield Row(place, text, exact(event or "{}"), exact(facts or "{}"), expected, note)


def rulesets() -> dict[str, dict[str, Any]]:
    """The named documents that rows refer to with @."""
    return {
        path.stem: exact(path.read_text(encoding="utf-8"))
        for path in sorted((SPEC / "rulesets").glob("*.json"))
    }


def document(text: str) -> dict[str, Any]:
    """The ruleset that a row's rule stands for."""
    word, _, rest = text.partition(" ")
    if text.startswith("@"):
        return rulesets()[text[1:]]
    if word == "award":
        return _one(then=[{"award": {"point_type": "points", **exact(rest)}}])
    if word == "formula" or word.startswith("formula/"):
        rounding = word.partition("/")[2] or "floor"
        return _one(then=[{"award": {"point_type": "points", "formula": rest, "rounding": rounding}}])
    if word == "holds":
        return _one(when=group({"field": "formula", "formula": rest, "operator": "=", "value": True}))
    if word in {"schedule", "trigger"}:
        return _one(**{word: exact(rest)})
    if word == "rule":
        return _one(**exact(rest))
    return _one(when=group(condition(text)))


def _one(**parts: Any) -> dict[str, Any]:
    return {"collections": COLLECTIONS, "rules": [rule(**parts)]}


def group(part: Any) -> dict[str, Any]:
    return {"combinator": "and", "rules": [part]}


_LINES = re.compile(r"lines (some|all|none|atLeast|atMost|exactly)(?: (\d+))?(?: : (.*))?")
_AGGREGATE = re.compile(r"lines\.(sum|min|max|count)\((\w*)\) (\S+)(?: ([^:]*?))?(?: : (.*))?")


def condition(text: str) -> dict[str, Any]:
    """One condition, or several joined by ` & `."""
    if text.startswith("{"):
        whole: dict[str, Any] = exact(text)
        return whole
    lines = _LINES.fullmatch(text)
    if lines:
        match: dict[str, Any] = {"mode": lines[1]}
        if lines[2]:
            match["threshold"] = int(lines[2])
        return {"field": "order.lines", "match": match, "value": _joined(lines[3])}
    aggregate = _AGGREGATE.fullmatch(text)
    if aggregate:
        of = {"fn": aggregate[1], **({"of": aggregate[2]} if aggregate[2] else {})}
        if aggregate[5]:
            of["where"] = _joined(aggregate[5])
        return {
            "field": "order.lines",
            "aggregate": of,
            "operator": aggregate[3],
            **_operand(aggregate[4] or ""),
        }
    if " & " in text:
        return _joined(text)
    field, operator, *value = text.split(" ", 2)
    return {"field": field, "operator": operator, **_operand(value[0] if value else "")}


def _joined(text: str | None) -> dict[str, Any]:
    return {"combinator": "and", "rules": [condition(part) for part in (text or "").split(" & ") if part]}


def _operand(text: str) -> dict[str, Any]:
    if not text:
        return {}
    if text.startswith("field:"):
        return {"valueSource": "field", "value": text[6:]}
    if text.startswith("@"):
        return {"value": {"collection": text[1:]}}
    return {"value": exact(text)}


def as_text(value: Any) -> str:
    """JSON for a failure message."""
    return json.dumps(value, default=str, ensure_ascii=False)
