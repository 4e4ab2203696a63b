"""The `then`, `limits` and `funding` parts of a rule → ast."""

from __future__ import annotations

import re
from typing import Any

from regulars.core.rules.ast import Amount, AwardNode, EffectNode, Formula, FundingNode, LimitNode
from regulars.core.rules.formula import parse_formula
from regulars.core.rules.parse_conditions import parse_group
from regulars.core.rules.reading import Notes, Reader, decimal, listed

AMOUNTS = ("points", "per_amount", "per_line", "product_points", "multiply", "formula", "table")
ROUNDINGS = ("floor", "ceil", "half_up", "half_even")
AMOUNT_KEYS = ("point_type", "rounding", "pending", *AMOUNTS)

EFFECTS: dict[str, dict[str, str]] = {
    "set_attribute": {"name": "text", "value": "any?"},
    "add_tag": {"tag": "text"},
    "remove_tag": {"tag": "text"},
    "add_to_list": {"list": "text"},
    "remove_from_list": {"list": "text"},
    "set_tier": {"set": "text", "tier": "text"},
    "enter_draw": {"draw": "text", "tickets": "count?"},
    "issue_voucher": {"voucher": "text"},
    "send_message": {"template": "text", "channel": "text?"},
    "create_task": {"title": "text", "assignee": "text?", "due_days": "count?"},
    "call_webhook": {"webhook": "text", "payload": "object?"},
    "custom": {"name": "text", "payload": "object?"},
    "change_price": {"percent": "count?", "points": "count?"},
}
"""Effect → its arguments; a question mark means that it may be left out."""

MEASURES = ("points", "count", "money")
PER = ("member", "rule", "campaign", "member_in_campaign")
PERIODS = ("day", "week", "month", "quarter", "year", "lifetime", "order")
COUNT_MAX = 1_000_000
_DAYS = re.compile("P(?:([0-9]{1,4})D|([0-9]{1,3})W)")


def parse_effect(value: Any, path: str, notes: Notes) -> AwardNode | EffectNode:
    """One effect: an object with one key, the effect's name."""
    names = ("award", "deduct", *EFFECTS)
    reader = Reader(notes, value, path, names)
    name = reader.one_of(names)
    if name in {"award", "deduct"}:
        return _award(reader.value[name], reader.at(name), notes, name == "deduct")
    return _effect(name, reader.value[name], reader.at(name), notes)


def _award(value: Any, path: str, notes: Notes, deduct: bool) -> AwardNode:
    reader = Reader(notes, value, path, AMOUNT_KEYS)
    point_type = reader.text("point_type")
    kind = reader.one_of(AMOUNTS)
    rounding = reader.choice("rounding", ROUNDINGS, "floor")
    pending = _days(reader, "pending") if reader.has("pending") else None
    return AwardNode(path, point_type, _amount(reader, kind, rounding), pending, deduct)


def _amount(reader: Reader, kind: str, rounding: str) -> Amount:
    if kind == "points":
        return Amount(reader.path, kind, points=_positive(reader, "points"))
    if kind == "per_amount":
        return _per_amount(reader, rounding)
    if kind == "per_line":
        inner = Reader(reader.notes, reader.value[kind], reader.at(kind), ("points", "where", "per"))
        unit = inner.choice("per", ("line", "unit"), "line")
        return Amount(
            inner.path,
            kind,
            points=_positive(inner, "points"),
            where=_where(inner),
            unit=unit,
            rounding=rounding,
        )
    if kind == "product_points":
        if reader.value[kind] is not True:
            reader.refuse(kind, "not_a_flag", "Write true for `product_points`.")
        return Amount(reader.path, kind, rounding=rounding)
    if kind == "multiply":
        return _multiply(reader, rounding)
    if kind == "table":
        return Amount(reader.path, kind, table=reader.text("table"), rounding=rounding)
    return Amount(reader.path, kind, formula=_formula(reader, "formula"), rounding=rounding)


def _per_amount(reader: Reader, rounding: str) -> Amount:
    keys = ("points", "per", "of", "where", "rounding", "whole_steps")
    inner = Reader(reader.notes, reader.value["per_amount"], reader.at("per_amount"), keys)
    return Amount(
        inner.path,
        "per_amount",
        points=_positive(inner, "points"),
        per=_positive(inner, "per"),
        of=inner.text("of", "order.amount"),
        where=_where(inner),
        whole_steps=inner.flag("whole_steps", False),
        rounding=inner.choice("rounding", ROUNDINGS, rounding),
    )


def _multiply(reader: Reader, rounding: str) -> Amount:
    inner = Reader(reader.notes, reader.value["multiply"], reader.at("multiply"), ("rule", "group", "by"))
    kind = inner.one_of(("rule", "group"))
    by = inner.number("by")
    if by <= 1:
        inner.refuse("by", "multiply_by", "Write a factor greater than 1; 2 doubles the award.")
    return Amount(inner.path, "multiply", target=inner.text(kind), target_kind=kind, by=by, rounding=rounding)


def _positive(reader: Reader, key: str) -> Any:
    number = reader.number(key)
    if number <= 0:
        reader.refuse(key, "not_positive", f"Write a number greater than 0 for `{key}`.")
    return number


def _where(reader: Reader) -> Any:
    return (
        parse_group(reader.value["where"], reader.at("where"), reader.notes) if reader.has("where") else None
    )


def _formula(reader: Reader, key: str) -> Formula:
    text = reader.text(key)
    return Formula(reader.at(key), text, parse_formula(text, reader.at(key), reader.notes))


def _days(reader: Reader, key: str) -> int:
    match = _DAYS.fullmatch(reader.text(key))
    if match is None:
        reader.refuse(key, "not_a_duration", "Write whole days or weeks, such as `P14D` or `P2W`.")
    return int(match[1]) if match[1] else 7 * int(match[2])


def _effect(name: str, value: Any, path: str, notes: Notes) -> EffectNode:
    wanted = EFFECTS[name]
    if isinstance(value, str):
        value = {next(iter(wanted)): value}
    keys = [*wanted, "formula"] if name == "set_attribute" else list(wanted)
    reader = Reader(notes, value, path, keys)
    arguments = {
        key: _argument(reader, key, kind) for key, kind in wanted.items() if _given(reader, key, kind)
    }
    if name == "enter_draw":
        arguments.setdefault("tickets", 1)
    formula = None
    if name == "set_attribute" and reader.one_of(("value", "formula")) == "formula":
        formula = _formula(reader, "formula")
    return EffectNode(path, name, arguments, formula)


def _given(reader: Reader, key: str, kind: str) -> bool:
    return not kind.endswith("?") or reader.has(key)


def _argument(reader: Reader, key: str, kind: str) -> Any:
    plain = kind.rstrip("?")
    if plain == "text":
        return reader.text(key)
    if plain == "count":
        return reader.whole(key, 0, COUNT_MAX)
    value = reader.value.get(key)
    if plain == "object" and not isinstance(value, dict):
        reader.refuse(key, "not_an_object", f"Write an object for `{key}`.")
    return value


def parse_limit(value: Any, path: str, notes: Notes) -> LimitNode:
    """One cap: at most `max` points, times or money per member, rule or campaign in a period."""
    reader = Reader(notes, value, path, ("measure", "max", "per", "period", "point_type"))
    maximum = reader.number("max")
    if maximum < 0:
        reader.refuse("max", "not_positive", "Write 0 or more for `max`.")
    return LimitNode(
        path,
        reader.choice("measure", MEASURES),
        maximum,
        reader.choice("per", PER, "member"),
        reader.choice("period", PERIODS, "lifetime"),
        reader.text("point_type", ""),
    )


def parse_funding(value: Any, path: str, notes: Notes) -> FundingNode:
    """One share of who pays for the rule's awards."""
    reader = Reader(notes, value, path, ("account", "share"))
    account = reader.text("account")
    kind, _, code = account.partition(":")
    if account != "house" and (kind not in {"partner", "campaign"} or not code):
        reader.refuse(
            "account", "unknown_account", f"Choose {listed(('house', 'partner:<code>', 'campaign:<code>'))}."
        )
    share = decimal(reader.value.get("share"))
    if share is None or not 0 < share <= 100:
        reader.refuse("share", "not_a_percentage", "Write the share in percent, more than 0 and at most 100.")
    return FundingNode(path, account, share)
