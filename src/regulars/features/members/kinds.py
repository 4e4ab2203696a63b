"""Fitting the attributes of a whole batch to their kinds; a new name gets the kind of its first value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec

from regulars.features.members import batch_store
from regulars.features.members.attributes import (
    ATTRIBUTES_OF_MEMBER_MAX,
    AttributeKind,
    Misfit,
    fit,
    fit_all,
    flatten,
    infer_kind,
)
from regulars.features.members.errors import InvalidMember, TooManyAttributes
from regulars.infra.db import Transaction
from regulars.kit.errors import FieldError

WRONG_KIND: Final = "wrong_kind"
TOO_MANY: Final = "too_many_attributes"


class Fitted(msgspec.Struct):
    """The attributes of one member: to be stored, to be removed, and put aside as name → (value, reason)."""

    added: dict[str, Any]
    removed: list[str]
    aside: dict[str, tuple[Any, str]]


async def fit_batch(
    tx: Transaction, program_id: int, documents: Sequence[dict[str, Any]], now: datetime
) -> list[Fitted]:
    """Return the attributes of each document fitted to the program's kinds, in at most three statements.

    A value that does not fit its attribute's kind, or whose attribute the program has no room for, is put aside.
    """
    names = {name for document in documents for name, value in document.items() if value is not None}
    kinds = await _known_kinds(tx, program_id, documents, names, now) if names else {}
    return [_fit_one(document, kinds) for document in documents]


async def fit_strictly(
    tx: Transaction, program_id: int, attributes: Mapping[str, Any], now: datetime, *, already: int = 0
) -> dict[str, Any]:
    """Return attributes as a person stated them, fitted to their kinds; None removes.

    `already` is how many the member has. Refuses with InvalidMember, with the path of each value that does not fit, and
    with TooManyAttributes when the program has no room for a new one.
    """
    flat = flatten(attributes)
    if not flat:
        return {}
    names = {name for name, value in flat.items() if value is not None}
    kinds = await batch_store.select_attribute_kinds(tx, program_id, names) if names else {}
    fitting, errors = fit_all(flat, kinds)
    if already + len(names) > ATTRIBUTES_OF_MEMBER_MAX and len(names - kinds.keys()):
        message = f"A member has at most {ATTRIBUTES_OF_MEMBER_MAX} attributes."
        errors.append(FieldError("attributes", "too_many", message))
    if errors:
        raise InvalidMember(errors=errors)
    if len(kinds) < len(names):
        decided = await _known_kinds(tx, program_id, [flat], names, now)
        if len(decided) < len(names):
            raise TooManyAttributes
        # Somebody else may have been first with another kind.
        fitting, errors = fit_all(flat, decided)
        if errors:
            raise InvalidMember(errors=errors)
    return fitting


async def _known_kinds(
    tx: Transaction, program_id: int, documents: Sequence[dict[str, Any]], names: set[str], now: datetime
) -> dict[str, AttributeKind]:
    kinds = await batch_store.select_attribute_kinds(tx, program_id, names)
    if len(kinds) == len(names):
        return kinds
    fresh: dict[str, AttributeKind] = {}
    for document in documents:
        for name, value in document.items():
            if name not in kinds and name not in fresh and value is not None:
                _infer(fresh, name, value)
    if not fresh or await batch_store.insert_attributes(tx, program_id, fresh, now) == len(fresh):
        return kinds | fresh
    # Somebody else was first with one of them, or the program is full: what stands in the table counts.
    return await batch_store.select_attribute_kinds(tx, program_id, names)


def _infer(fresh: dict[str, AttributeKind], name: str, value: Any) -> None:
    try:
        kind = infer_kind(value)
        fit(value, kind)
    except Misfit:
        return
    fresh[name] = kind


def _fit_one(document: dict[str, Any], kinds: dict[str, AttributeKind]) -> Fitted:
    fitted = Fitted({}, [], {})
    for name, value in document.items():
        if value is None:
            fitted.removed.append(name)
            continue
        kind = kinds.get(name)
        if kind is None:
            fitted.aside[name] = (value, TOO_MANY if _has_kind(value) else WRONG_KIND)
            continue
        try:
            fitted.added[name] = fit(value, kind)
        except Misfit:
            fitted.aside[name] = (value, WRONG_KIND)
    return fitted


def _has_kind(value: Any) -> bool:
    try:
        fit(value, infer_kind(value))
    except Misfit:
        return False
    return True
