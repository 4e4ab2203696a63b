"""The attributes of members in a program's document: their kinds are stated, none is forgotten by leaving it out."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from regulars.features.members import AttributeKind, declare_attribute, list_attributes
from regulars.flows.apply.document import Document, ProgramDocumentInvalid
from regulars.infra.db import Transaction
from regulars.kit.shapes import shape_error

SECTION = "member_attributes"


class AttributePart(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What kind of value an attribute of members holds, and how people call it."""

    kind: AttributeKind
    label: str | None = None


async def exported_attributes(tx: Transaction, program_id: int) -> dict[str, Any]:
    """Return every attribute that members of the program have, declared or inferred, by name."""
    found = await list_attributes(tx, program_id)
    return {one.name: msgspec.to_builtins(AttributePart(AttributeKind(one.kind), one.label)) for one in found}


def plan_attributes(document: Document, current: dict[str, Any], wanted: dict[str, Any]) -> None:
    """Add what the document says of attributes to `wanted`, and leave those it does not name out of `current`.

    An attribute goes with every member's value of it, so that forgetting one is done by name and never in passing.
    Raises ProgramDocumentInvalid for what cannot be read.
    """
    if document.member_attributes is None:
        return
    wanted[SECTION] = {
        name: msgspec.to_builtins(_part(document, name)) for name in document.member_attributes
    }
    there = current.get(SECTION, {})
    current[SECTION] = {name: there[name] for name in wanted[SECTION] if name in there}


async def put_attribute(
    tx: Transaction, program_id: int, document: Document, name: str, now: datetime
) -> None:
    """Declare an attribute of the document. Refuses as `declare_attribute`."""
    part = _part(document, name)
    await declare_attribute(tx, program_id, name, part.kind, part.label, now)


def _part(document: Document, name: str) -> AttributePart:
    raw = (document.member_attributes or {})[name]
    try:
        return msgspec.convert(raw, AttributePart, strict=True)
    except msgspec.ValidationError as mistake:
        wrong = shape_error(mistake, AttributePart, f"{SECTION}[{name}]")
        raise ProgramDocumentInvalid(errors=[wrong]) from mistake
