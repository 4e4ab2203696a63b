"""Rows that were packed for COPY, written by an INSERT instead: a pipeline has no place for COPY.

A field of binary COPY and an element of a binary array are the same bytes: a length (-1 for NULL) and what it counts.
So rows become one array a column without anything being decoded. For the few rows of a batch of tills; more go by COPY.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from psycopg.adapt import Dumper
from psycopg.postgres import adapters
from psycopg.pq import Format

from regulars.infra.db.packing import array, columns_of
from regulars.infra.db.queries import Query
from regulars.kit.errors import Bug

_COPY = re.compile(r"COPY\s+([\w.]+)\s*(?:\(([^)]*)\))?\s*FROM\s+STDIN\s*\(FORMAT\s+binary\)")


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


class _ColumnDumper(Dumper):
    format = Format.BINARY

    def dump(self, obj: Column) -> bytes:
        return array(obj.oid, obj.parts)


adapters.register_dumper(Column, _ColumnDumper)
