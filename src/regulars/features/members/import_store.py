"""Statements of imports: COPY of new members, one UPDATE for known ones, the run's own row."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import msgspec

from regulars.features.members.batch_store import array_text, json_text
from regulars.features.members.model import Consent
from regulars.infra.db import Transaction, load_queries

queries = load_queries(__package__, "importing.sql")

NULL: Final = "\\N"


class RunRow(msgspec.Struct, frozen=True):
    """How far an import has come."""

    id: int
    bytes_done: int
    lines_done: int
    error_bytes: int
    created: int
    updated: int
    refused: int


class KnownRow(msgspec.Struct, frozen=True):
    """What an import says about a member who was there, beside her traits."""

    member_id: int
    status: str | None
    tags: list[str]
    joined_at: datetime | None
    consent: dict[str, Consent]


def copy_text(value: str) -> str:
    """Return a text without control characters as COPY takes it."""
    return value.replace("\\", "\\\\") if "\\" in value else value


async def copy_new(tx: Transaction, members: str, identifiers: str, profiles: str) -> None:
    """Write new members from lines in COPY's text form. Refuses with IdentifierTaken; identifiers go first."""
    await tx.copy(queries.copy_identifiers, identifiers.encode())
    await tx.copy(queries.copy_members, members.encode())
    if profiles:
        await tx.copy(queries.copy_profiles, profiles.encode())


async def update_imported(tx: Transaction, program_id: int, rows: Sequence[KnownRow], now: datetime) -> None:
    """Take up status, tags, joining and consent of members who were there; each member once."""
    await tx.run(
        queries.update_imported,
        program_id=program_id,
        member_ids=[row.member_id for row in rows],
        statuses=array_text(row.status for row in rows),
        tags=array_text(array_text(row.tags) for row in rows),
        joined=[row.joined_at for row in rows],
        consents=array_text(json_text(row.consent) for row in rows),
        now=now,
    )


async def open_run(tx: Transaction, program_id: int, fingerprint: str, *, now: datetime, **file: Any) -> None:
    """Begin the run of a file unless one is open: file_name, bytes_total, and bytes_done, lines_done of the header."""
    await tx.run(queries.insert_import_run, program_id=program_id, fingerprint=fingerprint, now=now, **file)


async def lock_run(tx: Transaction, program_id: int, fingerprint: str) -> RunRow | None:
    """Take the open run of a file; None when it is finished."""
    return await tx.maybe(queries.lock_import_run, row=RunRow, program_id=program_id, fingerprint=fingerprint)


async def update_run(tx: Transaction, run: RunRow, finished_at: datetime | None) -> None:
    """Write how far a run has come."""
    fields = msgspec.structs.asdict(run)
    await tx.run(queries.update_import_run, run_id=fields.pop("id"), finished_at=finished_at, **fields)
