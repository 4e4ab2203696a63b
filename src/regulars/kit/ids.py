"""Ids: 63-bit integers inside, `<prefix>_<13 letters>` outside.

The letters are Crockford's base 32 in lower case, without i, l, o, u, so that an id can be read out on the telephone.
Thirteen of them hold 65 bits; an id uses 63.
"""

from __future__ import annotations

from typing import Final

ID_MAX: Final = (1 << 63) - 1
LETTERS: Final = 13
ALPHABET: Final = "0123456789abcdefghjkmnpqrstvwxyz"
PREFIXES: Final = {
    "mem": "member",
    "evt": "event",
    "trf": "transfer",
    "lot": "lot",
    "hld": "hold",
    "prg": "program",
    "whk": "webhook endpoint",
    "msg": "webhook message",
    "bat": "batch",
    "rdm": "redemption",
    "chk": "checkout",
    "hsh": "household",
    "pls": "pooled spend",
    "nte": "note",
    "tsk": "task",
}
# Two letters at a time: an answer to a till has ten ids, and letter by letter they were a twentieth of it.
_PAIRS: Final = tuple(first + second for first in ALPHABET for second in ALPHABET)
# Read as the letter they are mistaken for, as Crockford's scheme says.
_VALUES: Final = {letter: value for value, letter in enumerate(ALPHABET)} | {"o": 0, "i": 1, "l": 1}


def encode(prefix: str, number: int) -> str:
    """Return the public form of an id, such as `mem_0000000000016`.

    Raises ValueError for an unknown prefix or a number outside 0..2^63-1.
    """
    _check_prefix(prefix)
    if not 0 <= number <= ID_MAX:
        raise ValueError(f"An id is between 0 and 2^63-1; {number} is not.")
    return (
        f"{prefix}_{ALPHABET[number >> 60]}{_PAIRS[number >> 50 & 1023]}{_PAIRS[number >> 40 & 1023]}"
        f"{_PAIRS[number >> 30 & 1023]}{_PAIRS[number >> 20 & 1023]}{_PAIRS[number >> 10 & 1023]}"
        f"{_PAIRS[number & 1023]}"
    )


def decode(prefix: str, text: str) -> int:
    """Return the number inside the public form of an id of the kind `prefix`; upper case is accepted.

    Raises ValueError when the text is of another kind or is not an id at all.
    """
    _check_prefix(prefix)
    kind, separator, letters = text.strip().lower().partition("_")
    if not separator or kind != prefix or len(letters) != LETTERS:
        raise ValueError(f"The id of a {PREFIXES[prefix]} looks like {prefix}_ and {LETTERS} letters.")
    number = 0
    for letter in letters:
        value = _VALUES.get(letter)
        if value is None:
            raise ValueError(f"An id of a {PREFIXES[prefix]} has no letter {letter!r}.")
        number = number << 5 | value
    if number > ID_MAX:
        raise ValueError(f"This id of a {PREFIXES[prefix]} is out of range.")
    return number


class IdBlock:
    """Numbers reserved in one step from a sequence, handed out one by one: `first`, `first + 1`, …"""

    __slots__ = ("_end", "_next")

    def __init__(self, first: int, size: int) -> None:
        """Hold the numbers first .. first + size - 1."""
        if first < 0 or size < 0 or first + size - 1 > ID_MAX:
            raise ValueError(f"No block of {size} ids can start at {first}.")
        self._next = first
        self._end = first + size

    def __len__(self) -> int:
        """Return how many numbers are left."""
        return self._end - self._next

    def take(self) -> int:
        """Return the next number. Raises IndexError when the block is used up."""
        if self._next >= self._end:
            raise IndexError("This block of ids is used up; reserve a larger one.")
        number = self._next
        self._next = number + 1
        return number


def _check_prefix(prefix: str) -> None:
    if prefix not in PREFIXES:
        raise ValueError(f"No id starts with {prefix!r}; known are {', '.join(PREFIXES)}.")
