"""Write keys: where in a request they may stand. The first that is found counts, as with Segment's own servers."""

from __future__ import annotations

import base64
import binascii

import msgspec
from starlette.requests import Request

# A key of ours has about 50 characters; Segment's have 32.
WRITE_KEY_LENGTH_MAX = 200


class _Keyed(msgspec.Struct, rename="camel"):
    """The part of a message that may name its source."""

    write_key: str | None = None
    batch: list[msgspec.Raw] | None = None


_decoder = msgspec.json.Decoder(_Keyed)


def basic_key(request: Request) -> str | None:
    """Return the user name of a Basic authorization ("" where it cannot be read), None where there is none.

    The password is empty in every client; a missing colon is tolerated.
    """
    scheme, credentials = _authorization(request)
    return _user_of(credentials) if scheme == "basic" else None


def authorized_key(request: Request) -> str | None:
    """Return the user name of a Basic authorization or the token of a Bearer one, None where there is neither."""
    scheme, credentials = _authorization(request)
    if scheme == "bearer":
        return credentials
    return _user_of(credentials) if scheme == "basic" else None


def _authorization(request: Request) -> tuple[str, str]:
    scheme, _, credentials = request.headers.get("authorization", "").partition(" ")
    return scheme.lower(), credentials.strip()


def _user_of(credentials: str) -> str:
    try:
        text = base64.b64decode(credentials, validate=True).decode()
    except (binascii.Error, ValueError):
        return ""
    return text.partition(":")[0]


def body_key(body: bytes) -> str | None:
    """Return the `writeKey` of a body, else that of the first message of its batch, None where neither has one."""
    try:
        keyed = _decoder.decode(body)
        if keyed.write_key or not keyed.batch:
            return keyed.write_key
        return _decoder.decode(keyed.batch[0]).write_key
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


def plausible(key: str | None) -> str | None:
    """Return a key that can be looked up; None for what cannot be a key (too long, not printable ASCII)."""
    if key and len(key) <= WRITE_KEY_LENGTH_MAX and key.isascii() and key.isprintable():
        return key
    return None
