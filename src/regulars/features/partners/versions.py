"""Versions of terms, agreements and templates, for ETag and If-Match: equal content has an equal version."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import msgspec

from regulars.kit.errors import PreconditionFailed


def version_of(value: Any) -> str:
    """Return the version of a document."""
    return sha256(msgspec.json.encode(value)).hexdigest()[:24]


def expect(before: Any, expected: str | None) -> None:
    """Refuse a change of what is not as the caller has read it; None = whatever is there, "*" = it must be there.

    Raises PreconditionFailed.
    """
    if expected is None:
        return
    if before is None or (expected != "*" and version_of(before) != expected):
        raise PreconditionFailed
