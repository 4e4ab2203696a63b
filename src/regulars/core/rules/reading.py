"""Reading an untrusted JSON document: every refusal names the place and what to write instead."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Collection, Iterable
from decimal import Decimal, InvalidOperation
from typing import Any, NoReturn, TypeVar

from regulars.core.rules.errors import Diagnostic

T = TypeVar("T")

DIAGNOSTICS_MAX = 200
"""A document with more mistakes is told the first of them; nobody reads the rest."""
NUMBER_TEXT_MAX = 40
"""Characters of a number: far more than any amount of points or money has."""
CHOICES_MAX = 8
"""Codes one sentence can name."""


class Unreadable(Exception):
    """This node was refused; the diagnostic is already noted."""


class Notes:
    """Collects diagnostics. `refuse` also gives up the node that is being read."""

    def __init__(self, published: bool = False) -> None:
        """`published`: the document is in force already; what is refused only since then is let be."""
        self.published = published
        self.diagnostics: list[Diagnostic] = []

    def add(self, path: str, code: str, message: str) -> None:
        """Note a mistake and go on."""
        if len(self.diagnostics) < DIAGNOSTICS_MAX:
            self.diagnostics.append(Diagnostic(path, code, message))

    def refuse(self, path: str, code: str, message: str) -> NoReturn:
        """Note a mistake and give up this node."""
        self.add(path, code, message)
        raise Unreadable

    def attempt(self, read: Callable[[], T]) -> T | None:
        """The result of `read`, None when it was refused."""
        try:
            return read()
        except Unreadable:
            return None

    def each(self, reads: Iterable[Callable[[], T]]) -> tuple[T, ...]:
        """The results of those that were not refused; all are tried so that all mistakes are told at once."""
        results = [self.attempt(read) for read in reads]
        return tuple(result for result in results if result is not None)


class Reader:
    """One JSON object at a place in the document; knows which keys it may have."""

    def __init__(self, notes: Notes, value: Any, path: str, keys: Collection[str]) -> None:
        if not isinstance(value, dict):
            notes.refuse(path, "not_an_object", f"Write an object with {listed(keys)}.")
        self.notes = notes
        self.path = path
        self.value: dict[str, Any] = value
        for key in value:
            if key not in keys:
                hint = suggestion(str(key), keys)
                notes.add(
                    self.at(str(key)),
                    "unknown_key",
                    f"`{key}` is not known here.{hint} Known: {listed(keys)}.",
                )

    def at(self, key: str) -> str:
        """The place of one of its keys."""
        return f"{self.path}.{key}" if self.path else key

    def has(self, key: str) -> bool:
        """Whether the key is there with a value other than null."""
        return self.value.get(key) is not None

    def refuse(self, key: str, code: str, message: str) -> NoReturn:
        """Refuse this object because of one key."""
        self.notes.refuse(self.at(key) if key else self.path, code, message)

    def text(self, key: str, default: str | None = None) -> str:
        """A non-empty text; required unless there is a default."""
        value = self.value.get(key)
        if value is None and default is not None:
            return default
        if not isinstance(value, str) or not value:
            self.refuse(key, "not_a_text", f"Write a text for `{key}`.")
        if "\x00" in value:
            self.refuse(key, "not_a_text", "Leave out the NUL character.")
        return value

    def choice(self, key: str, choices: Collection[str], default: str | None = None) -> str:
        """One of a few words."""
        value = self.text(key, default)
        if value not in choices and value != default:
            hint = suggestion(value, choices)
            self.refuse(key, "unknown_value", f"`{value}` is not known here.{hint} Choose {listed(choices)}.")
        return value

    def flag(self, key: str, default: bool) -> bool:
        """True or false."""
        value = self.value.get(key, default)
        if not isinstance(value, bool):
            self.refuse(key, "not_a_flag", f"Write true or false for `{key}`.")
        return value

    def whole(self, key: str, least: int, most: int, default: int | None = None) -> int:
        """An integer between two bounds."""
        value = self.value.get(key)
        if value is None and default is not None:
            return default
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            self.refuse(
                key, "not_a_whole_number", f"Write a whole number from {least} to {most} for `{key}`."
            )
        return value

    def number(self, key: str) -> Decimal:
        """A decimal number, as JSON number or as text."""
        number = decimal(self.value.get(key))
        if number is None:
            self.refuse(key, "not_a_number", f'Write a number for `{key}`, such as "12.50".')
        return number

    def items(self, key: str, most: int) -> list[Any]:
        """A list, empty when absent."""
        value = self.value.get(key)
        if value is None:
            return []
        if not isinstance(value, list):
            self.refuse(key, "not_a_list", f"Write a list for `{key}`.")
        if len(value) > most:
            self.refuse(key, "too_many", f"At most {most:,} entries are allowed; there are {len(value):,}.")
        return value

    def one_of(self, keys: Collection[str]) -> str:
        """The one key of these that is present."""
        present = [key for key in keys if self.has(key)]
        if len(present) != 1:
            self.refuse("", "one_of", f"Write exactly one of {listed(keys)}.")
        return present[0]


def decimal(value: Any) -> Decimal | None:
    """A finite decimal of a JSON number or numeric text, else None. A float counts as what it prints as."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal | str):
        return None
    text = str(value).strip()
    if len(text) > NUMBER_TEXT_MAX:
        return None
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    if not number.is_finite() or abs(number.adjusted()) > NUMBER_TEXT_MAX:
        return None
    return number


def listed(words: Collection[str]) -> str:
    """Words for a message: `a`, `b` or `c`."""
    quoted = [f"`{word}`" for word in words]
    return quoted[0] if len(quoted) == 1 else ", ".join(quoted[:-1]) + f" or {quoted[-1]}"


def suggestion(word: str, words: Collection[str]) -> str:
    """` Did you mean …?` when one of the words looks alike."""
    close = difflib.get_close_matches(word, list(words), n=1, cutoff=0.6)
    return f" Did you mean `{close[0]}`?" if close else ""


def no_such(what: str, code: str, codes: Collection[str]) -> str:
    """Say that there is no such thing, and what to write instead: what looks alike, what there is, or to make it."""
    hint = suggestion(code, codes)
    if not hint:
        named = [f"`{known}`" for known in sorted(codes)[:CHOICES_MAX]]
        more = f" or {len(codes) - len(named)} others" if len(codes) > len(named) else ""
        article = "an" if what[0] in "aeiou" else "a"
        hint = (
            f" Name one of {', '.join(named)}{more}."
            if named
            else f" Make {article} {what} of this code first."
        )
    return f"There is no {what.replace('_', ' ')} `{code}`.{hint}"
