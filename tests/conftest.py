"""What every test may use: a real PostgreSQL of this run, a fresh database per test, a clock that stands still.

One embedded server is shared by all processes of a run and stopped at its end. Its database is migrated once, as a
template; each test gets a clone. Set REGULARS_TEST_DATABASE_URL to use another server (PostgreSQL 15, say).
"""

from __future__ import annotations

import base64
import fcntl
import gc
import hashlib
import os
import shutil
import tempfile
import uuid
from collections.abc import AsyncIterator, Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest

from regulars.infra.clock import FixedClock
from regulars.infra.db import Database, embedded
from regulars.infra.db.migrate import migrate, migrations_folder
from regulars.infra.db.schema import INITIAL, initial_migration

HOME_VARIABLE = "REGULARS_TEST_RUN_HOME"
HOME_PREFIX = "regulars-test-"
# Linux keeps this folder in memory. A run of everything needs a quarter of what is asked for.
MEMORY = Path("/dev/shm")
MEMORY_BYTES_MIN = 4 * 2**30
PACKAGE = Path(__file__).parents[1] / "src" / "regulars"
SECRET_KEY = base64.b64encode(hashlib.sha256(b"the key of tests").digest()).decode()
TESTS = Path(__file__).parent
# The files that take longest, the longest first (`--durations=0` says how long each test took).
RANKS = {
    name: rank
    for rank, name in enumerate(
        (
            "console/test_pages.py",
            "security/test_roles.py",
            "crash/test_crash.py",
            "crash/test_spending.py",
            "flows/checkout/test_crash.py",
            "security/test_sessions.py",
            "stories/test_serving.py",
            "hammer/test_hammers.py",
            "hammer/test_vouchers.py",
            "interleave/test_spending.py",
            "flows/redemption/test_crash.py",
            "console/test_benefits.py",
            "console/test_portal.py",
            "console/test_operating.py",
            "console/test_story.py",
            "console/test_found_again.py",
            "console/test_home.py",
            "console/test_keeping.py",
            "console/test_tiers.py",
            "console/test_work.py",
            "console/test_months.py",
            "console/test_planning.py",
            "console/test_second_person.py",
            "security/test_contract.py",
            "console/test_members_page.py",
            "console/test_journey.py",
            "stories/test_a_till_s_day.py",
            "stories/test_secret_key.py",
            "stories/test_demo.py",
            "stories/test_anonymous_customer.py",
            "console/test_first_start.py",
            "console/test_campaigns.py",
            "flows/checkout/test_hammers.py",
            "flows/upkeep/test_upkeep.py",
            "flows/connection/test_many.py",
            "model/test_accrual_model.py",
            "console/test_staff.py",
            "app/test_asgi.py",
            "app/test_amounts_said.py",
            "interleave/test_orders.py",
        )
    )
}
# The first instant of every test that does not say another one: a Monday, shortly after ten in the morning.
START = datetime(2026, 3, 2, 10, 5, tzinfo=UTC)


def pytest_configure(config: pytest.Config) -> None:
    """Make the folder of this run in the first process; the others inherit it through the environment."""
    os.environ["REGULARS_TEST_MODE"] = "1"
    # One key for all databases of a run, whatever home a test takes; tests of the key itself take it away.
    os.environ["REGULARS_SECRET_KEY"] = SECRET_KEY
    if hasattr(config, "workerinput"):
        return
    _remove_leftovers()
    home = Path(tempfile.mkdtemp(prefix=HOME_PREFIX, dir=_roomy_folder()))
    home.chmod(0o711)  # the server's account must be able to pass through
    (home / "owner").write_text(str(os.getpid()))
    os.environ[HOME_VARIABLE] = str(home)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the server of this run and remove its folder."""
    gc.unfreeze()  # libraries that count their objects would say that they leaked
    if not hasattr(config, "workerinput") and HOME_VARIABLE in os.environ:
        _remove_home(Path(os.environ.pop(HOME_VARIABLE)))


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Let the collector rest while modules load, and leave alone what they made: a third of what collecting takes."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the longest files: what is begun last ends last, and then nobody should work alone for minutes."""
    items.sort(key=lambda item: RANKS.get(item.path.relative_to(TESTS).as_posix(), len(RANKS)))


@pytest.fixture(scope="session")
def run_home() -> Path:
    """Return the folder of this run, shared by its processes."""
    return Path(os.environ[HOME_VARIABLE])


@pytest.fixture(scope="session")
def postgres_url(run_home: Path) -> str:
    """Return the URL of this run's server (its maintenance database; tests use `db` or `database_url`)."""
    url = os.environ.get("REGULARS_TEST_DATABASE_URL")
    return url or embedded.ensure_running(run_home / "postgres", durable=False)


@pytest.fixture(scope="session")
def template(postgres_url: str, run_home: Path) -> str:
    """Return the name of the migrated template database, made by whoever comes first."""
    text = initial_migration(PACKAGE)
    name = f"template_{hashlib.sha256(text.encode()).hexdigest()[:12]}"
    with _locked(run_home / "template.lock"), psycopg.connect(postgres_url, autocommit=True) as connection:
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).fetchone():
            partial = f"{name}_partial"
            connection.execute(f"DROP DATABASE IF EXISTS {partial} WITH (FORCE)".encode())
            connection.execute(f"CREATE DATABASE {partial}".encode())
            _migrate(with_database(postgres_url, partial), text, run_home / "migrations")
            connection.execute(f"ALTER DATABASE {partial} RENAME TO {name}".encode())
    return name


@pytest.fixture
def empty_database_url(postgres_url: str) -> Iterator[str]:
    """Return the URL of a new, empty database, dropped after the test."""
    with _database(postgres_url, "template1") as url:
        yield url


@pytest.fixture(scope="session")
def clones(postgres_url: str, template: str) -> Iterator[Clones]:
    """Return who makes clones of the template for this process."""
    made = Clones(postgres_url, template)
    yield made
    made.close()


@pytest.fixture
def database_url(clones: Clones) -> Iterator[str]:
    """Return the URL of a fresh, migrated database, dropped after the test."""
    name = clones.take()
    yield with_database(clones.server_url, name)
    clones.drop(name)


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[Database]:
    """Return an open Database on a fresh, migrated database."""
    async with Database.open(database_url, min_size=1, max_size=8, name="api") as database:
        yield database


@pytest.fixture
def clock() -> FixedClock:
    """Return a clock that stands at START until it is moved."""
    return FixedClock(START)


class Clones:
    """Clones of a template, one always made ahead: making and dropping take as long as a small test, beside it."""

    def __init__(self, server_url: str, template: str) -> None:
        """Begin with the first clone."""
        self.server_url = server_url
        self._template = template
        self._thread = ThreadPoolExecutor(1, "clones")
        self._dropped: list[Future[None]] = []
        self._next = self._thread.submit(_clone, server_url, template)

    def take(self) -> str:
        """Return the name of a clone that is nobody's yet; the next one is begun."""
        taken = self._next.result()
        self._next = self._thread.submit(_clone, self.server_url, self._template)
        return taken

    def drop(self, name: str) -> None:
        """Drop a clone, with whoever is still connected."""
        self._dropped.append(self._thread.submit(_drop, self.server_url, name))

    def close(self) -> None:
        """Drop the last one; raises what went wrong with any of them."""
        self.drop(self._next.result())
        self._thread.shutdown()
        for dropped in self._dropped:
            dropped.result()


def with_database(url: str, name: str) -> str:
    """Return the same URL with another database."""
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc, f"/{name}", parts.query, parts.fragment)).replace(
        "postgresql:/", "postgresql:///" if not parts.netloc else "postgresql:/", 1
    )


@contextmanager
def _database(server_url: str, template: str) -> Iterator[str]:
    name = _clone(server_url, template)
    try:
        yield with_database(server_url, name)
    finally:
        _drop(server_url, name)


def _clone(server_url: str, template: str) -> str:
    name = f"t_{uuid.uuid4().hex}"
    with psycopg.connect(server_url, autocommit=True) as connection:
        # Copying files beats writing the copy to the log when the checkpoint that it takes costs nothing.
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY".encode())
    return name


def _drop(server_url: str, name: str) -> None:
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)".encode())


def _migrate(url: str, initial: str, folder: Path) -> None:
    """Apply the migrations, the initial one as the schema.sql files say now (a shape test keeps both equal)."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for file in migrations_folder().iterdir():
        if file.name.endswith(".sql"):
            (folder / file.name).write_text(file.read_text(encoding="utf-8"))
    (folder / INITIAL).write_text(initial)
    migrate(url, folder=folder)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with open(path, "a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _roomy_folder() -> Path:
    """Return where databases are made: in memory where there is room. A clone of the template is 1,000 small files,
    thirty times as fast there as on disk."""
    if MEMORY.is_dir() and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > MEMORY_BYTES_MIN:
        return MEMORY
    return Path(tempfile.gettempdir())


def _remove_leftovers() -> None:
    """Stop the servers of runs that were killed before they could."""
    for home in (
        found for base in {MEMORY, Path(tempfile.gettempdir())} for found in base.glob(f"{HOME_PREFIX}*")
    ):
        try:
            os.kill(int((home / "owner").read_text()), 0)
        except ProcessLookupError:
            _remove_home(home)
        except (OSError, ValueError):
            continue  # of another user, or just being made


def _remove_home(home: Path) -> None:
    if (home / "postgres").is_dir():
        embedded.stop(home / "postgres", abruptly=True)
    shutil.rmtree(home, ignore_errors=True)
