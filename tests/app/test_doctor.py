from __future__ import annotations

import asyncio
import os
import socket
import tempfile
from pathlib import Path
from urllib.parse import urlencode

import psycopg
import pytest
from tests.app.serving import server

from regulars.app import doctor
from regulars.app.doctor import Finding, examine
from regulars.app.serve import AlreadyServing, serve
from regulars.app.settings import Settings
from regulars.infra.db.migrate import DatabaseRightsMissing, migrate


def state(findings: list[Finding]) -> dict[str, str]:
    return {finding.check: finding.state for finding in findings}


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    return Settings(database_url=database_url, home=tmp_path, port=0)


def test_a_sound_installation_has_one_finding_here_the_tests_own_unsafe_server(settings: Settings) -> None:
    found = examine(settings)
    failed = [finding for finding in found if finding.state == "fail"]
    assert [finding.check for finding in failed if finding.check != "migrations"] == ["durability"]
    assert "fsync=off" in failed[0].found
    assert list(state(found)) == [
        "python", "hot path", "time zones", "disk", "port", "database", "postgresql", "durability", "connections",
        "encoding", "migrations", "secret key",
    ]  # fmt: skip


def test_every_problem_comes_with_advice(settings: Settings) -> None:
    assert all(finding.advice for finding in examine(settings) if finding.state != "ok")


def test_a_database_that_is_away_is_named_with_its_reason(tmp_path: Path) -> None:
    found = examine(Settings(database_url="postgresql://nobody@127.0.0.1:1/x", home=tmp_path))[-1]
    assert (found.check, found.state) == ("database", "fail")
    assert "Connection refused" in found.found
    assert "REGULARS_DATABASE_URL" in found.advice


def test_an_embedded_server_that_does_not_run_is_not_started(tmp_path: Path) -> None:
    found = examine(Settings(home=tmp_path / "new"))
    assert (found[-1].check, found[-1].state) == ("database", "warn")
    assert not (tmp_path / "new").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can act as somebody else")
def test_a_home_of_another_account_is_found() -> None:
    with tempfile.TemporaryDirectory(prefix="rgl") as home:
        Path(home).chmod(0o711)
        (Path(home) / "postgres").mkdir(mode=0o700)
        os.seteuid(65534)
        try:
            found = examine(Settings(home=Path(home)))[-1]
        finally:
            os.seteuid(0)
    assert (found.check, found.state) == ("database", "fail")
    assert "belongs to another user" in found.advice


def test_a_port_in_use_is_found(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert state(examine(Settings(home=tmp_path, port=port)))["port"] == "warn"
    assert state(examine(Settings(home=tmp_path, port=port)))["port"] == "ok"


def test_a_full_disk_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "DISK_FREE_GB_MIN", 10**9)
    assert state(examine(Settings(home=tmp_path)))["disk"] == "fail"


def test_a_home_that_cannot_be_made_is_found(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for home in (tmp_path / "file" / "regulars", Path("/proc/regulars")):
        found = {finding.check: finding for finding in examine(Settings(home=home))}["disk"]
        assert found.state == "fail"
        assert "cannot be made" in found.found
        assert "REGULARS_HOME" in found.advice


def test_missing_zones_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "available_timezones", set)
    assert state(examine(Settings(home=tmp_path)))["time zones"] == "fail"


def test_an_old_server_is_found(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "POSTGRES_MIN", 99)
    assert state(examine(settings))["postgresql"] == "fail"


def test_migrations_to_apply_are_found(empty_database_url: str, tmp_path: Path) -> None:
    found = examine(Settings(database_url=empty_database_url, home=tmp_path, port=0))[-1]
    assert (found.check, found.state, found.advice) == ("migrations", "fail", "Run 'regulars migrate'.")


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ("UPDATE infra.migration SET checksum = 'x'", "changed"),
        ("INSERT INTO infra.migration (name, checksum) VALUES ('9999_pre_later.sql', 'x')", "unknown"),
    ],
)
def test_a_strange_database_is_found(settings: Settings, change: str, word: str) -> None:
    assert settings.database_url
    with psycopg.connect(settings.database_url, autocommit=True) as connection:
        if word == "unknown":
            connection.execute("DELETE FROM infra.migration")
        connection.execute(change.encode())
    found = next(one for one in examine(settings) if one.check == "migrations")
    assert found.state == "fail"
    assert word in found.found


async def test_a_server_of_our_own_on_the_port_is_known(database_url: str, tmp_path: Path) -> None:
    async with server(database_url) as (_, address):
        port = int(address.rpartition(":")[2])
        settings = Settings(home=tmp_path, port=port)
        found = await asyncio.to_thread(examine, settings)
        assert next(one for one in found if one.check == "port").state == "ok"
        with pytest.raises(AlreadyServing):
            await asyncio.to_thread(serve, settings, print, workers=1)


def test_an_account_without_rights_is_refused_and_found(settings: Settings) -> None:
    assert settings.database_url
    parts = psycopg.conninfo.conninfo_to_dict(settings.database_url)
    weak = f"weak_{os.getpid()}"
    with psycopg.connect(settings.database_url, autocommit=True) as connection:
        connection.execute(f"CREATE ROLE {weak} LOGIN PASSWORD 'w'".encode())
        try:
            url = "postgresql:///?" + urlencode({**parts, "user": weak, "password": "w"})
            found = examine(Settings(database_url=url, home=settings.home, port=0))
            with pytest.raises(DatabaseRightsMissing, match="permission denied"):
                migrate(url)
        finally:
            connection.execute(f"DROP ROLE {weak}".encode())
    assert (found[-1].check, found[-1].state) == ("rights", "fail")
    assert "permission denied" in found[-1].found
