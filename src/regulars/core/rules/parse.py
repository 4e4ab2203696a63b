"""A ruleset document (JSON as published) → ast, or diagnostics."""

from __future__ import annotations

import re
from functools import partial
from typing import Any

from regulars.core.rules.ast import (
    CollectionNode,
    Document,
    ExampleNode,
    GroupNode,
    RuleNode,
    Schedule,
    TableCell,
    TableNode,
    TableRowNode,
    Trigger,
)
from regulars.core.rules.parse_conditions import parse_group
from regulars.core.rules.parse_effects import parse_effect, parse_funding, parse_limit
from regulars.core.rules.reading import Notes, Reader, Unreadable

RULES_MAX = 20_000
TABLES_MAX = 1_000
TABLE_ROWS_MAX = 20_000
TABLE_INPUTS_MAX = 20
COLLECTIONS_MAX = 5_000
COLLECTION_VALUES_MAX = 100_000
GROUPS_MAX = 500
EFFECTS_MAX = 20
LIMITS_MAX = 10
FUNDING_MAX = 20
TESTS_MAX = 50
PRIORITY_MAX = 1_000_000
DEFAULT_GROUP = "main"

DOCUMENT_KEYS = ("collections", "tables", "groups", "rules", "v")
RULE_KEYS = (
    "code",
    "name",
    "description",
    "campaign",
    "group",
    "priority",
    "status",
    "trigger",
    "schedule",
    "when",
    "then",
    "limits",
    "funding",
    "tests",
)
TRIGGERS: dict[str, tuple[str, ...]] = {
    "event": (),
    "milestone": (),
    "member": (),
    "tier_changed": ("set", "direction"),
    "wallet_changed": ("point_type", "reaches"),
    "birthday": ("days_before",),
    "anniversary": ("years",),
    "inactive": ("event", "days"),
    "schedule": ("cron", "daily", "weekly", "zone"),
    "redemption": ("reward", "category", "kind"),
}
"""Trigger → the keys of its object; those without are a word."""

_CODE = re.compile("[a-z0-9][a-z0-9_-]{0,62}")
_HOUR = re.compile("(?:([01][0-9]|2[0-3]):([0-5][0-9])|24:00)")


def parse_document(value: Any, notes: Notes) -> Document | None:
    """The whole document; everything that can be read is read, so that all mistakes are told at once."""
    reader = notes.attempt(lambda: Reader(notes, value, "", DOCUMENT_KEYS))
    if reader is None:
        return None
    return Document(
        "",
        {c.code: c for c in _named(reader, "collections", COLLECTIONS_MAX, _collection)},
        {t.code: t for t in _named(reader, "tables", TABLES_MAX, _table)},
        _entries(reader, "groups", GROUPS_MAX, _group),
        _entries(reader, "rules", RULES_MAX, parse_rule),
    )


def _entries(reader: Reader, key: str, most: int, read: Any) -> tuple[Any, ...]:
    items = reader.notes.attempt(lambda: reader.items(key, most)) or []
    reads = [partial(read, item, f"{reader.at(key)}[{i}]", reader.notes) for i, item in enumerate(items)]
    return reader.notes.each(reads)


def _named(reader: Reader, key: str, most: int, read: Any) -> tuple[Any, ...]:
    value = reader.value.get(key) or {}
    notes = reader.notes
    if not isinstance(value, dict):
        notes.add(reader.at(key), "not_an_object", f"Write an object from code to entry for `{key}`.")
        return ()
    if len(value) > most:
        notes.add(
            reader.at(key), "too_many", f"At most {most:,} entries are allowed; there are {len(value):,}."
        )
        return ()
    return notes.each(
        [partial(read, code, item, f"{reader.at(key)}.{code}", notes) for code, item in value.items()]
    )


def _check_code(code: str, path: str, notes: Notes) -> str:
    if not _CODE.fullmatch(code):
        notes.refuse(path, "not_a_code", "Write a code of a-z, 0-9, `_` and `-`, at most 63 characters.")
    return code


def _collection(code: str, value: Any, path: str, notes: Notes) -> CollectionNode:
    _check_code(code, path, notes)
    if not isinstance(value, list) or not value:
        notes.refuse(path, "not_a_list", "Write a list of values.")
    if len(value) > COLLECTION_VALUES_MAX:
        notes.refuse(path, "too_many", f"At most {COLLECTION_VALUES_MAX:,} values are allowed.")
    return CollectionNode(path, code, tuple(value))


def _table(code: str, value: Any, path: str, notes: Notes) -> TableNode:
    _check_code(code, path, notes)
    reader = Reader(notes, value, path, ("inputs", "output_kind", "rows", "default"))
    inputs = reader.items("inputs", TABLE_INPUTS_MAX)
    if not inputs or not all(isinstance(name, str) for name in inputs):
        reader.refuse("inputs", "table_inputs", "List the fields that the table looks at.")
    rows = reader.items("rows", TABLE_ROWS_MAX)
    if not rows:
        reader.refuse("rows", "table_rows", "Write at least one row.")
    reads = [
        partial(_row, row, f"{reader.at('rows')}[{i}]", len(inputs), notes) for i, row in enumerate(rows)
    ]
    output = reader.choice("output_kind", ("number", "text"), "number")
    return TableNode(path, code, tuple(inputs), output, notes.each(reads), reader.value.get("default"))


def _row(value: Any, path: str, columns: int, notes: Notes) -> TableRowNode:
    reader = Reader(notes, value, path, ("when", "then"))
    cells = reader.items("when", columns)
    if len(cells) != columns:
        reader.refuse(
            "when", "table_columns", f"Write {columns} cells, one per input; null accepts anything."
        )
    if not reader.has("then"):
        reader.refuse("then", "table_then", "Write the value that this row yields.")
    reads = [partial(_cell, cell, f"{reader.at('when')}[{i}]", notes) for i, cell in enumerate(cells)]
    read = notes.each(reads)
    if len(read) != columns:
        raise Unreadable
    return TableRowNode(path, read, reader.value["then"])


def _cell(value: Any, path: str, notes: Notes) -> TableCell:
    if value is None:
        return TableCell(path, "any", None)
    if not isinstance(value, dict):
        return TableCell(path, "=", value)
    reader = Reader(notes, value, path, ("operator", "value"))
    operator = reader.choice("operator", ("=", "in", "<", "<=", ">", ">=", "between"))
    if not reader.has("value"):
        reader.refuse("value", "value_missing", "Write a value; a whole cell that accepts anything is null.")
    return TableCell(path, operator, reader.value["value"])


def _group(value: Any, path: str, notes: Notes) -> GroupNode:
    reader = Reader(notes, value, path, ("code", "name", "mode", "exclusive"))
    code = _check_code(reader.text("code"), reader.at("code"), notes)
    mode = reader.choice("mode", ("stack", "best", "first"), "stack")
    return GroupNode(path, code, mode, reader.flag("exclusive", False))


def parse_rule(value: Any, path: str, notes: Notes) -> RuleNode:
    """One rule; all mistakes in it are noted before it is given up."""
    reader = Reader(notes, value, path, RULE_KEYS)
    code = _check_code(reader.text("code"), reader.at("code"), notes)
    before = len(notes.diagnostics)
    trigger = notes.attempt(lambda: _trigger(reader))
    schedule = notes.attempt(lambda: parse_schedule(reader)) if reader.has("schedule") else None
    when = None
    if reader.has("when"):
        when = notes.attempt(lambda: parse_group(reader.value["when"], reader.at("when"), notes))
    then = _entries(reader, "then", EFFECTS_MAX, parse_effect)
    limits = _entries(reader, "limits", LIMITS_MAX, parse_limit)
    funding = _entries(reader, "funding", FUNDING_MAX, parse_funding)
    tests = _entries(reader, "tests", TESTS_MAX, _example)
    if not then and len(notes.diagnostics) == before:
        notes.add(reader.at("then"), "nothing_happens", "Write at least one effect, such as `award`.")
    if trigger is None:
        reader.refuse(
            "trigger", "trigger_unreadable", 'Write what makes the rule look: `{"event": "Order Completed"}`.'
        )
    return RuleNode(
        path,
        code,
        reader.text("name", code),
        reader.text("campaign") if reader.has("campaign") else None,
        reader.text("group", DEFAULT_GROUP),
        reader.whole("priority", -PRIORITY_MAX, PRIORITY_MAX, 0),
        reader.choice("status", ("active", "paused"), "active") == "active",
        trigger,
        schedule,
        when,
        then,
        limits,
        funding,
        tests,
    )


def _trigger(reader: Reader) -> Trigger:
    given = reader.value.get("trigger")
    # `n` stands beside a milestone; where nothing can be read it is no choice of its own.
    keys = (*TRIGGERS, "n") if isinstance(given, dict) else tuple(TRIGGERS)
    inner = Reader(reader.notes, given, reader.at("trigger"), keys)
    kind = inner.one_of(tuple(TRIGGERS))
    value = inner.value[kind]
    if TRIGGERS[kind]:
        settings = Reader(inner.notes, value, inner.at(kind), TRIGGERS[kind]).value
        return Trigger(inner.path, kind, dict(settings))
    if kind == "event" and isinstance(value, list):
        if not value or not all(isinstance(name, str) and name and "\x00" not in name for name in value):
            inner.refuse(kind, "not_a_text", "Write the names of one or more events.")
        return Trigger(inner.path, kind, {"events": tuple(value)})
    word = inner.text(kind)
    if kind == "event":
        return Trigger(inner.path, kind, {"events": (word,)})
    return Trigger(inner.path, kind, {"name": word, **({"n": inner.value["n"]} if inner.has("n") else {})})


def parse_schedule(reader: Reader) -> Schedule:
    """Return the `schedule` of the object that is read."""
    """The `schedule` of the object that is read."""
    keys = ("from", "to", "weekdays", "hours", "rrule", "zone")
    inner = Reader(reader.notes, reader.value["schedule"], reader.at("schedule"), keys)
    weekdays = inner.items("weekdays", 7)
    if not all(isinstance(day, int) and not isinstance(day, bool) and 1 <= day <= 7 for day in weekdays):
        inner.refuse("weekdays", "weekdays", "Write numbers from 1 (Monday) to 7 (Sunday).")
    return Schedule(
        inner.path,
        inner.text("from") if inner.has("from") else None,
        inner.text("to") if inner.has("to") else None,
        tuple(sorted(set(weekdays))),
        tuple(_hours(inner, i, pair) for i, pair in enumerate(inner.items("hours", 24))),
        inner.text("rrule", ""),
        inner.text("zone", "program"),
    )


def _hours(reader: Reader, i: int, pair: Any) -> tuple[int, int]:
    if (
        not isinstance(pair, list)
        or len(pair) != 2
        or not all(isinstance(text, str) and _HOUR.fullmatch(text) for text in pair)
        or pair[0] == pair[1]
    ):
        reader.refuse(
            f"hours[{i}]",
            "hours",
            'Write a pair of times such as ["17:00", "20:00"]; the end is not included.',
        )
    return minutes(pair[0]), minutes(pair[1])


def minutes(text: str) -> int:
    """Minutes since midnight of HH:MM."""
    hours, _, rest = text.partition(":")
    return 60 * int(hours) + int(rest)


def _example(value: Any, path: str, notes: Notes) -> ExampleNode:
    reader = Reader(notes, value, path, ("name", "event", "facts", "room", "expect"))
    expect = Reader(notes, value.get("expect"), reader.at("expect"), ("points", "fired"))
    for key in ("event", "facts", "room"):
        if not isinstance(reader.value.get(key, {}), dict):
            reader.refuse(key, "not_an_object", f"Write an object for `{key}`.")
    points = expect.value.get("points")
    if points is not None and not isinstance(points, dict):
        expect.refuse("points", "not_an_object", 'Write points by point type, such as {"points": "12"}.')
    if not expect.value:
        reader.refuse("expect", "expects_nothing", "Write `points` or `fired` under `expect`.")
    return ExampleNode(
        path,
        reader.text("name", "example"),
        reader.value.get("event") or {},
        reader.value.get("facts") or {},
        reader.value.get("room") or {},
        points,
        expect.flag("fired", True) if expect.has("fired") else None,
    )
