"""`regulars db backup` and `restore`: the same books somewhere else, whole or not at all."""

from __future__ import annotations

import asyncio
import json
import stat
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from tests.flows.accrual.setting import open_shop

from regulars.app.cli import main
from regulars.infra.clock import FixedClock, SystemClock
from regulars.infra.db import Database

HELD = (
    "SELECT count(*) FROM ledger.transfer",
    "SELECT count(*) FROM events.event",
    "SELECT sum(amount) FROM ledger.lot",
)


@pytest.fixture
def backup(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the backup of a corner shop in which somebody has bought something."""
    monkeypatch.setenv("REGULARS_DATABASE_URL", database_url)

    async def trade() -> None:
        now = SystemClock().now()
        async with Database.open(database_url, name="api") as db:
            made = await open_shop(db, FixedClock(now - timedelta(days=90)), tmp_path)
            made.clock = FixedClock(now - timedelta(days=1))
            await made.send(made.order("1001", "12.40", lines=[("TEA", 2, "3.20")]))

    asyncio.run(trade())
    assert run("migrate") == 0  # notes which key seals secrets here
    file = tmp_path / "monday.backup"
    assert run("db", "backup", str(file)) == 0
    return file


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as left:
        main(["--json", *arguments])
    assert isinstance(left.value.code, int)
    return left.value.code


def held(url: str) -> list[object]:
    with psycopg.connect(url, autocommit=True) as connection:
        return [connection.execute(question).fetchall() for question in HELD]


def tables(url: str) -> int:
    question = "SELECT count(*) FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute(question).fetchone()
    assert row is not None
    return int(row[0])


def refused(capfd: pytest.CaptureFixture[str], code: str, *arguments: str) -> str:
    capfd.readouterr()
    assert run(*arguments) in (3, 4, 6)
    problem = json.loads(capfd.readouterr().err.splitlines()[-1])
    assert problem["code"] == code
    return str(problem["message"])


def test_the_books_are_the_same_somewhere_else(
    backup: Path,
    database_url: str,
    empty_database_url: str,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    assert [file.name for file in backup.parent.glob("*monday*")] == ["monday.backup"]
    monkeypatch.setenv("REGULARS_DATABASE_URL", empty_database_url)
    capfd.readouterr()
    assert run("db", "restore", str(backup)) == 0
    assert json.loads(capfd.readouterr().out.splitlines()[0])["tables"] > 100
    assert held(empty_database_url) == held(database_url)
    assert held(empty_database_url)[0] != [(0,)]
    assert run("verify") == 0
    assert run("migrate", "--check") == 0
    with psycopg.connect(empty_database_url, autocommit=True) as connection:
        may = "SELECT has_table_privilege('regulars_app', 'ledger.transfer', %s)"
        assert [connection.execute(may, [what]).fetchone() for what in ("INSERT", "UPDATE")] == [
            (True,),
            (False,),
        ]


def test_nothing_is_overwritten(backup: Path, database_url: str, capfd: pytest.CaptureFixture[str]) -> None:
    before = backup.read_bytes()
    refused(capfd, "backup_exists", "db", "backup", str(backup))
    assert backup.read_bytes() == before
    known = held(database_url)
    assert "empty database" in refused(capfd, "database_not_empty", "db", "restore", str(backup))
    assert held(database_url) == known


def test_half_a_backup_restores_nothing(
    backup: Path,
    empty_database_url: str,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("REGULARS_DATABASE_URL", empty_database_url)
    whole = backup.read_bytes()
    backup.write_bytes(whole[: len(whole) - 2_000])
    assert "end of file" in refused(capfd, "backup_failed", "db", "restore", str(backup))
    assert tables(empty_database_url) == 0
    backup.write_bytes(b"points, points, points")
    refused(capfd, "backup_unreadable", "db", "restore", str(backup))
    refused(capfd, "backup_missing", "db", "restore", str(backup.with_name("tuesday.backup")))
    assert tables(empty_database_url) == 0


def test_a_folder_that_cannot_be_written_to_is_named(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("REGULARS_DATABASE_URL", database_url)
    nowhere = tmp_path / "nowhere"
    assert str(nowhere) in refused(capfd, "backup_failed", "db", "backup", str(nowhere / "a.backup"))


def test_without_its_key_a_backup_is_restored_and_says_so(
    backup: Path,
    empty_database_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("REGULARS_DATABASE_URL", empty_database_url)
    monkeypatch.delenv("REGULARS_SECRET_KEY", raising=False)
    monkeypatch.setenv("REGULARS_SECRET_KEY_FILE", str(tmp_path / "other.key"))
    capfd.readouterr()
    with pytest.raises(SystemExit) as left:
        main(["db", "restore", str(backup)])
    assert left.value.code == 0
    heard = capfd.readouterr()
    assert "regulars verify" in heard.out
    assert "other.key" in heard.err
    assert held(empty_database_url)[0] != [(0,)]
