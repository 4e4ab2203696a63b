"""Exact numbers: JSON text to int or Decimal, amounts of money to minor units. No float ever exists here."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

from regulars.kit.money import MINOR_MAX, minor

# A number from outside has at most this many digits before or after the point: far beyond any amount, count
# or rate, and small enough that no later arithmetic, JSON reader or PostgreSQL numeric can overflow on it.
NUMBER_DIGITS_MAX = 30

# Prices repeat. 8,192 texts of about 10 bytes cover a shop's price list in under 2 MB; a hit costs 50 ns, a
# miss 300 ns.
_NUMBERS_REMEMBERED = 8192


class NumberRefused(ValueError):
    """A number that is not finite, has more digits than can be meant, or is no number at all."""


@lru_cache(_NUMBERS_REMEMBERED)
def exact_number(text: str) -> Decimal:
    """Return the Decimal that the JSON number `text` spells. Raises NumberRefused beyond NUMBER_DIGITS_MAX digits."""
    try:
        # Python's digit groups (1_000) are no numbers to anybody else.
        number = Decimal(text if "_" not in text else "")
    except InvalidOperation as mistake:
        hint = ": write it with a point and nothing between thousands, such as 1234.50" if "," in text else ""
        raise NumberRefused(f"{text[:40]!r} is not a number{hint}.") from mistake
    if not number.is_finite():
        raise NumberRefused(f"{text[:40]!r} is not a finite number.")
    exponent = number.as_tuple().exponent
    assert isinstance(exponent, int)
    if exponent < -NUMBER_DIGITS_MAX or number.adjusted() > NUMBER_DIGITS_MAX:
        raise NumberRefused(
            f"{text[:40]!r} has more than {NUMBER_DIGITS_MAX} digits before or after the point."
        )
    return number


@lru_cache(_NUMBERS_REMEMBERED)
def stored_number(text: str) -> Decimal:
    """Return the Decimal that a number in one of our own documents spells; it was bounded when it came in."""
    return Decimal(text)


def money_minor(value: Any, decimals: int) -> int:
    """Return an amount in major units (int, Decimal, or text such as "27.50") as minor units of `decimals` digits.

    Exact; digits below the minor unit round half away from zero (see kit.money). Raises NumberRefused for
    anything else: booleans, other types, text that is no plain number, amounts beyond 10^15 minor units.
    """
    kind = type(value)
    if kind is int:
        amount: int = value * 10**decimals
        if -MINOR_MAX <= amount <= MINOR_MAX:
            return amount
        raise NumberRefused("The amount is too large.")
    if kind is Decimal:
        return _minor(value, decimals)
    if kind is str and len(value) <= NUMBER_DIGITS_MAX and value.isascii():
        return _minor(exact_number(value.strip()), decimals)
    raise NumberRefused('Write an amount as a number or as text such as "27.50".')


@lru_cache(_NUMBERS_REMEMBERED)
def _minor(amount: Decimal, decimals: int) -> int:
    try:
        return minor(amount, decimals)
    except ValueError as mistake:
        raise NumberRefused(str(mistake)) from mistake


def price_minor(value: Any, decimals: int) -> tuple[int, bool]:
    """Return an amount as `money_minor` does, and whether nothing was rounded away (0.333 EUR is 33, False)."""
    if type(value) is int:
        return money_minor(value, decimals), True
    if type(value) is str:
        money_minor(value, decimals)
        value = exact_number(value.strip())
    if type(value) is Decimal:
        return _price(value, decimals)
    raise NumberRefused('Write an amount as a number or as text such as "27.50".')


@lru_cache(_NUMBERS_REMEMBERED)
def _price(amount: Decimal, decimals: int) -> tuple[int, bool]:
    units = _minor(amount, decimals)
    return units, Decimal(units).scaleb(-decimals) == amount


def whole_or_exact(value: Any) -> int | Decimal:
    """Return a count (int, Decimal or numeric text) as an int where it is whole, else as a Decimal."""
    kind = type(value)
    if kind is int:
        return value  # type: ignore[no-any-return]
    if kind is str and len(value) <= NUMBER_DIGITS_MAX and value.isascii():
        value = exact_number(value.strip())
    elif kind is not Decimal:
        raise NumberRefused("Write a quantity as a number.")
    whole = int(value)
    return whole if whole == value else value
