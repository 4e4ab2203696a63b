"""Attributes of members: added at will, each with one kind. Pure.

The kind is declared by a person or inferred from the first value seen. What is stored: text, number (exact), boolean,
date as 2026-03-02, instant as 2026-03-02T10:05:00Z (UTC), list of texts. A value of another kind is converted where
nothing is lost by it; otherwise the API refuses it and the intake parks it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

from regulars.kit.errors import FieldError

NAME_MAX: Final = 100
TEXT_MAX: Final = 2_000
LIST_ITEMS_MAX: Final = 200
# One row is read on every purchase; 200 attributes are 8 KB.
ATTRIBUTES_OF_MEMBER_MAX: Final = 200
# Each is a column to choose from in the rule builder; an SDK that sends generated names must not fill it.
ATTRIBUTES_OF_PROGRAM_MAX: Final = 2_000
DEPTH_MAX: Final = 4
DIGITS_MAX: Final = 30

_NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,20})(\.[0-9]{1,9})?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,9})?)?([Zz]|[+-][0-9]{2}:?[0-9]{2})"
)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


class AttributeKind(StrEnum):
    """What values an attribute has."""

    TEXT = "text"
    NUMBER = "number"
    BOOLEAN = "boolean"
    DATE = "date"
    INSTANT = "instant"
    LIST = "list"


class Misfit(Exception):
    """A value does not fit its attribute; the text says what would."""


def is_attribute_name(name: str) -> bool:
    """Return whether an attribute can be called `name`."""
    return 0 < len(name) <= NAME_MAX and name == name.strip() and not _CONTROL.search(name)


def infer_kind(value: Any) -> AttributeKind:
    """Return the kind of the first value seen of an attribute. Raises Misfit for objects."""
    if isinstance(value, bool):
        return AttributeKind.BOOLEAN
    if isinstance(value, int | float | Decimal):
        return AttributeKind.NUMBER
    if isinstance(value, list | tuple):
        return AttributeKind.LIST
    if isinstance(value, datetime):
        return AttributeKind.INSTANT
    if isinstance(value, date):
        return AttributeKind.DATE
    if not isinstance(value, str):
        raise Misfit("Write a text, a number, true or false, a date, an instant, or a list of texts.")
    if _is(_date, value):
        return AttributeKind.DATE
    return AttributeKind.INSTANT if _is(_instant, value) else AttributeKind.TEXT


def fit(value: Any, kind: AttributeKind) -> Any:
    """Return `value` as it is stored under `kind`, converted where nothing is lost. Raises Misfit."""
    return _FITTERS[kind](value)


def flatten(document: Mapping[str, Any], prefix: str = "", depth: int = 1) -> dict[str, Any]:
    """Return nested objects as dotted names: {"car": {"brand": "X"}} → {"car.brand": "X"}; nulls stay, they remove.

    What is nested deeper than DEPTH_MAX stays an object, which no kind accepts.
    """
    flat: dict[str, Any] = {}
    for name, value in document.items():
        path = f"{prefix}{name}"
        if isinstance(value, Mapping) and value and depth < DEPTH_MAX:
            flat |= flatten(value, f"{path}.", depth + 1)
        else:
            flat[path] = value
    return flat


def fit_all(
    values: Mapping[str, Any], kinds: Mapping[str, AttributeKind]
) -> tuple[dict[str, Any], list[FieldError]]:
    """Return what is to be stored (None removes) and an error for each value that does not fit."""
    fitting: dict[str, Any] = {}
    errors: list[FieldError] = []
    for name, value in values.items():
        if not is_attribute_name(name):
            errors.append(
                FieldError(
                    f"attributes.{name[:NAME_MAX]}", "not_a_name", f"A name has 1 to {NAME_MAX} characters."
                )
            )
            continue
        try:
            fitting[name] = None if value is None else fit(value, kinds.get(name) or infer_kind(value))
        except Misfit as misfit:
            errors.append(FieldError(f"attributes.{name}", "wrong_kind", str(misfit)))
    return fitting, errors


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | Decimal | float):
        return _plain(value)
    if isinstance(value, datetime):
        return _instant(value)
    if isinstance(value, date):
        return value.isoformat()
    if not isinstance(value, str) or len(value) > TEXT_MAX or _CONTROL.search(value):
        raise Misfit(f"Write a text of at most {TEXT_MAX} characters.")
    return value


def _number(value: Any) -> int | Decimal:
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        value = Decimal(value)
    if isinstance(value, float):
        value = Decimal(str(value))
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise Misfit("Write a number.")
    number = Decimal(value)
    if (
        not number.is_finite()
        or number.adjusted() > DIGITS_MAX
        or -int(number.as_tuple().exponent) > DIGITS_MAX
    ):
        raise Misfit(f"Write a number of at most {DIGITS_MAX} digits.")
    return int(number) if number == number.to_integral_value() else number


def _boolean(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if value in ("true", "false"):
        return bool(value == "true")
    raise Misfit("Write true or false.")


def _date(value: Any) -> str:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, str) and _DATE.fullmatch(value):
        try:
            return date.fromisoformat(value).isoformat()
        except ValueError:
            pass
    raise Misfit("Write a date such as 2026-03-02.")


def _instant(value: Any) -> str:
    if isinstance(value, str) and _INSTANT.fullmatch(value):
        try:
            value = datetime.fromisoformat(value.upper().replace(" ", "T"))
        except ValueError:
            value = None
    if isinstance(value, datetime) and value.tzinfo is not None:
        try:
            return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
        except OverflowError:
            pass
    raise Misfit("Write an instant with its zone, such as 2026-03-02T10:05:00Z.")


def _list(value: Any) -> list[str]:
    items = list(value) if isinstance(value, list | tuple) else [value]
    if len(items) > LIST_ITEMS_MAX or any(
        isinstance(item, list | tuple | Mapping) or item is None for item in items
    ):
        raise Misfit(f"Write a list of at most {LIST_ITEMS_MAX} texts.")
    return [_text(item) for item in items]


def _plain(number: float | Decimal) -> str:
    exact = Decimal(str(number)) if isinstance(number, float) else Decimal(number)
    if not exact.is_finite() or exact.adjusted() > DIGITS_MAX or -int(exact.as_tuple().exponent) > DIGITS_MAX:
        raise Misfit(f"Write a number of at most {DIGITS_MAX} digits.")
    return format(exact, "f")


def _is(reader: Any, value: Any) -> bool:
    try:
        reader(value)
    except Misfit:
        return False
    return True


_FITTERS: Final = {
    AttributeKind.TEXT: _text,
    AttributeKind.NUMBER: _number,
    AttributeKind.BOOLEAN: _boolean,
    AttributeKind.DATE: _date,
    AttributeKind.INSTANT: _instant,
    AttributeKind.LIST: _list,
}
