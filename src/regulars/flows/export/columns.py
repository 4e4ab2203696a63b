"""Columns out of PostgreSQL's binary COPY of arrays: whole arrays of numbers, without looking at any row.

Format: https://www.postgresql.org/docs/current/sql-copy.html, "Binary Format", and array_send in arrayfuncs.c: how many
dimensions, null flag, element type, length, lower bound; then length and bytes of each element. All elements are eight
bytes here and none is null, so an array is a grid of 12 bytes a row.
"""

from __future__ import annotations

from struct import Struct
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Column = NDArray[np.int64]

_HEADER_BYTES: Final = 19
_FIELDS: Final = Struct(">h").unpack_from
_LENGTH: Final = Struct(">i").unpack_from
_ARRAY: Final = Struct(">iiIii")
_ELEMENT: Final = np.dtype([("length", ">i4"), ("value", ">i8")])
# Microseconds from 1970-01-01 to 2000-01-01, PostgreSQL's own epoch.
PG_EPOCH_US: Final = 946_684_800_000_000
FOREVER: Final = np.iinfo(np.int64).max


def read_columns(data: bytes) -> list[Column]:
    """Return the arrays of the only row of a COPY; no columns when they are null (there were no rows)."""
    at = _HEADER_BYTES
    (fields,) = _FIELDS(data, at)
    at += 2
    columns: list[Column] = []
    for _ in range(max(fields, 0)):
        (length,) = _LENGTH(data, at)
        at += 4
        if length < 0:
            return []
        *_, count, _ = _ARRAY.unpack_from(data, at)
        elements = np.frombuffer(data, _ELEMENT, count, at + _ARRAY.size)
        columns.append(elements["value"].astype(np.int64))
        at += length
    return columns


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
