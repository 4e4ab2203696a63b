"""Declaring attributes: their kind and label, and converting what members already have."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from regulars.features.members import batch_store, store
from regulars.features.members.attributes import (
    ATTRIBUTES_OF_PROGRAM_MAX,
    NAME_MAX,
    AttributeKind,
    Misfit,
    fit,
    is_attribute_name,
)
from regulars.features.members.batch_store import TraitRow
from regulars.features.members.errors import InvalidMember, TooManyAttributes, UnknownAttribute
from regulars.features.members.kinds import WRONG_KIND
from regulars.infra.db import Transaction
from regulars.kit.errors import FieldError

# Values converted in one go: memory stays small, and no statement runs into its time limit.
CONVERTED_AT_ONCE = 5_000
LABEL_MAX = 200


class Attribute(msgspec.Struct, frozen=True):
    """An attribute that members of a program have."""

    name: str
    kind: str
    declared: bool
    label: str | None = None


async def list_attributes(tx: Transaction, program_id: int) -> list[Attribute]:
    """Return all attributes of a program by name: what rules, segments and forms may use."""
    return await tx.all(store.queries.select_attributes, row=Attribute, program_id=program_id)


async def note_attributes(tx: Transaction, program_id: int, kinds: Mapping[str, str], now: datetime) -> None:
    """Keep attributes (name → kind) that nobody declared and nobody has yet; those that are known stay as they are."""
    named = {name: AttributeKind(kind) for name, kind in kinds.items() if is_attribute_name(name)}
    if named:
        await batch_store.insert_attributes(tx, program_id, named, now)


async def declare_attribute(
    tx: Transaction, program_id: int, name: str, kind: AttributeKind, label: str | None, now: datetime
) -> tuple[Attribute, bool]:
    """Say what kind an attribute has; return it and whether it is new.

    When the kind changes, every value members have is converted where nothing is lost by it and put aside otherwise;
    values that were put aside are taken up where they fit now. Refuses with InvalidMember and TooManyAttributes.
    """
    if not is_attribute_name(name):
        raise InvalidMember(
            errors=[FieldError("name", "not_a_name", f"A name has 1 to {NAME_MAX} characters.")]
        )
    if label is not None and not (len(label) <= LABEL_MAX and label.isprintable()):
        raise InvalidMember(
            errors=[FieldError("label", "not_a_text", f"Write at most {LABEL_MAX} characters.")]
        )
    before = await tx.value(
        store.queries.upsert_attribute,
        program_id=program_id,
        name=name,
        kind=kind.value,
        label=label,
        now=now,
    )
    attributes = await tx.value(store.queries.count_attributes, program_id=program_id)
    if before is None and attributes > ATTRIBUTES_OF_PROGRAM_MAX:
        raise TooManyAttributes
    await _take_up(tx, program_id, name, kind, now)
    if before not in (None, kind.value):
        await _convert(tx, program_id, name, kind, now)
    return Attribute(name, kind.value, True, label), before is None


async def forget_attribute(tx: Transaction, program_id: int, name: str, now: datetime) -> None:
    """Forget an attribute and every member's value of it. Refuses with UnknownAttribute."""
    if not await tx.run(store.queries.delete_attribute, program_id=program_id, name=name):
        raise UnknownAttribute
    await _convert(tx, program_id, name, None, now)
    await tx.run(store.queries.delete_all_parked_values, program_id=program_id, name=name)


async def _convert(
    tx: Transaction, program_id: int, name: str, kind: AttributeKind | None, now: datetime
) -> None:
    """Give every value of an attribute its new kind; with None remove it."""
    after = 0
    while True:
        page = await tx.all(
            store.queries.select_attribute_values,
            program_id=program_id,
            name=name,
            after=after,
            limit=CONVERTED_AT_ONCE,
        )
        if not page:
            return
        after = page[-1][0]
        rows, aside = [], {}
        for member_id, value in page:
            fitted = _fitted(value, kind)
            if fitted is None:
                rows.append(TraitRow(member_id, {}, [name], None, None))
                aside[member_id, name] = (value, WRONG_KIND)
            elif fitted != value or type(fitted) is not type(value):
                rows.append(TraitRow(member_id, {name: fitted}, [], None, None))
        if rows:
            await batch_store.update_traits(tx, rows, now)
        if aside and kind is not None:
            await batch_store.upsert_parked_attributes(tx, program_id, aside, now)


async def _take_up(tx: Transaction, program_id: int, name: str, kind: AttributeKind, now: datetime) -> None:
    """Give members the values that were put aside and fit now; they came after what the members have."""
    after = 0
    while True:
        page = await tx.all(
            store.queries.select_parked_values,
            program_id=program_id,
            name=name,
            after=after,
            limit=CONVERTED_AT_ONCE,
        )
        if not page:
            return
        after = page[-1][0]
        fitting = {
            member_id: fitted for member_id, value in page if (fitted := _fitted(value, kind)) is not None
        }
        if not fitting:
            continue
        locked = await batch_store.lock_members(tx, program_id, fitting)
        rows = [TraitRow(member_id, {name: fitting[member_id]}, [], None, None) for member_id in locked]
        await batch_store.update_traits(tx, rows, now)


def _fitted(value: Any, kind: AttributeKind | None) -> Any:
    if kind is None or value is None:
        return None
    try:
        return fit(value, kind)
    except Misfit:
        return None
