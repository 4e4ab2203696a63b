from __future__ import annotations

import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg
import pytest

from regulars.infra.db import Database, Query, binaries, embedded
from regulars.infra.db.binaries import EmbeddedServerFailed, RunAs
from regulars.infra.db.server_settings import render_settings
from regulars.kit.errors import Unavailable

pytestmark = pytest.mark.crash
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root gives its privileges up")

START_WAIT_S = 30
NOBODY = 65534


@pytest.fixture
def home() -> Iterator[Path]:
    """Yield a short folder that the server's account can pass through, and stop what runs there."""
    folder = Path(tempfile.mkdtemp(prefix="rgl"))
    folder.chmod(0o711)
    yield folder
    for cluster in folder.rglob("cluster"):
        embedded.stop(cluster.parent, abruptly=True)
    shutil.rmtree(folder)


def ask(url: str, sql: str) -> object:
    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(sql.encode())
        return cursor.fetchall() if cursor.description else None


def kill(folder: Path) -> int:
    pid = embedded.status(folder).pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    deadline = time.monotonic() + START_WAIT_S
    while Path(f"/proc/{pid}").exists() and time.monotonic() < deadline:
        state = (
            Path(f"/proc/{pid}/stat").read_text().split()[2] if Path(f"/proc/{pid}/stat").exists() else "Z"
        )
        if state == "Z":
            break
    return pid


def test_a_server_is_made_once_and_reused(home: Path) -> None:
    folder = home / "postgres"
    assert not embedded.status(folder).running
    url = embedded.ensure_running(folder)
    pid = embedded.status(folder).pid
    assert embedded.ensure_running(folder) == url
    assert embedded.status(folder) == embedded.Status(True, url, str(folder), pid)
    settings = ["fsync", "full_page_writes", "synchronous_commit", "data_checksums", "listen_addresses"]
    found = [ask(url, f"SHOW {name}") for name in settings]
    assert found == [[("on",)], [("on",)], [("on",)], [("on",)], [("",)]]
    assert ask(url, "SELECT 'Z' < 'a' AND 'z' < 'é'") == [(True,)]  # by code point, on any machine
    assert embedded.stop(folder)
    assert not embedded.stop(folder)
    assert not embedded.status(folder).running


def test_its_folders_are_private_and_no_other_mode_is_changed(home: Path) -> None:
    folder = home / "postgres"
    before = {path: path.stat().st_mode for path in (home, *home.parents)}
    embedded.ensure_running(folder)
    assert {path: path.stat().st_mode for path in (home, *home.parents)} == before
    for private in (folder, folder / "cluster", folder / "run"):
        assert stat.S_IMODE(private.stat().st_mode) == 0o700
        assert private.stat().st_uid != 0


def test_what_was_committed_survives_a_killed_server(home: Path) -> None:
    folder = home / "postgres"
    url = embedded.ensure_running(folder)
    ask(url, "CREATE TABLE kept AS SELECT 7 AS n")
    pid = kill(folder)
    assert embedded.ensure_running(folder) == url
    assert ask(url, "SELECT n FROM kept") == [(7,)]
    assert embedded.status(folder).pid != pid


def test_a_number_that_another_program_has_now_does_not_stop_it(home: Path) -> None:
    folder = home / "postgres"
    embedded.ensure_running(folder)
    kill(folder)
    pid_file = folder / "cluster" / "postmaster.pid"
    lines = pid_file.read_text().splitlines()
    pid_file.write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")
    url = embedded.ensure_running(folder)
    assert ask(url, "SELECT 1") == [(1,)]


def test_an_initialisation_that_was_killed_is_begun_again(home: Path) -> None:
    folder = home / "postgres"
    server = embedded.EmbeddedServer(folder)
    server.prepare()
    with server.account.acting():
        (folder / "cluster.partial").mkdir()
        (folder / "cluster.partial" / "PG_VERSION").write_text("18")
    assert ask(embedded.ensure_running(folder), "SELECT 1") == [(1,)]


def test_several_starters_get_one_server(home: Path) -> None:
    folder = home / "postgres"
    program = (
        "import sys; from pathlib import Path; from regulars.infra.db import embedded; "
        "folder = Path(sys.argv[1]); embedded.ensure_running(folder); print(embedded.status(folder).pid)"
    )
    command = [sys.executable, "-c", program, str(folder)]
    starters = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    answers = [starter.communicate()[0].strip() for starter in starters]
    assert len(set(answers)) == 1
    assert answers[0].isdigit()


def test_a_long_path_gets_a_short_socket(home: Path) -> None:
    folder = home / ("x" * 90) / "postgres"
    folder.parent.mkdir(mode=0o711)
    url = embedded.ensure_running(folder)
    socket_folder = embedded.EmbeddedServer(folder).socket_folder()
    try:
        assert home not in socket_folder.parents
        assert stat.S_IMODE(socket_folder.stat().st_mode) == 0o700
        assert ask(url, "SELECT 1") == [(1,)]
    finally:
        embedded.stop(folder)
        socket_folder.rmdir()


def test_a_port_asks_for_the_password(home: Path) -> None:
    folder = home / "postgres"
    port = 20_000 + os.getpid() % 10_000
    embedded.ensure_running(folder, port=port)
    over_network = f"postgresql://regulars@127.0.0.1:{port}/regulars"
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(over_network)
    password = (folder / "password").read_text().strip()
    with psycopg.connect(over_network, password=password) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_a_server_that_cannot_start_says_why(home: Path) -> None:
    folder = home / "postgres"
    embedded.ensure_running(folder)
    embedded.stop(folder)
    with (folder / "cluster" / "postgresql.auto.conf").open("a") as settings:
        settings.write("shared_buffers = 'a lot'\n")
    with pytest.raises(EmbeddedServerFailed) as refused:
        embedded.ensure_running(folder)
    assert 'invalid value for parameter "shared_buffers"' in refused.value.message
    assert "regulars doctor" in refused.value.message


def test_a_folder_of_another_user_is_not_taken_over(home: Path) -> None:
    folder = home / "postgres"
    folder.mkdir()
    (folder / "mine").write_text("")
    if os.geteuid() == 0:
        with pytest.raises(EmbeddedServerFailed, match="belongs to another user"):
            embedded.ensure_running(folder)
        assert folder.stat().st_uid == 0
    else:
        assert embedded.ensure_running(folder)


@contextmanager
def somebody_else() -> Iterator[None]:
    """Act with the rights of an account that owns nothing here."""
    os.setegid(NOBODY)
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)


@as_root
def test_who_may_not_enter_or_write_hears_it_and_is_not_told_to_remove_a_database(home: Path) -> None:
    folder = home / "postgres"
    embedded.ensure_running(folder)
    with somebody_else():
        for ask_for in (embedded.status, embedded.ensure_running):
            with pytest.raises(EmbeddedServerFailed, match=r"another user\. Run this as whoever made it"):
                ask_for(folder)
        with pytest.raises(EmbeddedServerFailed, match="cannot be created: Permission denied"):
            embedded.ensure_running(home / "new")
    assert embedded.status(folder).running


@as_root
def test_root_hears_which_folder_is_in_the_way(home: Path) -> None:
    private = home / "private"
    private.mkdir(mode=0o700)
    with pytest.raises(EmbeddedServerFailed, match=f"cannot enter {private}"):
        embedded.ensure_running(private / "postgres")
    assert stat.S_IMODE(private.stat().st_mode) == 0o700


@as_root
def test_programs_out_of_reach_are_copied(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    private = home / "private"
    monkeypatch.delenv("REGULARS_POSTGRES_BIN", raising=False)
    package = binaries.find_binaries().parents[1]
    for part in (package, package.with_name(f"{package.name}.libs")):
        if part.is_dir():
            shutil.copytree(part, private / part.name, symlinks=True)
    private.chmod(0o700)
    monkeypatch.setenv("REGULARS_POSTGRES_BIN", str(private / package.name / "pginstall18" / "bin"))
    url = embedded.ensure_running(home / "postgres")
    assert ask(url, "SELECT 1") == [(1,)]
    assert list((home / "postgres" / "programs").iterdir())
    assert stat.S_IMODE(private.stat().st_mode) == 0o700


@as_root
def test_root_chooses_an_unprivileged_account(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    monkeypatch.setenv("REGULARS_POSTGRES_USER", "65123")
    with pytest.raises(EmbeddedServerFailed, match="no account 65123"):
        binaries.run_as(home / "postgres")
    monkeypatch.setenv("REGULARS_POSTGRES_USER", "root")
    with pytest.raises(EmbeddedServerFailed, match="never runs as root"):
        binaries.run_as(home / "postgres")
    monkeypatch.setenv("REGULARS_POSTGRES_USER", "nobody")
    assert binaries.run_as(home / "postgres").switch


def test_without_programs_the_ways_out_are_named(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    monkeypatch.setenv("REGULARS_POSTGRES_BIN", str(home))
    with pytest.raises(EmbeddedServerFailed, match="REGULARS_DATABASE_URL"):
        binaries.find_binaries()


def test_the_home_follows_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("REGULARS_HOME", str(tmp_path))
    assert embedded.default_folder() == tmp_path / "postgres"
    monkeypatch.delenv("REGULARS_HOME")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert embedded.home_folder() == tmp_path / "regulars"
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert embedded.home_folder() == Path("/var/lib/regulars")


def test_only_tests_may_do_without_durability() -> None:
    durable = render_settings("/run", 5432, loopback=False, durable=True, lz4=True)
    unsafe = render_settings("/it's", 5432, loopback=True, durable=False, lz4=False)
    assert "fsync = 'on'" in durable
    assert "wal_compression = 'lz4'" in durable
    assert "fsync = 'off'" in unsafe
    assert "unix_socket_directories = '/it''s'" in unsafe
    assert "wal_compression" not in unsafe


def test_access_is_judged_by_owner_group_and_others(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("")
    file.chmod(0o640)
    here = file.stat()
    stranger = RunAs(here.st_uid + 1, here.st_gid + 1, switch=True)
    member = RunAs(here.st_uid + 1, here.st_gid, switch=True)
    owner = RunAs(here.st_uid, here.st_gid + 1, switch=True)
    allowed = [binaries._allowed(file, account, stat.S_IRUSR) for account in (owner, member, stranger)]
    assert allowed == [True, True, False]


async def test_an_open_pool_survives_a_killed_server(home: Path) -> None:
    folder = home / "postgres"
    url = embedded.ensure_running(folder)
    one = Query(name="one", doc="A statement of a test.", sql="SELECT 1")
    async with Database.open(url, min_size=2, max_size=2, connect_wait_s=1) as db:
        kill(folder)
        with pytest.raises(Unavailable):
            async with db.transaction() as tx:
                await tx.value(one)
        embedded.ensure_running(folder)
        answer = None
        deadline = time.monotonic() + START_WAIT_S
        while answer is None and time.monotonic() < deadline:
            with suppress(Unavailable):
                async with db.transaction() as tx:
                    answer = await tx.value(one)
        assert answer == 1


@as_root
def test_a_planted_link_does_not_make_root_write_elsewhere(home: Path) -> None:
    folder = home / "postgres"
    embedded.ensure_running(folder)
    embedded.stop(folder)
    treasure = home / "treasure"
    treasure.write_text("kept")
    treasure.chmod(0o600)
    (folder / "server.log").unlink()
    (folder / "server.log").symlink_to(treasure)
    with pytest.raises(EmbeddedServerFailed, match="cannot be written"):
        embedded.ensure_running(folder)
    assert treasure.read_text() == "kept"


def test_a_server_that_ended_by_itself_has_crashed_and_one_that_was_stopped_has_not(home: Path) -> None:
    folder = home / "postgres"
    embedded.ensure_running(folder)
    assert not embedded.has_crashed(folder)
    # What a full disk leaves: no process, no note of one, and data that were not shut down.
    assert embedded.EmbeddedServer(folder).stop("immediate")
    assert embedded.status(folder).pid is None
    assert embedded.has_crashed(folder)
    for abruptly in (True, False):
        embedded.ensure_running(folder)
        assert not embedded.has_crashed(folder)
        assert embedded.stop(folder, abruptly=abruptly)
        assert not embedded.has_crashed(folder)


def test_a_full_disk_is_named_where_the_server_does_not_start(home: Path) -> None:
    server = embedded.EmbeddedServer(home / "postgres")
    said = server._failure("PostgreSQL did not start.", "FATAL: could not write: No space left on device")
    assert "free some space" in said
    assert "doctor" in server._failure("PostgreSQL did not start.", "FATAL: something else")
