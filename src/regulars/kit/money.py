"""Money is an integer in the currency's minor unit (cents); the currency (ISO 4217) says how many decimals that is."""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache
from typing import Final, TypeAlias

Minor: TypeAlias = int

# ISO 4217 minor units that are not 2. Every other currency has 2 decimals.
_NONE: Final = [
    "BIF",
    "CLP",
    "DJF",
    "GNF",
    "ISK",
    "JPY",
    "KMF",
    "KRW",
    "PYG",
    "RWF",
    "UGX",
    "UYI",
    "VND",
    "VUV",
]
_FRANCS: Final = ["XAF", "XOF", "XPF"]
_THREE: Final = ["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"]
EXPONENTS: Final = dict.fromkeys([*_NONE, *_FRANCS], 0) | dict.fromkeys(_THREE, 3) | {"CLF": 4, "UYW": 4}
EXPONENT_DEFAULT: Final = 2
# More than there are currencies, in the spellings people use.
CURRENCIES_REMEMBERED: Final = 1_000
# Largest amount accepted from outside: 10^15 minor units leave room for sums of thousands of them in a bigint.
MINOR_MAX: Final = 10**15


@lru_cache(CURRENCIES_REMEMBERED)
def exponent(currency: str) -> int:
    """Return how many decimals the minor unit of a currency has: EUR → 2, JPY → 0, KWD → 3."""
    return EXPONENTS.get(currency.upper(), EXPONENT_DEFAULT)


def minor(amount: Decimal, decimals: int) -> Minor:
    """Return an amount in major units as minor units: (Decimal("12.50"), 2) → 1250.

    Digits below the minor unit are rounded to the nearest, a half away from zero: shops send 19.995 and mean 20.00.
    Raises ValueError for NaN, infinity and amounts beyond MINOR_MAX.
    """
    if not amount.is_finite() or amount.adjusted() > 20:
        raise ValueError("An amount of money is a finite number within reason.")
    sign, digits, exp = amount.as_tuple()
    assert isinstance(exp, int)
    units = int("".join(map(str, digits)) or "0")
    shift = exp + decimals
    if shift >= 0:
        units *= 10**shift
    elif shift < -40:
        units = 0
    else:
        step = 10**-shift
        units = (units + step // 2) // step
    if units > MINOR_MAX:
        raise ValueError(f"An amount of money is at most {MINOR_MAX} minor units.")
    return -units if sign else units


def exact_minor(amount: Decimal, decimals: int) -> Minor:
    """Return an amount in major units as minor units, as `minor` does, but never round: what is booked was said.

    Raises ValueError also for an amount with digits below the minor unit; zeros there are none.
    """
    units = minor(amount, decimals)
    if Decimal(units).scaleb(-decimals) != amount:
        raise ValueError(f"Write at most {decimals} decimals.")
    return units


def major(amount: Minor, decimals: int) -> Decimal:
    """Return minor units as an exact amount in major units: (1250, 2) → Decimal("12.50")."""
    return Decimal(amount).scaleb(-decimals)


def format_money(amount: Minor, currency: str) -> str:
    """Return minor units as text with the currency's decimals: (1250, "EUR") → "12.50"."""
    return str(major(amount, exponent(currency)))
