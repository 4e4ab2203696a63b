"""Rows that were packed for COPY, written by an INSERT instead: a pipeline has no place for COPY.

A field of binary COPY and an element of a binary array are the same bytes: a length (-1 for NULL) and what it counts.
So rows become one array a column without anything being decoded. For the few rows of a batch of tills; more go by COPY.
"""

from __future__ import annotations

import re
import struct
from typing import Any, Final, NamedTuple

from psycopg.adapt import Dumper
from psycopg.postgres import adapters
from psycopg.pq import Format

from regulars.infra.db.queries import Query
from regulars.kit.errors import Bug

# Of a COPY stream: signature, flags and length of the extension in front, two bytes behind.
_HEAD: Final = 19
_COPY = re.compile(r"COPY\s+([\w.]+)\s*(?:\(([^)]*)\))?\s*FROM\s+STDIN\s*\(FORMAT\s+binary\)")
_ARRAY = struct.Struct(">iiIii").pack
_EMPTY = struct.Struct(">iiI").pack
_length = struct.Struct(">i").unpack_from
_NULL: Final = b"\xff\xff\xff\xff"


class Insertion(NamedTuple):
    """The INSERT that does what a COPY does: its columns are the parameters c0, c1, …, of these element types."""

    query: Query
    types: tuple[int, ...]

    def params(self, data: bytes) -> dict[str, Any]:
        """Return a COPY stream as the parameters of the statement."""
        columns = columns_of(data, len(self.types))
        return {
            f"c{place}": Column(oid, parts)
            for place, (oid, parts) in enumerate(zip(self.types, columns, strict=True))
        }


class Column:
    """A parameter that is an array: the type of its elements, and each with its length in front."""

    __slots__ = ("oid", "parts")

    def __init__(self, oid: int, parts: list[bytes]) -> None:
        self.oid = oid
        self.parts = parts


def target_of(copy: Query) -> tuple[str, list[str] | None]:
    """Return the table that a COPY … FROM STDIN (FORMAT binary) fills, and the columns it names (None = all)."""
    found = _COPY.fullmatch(copy.sql)
    if found is None:
        raise Bug(f"{copy.name} is no COPY of binary rows.")
    table, listed = found.groups()
    return table, None if listed is None else [name.strip() for name in listed.split(",")]


def insertion_of(copy: Query, table: str, columns: list[tuple[str, str, int]]) -> Insertion:
    """Return the INSERT that does what `copy` does; `columns` = name, type, oid of the type."""
    arrays = ", ".join(f"%(c{place})s::{kind}[]" for place, (_, kind, _) in enumerate(columns))
    names = ", ".join(name for name, _, _ in columns)
    sql = f"INSERT INTO {table} ({names}) SELECT * FROM unnest({arrays})"  # noqa: S608 - names out of the catalogue
    return Insertion(Query(copy.name, copy.doc, sql), tuple(oid for _, _, oid in columns))


def columns_of(data: bytes, width: int) -> list[list[bytes]]:
    """Return the fields of a COPY stream by column, each with its length in front."""
    columns: list[list[bytes]] = [[] for _ in range(width)]
    adders = [column.append for column in columns]
    place, end = _HEAD, len(data) - 2
    while place < end:
        if data[place + 1] != width:
            raise Bug(f"A row has {data[place + 1]} fields, its table {width}.")
        place += 2
        for add in adders:
            (size,) = _length(data, place)
            after = place + 4 + size if size > 0 else place + 4
            add(data[place:after])
            place = after
    return columns


class _ColumnDumper(Dumper):
    format = Format.BINARY

    def dump(self, obj: Column) -> bytes:
        if not obj.parts:
            return _EMPTY(0, 0, obj.oid)
        nulls = int(_NULL in obj.parts)
        return _ARRAY(1, nulls, obj.oid, len(obj.parts), 1) + b"".join(obj.parts)


adapters.register_dumper(Column, _ColumnDumper)
