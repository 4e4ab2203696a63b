"""Literals of the document → values of a kind, or a refusal that says how to write them."""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal
from typing import Any

from regulars.core.rules.model import Kind
from regulars.core.rules.reading import Notes, decimal
from regulars.core.rules.runtime import as_date, as_instant
from regulars.core.rules.typed import TypedLiteral

_TIME = re.compile("([01][0-9]|2[0-3]):([0-5][0-9])")

HOW_TO_WRITE: dict[Kind, str] = {
    Kind.TEXT: 'a text in quotes, such as "gold"',
    Kind.NUMBER: "a number, such as 12.5",
    Kind.MONEY: "an amount in major units, such as 12.50",
    Kind.BOOLEAN: "true or false",
    Kind.DATE: 'a date, such as "2026-01-31"',
    Kind.TIME: 'a time of day, such as "17:30"',
    Kind.INSTANT: 'a moment with zone, such as "2026-01-31T09:00:00+01:00"',
    Kind.TEXTS: 'a text in quotes, such as "vip"',
}


def literal(raw: Any, kind: Kind, path: str, notes: Notes) -> TypedLiteral:
    """The value that `raw` stands for as a `kind`; refuses anything that is not exactly that."""
    value = _read(raw, kind)
    if value is None and raw in ("", None):
        notes.refuse(path, "wrong_kind", f"Nothing is written here yet: write {HOW_TO_WRITE[kind]}.")
    elif value is None:
        notes.refuse(path, "wrong_kind", f"Write {HOW_TO_WRITE[kind]} here, not {_shown(raw)}.")
    return value


def _read(raw: Any, kind: Kind) -> TypedLiteral | None:
    if kind in {Kind.TEXT, Kind.TEXTS}:
        return raw if isinstance(raw, str) and "\x00" not in raw else None
    if kind in {Kind.NUMBER, Kind.MONEY}:
        return decimal(raw)
    if kind is Kind.BOOLEAN:
        return _boolean(raw)
    if kind is Kind.DATE:
        return as_date(raw)
    if kind is Kind.INSTANT:
        return as_instant(raw)
    return _time(raw)


def _boolean(raw: Any) -> bool | None:
    if isinstance(raw, bool):
        return raw
    return {"true": True, "false": False}.get(raw) if isinstance(raw, str) else None


def _time(raw: Any) -> int | None:
    match = _TIME.fullmatch(raw) if isinstance(raw, str) else None
    return None if match is None else 60 * int(match[1]) + int(match[2])


def _shown(raw: Any) -> str:
    text = repr(raw) if isinstance(raw, str) else str(raw)
    return f"`{text[:60]}`"


def kind_of(raw: Any, operator: str) -> Kind:
    """The kind that an undeclared property must have to be compared with this literal."""
    if isinstance(raw, bool):
        return Kind.BOOLEAN
    if isinstance(raw, int | float | Decimal):
        return Kind.NUMBER
    ordering = operator in {"<", "<=", ">", ">=", "between", "notBetween"}
    if ordering and as_date(raw) is not None:
        return Kind.DATE
    if ordering and as_instant(raw) is not None:
        return Kind.INSTANT
    if ordering and decimal(raw) is not None:
        return Kind.NUMBER
    return Kind.TEXT


def split(raw: Any) -> list[Any]:
    """A list as the query builder writes it: JSON list, or one text with commas."""
    if isinstance(raw, list):
        return raw
    if isinstance(raw, str):
        return [part.strip() for part in raw.split(",") if part.strip()]
    return [raw]


def shown(value: TypedLiteral, kind: Kind) -> str:
    """A typed literal as people read it."""
    if kind is Kind.DATE and isinstance(value, int):
        return datetime.fromordinal(value + 719_163).date().isoformat()
    if kind is Kind.TIME and isinstance(value, int):
        return f"{value // 60:02d}:{value % 60:02d}"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return f"{value:,f}"
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value)
