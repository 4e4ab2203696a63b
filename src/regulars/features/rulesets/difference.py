"""What differs between two documents, field by field, in words a person can check."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from regulars.features.rulesets.model import FieldChange, ObjectChange

# How entries of a list are recognised again when others were added before them.
_NAMES = ("code", "sku", "name")


def differences(before: Any, after: Any, path: str = "") -> Iterator[FieldChange]:
    """Yield what differs, deepest fields first named: objects by key, lists of coded objects by code, others by
    place."""
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in dict.fromkeys((*before, *after)):
            yield from differences(before.get(key), after.get(key), f"{path}.{key}" if path else str(key))
    elif isinstance(before, list) and isinstance(after, list) and before != after:
        yield from _lists(before, after, path)
    elif before != after:
        yield FieldChange(path, before, after)


def object_changes(
    kind: str, before: Mapping[str, Any], after: Mapping[str, Any], gone: str = "archive"
) -> Iterator[ObjectChange]:
    """Yield what became of each object of one kind; both maps are from code to document."""
    for code, document in after.items():
        if code not in before:
            fields = tuple(FieldChange(key, None, value) for key, value in _items(document))
            yield ObjectChange(kind, code, "create", fields)
        elif changed := tuple(differences(before[code], document)):
            yield ObjectChange(kind, code, "change", changed)
    for code in before:
        if code not in after:
            yield ObjectChange(kind, code, gone)


def _items(document: Any) -> list[tuple[str, Any]]:
    return list(document.items()) if isinstance(document, Mapping) else [("", document)]


def _lists(before: list[Any], after: list[Any], path: str) -> Iterator[FieldChange]:
    name = next((n for n in _NAMES if _all_named(before, n) and _all_named(after, n)), None)
    if name is None:
        plain = not any(isinstance(item, Mapping | list) for item in (*before, *after))
        if plain:
            yield FieldChange(path, before, after)
            return
        for place in range(max(len(before), len(after))):
            yield from differences(_at(before, place), _at(after, place), f"{path}[{place}]")
        return
    old, new = {item[name]: item for item in before}, {item[name]: item for item in after}
    for code in dict.fromkeys((*old, *new)):
        yield from differences(old.get(code), new.get(code), f"{path}[{code}]")
    if list(old) != list(new) and set(old) == set(new):
        yield FieldChange(path, list(old), list(new))


def _all_named(items: list[Any], name: str) -> bool:
    named = [item.get(name) for item in items if isinstance(item, Mapping)]
    texts = [value for value in named if isinstance(value, str)]
    return len(texts) == len(items) == len(set(texts))


def _at(items: list[Any], place: int) -> Any:
    return items[place] if place < len(items) else None
