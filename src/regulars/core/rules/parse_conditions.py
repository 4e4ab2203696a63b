"""Conditions of the document (the query builder's rule groups) → ast."""

from __future__ import annotations

from functools import partial
from typing import Any

import msgspec

from regulars.core.rules.ast import (
    CollectionName,
    Comparison,
    FieldName,
    Formula,
    Group,
    LineAggregate,
    LineMatch,
    MeasureNode,
    Node,
    Value,
)
from regulars.core.rules.formula import parse_formula
from regulars.core.rules.model import Window
from regulars.core.rules.reading import Notes, Reader

GROUP_DEPTH_MAX = 10
CONDITIONS_MAX = 200
"""Parts of one group. A longer list of alternatives belongs into a collection."""
DAYS_MAX = 36_500
THRESHOLD_MAX = 1_000_000

GROUP_KEYS = ("combinator", "not", "rules", "id", "muted", "v", "disabled")
TEST_KEYS = (
    "field",
    "operator",
    "value",
    "valueSource",
    "match",
    "aggregate",
    "measure",
    "formula",
    "id",
    "muted",
    "disabled",
)
OPERATORS = (
    "=",
    "!=",
    "<",
    "<=",
    ">",
    ">=",
    "between",
    "notBetween",
    "in",
    "notIn",
    "contains",
    "doesNotContain",
    "beginsWith",
    "doesNotBeginWith",
    "endsWith",
    "doesNotEndWith",
    "null",
    "notNull",
)
WITHOUT_VALUE = frozenset({"null", "notNull"})
MATCH_MODES = ("some", "all", "none", "atLeast", "atMost", "exactly")
LINE_FUNCTIONS = ("sum", "count", "min", "max")
AGGREGATES = ("count", "sum", "min", "max", "distinct", "days_since")
CALENDAR_WINDOWS = ("day", "week", "month", "quarter", "year")


def canonical(value: Any) -> str:
    """The same text for the same JSON, whatever the order of its keys."""
    return msgspec.json.encode(value, order="deterministic").decode()


def parse_group(value: Any, path: str, notes: Notes, depth: int = 1) -> Group:
    """A group of conditions; muted parts are left out. A group without parts is true."""
    if depth > GROUP_DEPTH_MAX:
        notes.refuse(
            path, "too_deep", f"Groups nest at most {GROUP_DEPTH_MAX} deep; pull some conditions up."
        )
    reader = Reader(notes, value, path, GROUP_KEYS)
    combinator = reader.choice("combinator", ("and", "or"), "and")
    negated = reader.flag("not", False)
    parts: list[Node] = []
    for i, item in enumerate(reader.items("rules", CONDITIONS_MAX)):
        if isinstance(item, dict) and item.get("muted") is True:
            continue
        part = notes.attempt(partial(_part, item, f"{reader.at('rules')}[{i}]", notes, depth))
        if part is not None:
            parts.append(part)
    return Group(path, combinator, negated, tuple(parts))


def _part(value: Any, path: str, notes: Notes, depth: int) -> Node:
    if isinstance(value, dict) and ("rules" in value or "combinator" in value):
        return parse_group(value, path, notes, depth + 1)
    reader = Reader(notes, value, path, TEST_KEYS)
    if reader.has("match"):
        return _line_match(reader, depth)
    return _comparison(reader, depth)


def _line_match(reader: Reader, depth: int) -> LineMatch:
    if reader.text("field") != "order.lines":
        reader.refuse(
            "match", "match_needs_lines", "`match` goes with the field `order.lines`; leave it out here."
        )
    match = Reader(reader.notes, reader.value["match"], reader.at("match"), ("mode", "threshold"))
    mode = match.choice("mode", MATCH_MODES)
    threshold = 0
    if mode in {"atLeast", "atMost", "exactly"}:
        threshold = match.whole("threshold", 0, THRESHOLD_MAX)
    where = parse_group(reader.value.get("value"), reader.at("value"), reader.notes, depth + 1)
    return LineMatch(reader.path, mode, threshold, where)


def _comparison(reader: Reader, depth: int) -> Comparison:
    subject = _subject(reader, depth)
    operator = reader.choice("operator", OPERATORS)
    if operator in WITHOUT_VALUE:
        return Comparison(reader.path, subject, operator, None)
    return Comparison(reader.path, subject, operator, _operand(reader))


def _subject(reader: Reader, depth: int) -> Node:
    field = reader.text("field")
    if field == "order.lines":
        if not reader.has("aggregate"):
            reader.refuse(
                "field",
                "lines_need_match",
                "Say how many lines: add `match` with a group as value, or `aggregate` with a function.",
            )
        return parse_line_aggregate(reader.value["aggregate"], reader.at("aggregate"), reader.notes, depth)
    if field == "behaviour":
        return parse_measure(reader.value.get("measure"), reader.at("measure"), reader.notes, depth)
    if field == "formula":
        text = reader.text("formula")
        path = reader.at("formula")
        return Formula(path, text, parse_formula(text, path, reader.notes))
    return FieldName(reader.at("field"), field)


def _operand(reader: Reader) -> Node:
    path = reader.at("value")
    value = reader.value.get("value")
    if reader.choice("valueSource", ("value", "field"), "value") == "field":
        return FieldName(path, reader.text("value"))
    if isinstance(value, dict):
        return CollectionName(path, Reader(reader.notes, value, path, ("collection",)).text("collection"))
    if value is None:
        reader.refuse("value", "value_missing", "Write a value, or use the operator `null`.")
    return Value(path, value)


def parse_line_aggregate(value: Any, path: str, notes: Notes, depth: int) -> LineAggregate:
    """`{"fn": "sum", "of": "amount", "where": group}`."""
    reader = Reader(notes, value, path, ("of", "fn", "where"))
    fn = reader.choice("fn", LINE_FUNCTIONS)
    of = "" if fn == "count" else reader.text("of")
    where = None
    if reader.has("where"):
        where = parse_group(reader.value["where"], reader.at("where"), notes, depth + 1)
    return LineAggregate(path, fn, of, where)


def parse_measure(value: Any, path: str, notes: Notes, depth: int) -> MeasureNode:
    """A measure of past behaviour: event, aggregate, window, field or lines, where."""
    reader = Reader(notes, value, path, ("event", "field", "aggregate", "window", "where", "lines"))
    event = reader.text("event")
    aggregate = reader.choice("aggregate", AGGREGATES, "count")
    window = _window(reader)
    lines = None
    lines_text = ""
    where = None
    where_text = ""
    if reader.has("lines"):
        lines = parse_line_aggregate(reader.value["lines"], reader.at("lines"), notes, depth)
        lines_text = canonical(reader.value["lines"])
    if reader.has("where"):
        where = parse_group(reader.value["where"], reader.at("where"), notes, depth + 1)
        where_text = canonical(reader.value["where"])
    wanted = aggregate not in {"count", "days_since"}
    if wanted and lines is None and not reader.has("field"):
        reader.refuse("field", "measure_field", f"Name the field whose {aggregate} is meant, or `lines`.")
    if not wanted and (lines is not None or reader.has("field")):
        reader.refuse("field", "measure_field", f"`{aggregate}` needs no field; leave it out.")
    field = reader.text("field") if reader.has("field") else ""
    return MeasureNode(path, event, aggregate, field, window, where, where_text, lines, lines_text)


def _window(reader: Reader) -> Window:
    value = reader.value.get("window", "lifetime")
    if value == "lifetime":
        return Window("lifetime")
    keys = ("last_days", "calendar", "tier_period", "since")
    window = Reader(reader.notes, value, reader.at("window"), keys)
    key = window.one_of(keys)
    if key == "last_days":
        return Window("last_days", days=window.whole("last_days", 1, DAYS_MAX))
    if key == "calendar":
        return Window(window.choice("calendar", CALENDAR_WINDOWS))
    return Window("tier_period" if key == "tier_period" else "since_event", name=window.text(key))
