"""Codes that cannot be guessed: letters from the system's generator, none that looks like another one.

A pattern such as `SUMMER-####-###*` has random letters (#) and at most one check letter (*), which tells a misread
code from one that does not exist (Luhn's scheme, modulo 30).
"""

from __future__ import annotations

import os
import re
from typing import Final

from regulars.features.vouchers.errors import CodeTooGuessable, InvalidDefinition
from regulars.kit.errors import FieldError

# Without 0 O, 1 I L and U (which is misread as V): thirty letters.
ALPHABET: Final = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
CODE_LETTERS_MAX: Final = 64
# With the bound on wrong codes (30 in ten minutes) one caller needs more than two months for half a chance of one hit.
GUESSES_PER_HIT_MIN: Final = 500_000
_PATTERN: Final = re.compile(r"[A-Z0-9#*_-]+")
# Bytes below 240 are spread evenly over thirty letters; the others are thrown away.
_EVEN: Final = 240
_TABLE: Final = bytes(ord(ALPHABET[byte % 30]) if byte < _EVEN else 0 for byte in range(256))
_ODD: Final = bytes(range(_EVEN, 256))


def normalise(code: str) -> str:
    """Return a code as it is kept: capital letters, without blanks."""
    return "".join(code.split()).upper()


def check_pattern(pattern: str, codes_max: int) -> None:
    """Refuse a pattern that is malformed (InvalidDefinition) or too easily guessed (CodeTooGuessable)."""
    problem = ""
    if not _PATTERN.fullmatch(pattern) or len(pattern) > CODE_LETTERS_MAX:
        problem = f"Write at most {CODE_LETTERS_MAX} of A-Z, 0-9, - and _, with # for random letters."
    elif pattern.count("*") > 1:
        problem = "Write one check letter (*) at most."
    if problem:
        raise InvalidDefinition(errors=[FieldError("pattern", "malformed", problem)])
    needed = letters_needed(codes_max)
    have = pattern.count("#")
    if have < needed:
        message = f"{codes_max} codes need {needed} random letters (#); the pattern has {have}."
        raise CodeTooGuessable(errors=[FieldError("pattern", "too_guessable", message)])


def letters_needed(codes_max: int) -> int:
    """Return how many random letters keep `codes_max` codes from being guessed."""
    letters = 1
    while len(ALPHABET) ** letters < codes_max * GUESSES_PER_HIT_MIN:
        letters += 1
    return letters


def make_codes(pattern: str, count: int) -> list[str]:
    """Return `count` random codes of a pattern; two may be equal, as seldom as chance wants."""
    per_code = pattern.count("#")
    letters = _letters(per_code * count)
    parts = re.split("([#*])", pattern)
    return [_fill(parts, letters[at : at + per_code]) for at in range(0, per_code * count, per_code)]


def _letters(count: int) -> str:
    found = bytearray()
    while len(found) < count:
        found += os.urandom((count - len(found)) * 16 // 15 + 16).translate(_TABLE, _ODD)
    return found[:count].decode("ascii")


def _fill(parts: list[str], letters: str) -> str:
    taken = iter(letters)
    return "".join(
        next(taken) if part == "#" else check_letter(letters) if part == "*" else part for part in parts
    )


def check_letter(letters: str) -> str:
    """Return Luhn's check letter (modulo 30) of random letters."""
    base = len(ALPHABET)
    total = 0
    for place, letter in enumerate(reversed(letters)):
        value = ALPHABET.index(letter) * (2 if place % 2 == 0 else 1)
        total += value // base + value % base
    return ALPHABET[-total % base]


def misread(pattern: str, code: str) -> bool:
    """Whether a code has the shape of the pattern but not its check letter: somebody misread a letter."""
    if "*" not in pattern or len(code) != len(pattern):
        return False
    letters, check = [], ""
    for wanted, letter in zip(pattern, code, strict=True):
        if wanted not in "#*":
            if wanted != letter:
                return False
        elif letter not in ALPHABET:
            return True
        elif wanted == "#":
            letters.append(letter)
        else:
            check = letter
    return check_letter("".join(letters)) != check
