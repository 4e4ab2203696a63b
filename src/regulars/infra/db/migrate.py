"""Plain SQL migrations, forward only, in order: NNNN_pre_*.sql before new code runs, NNNN_post_*.sql after.

Each file runs in one transaction together with the row that says it was applied, so a runner that is killed half-way
leaves nothing behind and the next one goes on. A file whose first line is `-- outside transaction` holds a single
statement that PostgreSQL refuses inside one (CREATE INDEX CONCURRENTLY); it must be safe to repeat.

After them `grants.sql` says anew what the roles regulars_app and regulars_read may do.
"""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Literal, TypeAlias

import msgspec
import psycopg

from regulars.infra.db.errors import translated
from regulars.infra.db.failpoints import failpoint
from regulars.infra.db.limits import MIGRATION
from regulars.infra.db.queries import load_queries
from regulars.kit.errors import Conflict, Rejected, Unavailable

Phase: TypeAlias = Literal["pre", "post", "all"]
Connection: TypeAlias = psycopg.Connection[tuple[Any, ...]]

# Any fixed number: it only has to be the same for all runners. Spells "regulars" on a telephone.
LOCK_KEY = 73485277
# A second runner waits this long for the first, which may be building an index.
LOCK_WAIT_S = 300.0
LOCK_POLL_S = 0.2
OUTSIDE_TRANSACTION = "-- outside transaction"
_NAME = re.compile(r"[0-9]{4}_(pre|post)_[a-z0-9_]+\.sql")

queries = load_queries(__package__)


class MigrationChanged(Rejected):
    """A migration was changed after it was applied; restore the file and write a new migration."""

    status = 500


class MigrationMissing(Rejected):
    """The database has a migration that this version does not know; install the newer version."""

    status = 500


class MigrationMisnamed(Rejected):
    """A migration is named NNNN_pre_words.sql or NNNN_post_words.sql."""

    status = 500


class DatabaseRightsMissing(Conflict):
    """The account of REGULARS_DATABASE_URL may not do this there.

    The account that owns the database migrates it; one that only serves is given the role regulars_app.
    """


class MigrationRunning(Unavailable):
    """Another runner is migrating this database; wait for it to end."""


class Migration(msgspec.Struct, frozen=True):
    """One file: its name, its phase (pre or post), its SQL, and the SHA-256 of that."""

    name: str
    phase: str
    sql: str
    checksum: str


class MigrationState(msgspec.Struct, frozen=True):
    """Where a database stands: names applied, names still to apply, names changed since, names unknown here."""

    applied: list[str]
    pending: list[str]
    changed: list[str]
    unknown: list[str]


def migrations_folder() -> Traversable:
    """Return the folder of the migrations: of the checkout, or inside the installed package."""
    checkout = Path(__file__).parents[4] / "migrations"
    if (checkout.parent / "pyproject.toml").is_file() and checkout.is_dir():
        return checkout
    return resources.files("regulars") / "migrations"


def load_migrations(folder: Traversable | None = None) -> list[Migration]:
    """Return the migrations in order. Raises MigrationMisnamed."""
    migrations = []
    for file in (folder or migrations_folder()).iterdir():
        if not file.name.endswith(".sql"):
            continue
        match = _NAME.fullmatch(file.name)
        if match is None:
            raise MigrationMisnamed(file=file.name)
        sql = file.read_text(encoding="utf-8")
        checksum = hashlib.sha256(sql.encode()).hexdigest()
        migrations.append(Migration(name=file.name, phase=match.group(1), sql=sql, checksum=checksum))
    # 'post' sorts before 'pre' in the alphabet; within one number the expansion comes first.
    return sorted(migrations, key=lambda m: (m.name[:4], m.phase == "post", m.name))


def migrate(
    url: str,
    *,
    phase: Phase = "all",
    folder: Traversable | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> list[str]:
    """Apply what is missing and return the names applied; `progress` hears each name before it runs.

    Only one runner works at a time, others wait. Raises MigrationChanged, MigrationMissing, MigrationRunning,
    DatabaseUnavailable, DatabaseRightsMissing, DatabaseBusy (a lock could not be had in time: run it again).
    """
    migrations = load_migrations(folder)
    applied: list[str] = []
    with _connection(url) as connection:
        _lock(connection)
        connection.execute(_own_file("schema.sql").encode())
        state = _state(connection, migrations)
        _refuse_strange(state)
        for migration in migrations:
            if migration.name in state.pending and phase in (migration.phase, "all"):
                progress(migration.name)
                _apply(connection, migration)
                applied.append(migration.name)
        connection.execute(_own_file("grants.sql").encode())
    return applied


def migration_state(url: str, folder: Traversable | None = None) -> MigrationState:
    """Compare a database with the migrations of this version; changes nothing.

    Raises DatabaseUnavailable, DatabaseRightsMissing.
    """
    with _connection(url) as connection:
        return _state(connection, load_migrations(folder))


@contextmanager
def _connection(url: str) -> Iterator[Connection]:
    try:
        with translated("migrate"), psycopg.connect(url, autocommit=True) as connection:
            connection.execute(
                queries.configure_session.sql.encode(),
                {
                    "application_name": "regulars-migration",
                    "reads": "off",
                    **msgspec.structs.asdict(MIGRATION),
                },
            )
            yield connection
    except psycopg.errors.InsufficientPrivilege as error:
        raise DatabaseRightsMissing(reason=error.diag.message_primary) from error


def _lock(connection: Connection) -> None:
    deadline = time.monotonic() + LOCK_WAIT_S
    while True:
        row = connection.execute(queries.try_migration_lock.sql.encode(), {"key": LOCK_KEY}).fetchone()
        if row and row[0]:
            return
        if time.monotonic() > deadline:
            raise MigrationRunning
        time.sleep(LOCK_POLL_S)


def _own_file(name: str) -> str:
    return resources.files(__package__).joinpath(name).read_text(encoding="utf-8")


def _state(connection: Connection, migrations: list[Migration]) -> MigrationState:
    known = {migration.name: migration.checksum for migration in migrations}
    applied: dict[str, str] = {}
    row = connection.execute(queries.migration_table_exists.sql.encode()).fetchone()
    if row and row[0]:
        applied = dict(connection.execute(queries.select_migrations.sql.encode()).fetchall())
    return MigrationState(
        applied=[name for name in known if name in applied],
        pending=[name for name in known if name not in applied],
        changed=[name for name in known if name in applied and applied[name] != known[name]],
        unknown=[name for name in applied if name not in known],
    )


def _refuse_strange(state: MigrationState) -> None:
    if state.changed:
        raise MigrationChanged(files=", ".join(state.changed))
    if state.unknown:
        raise MigrationMissing(files=", ".join(state.unknown))


def _apply(connection: Connection, migration: Migration) -> None:
    note = {"name": migration.name, "checksum": migration.checksum}
    if migration.sql.startswith(OUTSIDE_TRANSACTION):
        connection.execute(migration.sql.encode())
        failpoint("after_migration_before_note")
        connection.execute(queries.insert_migration.sql.encode(), note)
        return
    with connection.transaction():
        connection.execute(migration.sql.encode())
        failpoint("after_migration_before_note")
        connection.execute(queries.insert_migration.sql.encode(), note)
