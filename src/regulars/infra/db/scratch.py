"""Databases that live as long as a measurement: made fresh, dropped afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg

from regulars.infra.db.queries import Query, load_queries

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


def copy_plainly(url: str, query: Query, path: Path) -> None:
    """Write what a COPY … TO STDOUT says to a file, as a script does it that does nothing else: row after row."""
    with psycopg.connect(url) as connection, path.open("wb") as file:
        with connection.cursor().copy(query.sql.encode()) as copy:
            for row in copy:
                file.write(row)
        file.flush()
