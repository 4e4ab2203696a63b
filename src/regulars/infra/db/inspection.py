"""What a server says about itself, for those who check an installation."""

from __future__ import annotations

import msgspec
import psycopg

from regulars.infra.db.errors import translated
from regulars.infra.db.queries import load_queries

CONNECT_WAIT_S = 5

queries = load_queries(__package__)


class ServerFacts(msgspec.Struct, frozen=True):
    """Version, settings that decide about durability, and how many connections are in use."""

    database: str
    user: str
    version: str
    version_major: int
    encoding: str
    fsync: str
    full_page_writes: str
    synchronous_commit: str
    connections: int
    connections_max: int


def server_facts(url: str) -> ServerFacts:
    """Connect once and ask. Raises DatabaseUnavailable, whose cause is what the driver said."""
    with translated("server_facts"), psycopg.connect(url, connect_timeout=CONNECT_WAIT_S) as connection:
        row = connection.execute(queries.select_server_facts.sql.encode()).fetchone()
        assert row is not None
        return ServerFacts(*row)
