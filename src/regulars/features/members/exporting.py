"""Exporting members as the CSV file that an import reads: the same columns, every cell safe in a spreadsheet."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from regulars.features.members import store
from regulars.features.members.attributes import AttributeKind
from regulars.features.members.declare import list_attributes
from regulars.features.members.import_columns import ATTRIBUTE, CONSENT
from regulars.features.members.model import CHANNELS, Member, ProgramTerms
from regulars.features.members.traits import ADDRESS_FIELDS, PROFILE_FIELDS
from regulars.infra.csv_files import csv_lines
from regulars.infra.db import Transaction

_CORE: Final = ("birthday", "zone", "status", "joined_at", "tags")


async def export_members(tx: Transaction, terms: ProgramTerms) -> AsyncIterator[str]:
    """Yield CSV text, the header first, in constant memory; a read-only transaction with a snapshot sees one moment.

    A member with two identifiers of one kind has a row before her own with the second one. Merged and erased members
    are left out. Importing the file again changes nothing.
    """
    attributes = [(a.name, AttributeKind(a.kind)) for a in await list_attributes(tx, terms.id)]
    kinds = list(terms.settings.identifier_order)
    header = [
        *kinds,
        *(field for field in PROFILE_FIELDS if field not in kinds),
        *ADDRESS_FIELDS,
        *_CORE,
        *(CONSENT + channel for channel in CHANNELS),
        *(f"{ATTRIBUTE}{name}:{kind}" for name, kind in attributes),
    ]
    yield csv_lines([header])
    async for members in store.stream_members(tx, terms.id):
        yield csv_lines(row for member in members for row in _rows(member, kinds, attributes))


def _rows(
    member: Member, kinds: Sequence[str], attributes: Sequence[tuple[str, AttributeKind]]
) -> list[list[str]]:
    owned = {kind: _owned(member, kind) for kind in kinds}
    profile = member.profile
    address = profile.address or {}
    row = [
        *(owned[kind][0] if owned[kind] else "" for kind in kinds),
        *(getattr(profile, field) or "" for field in PROFILE_FIELDS if field not in kinds),
        *(address.get(field, "") for field in ADDRESS_FIELDS),
        member.birthday.isoformat() if member.birthday else "",
        member.zone or "",
        member.status,
        _instant(member.joined_at),
        "|".join(member.tags),
        *(_yes_or_no(member, channel) for channel in CHANNELS),
        *(_cell(member.attributes.get(name), kind) for name, kind in attributes),
    ]
    return [*_further(row, [owned[kind] for kind in kinds]), row]


def _owned(member: Member, kind: str) -> list[str]:
    """Return a member's identifiers of one kind; the address and the number of her profile first."""
    contact = getattr(member.profile, kind) if kind in ("email", "phone") else None
    values = [i.value for i in member.identifiers if i.kind == kind]
    return sorted(values, key=lambda value: value != contact)


def _further(row: list[str], owned: Sequence[list[str]]) -> list[list[str]]:
    """Return a row for each identifier beyond the first of its kind: that one, and one that says whose it is."""
    anchors = [place for place, values in enumerate(owned) if values]
    rows = []
    for place, values in enumerate(owned):
        anchor = next((other for other in anchors if other != place), None)
        for value in values[1:]:
            if anchor is not None:
                more = [""] * len(row)
                more[anchor], more[place] = row[anchor], value
                rows.append(more)
    return rows


def _yes_or_no(member: Member, channel: str) -> str:
    consent = member.consent.get(channel)
    return "" if consent is None else "yes" if consent.granted else "no"


def _cell(value: Any, kind: AttributeKind) -> str:
    if value is None:
        return ""
    if kind is AttributeKind.LIST:
        return "|".join(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _instant(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")
