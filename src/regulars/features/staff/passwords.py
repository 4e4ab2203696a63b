"""Passwords: argon2id, the same work whether somebody is there or not, and strength in words."""

from __future__ import annotations

import asyncio
import re
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from regulars.features.staff.errors import PasswordTooWeak
from regulars.kit.errors import FieldError

# OWASP Password Storage Cheat Sheet: argon2id with 19 MiB, two passes, one lane.
_HASHER: Final = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
# What is verified when nobody has the address: a hash of the same cost that nothing matches.
_NOBODY: Final = _HASHER.hash("\0nobody has this password\0")
LETTERS_MIN: Final = 12
LETTERS_MAX: Final = 200
DISTINCT_MIN: Final = 6
# Hashes made at once: each takes 19 MiB and a core for some 30 ms.
_BUSY_MAX: Final = 2
_COMMON: Final = (
    "password", "passwort", "motdepasse", "contrasena", "welcome", "letmein", "iloveyou", "dragon", "monkey",
    "sunshine", "princess", "football", "baseball", "superman", "batman", "trustno", "master", "shadow", "michael",
    "jennifer", "qwerty", "qwertz", "azerty", "asdfgh", "zxcvbn", "abcdef", "123456", "654321", "111111", "000000",
    "admin", "administrator", "secret", "changeme", "default", "login", "regulars", "loyalty", "hunter", "summer",
    "winter", "spring", "autumn", "january", "february", "march", "april", "june", "july", "august", "september",
    "october", "november", "december", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday",
)  # fmt: skip
_LEET: Final = str.maketrans("@4310$5!7", "aaeiossit")
_WORD = re.compile(r"[a-z]{3,}")

_threads = ThreadPoolExecutor(_BUSY_MAX, thread_name_prefix="passwords")


def check_strength(password: str, *about: str) -> None:
    """Refuse with PasswordTooWeak a password that is guessed early; `about` is what others know of the person.

    NIST SP 800-63B: length counts, known words do not, and no rules on kinds of letters.
    """
    errors = []
    if len(password) < LETTERS_MIN:
        errors.append(
            _weak("too_short", f"Use {LETTERS_MIN} letters or more; four words in a row do very well.")
        )
    if len(password) > LETTERS_MAX:
        errors.append(_weak("too_long", f"Use {LETTERS_MAX} letters at the most."))
    if len(set(password)) < DISTINCT_MIN:
        errors.append(_weak("too_uniform", f"Use {DISTINCT_MIN} different letters or more."))
    plain = password.lower()
    known = {word for text in about for word in _WORD.findall(text.lower()) if len(word) > 3}
    left = _without({*_COMMON, *known}, {plain, plain.translate(_LEET)})
    if len(left) < LETTERS_MIN - 4 and not errors:
        errors.append(
            _weak("too_common", "Leave out names and the words everybody uses; add words of your own.")
        )
    if errors:
        raise PasswordTooWeak(errors=errors)


async def hash_password(password: str) -> str:
    """Return the argon2id hash of a password, made beside the event loop."""
    return await asyncio.get_running_loop().run_in_executor(_threads, _HASHER.hash, password)


async def password_matches(stored: str | None, password: str) -> bool:
    """Return whether the password is the one with this hash; without a hash it takes as long and is False."""
    return await asyncio.get_running_loop().run_in_executor(_threads, _verify, stored, password)


def needs_rehash(stored: str) -> bool:
    """Whether a hash was made with less work than is asked for today."""
    return _HASHER.check_needs_rehash(stored)


def _verify(stored: str | None, password: str) -> bool:
    try:
        _HASHER.verify(stored or _NOBODY, password)
    except (VerificationError, InvalidHashError):
        return False
    return stored is not None


def _without(words: set[str], forms: set[str]) -> str:
    """Return the shortest of the forms once the words, and what follows its neighbour (abc, 987, aaa), are gone."""
    shortest = None
    for form in forms:
        for word in sorted(words, key=len, reverse=True):
            form = form.replace(word, "")
        kept = [
            letter
            for before, letter in zip(" " + form, form, strict=False)
            if abs(ord(letter) - ord(before)) > 1
        ]
        left = "".join(kept)
        shortest = left if shortest is None or len(left) < len(shortest) else shortest
    return shortest or ""


def _weak(code: str, message: str) -> FieldError:
    return FieldError("password", code, message)
