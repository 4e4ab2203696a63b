"""Numbers and PINs of gift cards: random, with a check digit, PINs never kept as they are."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import Final

# Issuers of gift cards begin with 6 by custom; fourteen random digits and the check digit of Luhn follow.
_PREFIX: Final = "60"
_RANDOM_DIGITS: Final = 16
PIN_DIGITS: Final = 6
SALT_BYTES: Final = 16
# A few milliseconds: six digits are no secret to whoever has the table, but to whoever has only the number.
_SCRYPT: Final = {"n": 2**12, "r": 8, "p": 1}


def make_number() -> str:
    """Return a new card number of 19 digits; nobody can tell it from the ones before."""
    digits = _PREFIX + "".join(str(secrets.randbelow(10)) for _ in range(_RANDOM_DIGITS))
    return digits + check_digit(digits)


def make_pin() -> str:
    """Return a new PIN."""
    return "".join(str(secrets.randbelow(10)) for _ in range(PIN_DIGITS))


def check_digit(digits: str) -> str:
    """Return Luhn's check digit (ISO/IEC 7812) of digits."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return str(-total % 10)


def normalise(number: str) -> str:
    """Return a number as it is kept, without blanks and hyphens."""
    return number.replace(" ", "").replace("-", "")


def hash_pin(pin: str, salt: bytes) -> bytes:
    """Return what is kept of a PIN."""
    return hashlib.scrypt(pin.encode(), salt=salt, **_SCRYPT)


def same_pin(pin: str, salt: bytes, kept: bytes) -> bool:
    """Whether a PIN is the one that was kept, in constant time."""
    return hmac.compare_digest(hash_pin(pin, salt), kept)
