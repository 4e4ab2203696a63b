"""Rewards in the words of a document: points in points, money in major units, nothing that goes without saying."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

import msgspec

from regulars.features.programs import ProgramConfig
from regulars.features.rewards import Reward
from regulars.flows.apply.document import Document, ProgramDocumentInvalid
from regulars.kit.errors import FieldError
from regulars.kit.money import exact_minor, exponent, major
from regulars.kit.points import format_points, parse_points
from regulars.kit.shapes import shape_error

Plain = dict[str, Any]
# Where amounts stand in a reward, by their path.
_POINTS: Final[tuple[tuple[str, ...], ...]] = (
    ("price", "points"),
    ("price", "rate", "points"),
    ("price", "rate", "least"),
    ("price", "rate", "most"),
    ("price", "rate", "step"),
)
_MONEY: Final[tuple[tuple[str, ...], ...]] = (
    ("price", "money"),
    ("price", "rate", "worth"),
    ("value",),
    ("discount", "amount"),
    ("discount", "minimum"),
    ("discount", "most"),
)


def scale_in(document: Document, config: ProgramConfig) -> Callable[[str | None], int]:
    """Return what tells the decimals of a point type (None = the first redeemable one) as they will be."""
    parts = document.point_types or ()
    named = {code: one.scale for code, one in config.point_types.items()} | {p.code: p.scale for p in parts}
    first = next((part.scale for part in parts if part.kind == "redeemable"), None)
    if first is None:
        first = config.redeemable.scale if config.redeemable else 0

    def scale(code: str | None) -> int:
        return first if code is None else named.get(code, 0)

    return scale


def reward_of(
    part: Mapping[str, Any], place: int, currency: str, scale: Callable[[str | None], int]
) -> Reward:
    """Return a reward of a document in smallest units. Raises ProgramDocumentInvalid."""
    path = f"rewards[{place}]"
    plain = msgspec.to_builtins(part, builtin_types=(Decimal, datetime))
    points = scale(plain.get("point_type"))
    for where in _POINTS:
        _change(plain, where, path, lambda value: parse_points(_text(value), points))
    for where in _MONEY:
        _change(plain, where, path, lambda value: exact_minor(Decimal(_text(value)), exponent(currency)))
    try:
        return msgspec.convert(plain, Reward)
    except msgspec.ValidationError as mistake:
        raise ProgramDocumentInvalid(errors=[shape_error(mistake, Reward, path)]) from mistake


def plain_reward(reward: Reward, currency: str, scale: Callable[[str | None], int]) -> Plain:
    """Return a reward as it is written."""
    plain: Plain = msgspec.to_builtins(reward, builtin_types=(Decimal,))
    points = scale(reward.point_type)
    for where in _POINTS:
        _change(plain, where, "", lambda value: format_points(value, points))
    for where in _MONEY:
        _change(plain, where, "", lambda value: str(major(value, exponent(currency))))
    if plain["price"].get("rate", {}).get("least") == format_points(1, points):
        plain["price"]["rate"].pop("least")
    discount = plain.get("discount", {})
    if "percent" in discount:
        discount["percent"] = format(discount["percent"].normalize(), "f")
    return {"code": plain.pop("code"), **_lists(plain)}


def plain_rewards(document: Document, currency: str, scale: Callable[[str | None], int]) -> list[Plain]:
    """Return the rewards of a document in the words `export_program` uses. Raises ProgramDocumentInvalid."""
    parts = enumerate(document.rewards or ())
    return [plain_reward(reward_of(part, place, currency, scale), currency, scale) for place, part in parts]


def _change(plain: Plain, where: tuple[str, ...], path: str, change: Callable[[Any], Any]) -> None:
    here: Any = plain
    for name in where[:-1]:
        here = here.get(name) if isinstance(here, dict) else None
    if not isinstance(here, dict) or here.get(where[-1]) is None:
        return
    try:
        here[where[-1]] = change(here[where[-1]])
    except (ValueError, ArithmeticError) as mistake:
        raise _wrong(f"{path}.{'.'.join(where)}", str(mistake)) from mistake


def _text(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, int | str | Decimal):
        raise ValueError("Write a number.")
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def _lists(value: Any) -> Any:
    """Tuples as lists, as JSON and YAML read them back."""
    if isinstance(value, dict):
        return {name: _lists(item) for name, item in value.items()}
    return [_lists(item) for item in value] if isinstance(value, list | tuple) else value


def _wrong(path: str, message: str) -> ProgramDocumentInvalid:
    return ProgramDocumentInvalid(errors=[FieldError(path, "malformed", message)])
