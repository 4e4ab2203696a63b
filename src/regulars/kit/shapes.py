"""What is wrong with data that should have had a shape, in words that say what to write instead."""

from __future__ import annotations

import difflib
import re
from typing import Any, Final, Literal, get_args, get_origin, get_type_hints

import msgspec

from regulars.kit.errors import FieldError

_PLACE = re.compile(r" - at `\$?\.?(?P<path>[^`]*)`$")
_STEP = re.compile(r"([^.\[\]]+)|\[([^\]]*)\]")
_UNKNOWN = re.compile(r"unknown field `(?P<name>[^`]*)`")
_MISSING = re.compile(r"missing required field `(?P<name>[^`]*)`")
_STRAY = re.compile(r"Invalid enum value (?P<value>.*)")
# Words that a message lists; more of them are a list of countries, and nobody reads it.
WORDS_MAX: Final = 40


def shape_error(mistake: msgspec.ValidationError, shape: Any, below: str = "") -> FieldError:
    """Return msgspec's complaint about data that should be a `shape`: where, and what may be written there.

    `below` is the path at which the data stand in something larger.
    """
    text = str(mistake)
    place = _PLACE.search(text)
    path, sentence = (place["path"], text[: place.start()]) if place else ("", text)
    here = _at(shape, path)
    where = _joined(below, path)
    if unknown := _UNKNOWN.search(sentence):
        message = f"`{unknown['name']}` is not known here.{_hint(unknown['name'], _fields(here))}"
        return FieldError(_joined(where, unknown["name"]), "unknown_key", message)
    if missing := _MISSING.search(sentence):
        return FieldError(where, "malformed", f"`{missing['name']}` is missing here.")
    if stray := _STRAY.match(sentence):
        words = _words(here, _at(shape, _parent(path)), _STEP.findall(path)[-1][0] if path else "")
        named = [word for word in words if word]
        more = f" Write one of {', '.join(named[:WORDS_MAX])}." if named else ""
        return FieldError(where, "malformed", f"{stray['value']} is none of what may stand here.{more}")
    return FieldError(where, "malformed", f"{sentence}.")


def _joined(path: str, more: str) -> str:
    if not path or not more or more.startswith("["):
        return path + more
    return f"{path}.{more}"


def _hint(name: str, known: list[str]) -> str:
    close = difflib.get_close_matches(name, known, n=1)
    if close:
        return f" Did you mean `{close[0]}`?"
    return f" Known: {', '.join(known)}." if known else ""


def _at(shape: Any, path: str) -> list[Any]:
    """Return what may stand at a path of the shape, each as msgspec describes it."""
    here = _each(msgspec.inspect.type_info(shape))
    for name, _ in _STEP.findall(path):
        found = []
        for one in here:
            if name and isinstance(one, msgspec.inspect.StructType):
                found += [e for f in one.fields if f.encode_name == name for e in _each(f.type)]
            elif isinstance(one, msgspec.inspect.DictType):
                found += _each(one.value_type)
            elif not name and isinstance(one, msgspec.inspect.TupleType):
                found += [each for item in one.item_types for each in _each(item)]
            elif not name and hasattr(one, "item_type"):
                found += _each(one.item_type)
        here = found
    return here


def _each(one: Any) -> list[Any]:
    """Return the parts of a union, and what stands behind notes on a type."""
    if isinstance(one, msgspec.inspect.UnionType):
        return [each for part in one.types for each in _each(part)]
    return _each(one.type) if isinstance(one, msgspec.inspect.Metadata) else [one]


def _fields(here: list[Any]) -> list[str]:
    return [f.encode_name for one in here if isinstance(one, msgspec.inspect.StructType) for f in one.fields]


def _words(here: list[Any], parents: list[Any], field: str) -> list[str]:
    """Return the words that may stand there: in the order of their author where a field of a struct says them."""
    for one in parents:
        if isinstance(one, msgspec.inspect.StructType) and field in one.cls.__struct_fields__:
            words = _literals(get_type_hints(one.cls)[field])
            if words:
                return words
    return [
        str(word)
        for one in here
        for word in (
            one.values
            if isinstance(one, msgspec.inspect.LiteralType)
            else [member.value for member in one.cls]
            if isinstance(one, msgspec.inspect.EnumType)
            else ()
        )
    ]


def _literals(hint: Any) -> list[str]:
    if get_origin(hint) is Literal:
        return [str(word) for word in get_args(hint)]
    return [word for part in get_args(hint) for word in _literals(part)]


def _parent(path: str) -> str:
    return path[: max(path.rfind("."), path.rfind("["), 0)]
