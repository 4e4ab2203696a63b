from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.kit.money import MINOR_MAX, exact_minor, exponent, format_money, major, minor


@given(st.integers(-MINOR_MAX, MINOR_MAX), st.integers(0, 4))
def test_minor_units_come_back(amount: int, decimals: int) -> None:
    assert minor(major(amount, decimals), decimals) == amount


@pytest.mark.parametrize(
    ("text", "decimals", "units"),
    [
        ("12.50", 2, 1250),
        ("19.995", 2, 2000),
        ("-19.995", 2, -2000),
        ("0.004", 2, 0),
        ("0.005", 2, 1),
        ("1E3", 2, 100_000),
        ("1234", 0, 1234),
        ("1.2345", 3, 1235),
        ("1E-99", 2, 0),
        ("0", 2, 0),
        ("-0", 2, 0),
    ],
)
def test_amounts_become_minor_units(text: str, decimals: int, units: int) -> None:
    assert minor(Decimal(text), decimals) == units


@pytest.mark.parametrize("text", ["NaN", "Infinity", "-Infinity", "1E15", "1E999999", "sNaN"])
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        minor(Decimal(text), 2)


def test_currencies_know_their_decimals() -> None:
    assert [exponent(code) for code in ("EUR", "JPY", "kwd", "CLF", "XYZ")] == [2, 0, 3, 4, 2]


def test_money_is_written_with_its_decimals() -> None:
    assert [format_money(1250, "EUR"), format_money(-5, "EUR"), format_money(1250, "JPY")] == [
        "12.50",
        "-0.05",
        "1250",
    ]


@pytest.mark.parametrize(
    ("text", "decimals", "units"), [("49.95", 2, 4_995), ("49.9500", 2, 4_995), ("5", 0, 5)]
)
def test_exact_amounts_become_minor_units(text: str, decimals: int, units: int) -> None:
    assert exact_minor(Decimal(text), decimals) == units


@pytest.mark.parametrize(
    ("text", "decimals"), [("49.951", 2), ("1.005", 2), ("0.5", 0), ("1E-99", 2), ("NaN", 2)]
)
def test_what_the_currency_cannot_say_is_refused(text: str, decimals: int) -> None:
    with pytest.raises(ValueError):
        exact_minor(Decimal(text), decimals)
