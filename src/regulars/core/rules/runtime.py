"""The functions that emitted Python may call. Each mirrors the SQL text of the same core form."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Context, Decimal
from typing import Any

# Enough digits for a product of a formula's length of 18-digit numbers; numeric in PostgreSQL has no bound below this.
EXACT = Context(prec=2_000)

NUMBERS = frozenset({int, Decimal})
LISTS = frozenset({list, tuple, set, frozenset})
EPOCH_ORDINAL = date(1970, 1, 1).toordinal()

_DATE = re.compile("[12][0-9]{3}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])")
_INSTANT = re.compile(
    _DATE.pattern
    + r"T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,6})?(Z|[+-](0[0-9]|1[0-4]):[0-5][0-9])"
)

Number = int | Decimal


def dig(properties: dict[str, Any], *names: str) -> Any:
    """The value under nested names, None where a level is absent or not an object."""
    value: Any = properties
    for name in names:
        if type(value) is not dict:
            return None
        value = value.get(name)
    return value


def as_date(raw: Any) -> int | None:
    """Days since 1970-01-01 of a `YYYY-MM-DD` text or a date, else None."""
    if type(raw) is str and _DATE.fullmatch(raw):
        try:
            return date.fromisoformat(raw).toordinal() - EPOCH_ORDINAL
        except ValueError:
            return None
    return raw.toordinal() - EPOCH_ORDINAL if type(raw) is date else None


def as_instant(raw: Any) -> datetime | None:
    """The moment of an RFC 3339 text or an aware datetime, else None."""
    if type(raw) is str and _INSTANT.fullmatch(raw):
        try:
            return datetime.fromisoformat(raw).astimezone(UTC)
        except ValueError:
            return None
    return raw if type(raw) is datetime else None


def add(left: Number | None, right: Number | None) -> Number | None:
    """left + right without rounding."""
    if left is None or right is None:
        return None
    if type(left) is int and type(right) is int:
        return left + right
    return EXACT.add(left, right)


def subtract(left: Any, right: Any) -> Any:
    """left − right without rounding."""
    if left is None or right is None:
        return None
    if type(left) is int and type(right) is int:
        return left - right
    return EXACT.subtract(left, right)


def multiply(left: Number | None, right: Number | None) -> Number | None:
    """left × right without rounding."""
    if left is None or right is None:
        return None
    if type(left) is int and type(right) is int:
        return left * right
    return EXACT.multiply(left, right)


def least(left: Any, right: Any) -> Any:
    """The smaller one; None when either is."""
    if left is None or right is None:
        return None
    return left if left <= right else right


def greatest(left: Any, right: Any) -> Any:
    """The greater one; None when either is."""
    if left is None or right is None:
        return None
    return left if left >= right else right


def _ratio(left: Number, right: Number) -> tuple[int, int]:
    """Two integers with the same quotient."""
    if type(left) is int and type(right) is int:
        return left, right
    top, top_scale = left.as_integer_ratio()
    bottom, bottom_scale = right.as_integer_ratio()
    return top * bottom_scale, bottom * top_scale


def floor_divide(left: Number | None, right: Number | None) -> int | None:
    """left ÷ right towards −∞."""
    if left is None or right is None or not right:
        return None
    top, bottom = _ratio(left, right)
    return top // bottom


def half_up_divide(left: Number | None, right: Number | None) -> int | None:
    """left ÷ right to the nearest integer, halves away from zero."""
    return _nearest(left, right, lambda _, twice, bottom: twice >= bottom)


def half_even_divide(left: Number | None, right: Number | None) -> int | None:
    """left ÷ right to the nearest integer, halves to the even one."""
    return _nearest(
        left, right, lambda whole, twice, bottom: twice > bottom or (twice == bottom and whole % 2 == 1)
    )


def _nearest(left: Number | None, right: Number | None, up: Callable[[int, int, int], bool]) -> int | None:
    if left is None or right is None or not right:
        return None
    top, bottom = _ratio(left, right)
    whole, rest = divmod(abs(top), abs(bottom))
    magnitude = whole + up(whole, 2 * rest, abs(bottom))
    return magnitude if (top < 0) == (bottom < 0) else -magnitude


def scale(value: int | None, numerator: int, denominator: int) -> int | None:
    """value × numerator ÷ denominator towards −∞."""
    return None if value is None else value * numerator // denominator


def has_any(texts: frozenset[str], values: Any) -> bool:
    """Whether the list holds one of the texts; elements that are no text do not count."""
    return any(type(value) is str and value in texts for value in values)


def total(values: list[Any]) -> Number:
    """Sum of the present values."""
    whole = 0
    exact: Number = 0
    for value in values:
        if type(value) is int:
            whole += value
        elif value is not None:
            exact = EXACT.add(exact, value)
    return EXACT.add(exact, whole) if type(exact) is Decimal else whole


def smallest(values: list[Any]) -> Any:
    """The least of the present values, None without any."""
    return min((value for value in values if value is not None), default=None)


def largest(values: list[Any]) -> Any:
    """The greatest of the present values, None without any."""
    return max((value for value in values if value is not None), default=None)


NAMES: dict[str, Any] = {
    "Decimal": Decimal,
    "NUMBERS": NUMBERS,
    "LISTS": LISTS,
    "dig": dig,
    "as_date": as_date,
    "as_instant": as_instant,
    "add": add,
    "subtract": subtract,
    "multiply": multiply,
    "least": least,
    "greatest": greatest,
    "floor_divide": floor_divide,
    "half_up_divide": half_up_divide,
    "half_even_divide": half_even_divide,
    "scale": scale,
    "has_any": has_any,
    "total": total,
    "smallest": smallest,
    "largest": largest,
}
