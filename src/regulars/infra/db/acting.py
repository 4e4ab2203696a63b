"""Who acts, for the log of changes: noted where a caller is recognised, told to PostgreSQL with each BEGIN that writes.

PostgreSQL's triggers read it as `current_setting('regulars.actor', true)`; it ends with the transaction.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import msgspec
from psycopg import sql

from regulars.infra.db.exchange import Call
from regulars.infra.db.queries import load_queries

queries = load_queries(__package__)


class Acting(msgspec.Struct, frozen=True):
    """Somebody who acts (`staff:5`, `key:12`, `cli:ann`) and the request in which it happens."""

    actor: str
    request_id: str = ""


_acting: ContextVar[Acting | None] = ContextVar("acting", default=None)


def act_as(actor: str, request_id: str = "") -> None:
    """Let what this task does from now on be done by `actor`."""
    _acting.set(Acting(actor, request_id))


def act_for_nobody() -> None:
    """Let what this task does from now on be done by nobody in particular, until somebody is recognised."""
    _acting.set(None)


@contextmanager
def acting(actor: str, request_id: str = "") -> Iterator[None]:
    """Let what is done inside be done by `actor`."""
    token = _acting.set(Acting(actor, request_id))
    try:
        yield
    finally:
        _acting.reset(token)


def introductions() -> list[Call]:
    """Return the statement that says who acts, behind a BEGIN in the same round trip; none when nobody does."""
    who = _acting.get()
    return [] if who is None else [Call(queries.introduce, {"actor": who.actor, "request": who.request_id})]


def introduced(begin: str) -> bytes:
    """Return a BEGIN that also says who acts, in one round trip; the plain one when nobody was recognised."""
    who = _acting.get()
    if who is None:
        return begin.encode()
    told = sql.SQL("; SET LOCAL regulars.actor = {}; SET LOCAL regulars.request = {}").format(
        sql.Literal(who.actor), sql.Literal(who.request_id)
    )
    return begin.encode() + told.as_bytes(None)
