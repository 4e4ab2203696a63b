"""Columns out of PostgreSQL's binary COPY: whole columns of numbers, without looking at any row.

The server glues the eight bytes of each number together (`string_agg(int8send(…), '')`), which is the cheapest way
out of it for columns: an array costs it twice as much, and a message for each row costs us as much again. One COPY
says one row, which is some batches. Format: https://www.postgresql.org/docs/current/sql-copy.html, "Binary Format".
"""

from __future__ import annotations

from collections.abc import Sequence
from struct import Struct
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Column = NDArray[np.int64]

# The signature, no flags, no extension.
_HEADER_BYTES: Final = 19
_FIELDS: Final = Struct(">h").unpack_from
_LENGTH: Final = Struct(">i").unpack_from
# Microseconds from 1970-01-01 to 2000-01-01, PostgreSQL's own epoch.
PG_EPOCH_US: Final = 946_684_800_000_000
FOREVER: Final = np.iinfo(np.int64).max


def read_columns(block: bytes | bytearray) -> list[Column]:
    """Return the columns of a COPY of one row, as they lie in `block`; NULL is a column without numbers."""
    at = _HEADER_BYTES
    (fields,) = _FIELDS(block, at)
    at += 2
    found = []
    for _ in range(max(0, fields)):
        (length,) = _LENGTH(block, at)
        at += 4
        found.append(np.frombuffer(block, ">i8", max(0, length) // 8, at))
        at += max(0, length)
    return found


def joined(parts: Sequence[Column]) -> Column:
    """Return parts of a column as one, in this machine's own order of bytes."""
    whole = np.empty(sum(map(len, parts)), np.int64)
    at = 0
    for part in parts:
        whole[at : at + len(part)] = part
        at += len(part)
    return whole


def spread(values: Column, owners: Column, rows: Column) -> Column:
    """Return for each of `rows` (numbers that are there once) the value of its owner, 0 for what owns none."""
    found = np.zeros(len(rows), np.int64)
    if len(values):
        order = np.argsort(rows, kind="stable")
        found[order[np.searchsorted(rows, owners, sorter=order)]] = values
    return found


def instants(column: Column) -> NDArray[Any]:
    """Return PostgreSQL's instants as microseconds since 1970; infinity becomes no time."""
    moved = column + PG_EPOCH_US
    moved[column == FOREVER] = np.iinfo(np.int64).min
    return moved.view("datetime64[us]")


def low(column: Column, bits: int) -> NDArray[np.int32]:
    """Return the lowest bits of packed numbers."""
    return (column & ((1 << bits) - 1)).astype(np.int32)


def high(column: Column, shift: int, bits: int = 32) -> NDArray[np.int32]:
    """Return `bits` bits above `shift` of packed numbers."""
    return ((column >> shift) & ((1 << bits) - 1)).astype(np.int32)
