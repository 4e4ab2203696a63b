"""Databases that live as long as a measurement: made fresh, dropped afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit, urlunsplit

import psycopg

from regulars.infra.db.queries import load_queries

queries = load_queries(__package__)


@contextmanager
def scratch_database(url: str, name: str) -> Iterator[str]:
    """Make an empty database called `name` on the server of `url` (what was there is dropped) and yield its URL."""
    if not name.isidentifier():
        raise ValueError(f"A database is named like an identifier; {name!r} is not.")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(queries.drop_database.sql.format(name=name).encode())
        connection.execute(queries.create_database.sql.format(name=name).encode())
        try:
            parts = urlsplit(url)
            yield urlunsplit((parts.scheme, parts.netloc, f"/{name}", parts.query, parts.fragment))
        finally:
            connection.execute(queries.drop_database.sql.format(name=name).encode())


def settle(url: str) -> None:
    """Vacuum and analyse the database of `url` and write everything to disk, so that a measurement begins quietly."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(queries.vacuum.sql.encode())
        connection.execute(queries.checkpoint.sql.encode())
