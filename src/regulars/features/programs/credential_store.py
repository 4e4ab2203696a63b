"""Reading and writing programs.credential: one typed function per named query."""

from __future__ import annotations

from datetime import datetime

import msgspec

from regulars.features.programs.keys import NewKey
from regulars.infra.db import Transaction, load_queries

queries = load_queries(__package__)


class Credential(msgspec.Struct, frozen=True):
    """A key as people see it: everything but the key."""

    id: int
    program: str | None
    source: str | None
    kind: str
    name: str
    prefix: str
    roles: list[str]
    created_at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    last_used_at: datetime | None = None


class StoredCredential(msgspec.Struct, frozen=True):
    """A key as it is checked."""

    id: int
    kind: str
    secret_hash: bytes
    roles: list[str]
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None
    program_id: int | None
    program_code: str | None
    revision: int | None
    program_archived_at: datetime | None
    source_id: int | None
    source_disabled_at: datetime | None
    name: str
    prefix: str


async def select_credentials(tx: Transaction, program_id: int | None) -> list[Credential]:
    """Return the keys of a program, or of the platform with None, newest first."""
    return await tx.all(queries.select_credentials, row=Credential, program_id=program_id)


async def lock_live_credentials(
    tx: Transaction, program_id: int | None, kind: str, name: str, now: datetime
) -> int:
    """Return how many keys of this name are live, while nobody else can add one."""
    await tx.run(queries.lock_credential_name, program_id=program_id, name=name)
    live: int = await tx.value(
        queries.select_live_credentials, program_id=program_id, kind=kind, name=name, now=now
    )
    return live


async def insert_credential(
    tx: Transaction,
    program_id: int | None,
    source_id: int | None,
    kind: str,
    name: str,
    key: NewKey,
    roles: list[str],
    now: datetime,
    expires_at: datetime | None,
) -> None:
    """Write the prefix and the hash of a new key."""
    await tx.run(
        queries.insert_credential,
        program_id=program_id,
        source_id=source_id,
        kind=kind,
        name=name,
        prefix=key.prefix,
        secret_hash=key.secret_hash,
        roles=roles,
        now=now,
        expires_at=expires_at,
    )


async def update_credential_revoked(
    tx: Transaction, program_id: int | None, prefix: str, now: datetime
) -> bool:
    """Revoke a key; return whether there is such a key in this program."""
    touched = await tx.run(queries.update_credential_revoked, program_id=program_id, prefix=prefix, now=now)
    return touched == 1


async def end_credential(
    tx: Transaction, program_id: int, prefix: str, ends_at: datetime, now: datetime
) -> tuple[int | None, str, str, list[str]] | None:
    """Let a live key end at an instant; return its source, kind, name and roles, None when no such key is live."""
    return await tx.maybe(
        queries.end_credential, program_id=program_id, prefix=prefix, ends_at=ends_at, now=now
    )


async def select_credential(tx: Transaction, prefix: str) -> StoredCredential | None:
    """Return the key with this prefix."""
    return await tx.maybe(queries.select_credential, row=StoredCredential, prefix=prefix)


async def update_credentials_used(tx: Transaction, prefixes: list[str], now: datetime) -> None:
    """Note that keys were used; without waiting for rows that somebody writes."""
    await tx.run(queries.update_credentials_used, prefixes=prefixes, now=now)
