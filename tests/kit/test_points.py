from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, ROUND_HALF_UP, Context, Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.kit.points import POINTS_MAX, Rounding, divide, format_points, parse_points

MODES = {
    Rounding.FLOOR: ROUND_FLOOR,
    Rounding.CEIL: ROUND_CEILING,
    Rounding.HALF_UP: ROUND_HALF_UP,
    Rounding.HALF_EVEN: ROUND_HALF_EVEN,
}
small = st.integers(min_value=-(10**6), max_value=10**6)


@given(small, st.integers(-1000, 1000).filter(bool), st.sampled_from(Rounding))
def test_division_agrees_with_decimal(numerator: int, denominator: int, rounding: Rounding) -> None:
    exact = Context(prec=60).divide(Decimal(numerator), Decimal(denominator))
    assert divide(numerator, denominator, rounding) == int(exact.to_integral_value(MODES[rounding]))


@given(st.integers(), st.integers().filter(bool), st.sampled_from(Rounding))
def test_division_is_less_than_one_away(numerator: int, denominator: int, rounding: Rounding) -> None:
    assert abs(divide(numerator, denominator, rounding) - Fraction(numerator, denominator)) < 1


def test_halves_go_where_they_are_told() -> None:
    halves = [-3, -1, 1, 3, 5]  # −1.5 −0.5 0.5 1.5 2.5
    assert [divide(n, 2, Rounding.HALF_UP) for n in halves] == [-2, -1, 1, 2, 3]
    assert [divide(n, 2, Rounding.HALF_EVEN) for n in halves] == [-2, 0, 0, 2, 2]
    assert [divide(n, 2, Rounding.FLOOR) for n in halves] == [-2, -1, 0, 1, 2]
    assert [divide(n, 2, Rounding.CEIL) for n in halves] == [-1, 0, 1, 2, 3]


def test_division_by_zero_is_an_error() -> None:
    with pytest.raises(ZeroDivisionError):
        divide(1, 0, Rounding.FLOOR)


@given(st.integers(-POINTS_MAX, POINTS_MAX), st.integers(0, 6))
def test_points_come_back_from_their_text(points: int, scale: int) -> None:
    assert parse_points(format_points(points, scale), scale) == points


@pytest.mark.parametrize(
    ("text", "scale", "points"),
    [("12.5", 2, 1250), ("-0.01", 2, -1), ("+3", 0, 3), ("1.500", 1, 15), ("0", 6, 0), ("007", 0, 7)],
)
def test_points_are_read_exactly(text: str, scale: int, points: int) -> None:
    assert parse_points(text, scale) == points


@pytest.mark.parametrize(
    ("text", "scale"),
    [
        ("1.55", 1),
        ("", 0),
        ("1e3", 0),
        (" 1", 0),
        ("1.", 1),
        (".5", 1),
        ("１", 0),
        ("NaN", 0),
        ("1_000", 0),
        ("1,5", 1),
        ("100000000000000001", 0),
        ("9" * 19, 0),
    ],
)
def test_other_texts_are_refused(text: str, scale: int) -> None:
    with pytest.raises(ValueError):
        parse_points(text, scale)


@pytest.mark.parametrize("scale", [-1, 7])
def test_a_scale_is_0_to_6(scale: int) -> None:
    with pytest.raises(ValueError, match="0 to 6 decimals"):
        parse_points("1", scale)
