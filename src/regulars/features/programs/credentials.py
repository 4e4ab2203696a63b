"""Keys in use: issued once in clear, stored as a hash, dead on the request after they are revoked.

An authenticated request reads the key's row by prefix, which also brings the program's revision, so that one statement
serves both the key and the configuration cache. Who remembers a key (never its text) does so as of that revision and
until its end, and looks whether the revision is still the program's in the transaction that relies on it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import msgspec

from regulars.features.programs import credential_store as store
from regulars.features.programs.credential_store import Credential
from regulars.features.programs.errors import (
    ApiKeyNeeded,
    InvalidConfiguration,
    InvalidKey,
    TooManyLiveKeys,
    UnknownKey,
)
from regulars.features.programs.keys import hash_key, matches, new_key, prefix_of
from regulars.infra.db import Transaction
from regulars.kit.errors import FieldError

# One to use and one to replace it with.
LIVE_KEYS_MAX: Final = 2
NAME_MAX: Final = 120
_NOT_A_NAME: Final = FieldError(
    "name", "not_a_name", f"Write a name of 1 to {NAME_MAX} printable characters."
)


class Issued(msgspec.Struct, frozen=True):
    """A key just made; `key` is shown this once."""

    key: str
    prefix: str


class Bearer(msgspec.Struct, frozen=True):
    """Who a valid key speaks for. `program_id` None = the platform. `source_id` is set for write keys."""

    credential_id: int
    prefix: str
    name: str
    roles: tuple[str, ...]
    program_id: int | None
    program_code: str | None
    revision: int | None
    source_id: int | None
    expires_at: datetime | None = None


async def issue_write_key(
    tx: Transaction,
    program_id: int,
    source_id: int,
    source_code: str,
    now: datetime,
    expires_at: datetime | None = None,
    name: str = "",
) -> Issued:
    """Make a write key of a source, of a name of its own if it is to have one (whose till it is, say).

    Refuses with TooManyLiveKeys when two of this source and name are live already, and with InvalidConfiguration.
    """
    if name and not _is_name(name):
        raise InvalidConfiguration(errors=[_NOT_A_NAME])
    known_as = f"{source_code}: {name.strip()}" if name.strip() else source_code
    return await _issue(tx, "write_key", known_as, [], program_id, source_id, now, expires_at)


async def issue_api_key(
    tx: Transaction,
    program_id: int | None,
    name: str,
    roles: Sequence[str],
    now: datetime,
    expires_at: datetime | None = None,
) -> Issued:
    """Make an API key of a program, or of the platform with program_id None, that acts in `roles`.

    Which roles there are is known to the caller. Refuses with TooManyLiveKeys when two of this name are live already.
    """
    errors = []
    if not _is_name(name):
        errors.append(_NOT_A_NAME)
    if not roles:
        errors.append(FieldError("roles", "no_role", "Name at least one role."))
    if expires_at is not None and expires_at <= now:
        errors.append(FieldError("expires_at", "in_the_past", "Write an instant in the future."))
    if errors:
        raise InvalidConfiguration(errors=errors)
    return await _issue(
        tx, "api_key", name.strip(), list(dict.fromkeys(roles)), program_id, None, now, expires_at
    )


def _is_name(name: str) -> bool:
    return 0 < len(name.strip()) <= NAME_MAX and name.isprintable()


async def _issue(
    tx: Transaction,
    kind: str,
    name: str,
    roles: list[str],
    program_id: int | None,
    source_id: int | None,
    now: datetime,
    expires_at: datetime | None,
) -> Issued:
    if await store.lock_live_credentials(tx, program_id, kind, name, now) >= LIVE_KEYS_MAX:
        raise TooManyLiveKeys
    key = new_key(kind)
    await store.insert_credential(tx, program_id, source_id, kind, name, key, roles, now, expires_at)
    return Issued(key=key.text, prefix=key.prefix)


async def revoke_key(tx: Transaction, program_id: int | None, prefix: str, now: datetime) -> None:
    """Revoke a key of this program (or of the platform). Refuses with UnknownKey."""
    if not await store.update_credential_revoked(tx, program_id, prefix, now):
        raise UnknownKey


async def rotate_key(
    tx: Transaction, program_id: int, prefix: str, now: datetime, overlap: timedelta = timedelta(0)
) -> Issued:
    """Make a key in place of a live one: of the same source, name and roles; the old one ends after `overlap`.

    Refuses with UnknownKey when no such key is live, and TooManyLiveKeys while a third one of its name is.
    """
    ended = await store.end_credential(tx, program_id, prefix, now + overlap, now)
    if ended is None:
        raise UnknownKey
    source_id, kind, name, roles = ended
    return await _issue(tx, kind, name, list(roles), program_id, source_id, now, None)


async def list_keys(tx: Transaction, program_id: int | None) -> list[Credential]:
    """Return the keys of a program, or of the platform, newest first, without their secrets."""
    return await store.select_credentials(tx, program_id)


async def source_by_write_key(tx: Transaction, key: str, now: datetime) -> Bearer:
    """Return the source that a write key speaks for, in one statement. Refuses with InvalidKey.

    The Bearer carries the program's revision: `ConfigCache.get(tx, bearer.program_id, bearer.revision)` costs nothing
    while the configuration is unchanged.
    """
    return await _authenticate(tx, "write_key", prefix_of(key, "write_key"), hash_key(key), now)


async def source_by_key_hash(tx: Transaction, prefix: str, secret_hash: bytes, now: datetime) -> Bearer:
    """Return the source of a write key that was seen before, by its prefix and SHA-256. Refuses with InvalidKey."""
    return await _authenticate(tx, "write_key", prefix, secret_hash, now)


async def bearer_of_api_key(tx: Transaction, key: str, now: datetime) -> Bearer:
    """Return who an API key speaks for, in one statement. Refuses with InvalidKey, or ApiKeyNeeded for a write key.

    A write key that is mistyped or revoked is no key at all, also where events are sent: that is what is said of it.
    """
    if prefix_of(key, "write_key"):
        await source_by_write_key(tx, key, now)
        raise ApiKeyNeeded
    return await _authenticate(tx, "api_key", prefix_of(key, "api_key"), hash_key(key), now)


async def note_uses(tx: Transaction, prefixes: list[str], now: datetime) -> None:
    """Note that the keys of these prefixes were used until now: many together, a while after (see app/key_uses.py)."""
    await store.update_credentials_used(tx, prefixes, now)


async def _authenticate(
    tx: Transaction, kind: str, prefix: str | None, secret_hash: bytes, now: datetime
) -> Bearer:
    row = await store.select_credential(tx, prefix) if prefix else None
    if row is None or row.kind != kind or not matches(secret_hash, bytes(row.secret_hash)):
        raise InvalidKey
    if row.revoked_at is not None or (row.expires_at is not None and row.expires_at <= now):
        raise InvalidKey
    if row.program_archived_at is not None or row.source_disabled_at is not None:
        raise InvalidKey
    return Bearer(
        credential_id=row.id,
        prefix=row.prefix,
        name=row.name,
        roles=tuple(row.roles),
        program_id=row.program_id,
        program_code=row.program_code,
        revision=row.revision,
        source_id=row.source_id,
        expires_at=row.expires_at,
    )
