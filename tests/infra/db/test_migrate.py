from __future__ import annotations

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from regulars.infra.db import DatabaseUnavailable
from regulars.infra.db.migrate import (
    MigrationChanged,
    MigrationMisnamed,
    MigrationMissing,
    load_migrations,
    migrate,
    migration_state,
)

FILES = {
    "0001_pre_initial.sql": "CREATE TABLE first (id int);",
    "0002_post_shrink.sql": "ALTER TABLE first DROP COLUMN id;",
    "0002_pre_grow.sql": "ALTER TABLE first ADD COLUMN name text; INSERT INTO first (name) VALUES ('x');",
}
RUNNER = (
    "import sys; from pathlib import Path; from regulars.infra.db.migrate import migrate; "
    "migrate(sys.argv[1], folder=Path(sys.argv[2]))"
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, sql in FILES.items():
        (tmp_path / name).write_text(sql)
    (tmp_path / "README.md").write_text("not a migration")
    return tmp_path


def rows(url: str, sql: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute(sql.encode()).fetchall()


def test_files_run_once_in_order_expansion_before_contraction(empty_database_url: str, folder: Path) -> None:
    heard: list[str] = []
    expected = ["0001_pre_initial.sql", "0002_pre_grow.sql", "0002_post_shrink.sql"]
    assert migrate(empty_database_url, folder=folder, progress=heard.append) == heard == expected
    assert migrate(empty_database_url, folder=folder) == []
    assert rows(empty_database_url, "SELECT * FROM first") == [("x",)]


def test_each_phase_can_be_run_alone(empty_database_url: str, folder: Path) -> None:
    assert len(migrate(empty_database_url, phase="pre", folder=folder)) == 2
    assert migration_state(empty_database_url, folder).pending == ["0002_post_shrink.sql"]
    assert migrate(empty_database_url, phase="post", folder=folder) == ["0002_post_shrink.sql"]


def test_the_state_of_a_database_that_was_never_migrated(empty_database_url: str, folder: Path) -> None:
    state = migration_state(empty_database_url, folder)
    assert (state.applied, len(state.pending)) == ([], 3)
    assert rows(empty_database_url, "SELECT to_regclass('infra.migration')") == [(None,)]


def test_a_file_that_changed_later_is_refused(empty_database_url: str, folder: Path) -> None:
    migrate(empty_database_url, folder=folder)
    (folder / "0001_pre_initial.sql").write_text("CREATE TABLE other (id int);")
    with pytest.raises(MigrationChanged, match=r"0001_pre_initial\.sql"):
        migrate(empty_database_url, folder=folder)


def test_a_database_of_a_newer_version_is_refused(empty_database_url: str, folder: Path) -> None:
    migrate(empty_database_url, folder=folder)
    (folder / "0002_post_shrink.sql").unlink()
    with pytest.raises(MigrationMissing, match=r"0002_post_shrink\.sql"):
        migrate(empty_database_url, folder=folder)


@pytest.mark.parametrize("name", ["1_pre_x.sql", "0001_x.sql", "0001_pre_X.sql", "0001_both_x.sql"])
def test_a_misnamed_file_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("SELECT 1;")
    with pytest.raises(MigrationMisnamed):
        load_migrations(tmp_path)


def test_a_migration_that_fails_leaves_nothing_of_itself(empty_database_url: str, folder: Path) -> None:
    (folder / "0002_pre_grow.sql").write_text("CREATE TABLE half (id int); SELECT 1 / 0;")
    with pytest.raises(psycopg.errors.DivisionByZero):
        migrate(empty_database_url, folder=folder)
    assert rows(empty_database_url, "SELECT to_regclass('half')") == [(None,)]
    assert migration_state(empty_database_url, folder).applied == ["0001_pre_initial.sql"]


def test_a_runner_killed_half_way_is_resumed_by_the_next(empty_database_url: str, folder: Path) -> None:
    environ = os.environ | {
        "REGULARS_TEST_MODE": "1",
        "REGULARS_FAILPOINTS": "after_migration_before_note=kill",
    }
    killed = subprocess.run(
        [sys.executable, "-c", RUNNER, empty_database_url, str(folder)], env=environ, check=False
    )
    assert killed.returncode == -signal.SIGKILL
    assert migration_state(empty_database_url, folder).applied == []
    assert len(migrate(empty_database_url, folder=folder)) == 3


def test_what_cannot_run_in_a_transaction_runs_outside(empty_database_url: str, folder: Path) -> None:
    sql = "-- outside transaction\nCREATE INDEX CONCURRENTLY IF NOT EXISTS first_id ON first (id);"
    (folder / "0001_post_index.sql").write_text(sql)
    migrate(empty_database_url, folder=folder)
    assert rows(empty_database_url, "SELECT count(*) FROM infra.migration") == [(4,)]


def test_two_runners_at_once_apply_each_file_once(empty_database_url: str, folder: Path) -> None:
    (folder / "0001_pre_initial.sql").write_text("CREATE TABLE first (id int); SELECT pg_sleep(0.2);")
    with ThreadPoolExecutor(3) as pool:
        applied = list(pool.map(lambda _: migrate(empty_database_url, folder=folder), range(3)))
    assert sorted(len(names) for names in applied) == [0, 0, 3]


def test_a_server_that_is_away_is_unavailable(folder: Path) -> None:
    with pytest.raises(DatabaseUnavailable):
        migrate("postgresql://nobody@127.0.0.1:1/x", folder=folder)


def test_the_migrations_of_this_version_are_found() -> None:
    assert load_migrations()[0].name == "0001_pre_initial.sql"
