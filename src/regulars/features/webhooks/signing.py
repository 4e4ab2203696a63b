"""Standard Webhooks 1.0.0: `v1,` and the base-64 HMAC-SHA256 of `id.timestamp.body`, one per living secret.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

from __future__ import annotations

import base64
import binascii
import hmac
import secrets
from collections.abc import Iterable, Mapping
from datetime import datetime
from hashlib import sha256
from typing import Final

from regulars.features.webhooks.errors import SecretInvalid

PREFIX: Final = "whsec_"
SECRET_BYTES: Final = 32
SECRET_BYTES_MIN: Final = 24
SECRET_BYTES_MAX: Final = 64
# Receivers refuse what is older or newer than this, so that nobody can replay it.
TOLERANCE_S: Final = 300


class SignatureWrong(Exception):
    """The message was not signed with this secret, or not now."""


def new_secret() -> str:
    """Return a fresh secret, whsec_ and 32 random bytes."""
    return PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def check_secret(secret: str) -> str:
    """Return a secret that somebody brought along. Raises SecretInvalid unless it has 24 to 64 bytes."""
    if not secret.startswith(PREFIX) or not SECRET_BYTES_MIN <= len(_key(secret)) <= SECRET_BYTES_MAX:
        raise SecretInvalid
    return secret


def sign(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """Return the signature of one message under one secret; `timestamp` in seconds since 1970. Raises SecretInvalid."""
    content = b".".join((message_id.encode(), str(timestamp).encode(), body))
    return "v1," + base64.b64encode(hmac.digest(_key(secret), content, sha256)).decode()


def headers_for(living: Iterable[str], message_id: str, at: datetime, body: bytes) -> dict[str, str]:
    """Return the three headers of an attempt made at `at`, signed with every living secret."""
    timestamp = int(at.timestamp())
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(sign(secret, message_id, timestamp, body) for secret in living),
    }


def verify(secret: str, headers: Mapping[str, str], body: bytes, now: datetime) -> None:
    """Do what a receiver does. Raises SignatureWrong; header names are in lower case."""
    try:
        message_id, said = headers["webhook-id"], headers["webhook-signature"]
        timestamp = int(headers["webhook-timestamp"])
        expected = sign(secret, message_id, timestamp, body)
    except (KeyError, ValueError, SecretInvalid) as error:
        raise SignatureWrong(f"a header is missing or malformed: {error}") from error
    if abs(now.timestamp() - timestamp) > TOLERANCE_S:
        raise SignatureWrong("the timestamp is more than five minutes away")
    if not any(hmac.compare_digest(expected.encode(), one.encode()) for one in said.split(" ")):
        raise SignatureWrong("no signature fits")


def _key(secret: str) -> bytes:
    text = secret.removeprefix(PREFIX)
    try:
        key = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError) as error:
        raise SecretInvalid from error
    if not key:
        raise SecretInvalid
    return key
