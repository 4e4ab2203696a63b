"""Codes as people write and type them: small letters, blanks, hyphens left out or put elsewhere.

A code is what it is, letter by letter, and whoever writes it so gets it. Only where nothing is found does the pattern
of a pool say where its hyphens belong; a code that was imported has no pattern, so its hyphens matter. Two codes never
become one: patterns whose codes could differ in hyphens alone are refused, so is a code that would be taken for one
of a pattern, and what could be two codes all the same is none.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from regulars.features.vouchers import store
from regulars.features.vouchers.patterns import ALPHABET, CODE_LETTERS_MAX, normalise
from regulars.infra.db import Transaction

# What keyboards and word processors write for a hyphen.
_DASHES: Final = dict.fromkeys(map(ord, "\u00ad\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe63\uff0d"), "-")
_RANDOM: Final = "#*"
HYPHEN: Final = "-"


def as_typed(code: str) -> str:
    """Return a code somebody typed as codes are kept: wide letters narrow, any dash a hyphen, no blanks, capitals."""
    return normalise(unicodedata.normalize("NFKC", code.translate(_DASHES)))


def bare(code: str) -> str:
    """Return a code without its hyphens."""
    return code.replace(HYPHEN, "")


def respell(pattern: str, letters: str) -> str | None:
    """Return bare letters with the hyphens of a pattern; None when they are no code of it."""
    shape = bare(pattern)
    if len(shape) != len(letters) or not all(map(_fits, shape, letters)):
        return None
    taken = iter(letters)
    return "".join(HYPHEN if part == HYPHEN else next(taken) for part in pattern)


def _fits(part: str, letter: str) -> bool:
    return letter in ALPHABET if part in _RANDOM else part == letter


def confusable(one: str, other: str) -> bool:
    """Whether codes of two patterns could differ in nothing but where their hyphens are."""
    shapes = bare(one), bare(other)
    same_places = _places(one) == _places(other)
    return len(shapes[0]) == len(shapes[1]) and not same_places and all(map(_meet, *shapes))


def _places(pattern: str) -> list[int]:
    return [place for place, part in enumerate(pattern) if part == HYPHEN]


def _meet(one: str, other: str) -> bool:
    if one in _RANDOM:
        return other in _RANDOM or other in ALPHABET
    return one in ALPHABET if other in _RANDOM else one == other


async def resolve_codes(tx: Transaction, program_id: int, codes: Iterable[str]) -> dict[str, str]:
    """Return by each code, as somebody typed it, the code that is meant; what is found nowhere stays as typed."""
    typed = {code: as_typed(code) for code in codes}
    wanted = [code for code in dict.fromkeys(typed.values()) if 0 < len(code) <= CODE_LETTERS_MAX]
    known = await store.select_known(tx, program_id, wanted) if wanted else {}
    missing = [code for code in wanted if code not in known]
    meant = await _meant(tx, program_id, missing) if missing else {}
    return {code: meant.get(kept, kept) for code, kept in typed.items()}


async def taken_for(tx: Transaction, program_id: int, codes: Sequence[str]) -> dict[str, str]:
    """Return those codes that would be taken for another one of a pattern, typed without hyphens: and that one."""
    found = await _meant(tx, program_id, codes)
    return {code: other for code, other in found.items() if other != code}


async def _meant(tx: Transaction, program_id: int, codes: Sequence[str]) -> dict[str, str]:
    """Return by code the one code of a pattern that has the same letters, hyphens apart."""
    by_length: dict[int, list[tuple[int, str]]] = {}
    for number, pattern in await store.select_patterns(tx, program_id):
        by_length.setdefault(len(bare(pattern)), []).append((number, pattern))
    spelled: dict[str, set[tuple[int, str]]] = {}
    for code in codes:
        letters = bare(code)
        for number, pattern in by_length.get(len(letters), ()):
            whole = respell(pattern, letters)
            if whole is not None:
                spelled.setdefault(code, set()).add((number, whole))
    known = await store.select_known(tx, program_id, _codes_of(spelled)) if spelled else {}
    found = {}
    for code, guesses in spelled.items():
        hits = {whole for number, whole in guesses if known.get(whole) == number}
        if len(hits) == 1:
            found[code] = hits.pop()
    return found


def _codes_of(spelled: Mapping[str, set[tuple[int, str]]]) -> list[str]:
    return sorted({whole for guesses in spelled.values() for _, whole in guesses})
