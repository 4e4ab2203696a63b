"""What the driver raises, in our words: a broken constraint is a refusal, a lost server is Unavailable."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import psycopg_pool
from psycopg import errors as pg

from regulars.kit.errors import Bug, Rejected, Unavailable

constraint_errors: dict[str, type[Rejected]] = {}


class DatabaseUnavailable(Unavailable):
    """The database cannot be reached at the moment; try again."""


class DatabaseBusy(Unavailable):
    """The database took too long to give a connection, a lock or an answer; try again."""


class TransactionConflict(Unavailable):
    """Two transactions were in each other's way; try again."""


class DatabaseFull(Unavailable):
    """The database has no room left on its disk; nothing was written."""


def map_constraint(name: str, error: type[Rejected]) -> None:
    """Answer a violation of the constraint or unique index `name` with `error`. Each name is mapped once."""
    known = constraint_errors.setdefault(name, error)
    if known is not error:
        raise Bug(f"The constraint {name!r} is already mapped to {known.__name__}.")


@contextmanager
def translated(statement: str) -> Iterator[None]:
    """Raise in our words what the driver raises inside; `statement` is named in what is left unmapped."""
    try:
        yield
    except psycopg.Error as error:
        error.add_note(f"statement: {statement}")
        translation = translate(error)
        if translation is None:
            raise
        raise translation from error


def translate(error: psycopg.Error) -> Rejected | None:
    """Return the refusal that stands for a driver's error, or None when it is a mistake of ours."""
    if isinstance(error, pg.IntegrityError):
        mapped = constraint_errors.get(error.diag.constraint_name or "")
        return mapped() if mapped else None
    if isinstance(error, pg.SerializationFailure | pg.DeadlockDetected):
        return TransactionConflict()
    if isinstance(error, pg.LockNotAvailable | pg.QueryCanceled | pg.IdleInTransactionSessionTimeout):
        return DatabaseBusy()
    if isinstance(error, pg.DiskFull | pg.OutOfMemory):
        return DatabaseFull()
    if isinstance(error, psycopg_pool.PoolTimeout | psycopg_pool.TooManyRequests):
        return DatabaseBusy()
    if isinstance(error, psycopg.OperationalError | psycopg_pool.PoolClosed):
        return DatabaseUnavailable()
    return None
