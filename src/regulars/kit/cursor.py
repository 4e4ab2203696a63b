"""Cursors of pages: where the next page starts, as an opaque text. A client sends it back and never looks inside."""

from __future__ import annotations

import base64
import binascii
from typing import Any, Final

import msgspec

# A cursor holds a sort key and an id; what is longer did not come from us.
CURSOR_CHARACTERS_MAX: Final = 1_000


def encode_cursor(*keys: str | int) -> str:
    """Return the cursor of the row with these sort keys, in the order of the sorting."""
    return base64.urlsafe_b64encode(msgspec.json.encode(keys)).rstrip(b"=").decode()


def decode_cursor(text: str, *kinds: type[str | int]) -> tuple[Any, ...]:
    """Return the sort keys inside a cursor; `kinds` are their types. Raises ValueError when it is not such a cursor."""
    if len(text) > CURSOR_CHARACTERS_MAX:
        raise ValueError("This is not a cursor; begin again without one.")
    try:
        packed = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        keys = msgspec.json.decode(packed)
    except (binascii.Error, ValueError, UnicodeError, RecursionError) as error:
        raise ValueError("This is not a cursor; begin again without one.") from error
    if not isinstance(keys, list) or [type(key) for key in keys] != list(kinds):
        raise ValueError("This cursor belongs to another list; begin again without one.")
    return tuple(keys)
