"""JSON from outside, read strictly: what two readers could understand differently is refused.

Refused are: a byte order mark, invalid UTF-8, NaN and Infinity, a key twice in one object, NUL and lone surrogates in
texts, nesting deeper than DEPTH_MAX, numbers beyond NUMBER_DIGITS_MAX digits, bodies larger than asked for. Numbers
with a fraction or an exponent become Decimal, whole ones int of any size within the bound.
"""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any, Final, NoReturn

from regulars.kit.errors import FieldError, Invalid, TooLarge

DEPTH_MAX: Final = 32
# One batch of events has 4,000 KB at most (see the limits of the intake); a configuration document is smaller.
BYTES_MAX_DEFAULT: Final = 4_000 * 1024
# More digits than any amount or id has; parsing long integers takes quadratic time.
NUMBER_DIGITS_MAX: Final = 64
# 1e999999999 is short to send and costly to compute with.
EXPONENT_MAX: Final = 64


class MalformedJson(Invalid):
    """The body is not the JSON that is accepted here."""

    status = 400


class BodyTooLarge(TooLarge):
    """The body has more bytes than are accepted here."""


def decode_strict(body: bytes, *, bytes_max: int = BYTES_MAX_DEFAULT, depth_max: int = DEPTH_MAX) -> Any:
    """Return the value in a JSON text. Raises BodyTooLarge (with bytes_max) or MalformedJson, which says where."""
    if len(body) > bytes_max:
        raise BodyTooLarge(bytes_max=bytes_max)
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _malformed("encoding", f"Byte {error.start} is not UTF-8.") from error
    if text.startswith("\ufeff"):
        raise _malformed("encoding", "Leave out the byte order mark.")
    _check_depth(text, depth_max)
    try:
        value = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise _malformed("syntax", f"Line {error.lineno}, column {error.colno}: {error.msg}.") from error
    if "\\u" in text or "\x00" in text:
        _check_texts(value)
    return value


def _check_depth(text: str, depth_max: int) -> None:
    """Count open brackets outside texts before parsing, so that the parser never recurses deeper than allowed."""
    if text.count("[") + text.count("{") <= depth_max:
        return
    depth = 0
    inside = escaped = False
    for letter in text:
        if inside:
            inside = escaped or letter != '"'
            escaped = letter == "\\" and not escaped
        elif letter == '"':
            inside = True
        elif letter in "[{":
            depth += 1
            if depth > depth_max:
                raise _malformed("depth", f"Nested deeper than {depth_max} levels.")
        elif letter in "]}":
            depth -= 1


def _check_texts(value: Any) -> None:
    """Refuse NUL, which PostgreSQL cannot store, and half a surrogate pair, which UTF-8 cannot carry."""
    if isinstance(value, str):
        if "\x00" in value or any("\ud800" <= letter <= "\udfff" for letter in value):
            raise _malformed("text", "A text holds NUL or half a surrogate pair.")
    elif isinstance(value, dict):
        for key, inner in value.items():
            _check_texts(key)
            _check_texts(inner)
    elif isinstance(value, list):
        for inner in value:
            _check_texts(inner)


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise _malformed("duplicate_key", f"The key {twice[:100]!r} is there twice in one object.")
    return members


def _whole(digits: str) -> int:
    if len(digits) > NUMBER_DIGITS_MAX:
        raise _malformed("number", f"A number has at most {NUMBER_DIGITS_MAX} digits.")
    return int(digits)


def _fraction(digits: str) -> Decimal:
    if len(digits) > NUMBER_DIGITS_MAX:
        raise _malformed("number", f"A number has at most {NUMBER_DIGITS_MAX} digits.")
    _, _, exponent = digits.lower().partition("e")
    if exponent and abs(int(exponent)) > EXPONENT_MAX:
        raise _malformed("number", f"An exponent is between -{EXPONENT_MAX} and {EXPONENT_MAX}.")
    return Decimal(digits)


def _no_constant(name: str) -> NoReturn:
    raise _malformed("number", f"{name} is not a number in JSON.")


def _malformed(code: str, message: str) -> MalformedJson:
    return MalformedJson(
        f"The body is not the JSON that is accepted here: {message}", errors=[_field(code, message)]
    )


def _field(code: str, message: str) -> FieldError:
    return FieldError(path="", code=code, message=message)


_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_unique_keys,
    parse_int=_whole,
    parse_float=_fraction,
    parse_constant=_no_constant,
)
