"""Backups: one file with everything that a database holds at one moment, written and read by PostgreSQL's own programs.

A backup does not depend on where it was made: it goes back into an embedded server or into one of one's own, of the
same or a newer major version. What roles may do is not in it; `migrate` says that anew.
"""

from __future__ import annotations

import os
import re
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final, TypeAlias

import msgspec
import psycopg
from psycopg.conninfo import conninfo_to_dict
from psycopg.pq import Conninfo

from regulars.infra.db.binaries import find_binaries
from regulars.infra.db.errors import translated
from regulars.infra.db.queries import load_queries
from regulars.kit.errors import Conflict, NotFound, Rejected, Unavailable

Progress: TypeAlias = Callable[[str, int, int], None]
"""Told the table that is being written or read, which one of how many it is."""

# What pg_dump and pg_restore say (--verbose) when they turn to the rows of a table.
_TABLE: Final = re.compile(r'(?:dumping contents of table|processing data for table) "(?P<name>.+)"$')
_ROWS: Final = re.compile(r"^\d+;.* TABLE DATA ", re.MULTILINE)
_WORDS_KEPT: Final = 20
_PRIVATE: Final = 0o600

queries = load_queries(__package__)


class BackupExists(Conflict):
    """There is a file of that name; nothing is overwritten. Name another one, or move it away."""


class BackupMissing(NotFound):
    """There is no such file."""


class BackupUnreadable(Rejected):
    """This is no backup, or not a whole one: its contents cannot be read. Nothing was changed."""


class DatabaseNotEmpty(Conflict):
    """A backup is restored into an empty database, and this one has tables: name a new home, or a new database."""


class BackupFailed(Unavailable):
    """PostgreSQL could not do it; what it said stands below. Nothing was left half done."""


class Backup(msgspec.Struct, frozen=True):
    """What was written or read: the file, its size in bytes, how many tables, in how many seconds."""

    file: str
    size: int
    tables: int
    seconds: float


def back_up(url: str, file: Path, progress: Progress) -> Backup:
    """Write the whole database into a new file that only its owner can read, beside everything else that runs.

    The file has its name only when it is whole. Raises BackupExists, BackupFailed, DatabaseUnavailable.
    """
    if file.exists():
        raise BackupExists(file=str(file))
    began = time.monotonic()
    tables = _tables(url)
    partial = file.with_name(f".{file.name}.partial")
    try:
        os.close(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _PRIVATE))
        dump = ("pg_dump", "--format=custom", "--compress=gzip:3", "--no-password", f"--file={partial}")
        _run(dump, url, tables, progress)
        with partial.open("rb") as written:
            os.fsync(written.fileno())
        os.link(
            partial, file
        )  # unlike a renaming, it does not replace what somebody else put there meanwhile
    except FileExistsError as error:
        raise BackupExists(file=str(file)) from error
    except OSError as error:
        raise BackupFailed(f"{file.parent} cannot be written to: {error.strerror}.") from error
    finally:
        partial.unlink(missing_ok=True)
    return Backup(str(file), file.stat().st_size, tables, round(time.monotonic() - began, 1))


def restore(url: str, file: Path, progress: Progress) -> Backup:
    """Read a backup into an empty database, whole or not at all; `migrate` it afterwards.

    Raises BackupMissing, BackupUnreadable, DatabaseNotEmpty, BackupFailed, DatabaseUnavailable.
    """
    if not file.is_file():
        raise BackupMissing(file=str(file))
    began = time.monotonic()
    contents = _contents(file)
    tables = len(_ROWS.findall(contents))
    if not tables:
        raise BackupUnreadable(file=str(file))
    if _tables(url):
        raise DatabaseNotEmpty
    asked = ("--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction", "--no-password")
    name = conninfo_to_dict(url).get("dbname") or ""
    _run(("pg_restore", *asked, f"--dbname={name}", str(file)), url, tables, progress)
    return Backup(str(file), file.stat().st_size, tables, round(time.monotonic() - began, 1))


def _tables(url: str) -> int:
    """Return how many tables a database has that are not PostgreSQL's own."""
    with translated("backup"), psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute(queries.count_tables.sql.encode()).fetchone()
    assert row is not None
    return int(row[0])


def _contents(file: Path) -> str:
    """Return what a backup says it holds. Raises BackupUnreadable."""
    listed = subprocess.run(  # noqa: S603 - PostgreSQL's own program
        [_program("pg_restore"), "--list", file], capture_output=True, text=True, check=False
    )
    if listed.returncode:
        raise BackupUnreadable(file=str(file), said=listed.stderr.strip())
    return listed.stdout


def _run(command: Sequence[str], url: str, tables: int, progress: Progress) -> None:
    """Run one of PostgreSQL's programs on a database and follow what it says. Raises BackupFailed."""
    program, *arguments = command
    said: list[str] = []
    done = 0
    with _running([str(_program(program)), "--verbose", *arguments], url) as process:
        assert process.stderr is not None
        for line in process.stderr:
            found = _TABLE.search(line.rstrip())
            if found is None:
                said = [*said, line.rstrip()][-_WORDS_KEPT:]
            else:
                done += 1
                progress(found["name"], min(done, tables), tables)
    if process.returncode:
        mistakes = [line for line in said if "error" in line or "DETAIL" in line or "fatal" in line.lower()]
        raise BackupFailed(" ".join(mistakes or said[-2:]))


@contextmanager
def _running(command: list[str], url: str) -> Iterator[subprocess.Popen[str]]:
    """Start a program; when the caller is interrupted, it ends too."""
    with subprocess.Popen(  # noqa: S603 - PostgreSQL's own program
        command, env={**os.environ, **_environment(url)}, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        except BaseException:
            process.terminate()
            raise


def _environment(url: str) -> dict[str, str]:
    """Return an address as libpq's variables: unlike arguments, nobody else on the machine can read them."""
    return {
        option.envvar.decode(): option.val.decode()
        for option in Conninfo.parse(url.encode())
        if option.val is not None and option.envvar is not None
    } | {"PGAPPNAME": "regulars-backup", "LC_ALL": "C"}


def _program(name: str) -> Path:
    """Return where one of PostgreSQL's programs is. Raises BackupFailed."""
    program = find_binaries() / name
    if not program.is_file():
        raise BackupFailed(f"There is no {name} beside the other programs of PostgreSQL in {program.parent}.")
    return program
