"""Statements of tests of the database, which stand in their Python and not in files."""

from __future__ import annotations

from regulars.infra.db import Query


def sql(text: str) -> Query:
    """Return a statement without a name of its own."""
    return Query(name="test", doc="A statement of a test.", sql=text)


# What a restart of the server does to the connections of a database that was opened as `cups`.
LEAVE_ALL = sql(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'regulars-cups'"
)
