"""Keys as text: `wk_<prefix>_<secret>` is a write key of a source, `ak_<prefix>_<secret>` an API key.

The prefix finds the row and may be shown to people; only the SHA-256 of the whole key is stored.
"""

from __future__ import annotations

import hmac
import re
import secrets
from hashlib import sha256
from typing import Final

import msgspec

KINDS: Final = {"write_key": "wk", "api_key": "ak"}
PREFIX_LETTERS: Final = 12
SECRET_BYTES: Final = 32
KEY_LENGTH_MAX: Final = 100
_KEY: Final = re.compile(r"(wk|ak)_([a-z0-9]{12})_([A-Za-z0-9_-]{43})")
_LETTERS: Final = "abcdefghijkmnpqrstuvwxyz23456789"


class NewKey(msgspec.Struct, frozen=True):
    """A key just made: `text` is shown once and then forgotten; `prefix` and `secret_hash` are stored."""

    text: str
    prefix: str
    secret_hash: bytes


def new_key(kind: str) -> NewKey:
    """Return a fresh key of `kind` ("write_key" or "api_key") from 32 random bytes."""
    prefix = "".join(secrets.choice(_LETTERS) for _ in range(PREFIX_LETTERS))
    text = f"{KINDS[kind]}_{prefix}_{secrets.token_urlsafe(SECRET_BYTES)}"
    return NewKey(text=text, prefix=prefix, secret_hash=hash_key(text))


def hash_key(text: str) -> bytes:
    """Return the 32 bytes stored for a key. 256 random bits need no slow hash: nobody can try them all."""
    return sha256(text.encode()).digest()


def prefix_of(text: str, kind: str) -> str | None:
    """Return the look-up prefix of a key of `kind`, or None where the text cannot be one."""
    match = _KEY.fullmatch(text) if len(text) <= KEY_LENGTH_MAX else None
    return match.group(2) if match and match.group(1) == KINDS[kind] else None


def write_key_parts(text: str) -> tuple[str, bytes] | None:
    """Return the prefix and the SHA-256 of a write key, or None where the text cannot be one."""
    prefix = prefix_of(text, "write_key")
    return None if prefix is None else (prefix, hash_key(text))


def matches(asked: bytes, secret_hash: bytes) -> bool:
    """Return whether two hashes are the same, in a time that does not tell how much of them was."""
    return hmac.compare_digest(asked, secret_hash)
