"""Arrays of PostgreSQL's binary format, made of values or of rows that were packed for COPY.

Format: array_recv in PostgreSQL's arrayfuncs.c: dimensions, null flag, element oid, length, lower bound, then length
and bytes of each; a length of -1 for NULL. A field of binary COPY is the same bytes: a length and what it counts.
"""

from __future__ import annotations

import struct
from typing import Final

from regulars.kit.errors import Bug

# Of a COPY stream: signature, flags and length of the extension in front, two bytes behind.
_HEAD: Final = 19
_TAIL: Final = 2
_HEADER = struct.Struct(">iiIii").pack
_EMPTY = struct.Struct(">iiI").pack
_LENGTH = struct.Struct(">i").pack
_EIGHT = struct.Struct(">iq").pack
_NULL: Final = b"\xff\xff\xff\xff"
_UUID_LENGTH: Final = b"\x00\x00\x00\x10"
_TRUE: Final = b"\x00\x00\x00\x01\x01"
_FALSE: Final = b"\x00\x00\x00\x01\x00"
# Nearly all texts are shorter; their lengths need no packing.
_KNOWN_LENGTHS: Final = 4_096
_LENGTHS: Final = tuple(_LENGTH(length) for length in range(_KNOWN_LENGTHS))

TEXT, BIGINT, UUID, BYTEA, BOOLEAN, INSTANT = 25, 20, 2950, 17, 16, 1184


def array(oid: int, parts: list[bytes]) -> bytes:
    """Return an array of elements of the type `oid`, each with its length in front."""
    if not parts:
        return _EMPTY(0, 0, oid)
    return _HEADER(1, 1 if _NULL in parts else 0, oid, len(parts), 1) + b"".join(parts)


def texts(values: list[str | None]) -> bytes:
    """Return a text[]."""
    if not values:
        return _EMPTY(0, 0, TEXT)
    nulls = 0
    parts = [b""]
    for text in values:
        if text is None:
            nulls = 1
            parts.append(_NULL)
            continue
        encoded = text.encode()
        size = len(encoded)
        parts.append(_LENGTHS[size] if size < _KNOWN_LENGTHS else _LENGTH(size))
        parts.append(encoded)
    parts[0] = _HEADER(1, nulls, TEXT, len(values), 1)
    return b"".join(parts)


def numbers(values: list[int | None], oid: int) -> bytes:
    """Return an array whose elements are eight bytes each."""
    if not values:
        return _EMPTY(0, 0, oid)
    if None in values:
        parts = [_NULL if number is None else _EIGHT(8, number) for number in values]
        return _HEADER(1, 1, oid, len(values), 1) + b"".join(parts)
    paired = [part for number in values for part in (8, number)]
    return _HEADER(1, 0, oid, len(values), 1) + struct.pack(f">{'iq' * len(values)}", *paired)


def flags(values: list[bool]) -> bytes:
    """Return a boolean[]."""
    return array(BOOLEAN, [_TRUE if flag else _FALSE for flag in values])


def blobs(values: list[bytes]) -> bytes:
    """Return a bytea[]."""
    return array(BYTEA, [_LENGTH(len(blob)) + blob for blob in values])


def uuids(values: list[bytes]) -> bytes:
    """Return a uuid[]; each is 16 bytes."""
    return array(UUID, [_UUID_LENGTH + key for key in values])


def columns_of(data: bytes, width: int) -> list[list[bytes]]:
    """Return the fields of a COPY stream by column, each with its length in front."""
    columns: list[list[bytes]] = [[] for _ in range(width)]
    place, end = _HEAD, len(data) - _TAIL
    while place < end:
        if data[place + 1] != width:
            raise Bug(f"A row has {data[place + 1]} fields, its table {width}.")
        place += 2
        for column in columns:
            after = place + 4
            if data[place] != 255:  # the length of NULL is -1
                after += data[place] << 24 | data[place + 1] << 16 | data[place + 2] << 8 | data[place + 3]
            column.append(data[place:after])
            place = after
    return columns
