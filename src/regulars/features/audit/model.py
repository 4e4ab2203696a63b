"""Changes as values, and the chain over them."""

from __future__ import annotations

import re
from datetime import datetime
from hashlib import sha256
from typing import Any, Final

import msgspec

from regulars.kit.errors import FieldError, Invalid

# What the chain begins with.
ORIGIN: Final = sha256(b"").digest()
_ANCHOR = re.compile(r"(0|[1-9][0-9]{0,17}):([0-9a-f]{64})")


class InvalidAnchor(Invalid):
    """An anchor is the place and the hash that 'regulars audit verify' printed, such as 120:9f86…"""


class Entry(msgspec.Struct, frozen=True):
    """A change of one row: the columns that changed, before and after. `kind` is the table, `key` its primary key."""

    number: int
    at: datetime
    actor: str
    request_id: str
    program: str | None
    action: str
    kind: str
    key: str
    name: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None


class Wanted(msgspec.Struct, frozen=True):
    """Which changes are asked for: who, what, when, which object; None = any."""

    program_id: int | None = None
    actor: str | None = None
    action: str | None = None
    kind: str | None = None
    object: str | None = None
    request_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    number: int | None = None


class Anchor(msgspec.Struct, frozen=True):
    """A place of the chain and its hash, kept outside of the database: what was there then must be there still."""

    place: int
    hash: str

    def __str__(self) -> str:
        """Return it as it is written down."""
        return f"{self.place}:{self.hash}"


class Verification(msgspec.Struct, frozen=True):
    """What came of verifying: how many entries, the end of the chain, and what is wrong with the first bad one."""

    entries: int
    anchor: Anchor
    problem: str | None = None
    place: int | None = None
    number: int | None = None

    @property
    def sound(self) -> bool:
        """Whether nothing was tampered with."""
        return self.problem is None


def read_anchor(text: str) -> Anchor:
    """Return an anchor as it was written down. Refuses with InvalidAnchor."""
    match = _ANCHOR.fullmatch(text.strip().lower())
    if match is None:
        raise InvalidAnchor(errors=[FieldError("anchor", "not_an_anchor", "Write PLACE:HASH.")])
    return Anchor(int(match.group(1)), match.group(2))


def sealed(before: bytes, canonical: bytes) -> bytes:
    """Return the seal of an entry behind the one before."""
    return sha256(before + canonical).digest()
