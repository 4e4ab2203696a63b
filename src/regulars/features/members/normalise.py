"""Identifiers in their one spelling, and what a search for a piece of one looks like. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from regulars.core.events import normal_identifier
from regulars.kit.errors import FieldError

# Sorts after every text that begins with the same letters, in the "C" collation of UTF-8.
LAST_LETTER: Final = "\U0010ffff"
SEARCH_LETTERS_MIN: Final = 2
SEARCH_LETTERS_MAX: Final = 200

_EXAMPLES: Final = {
    "email": "an e-mail address such as ann@example.com",
    "phone": "a telephone number such as +442079460000",
    "card": "a card number",
}


class PrefixRange(msgspec.Struct, frozen=True):
    """Identifiers of `kind` from `low` up to, but without, `high`."""

    kind: str
    low: str
    high: str


def normal_identifiers(
    given: Mapping[str, Any], known_kinds: Sequence[str], region: str, path: str = "identifiers"
) -> tuple[dict[str, str], list[FieldError]]:
    """Return identifiers normalised by kind, and an error for each of an unknown kind or an impossible value."""
    normal: dict[str, str] = {}
    errors: list[FieldError] = []
    for kind, value in given.items():
        if kind not in known_kinds:
            errors.append(
                FieldError(f"{path}.{kind}", "unknown_kind", f"This program knows {', '.join(known_kinds)}.")
            )
            continue
        spelled = normal_identifier(kind, value, region)
        if spelled is None or not spelled.isprintable():
            wanted = _EXAMPLES.get(kind, "a text of at most 255 characters")
            errors.append(FieldError(f"{path}.{kind}", "not_an_identifier", f"Write {wanted}."))
            continue
        normal[kind] = spelled
    return normal, errors


def known_identifiers(given: Mapping[str, str | None], known_kinds: Sequence[str]) -> dict[str, str]:
    """Return the identifiers of kinds the program knows, strongest first; for values that are normal already."""
    return {kind: value for kind in known_kinds if (value := given.get(kind))}


def prefix_ranges(text: str, known_kinds: Sequence[str], region: str) -> list[PrefixRange]:
    """Return where identifiers that begin with `text` lie in the index, for each kind it can be the beginning of."""
    typed = text.strip()
    if not SEARCH_LETTERS_MIN <= len(typed) <= SEARCH_LETTERS_MAX:
        return []
    ranges = []
    for kind in known_kinds:
        low = _beginning(kind, typed, region)
        if low:
            ranges.append(PrefixRange(kind, low, low + LAST_LETTER))
    return ranges


def _beginning(kind: str, typed: str, region: str) -> str | None:
    if kind == "email":
        return typed.lower() if " " not in typed else None
    if kind == "card":
        return "".join(letter for letter in typed.upper() if letter not in " -.") or None
    if kind == "phone":
        return _beginning_of_phone(typed, region)
    return typed


def _beginning_of_phone(typed: str, region: str) -> str | None:
    """Return the E.164 beginning of a piece of a number; a national number must be whole to be understood."""
    digits = "".join(letter for letter in typed if letter.isdecimal() and letter.isascii())
    if len(digits) < SEARCH_LETTERS_MIN or any(letter not in "+-()/. 0123456789" for letter in typed):
        return None
    if typed.startswith("+"):
        return f"+{digits}"
    if typed.startswith("00"):
        return f"+{digits[2:]}" if len(digits) > 2 else None
    return normal_identifier("phone", typed, region)
