"""Words that rules bring themselves: an attribute that a rule sets may be read by every other rule."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

import msgspec

from regulars.features.rulesets.vocabulary import Vocabulary


def with_own_attributes(vocabulary: Vocabulary, rules: Iterable[Mapping[str, Any]]) -> Vocabulary:
    """Return the vocabulary with the attributes that rules set and that nobody declared, each of the kind of the first
    value that a rule gives it."""
    own = own_attributes(effect for rule in rules for effect in _effects(rule))
    fresh = {name: kind for name, kind in own.items() if name not in vocabulary.attributes}
    if not fresh:
        return vocabulary
    return msgspec.structs.replace(vocabulary, attributes={**vocabulary.attributes, **fresh})


def own_attributes(effects: Iterable[Any]) -> dict[str, str]:
    """Return name → kind of the attributes that `set_attribute` effects ({name, value or formula}) set.

    What cannot be read is passed over: whoever checks the rule says what is wrong with it.
    """
    found: dict[str, str] = {}
    for effect in effects:
        name = effect.get("name") if isinstance(effect, Mapping) else None
        if isinstance(name, str) and name:
            kind = "number" if "formula" in effect else _kind(effect.get("value"))
            if kind:
                found.setdefault(name, kind)
    return found


def _effects(rule: Mapping[str, Any]) -> Iterable[Any]:
    then = rule.get("then")
    for effect in then if isinstance(then, list) else ():
        if isinstance(effect, Mapping) and "set_attribute" in effect:
            yield effect["set_attribute"]


def _kind(value: Any) -> str:
    """Return the kind that members' attributes get from such a value, "" for what is none."""
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, list):
        return "list"
    if not isinstance(value, str):
        return "" if value is None or isinstance(value, Mapping) else "number"
    if _reads(date.fromisoformat, value) and len(value) == len("2026-03-02"):
        return "date"
    return "instant" if _reads(_instant, value) else "text"


def _instant(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(text)
    return moment


def _reads(read: Any, text: str) -> bool:
    try:
        read(text)
    except ValueError:
        return False
    return True
