"""Columns out of PostgreSQL's binary COPY: whole columns of numbers, without looking at any row.

The server glues the eight bytes of each number together (`string_agg(int8send(…), '')`), which is the cheapest way
out of it for columns: an array costs it twice as much, and a message for each row costs us as much again. A row of
the COPY is some batches. Format: https://www.postgresql.org/docs/current/sql-copy.html, "Binary Format".
"""

from __future__ import annotations

from collections.abc import Iterable
from struct import Struct
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Column = NDArray[np.int64]

_HEADER: Final = b"PGCOPY\n\xff\r\n\x00"
_HEADER_BYTES: Final = 19
_FIELDS: Final = Struct(">h").unpack_from
_LENGTH: Final = Struct(">i").unpack_from
# Microseconds from 1970-01-01 to 2000-01-01, PostgreSQL's own epoch.
PG_EPOCH_US: Final = 946_684_800_000_000
FOREVER: Final = np.iinfo(np.int64).max


def read_columns(blocks: Iterable[bytes]) -> list[Column]:
    """Return the columns of a COPY, its rows one after the other; none when there are no rows.

    Each block holds whole rows, as the driver hands them out.
    """
    parts: list[list[Column]] = []
    for block in blocks:
        at = _HEADER_BYTES if block.startswith(_HEADER) else 0
        while at < len(block):
            (fields,) = _FIELDS(block, at)
            at += 2
            if fields < 0:
                break
            parts.append([])
            for _ in range(fields):
                (length,) = _LENGTH(block, at)
                parts[-1].append(np.frombuffer(block, ">i8", length // 8, at + 4))
                at += 4 + length
    return [np.concatenate(column).astype(np.int64) for column in zip(*parts, strict=True)]


def instants(column: Column) -> NDArray[Any]:
    """Return PostgreSQL's instants as microseconds since 1970; infinity becomes no time."""
    moved = np.where(column == FOREVER, np.iinfo(np.int64).min, column + PG_EPOCH_US)
    return moved.astype("datetime64[us]")


def low(column: Column, bits: int) -> NDArray[np.int32]:
    """Return the lowest bits of packed numbers."""
    return (column & ((1 << bits) - 1)).astype(np.int32)


def high(column: Column, shift: int, bits: int = 32) -> NDArray[np.int32]:
    """Return `bits` bits above `shift` of packed numbers."""
    return ((column >> shift) & ((1 << bits) - 1)).astype(np.int32)
