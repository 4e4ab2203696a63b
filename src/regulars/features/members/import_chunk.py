"""Writing one piece of an import: who is new, who is known, what is refused; in one transaction.

A file of strangers is the common case and the large one: its rows go straight to COPY, which fails as a whole when
somebody is known after all. Then, and from then on, the piece's identifiers are looked up first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import compress
from typing import Any

import msgspec

from regulars.core import ledger
from regulars.features.members import batch_store, import_store
from regulars.features.members.attributes import AttributeKind
from regulars.features.members.batch_store import IdentifierKey
from regulars.features.members.enrol import update_traits_batch
from regulars.features.members.errors import TooManyAttributes
from regulars.features.members.import_columns import ATTRIBUTE, CONSENT, Columns
from regulars.features.members.import_lines import NewMembers, stated_consents
from regulars.features.members.import_piece import Piece, fit_attributes, guess_kind
from regulars.features.members.import_store import KnownRow
from regulars.features.members.model import ConsentStatement, ProgramTerms, TraitChange
from regulars.features.members.store import insert_consent_entries
from regulars.features.members.traits import ADDRESS_FIELDS, PROFILE_FIELDS, Traits
from regulars.infra.db import Transaction


class Written(msgspec.Struct, frozen=True):
    """What became of a piece: members made and changed; what was refused is in the piece."""

    created: int
    updated: int


async def write_piece(
    tx: Transaction, terms: ProgramTerms, columns: Columns, piece: Piece, now: datetime, *, look_up: bool
) -> Written:
    """Write a piece's rows: one whose identifiers lead to a member changes her, the others make members.

    A row is refused, and nothing of it is written, when a value does not fit its attribute or one of its identifiers
    belongs to another member than the strongest one leads to. Without `look_up` nobody is expected to be known: refuses
    with IdentifierTaken when somebody is, or when somebody enrolled one of them at this moment.
    """
    fit_attributes(piece, await _attribute_kinds(tx, terms.id, columns, piece, now))
    if not look_up and _all_apart(columns, piece):
        ids = await batch_store.reserve_member_ids(tx, len(piece.lines)) if piece.lines else []
        await _write_new(tx, terms, columns, ids, piece.values, now)
        return Written(len(ids), 0)
    owner_of = await _sort(tx, terms, columns, piece)
    fresh = [owner < 0 for owner in owner_of]
    known = [place for place, owner in enumerate(owner_of) if owner >= 0]
    values = {name: list(compress(column, fresh)) for name, column in piece.values.items()}
    ids = await batch_store.reserve_member_ids(tx, sum(fresh)) if any(fresh) else []
    await _write_new(tx, terms, columns, ids, values, now)
    owners = [_id_of(owner_of[place], ids) for place in known]
    await _write_known(tx, terms, columns, piece, known, owners, now)
    return Written(len(ids), len(known))


async def _attribute_kinds(
    tx: Transaction, program_id: int, columns: Columns, piece: Piece, now: datetime
) -> dict[str, AttributeKind]:
    """Return the kinds of the attribute columns; a new attribute gets what the header says, or looks like."""
    if not columns.attributes:
        return {}
    kinds = await batch_store.select_attribute_kinds(tx, program_id, columns.attributes)
    fresh: dict[str, AttributeKind] = {}
    for name in columns.attributes:
        text = next(filter(None, piece.values[ATTRIBUTE + name]), None)
        if name not in kinds and text is not None:
            fresh[name] = columns.attribute_kinds.get(name) or guess_kind(text)
    if fresh and await batch_store.insert_attributes(tx, program_id, fresh, now) < len(fresh):
        wanted = len(fresh)
        fresh = await batch_store.select_attribute_kinds(tx, program_id, fresh)
        if len(fresh) < wanted:
            raise TooManyAttributes
    return kinds | fresh


def _all_apart(columns: Columns, piece: Piece) -> bool:
    """Whether no two rows of the piece share an identifier."""
    for kind in columns.identifiers:
        stated = list(filter(None, piece.values[kind]))
        if len(set(stated)) < len(stated):
            return False
    return True


# Owners of rows while ids are not reserved yet: a member's id, or −1, −2, … for the first, second … new member of the
# piece, who is known to its later rows as _LATER + 1, _LATER + 2, … (no id is that large).
_LATER = 1 << 62


def _id_of(owner: int, ids: Sequence[int]) -> int:
    return ids[owner - _LATER - 1] if owner > _LATER else owner


async def _sort(tx: Transaction, terms: ProgramTerms, columns: Columns, piece: Piece) -> list[int]:
    """Return whose each row is, taking out rows whose identifiers lead to two members."""
    rows = _identifier_rows(columns, piece)
    known = await batch_store.select_owners(tx, terms.id, {key for keys in rows for key in keys})
    owners: dict[IdentifierKey, int] = dict(known)
    refused: list[tuple[int, str, str, str]] = []
    owner_of: list[int] = []
    made = 0
    for place, keys in enumerate(rows):
        found = [(key, owners[key]) for key in keys if key in owners]
        conflict = next(((key, owner) for key, owner in found if owner != found[0][1]), None)
        if conflict:
            (kind, value), _ = conflict
            refused.append((place, kind, "It belongs to another member than the rest of this row.", value))
            continue
        if found:
            owner = found[0][1]
            owner_of.append(owner)
        else:
            made += 1
            owner = _LATER + made
            owner_of.append(-made)
        for key in keys:
            owners.setdefault(key, owner)
    piece.refuse(refused)
    return owner_of


def _identifier_rows(columns: Columns, piece: Piece) -> list[list[IdentifierKey]]:
    """Return the identifiers of each row, strongest first."""
    rows: list[list[IdentifierKey]] = [[] for _ in piece.lines]
    for kind in columns.identifiers:
        for row, value in zip(rows, piece.values[kind], strict=True):
            if value:
                row.append((kind, value))
    return rows


async def _write_new(
    tx: Transaction,
    terms: ProgramTerms,
    columns: Columns,
    ids: Sequence[int],
    values: dict[str, list[Any]],
    now: datetime,
) -> None:
    if not ids:
        return
    new = NewMembers(terms.id, ids, values, columns.identifiers, now)
    lines = new.lines()
    await import_store.copy_new(tx, lines.members, lines.identifiers, lines.profiles)
    await ledger.insert_purses(tx, terms.id, ids)
    names = [name for name in values if name.startswith(CONSENT)]
    if names:
        rows = zip(ids, new.joined_at(), zip(*(values[name] for name in names), strict=True), strict=True)
        entries = [
            (member_id, ConsentStatement(channel, said.granted, said.source, said.at))
            for member_id, at, cells in rows
            for channel, said in stated_consents(names, cells, at).items()
        ]
        await insert_consent_entries(tx, terms.id, entries, now)


async def _write_known(
    tx: Transaction,
    terms: ProgramTerms,
    columns: Columns,
    piece: Piece,
    places: Sequence[int],
    owners: Sequence[int],
    now: datetime,
) -> None:
    if not places:
        return
    rows = [{name: column[place] for name, column in piece.values.items()} for place in places]
    changes = [_change(owner, row, columns) for owner, row in zip(owners, rows, strict=True)]
    await update_traits_batch(tx, terms, changes, now)
    by_member: dict[int, KnownRow] = {}
    for owner, row in zip(owners, rows, strict=True):
        said = _known_row(owner, row, now)
        if said.status or said.tags or said.joined_at or said.consent:
            by_member[owner] = _later(by_member.get(owner), said)
    if by_member:
        await import_store.update_imported(tx, terms.id, list(by_member.values()), now)


def _change(owner: int, row: Mapping[str, Any], columns: Columns) -> TraitChange:
    profile = {field: row[field] for field in PROFILE_FIELDS if row.get(field) is not None}
    address = {field: row[field] for field in ADDRESS_FIELDS if row.get(field) is not None}
    if address:
        profile["address"] = address
    core = {field: row[field] for field in ("birthday", "zone") if row.get(field) is not None}
    attributes = {
        name: row[ATTRIBUTE + name] for name in columns.attributes if row[ATTRIBUTE + name] is not None
    }
    identifiers = {kind: row[kind] for kind in columns.identifiers if row[kind]}
    return TraitChange(owner, Traits(profile, core, attributes), identifiers)


def _known_row(owner: int, row: Mapping[str, Any], now: datetime) -> KnownRow:
    joined = row.get("joined_at")
    names = [name for name in row if name.startswith(CONSENT)]
    at = min(joined, now) if joined else now
    return KnownRow(
        member_id=owner,
        status=row.get("status"),
        tags=row.get("tags") or [],
        joined_at=joined and at,
        consent=stated_consents(names, [row[name] for name in names], at),
    )


def _later(before: KnownRow | None, said: KnownRow) -> KnownRow:
    """Return what two rows of one piece say about one member: the later wins, tags are joined."""
    if before is None:
        return said
    return KnownRow(
        member_id=said.member_id,
        status=said.status or before.status,
        tags=[*before.tags, *said.tags],
        joined_at=said.joined_at or before.joined_at,
        consent={**before.consent, **said.consent},
    )
