"""The keys that sign tokens: one in use, retired ones published until their last token is over."""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec

from regulars.flows.offline.tokens import make_key, public_keys
from regulars.infra.db import Transaction, load_queries
from regulars.infra.sealing import SealedColumn

queries = load_queries(__package__)
PRIVATE_KEY: Final = SealedColumn("offline.key", "private", ("program_id", "id"), binary=True)

# The longest a token may live; a retired key is published as long as one of its tokens may still be shown.
LIFE_MAX: Final = timedelta(days=7)
# How long tills may come back to report what they accepted.
REPORTING: Final = timedelta(days=3)
_ID_BYTES: Final = 8


class Key(msgspec.Struct, frozen=True):
    """A key of a program. `private` is sealed but in what signing_key and rotate_keys return."""

    id: str
    private: bytes
    public: bytes
    created_at: datetime
    retired_at: datetime | None


async def signing_key(tx: Transaction, program_id: int, now: datetime) -> Key:
    """Return the key in use; who asks first, a token or a till, makes the first key."""
    for _ in range(2):
        found = await _keys(tx, program_id, now)
        for key in found:
            if key.retired_at is None:
                private = PRIVATE_KEY.open_bytes(key.private, program_id, key.id)
                return msgspec.structs.replace(key, private=private)
        await _make(tx, program_id, now)
    raise AssertionError("a key that was made is there")


async def rotate_keys(tx: Transaction, program_id: int, now: datetime) -> Key:
    """Let a new key sign from here on; the old one stays published until its tokens are over."""
    await tx.run(queries.retire_key, program_id=program_id, now=now)
    await _make(tx, program_id, now)
    return await signing_key(tx, program_id, now)


async def published_keys(tx: Transaction, program_id: int, now: datetime) -> dict[str, Any]:
    """Return the public keys that tills need, as a JSON Web Key Set: there before the first token is."""
    await signing_key(tx, program_id, now)
    found = await _keys(tx, program_id, now)
    return public_keys({key.id: bytes(key.public) for key in found})


async def _keys(tx: Transaction, program_id: int, now: datetime) -> list[Key]:
    since = now - LIFE_MAX - REPORTING
    return await tx.all(queries.select_keys, row=Key, program_id=program_id, since=since)


async def _make(tx: Transaction, program_id: int, now: datetime) -> None:
    private, public = make_key()
    key_id = os.urandom(_ID_BYTES).hex()
    await tx.run(
        queries.insert_key,
        program_id=program_id,
        id=key_id,
        private=PRIVATE_KEY.seal_bytes(private, program_id, key_id),
        public=public,
        now=now,
    )
