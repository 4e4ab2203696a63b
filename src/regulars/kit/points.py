"""Points are integers in the smallest unit of their point type; `scale` is how many decimals that unit has (0..6)."""

from __future__ import annotations

import enum
import re
from typing import Final, TypeAlias

Points: TypeAlias = int

SCALE_MAX: Final = 6
# Far above any sum a program can hold, so that no total of a bigint column can overflow.
POINTS_MAX: Final = 10**17
_NUMBER = re.compile(r"([+-]?)([0-9]{1,18})(?:\.([0-9]{1,18}))?", re.ASCII)


class Rounding(enum.Enum):
    """How a quotient becomes an integer."""

    FLOOR = "floor"  # towards minus infinity
    CEIL = "ceil"  # towards plus infinity
    HALF_UP = "half_up"  # nearest; a half goes away from zero
    HALF_EVEN = "half_even"  # nearest; a half goes to the even neighbour


def divide(numerator: int, denominator: int, rounding: Rounding) -> int:
    """Return numerator ÷ denominator as an integer, rounded as named. Raises ZeroDivisionError."""
    if denominator < 0:
        numerator, denominator = -numerator, -denominator
    quotient, remainder = divmod(numerator, denominator)
    if remainder == 0 or rounding is Rounding.FLOOR:
        return quotient
    if rounding is Rounding.CEIL:
        return quotient + 1
    doubled = 2 * remainder
    if doubled != denominator:
        return quotient + (doubled > denominator)
    if rounding is Rounding.HALF_UP:
        return quotient + (numerator > 0)
    return quotient + (quotient & 1)


def parse_points(text: str, scale: int) -> Points:
    """Return the smallest units in a decimal text: ("12.5", 2) → 1250.

    Raises ValueError when the text is not a plain decimal number, has more decimals than `scale`, or is too large.
    """
    _check_scale(scale)
    match = _NUMBER.fullmatch(text)
    if match is None:
        raise ValueError(f"Points are written as a decimal number such as 12 or 12.5; {text!r} is not.")
    sign, whole, decimals = match.group(1), match.group(2), (match.group(3) or "").rstrip("0")
    if len(decimals) > scale:
        raise ValueError(f"This point type has {scale} decimals; {text!r} has more.")
    points = int(whole + decimals.ljust(scale, "0"))
    if points > POINTS_MAX:
        raise ValueError(f"{text} is more points than can be held.")
    return -points if sign == "-" else points


def format_points(points: Points, scale: int) -> str:
    """Return smallest units as a decimal text with exactly `scale` decimals: (1250, 2) → "12.50"."""
    _check_scale(scale)
    if scale == 0:
        return str(points)
    digits = str(abs(points)).rjust(scale + 1, "0")
    return f"{'-' if points < 0 else ''}{digits[:-scale]}.{digits[-scale:]}"


def _check_scale(scale: int) -> None:
    if not 0 <= scale <= SCALE_MAX:
        raise ValueError(f"A point type has 0 to {SCALE_MAX} decimals, not {scale}.")
