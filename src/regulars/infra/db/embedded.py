"""A PostgreSQL of our own: found, initialised, started, reused, stopped. No root, no container, nothing to configure.

Everything is below one private folder: `cluster/` (the data), `programs/` (copies, only where needed), `server.log`,
`lock`. Clients use a socket in a private folder; a loopback port is opened only when asked for.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import secrets
import shutil
import struct
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlencode

import msgspec
import psycopg

from regulars.infra.db.binaries import EmbeddedServerFailed, RunAs, run_as, usable_binaries
from regulars.infra.db.server_settings import KEEPS_MEMORY, render_settings

DATABASE = "regulars"
OWNER = "regulars"
PORT_DEFAULT = 5432
# A socket's path has 107 bytes on Linux and 103 on macOS; beyond that a short folder elsewhere is used.
SOCKET_PATH_BYTES_MAX = 103
# Recovery after an abrupt stop replays up to max_wal_size of log first.
START_WAIT_S = 120
STOP_WAIT_S = 60
PROBE_WAIT_S = 5
# Children of a killed server need a moment to notice before their shared memory is free.
RESTART_ATTEMPTS = 60
RESTART_PAUSE_S = 0.5
LOG_LINES_SHOWN = 15
NO_SPACE = os.strerror(errno.ENOSPC)
# src/include/catalog/pg_control.h: numbers of 8, 4 and 4 bytes are before it; 1 and 2 are an orderly end.
CONTROL_STATE = struct.Struct("=16xi")
SHUT_DOWN = (1, 2)


class Status(msgspec.Struct, frozen=True):
    """What is known of the embedded server: whether it answers, where, and as whom it runs."""

    running: bool
    url: str
    data_dir: str
    pid: int | None


def home_folder() -> Path:
    """Return where Regulars keeps its data: REGULARS_HOME, else the user's data folder (for root /var/lib/regulars)."""
    named = os.environ.get("REGULARS_HOME")
    if named:
        return Path(named).expanduser().absolute()
    if os.geteuid() == 0:
        return Path("/var/lib/regulars")
    base = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(base) / "regulars"


def default_folder() -> Path:
    """Return the folder of the embedded server."""
    return home_folder() / "postgres"


def ensure_running(data_dir: Path | None = None, *, durable: bool = True, port: int | None = None) -> str:
    """Return the URL of the server of this folder, after creating and starting it where necessary.

    `durable=False` trades safety for speed and is for tests only. `port` also opens 127.0.0.1:port, with a password
    (kept in the folder). Raises EmbeddedServerFailed, whose message says what to do.
    """
    server = EmbeddedServer(data_dir or default_folder())
    server.prepare()
    with server.locked():
        if not server.answers():
            server.start(durable=durable, port=port)
        server.create_database()
    return server.url()


def stop(data_dir: Path | None = None, *, abruptly: bool = False) -> bool:
    """Stop the server of this folder; return False when it was not running. `abruptly` loses no committed data."""
    server = EmbeddedServer(data_dir or default_folder())
    if not server.cluster.is_dir():
        return False
    with server.locked():
        server.note_stopped()
        return server.stop("immediate" if abruptly else "fast")


def status(data_dir: Path | None = None) -> Status:
    """Say whether the server of this folder answers; starts nothing. Raises EmbeddedServerFailed for another user's."""
    server = EmbeddedServer(data_dir or default_folder())
    return Status(server.answers(), server.url(), str(server.folder), server.pid())


def has_crashed(data_dir: Path | None = None) -> bool:
    """Say whether the server of this folder ended without having been stopped.

    Killed, it leaves its note. Where it could not go on by itself, as on a full disk, it takes that away, but its data
    say that it was not shut down.
    """
    server = EmbeddedServer(data_dir or default_folder())
    pid = server.pid()
    if pid is not None:
        return not _is_postgres(pid)
    return not server.stopped.exists() and _was_cut_short(server.cluster)


class EmbeddedServer:
    """The server of one folder. The functions above are its face."""

    def __init__(self, folder: Path) -> None:
        """Describe the server of `folder`; touches nothing."""
        self.folder = folder.absolute()
        self.cluster = self.folder / "cluster"
        # Is there from when somebody stopped the server until somebody starts it.
        self.stopped = self.folder / "stopped"
        self.account: RunAs = run_as(self.folder)

    # ---- where things are

    def socket_folder(self) -> Path:
        """Return the folder of the socket: inside ours, or a short one where the path would be too long."""
        inside = self.folder / "run"
        if len(os.fsencode(inside / f".s.PGSQL.{PORT_DEFAULT}")) <= SOCKET_PATH_BYTES_MAX:
            return inside
        digest = hashlib.sha256(os.fsencode(self.folder)).hexdigest()[:12]
        base = Path(tempfile.gettempdir()) if self.account.switch else _runtime_folder()
        return base / f"regulars-{self.account.uid}-{digest}"

    def url(self) -> str:
        """Return the connection string of the database."""
        return self._conninfo(DATABASE)

    def pid(self) -> int | None:
        """Return the process id that the server noted, whether or not it is alive."""
        return _noted_pid(self.cluster / "postmaster.pid")

    def answers(self) -> bool:
        """Say whether the server accepts connections. Raises EmbeddedServerFailed for another user's folder."""
        try:
            if not self.socket_folder().is_dir():
                return False
        except PermissionError as error:
            raise self._anothers(self.folder) from error
        try:
            psycopg.connect(self._conninfo("postgres"), connect_timeout=PROBE_WAIT_S).close()
        except psycopg.OperationalError:
            return False
        return True

    # ---- doing

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Be the only one on this machine who starts or stops this server."""
        path = self.folder / "lock"
        try:
            with self.account.acting():
                lock = open(path, "a")  # noqa: SIM115 - closed below, with our own rights again
        except OSError as error:
            raise EmbeddedServerFailed(
                f"{path} cannot be opened: {error.strerror}. Look at what it is."
            ) from error
        with lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def prepare(self) -> None:
        """Create the private folders, owned by the account that runs the server."""
        try:
            self.folder.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise EmbeddedServerFailed(
                f"{self.folder.parent} cannot be created: {error.strerror}. Set REGULARS_HOME to a folder you own."
            ) from error
        blocked = self.account.can_traverse(self.folder)
        if blocked is not None:
            raise EmbeddedServerFailed(
                f"Started by root, PostgreSQL runs as an unprivileged user, who cannot enter {blocked}. "
                "Set REGULARS_HOME to a folder that everybody can reach, such as /var/lib/regulars."
            )
        self._private_folder(self.folder)
        self._private_folder(self.socket_folder())

    def start(self, *, durable: bool, port: int | None) -> None:
        """Initialise when new, then start and wait until it answers. Raises EmbeddedServerFailed."""
        binaries = usable_binaries(self.account, self._private_folder(self.folder / "programs"))
        if not (self.cluster / "PG_VERSION").is_file():
            self._initialise(binaries)
        self._write_settings(binaries, durable=durable, port=port)
        with self.account.acting():
            self.stopped.unlink(missing_ok=True)
        for remaining in reversed(range(RESTART_ATTEMPTS)):
            self._remove_stale_locks()
            log = self._write(self.folder / "server.log", "")
            started = self._run(
                binaries / "pg_ctl",
                "start",
                "--silent",
                f"--pgdata={self.cluster}",
                f"--log={log}",
                f"--timeout={START_WAIT_S}",
                "--wait",
            )
            if started.returncode == 0 or self.answers():
                return
            if not remaining or "pre-existing shared memory" not in self._log_tail():
                raise EmbeddedServerFailed(self._failure("PostgreSQL did not start.", started.stderr))
            time.sleep(RESTART_PAUSE_S)

    def note_stopped(self) -> None:
        """Note that somebody wants the server stopped, so that nobody starts it again by himself."""
        with suppress(EmbeddedServerFailed):  # on a full disk it is stopped all the same
            self._write(self.stopped, "")

    def stop(self, mode: str) -> bool:
        """Stop in a mode of pg_ctl (fast, immediate); return False when it was not running."""
        binaries = usable_binaries(self.account, self.folder / "programs")
        stopped = self._run(
            binaries / "pg_ctl",
            "stop",
            f"--pgdata={self.cluster}",
            f"--mode={mode}",
            f"--timeout={STOP_WAIT_S}",
        )
        if stopped.returncode and self.answers():
            raise EmbeddedServerFailed(self._failure("PostgreSQL did not stop.", stopped.stderr))
        return stopped.returncode == 0

    def create_database(self) -> None:
        """Create our database when it is missing."""
        with psycopg.connect(self._conninfo("postgres"), autocommit=True) as connection:
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (DATABASE,)).fetchone():
                connection.execute(f"CREATE DATABASE {DATABASE}")

    # ---- steps

    def _initialise(self, binaries: Path) -> None:
        partial = self.folder / "cluster.partial"
        with self.account.acting():
            shutil.rmtree(partial, ignore_errors=True)  # what a killed one left
        password = self._write(self.folder / "password", secrets.token_urlsafe(24) + "\n")
        done = self._run(
            binaries / "initdb",
            f"--pgdata={partial}",
            f"--username={OWNER}",
            f"--pwfile={password}",
            "--encoding=UTF8",
            "--auth-local=trust",  # whoever can enter the private socket folder owns the data anyway
            "--auth-host=scram-sha-256",
            "--data-checksums",
            *self._locale(binaries),
        )
        if done.returncode:
            raise EmbeddedServerFailed(self._failure("The database could not be initialised.", done.stderr))
        with self.account.acting():
            with (partial / "postgresql.conf").open("a") as configuration:
                configuration.write("\ninclude_if_exists = 'regulars.conf'\n")
            partial.rename(self.cluster)

    def _locale(self, binaries: Path) -> list[str]:
        # Text is compared by code point everywhere, so that rules, SQL and indexes agree on any machine.
        if self._major(binaries) >= 17:
            return ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        return ["--locale=C.UTF-8"]

    def _major(self, binaries: Path) -> int:
        words = self._run(binaries / "postgres", "--version").stdout.split()
        return int(words[2].split(".")[0])

    def _write_settings(self, binaries: Path, *, durable: bool, port: int | None) -> None:
        configure = binaries / "pg_config"
        lz4 = configure.is_file() and "--with-lz4" in self._run(configure, "--configure").stdout
        text = render_settings(
            str(self.socket_folder()),
            port or PORT_DEFAULT,
            loopback=port is not None,
            durable=durable,
            lz4=lz4,
        )
        self._write(self.cluster / "regulars.conf", text)

    def _write(self, path: Path, text: str) -> Path:
        try:
            with self.account.acting():
                path.touch(mode=0o600)
                path.write_text(text)
        except OSError as error:
            raise EmbeddedServerFailed(
                f"{path} cannot be written: {error.strerror}. Look at what it is."
            ) from error
        return path

    def _remove_stale_locks(self) -> None:
        """Remove lock files whose process is no PostgreSQL any more.

        The server itself takes any process of that number for its owner: another program, as often in containers,
        or a killed server that nobody has reaped yet.
        """
        for lock in (self.cluster / "postmaster.pid", self.socket_folder() / f".s.PGSQL.{self._port()}.lock"):
            pid = _noted_pid(lock)
            if pid is not None and not _is_postgres(pid):
                with self.account.acting():
                    lock.unlink(missing_ok=True)

    def _private_folder(self, folder: Path) -> Path:
        try:
            folder.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise EmbeddedServerFailed(
                f"{folder} cannot be created: {error.strerror}. Set REGULARS_HOME to a folder you own."
            ) from error
        state = folder.lstat()
        if state.st_uid == os.geteuid() and state.st_uid != self.account.uid and not any(folder.iterdir()):
            self.account.own(folder)
            state = folder.lstat()
        if state.st_uid != self.account.uid or folder.is_symlink():
            raise self._anothers(folder)
        folder.chmod(0o700)
        return folder

    def _anothers(self, folder: Path) -> EmbeddedServerFailed:
        """Return the refusal of a folder that is not ours; nobody is told to remove it: it may hold a database."""
        return EmbeddedServerFailed(
            f"{folder} belongs to another user. Run this as whoever made it, or set REGULARS_HOME to another folder."
        )

    def _log_tail(self) -> str:
        """Return the last lines of this start: first what the server said by itself, then what it logged."""
        logs = sorted((self.cluster / "log").glob("*.log"), key=lambda log: log.stat().st_mtime)
        return "\n".join(_tail(log) for log in (self.folder / "server.log", *logs[-1:]))

    def _run(self, program: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
        switch = self.account.switch
        with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
            # Files, not pipes: the server inherits them and would keep a pipe open.
            done = subprocess.run(  # noqa: S603 - programs of our own choice, no shell
                [str(program), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                cwd=self.folder,
                env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", "TZ": "UTC", **KEEPS_MEMORY},
                check=False,
                start_new_session=True,
                text=True,
                user=self.account.uid if switch else None,
                group=self.account.gid if switch else None,
                extra_groups=[] if switch else None,
            )
            out.seek(0)
            err.seek(0)
            return subprocess.CompletedProcess(done.args, done.returncode, out.read(), err.read())

    def _failure(self, what: str, output: str) -> str:
        lines = [*output.strip().splitlines(), *self._log_tail().splitlines()]
        shown = "\n".join(f"  {line}" for line in lines[-LOG_LINES_SHOWN:])
        advice = "'regulars doctor' says what to look at."
        if NO_SPACE in shown:
            advice = (
                "The disk is full: free some space on it and start again. Nothing that was confirmed is lost."
            )
        return f"{what}\n{shown}\nThe log is in {self.folder}. {advice}"

    def _conninfo(self, database: str) -> str:
        query = urlencode({"host": str(self.socket_folder()), "port": self._port()})
        return f"postgresql://{OWNER}@/{database}?{query}"

    def _port(self) -> int:
        try:
            lines = (self.cluster / "regulars.conf").read_text().splitlines()
        except OSError:
            return PORT_DEFAULT
        return next((int(line.split("'")[1]) for line in lines if line.startswith("port =")), PORT_DEFAULT)


def _runtime_folder() -> Path:
    named = os.environ.get("XDG_RUNTIME_DIR")
    return Path(named) if named and Path(named).is_dir() else Path(tempfile.gettempdir())


def _tail(log: Path) -> str:
    try:
        return "\n".join(log.read_text(errors="replace").splitlines()[-LOG_LINES_SHOWN:])
    except OSError:
        return ""


def _noted_pid(lock: Path) -> int | None:
    try:
        return int(lock.read_text().split("\n", 1)[0])
    except (OSError, ValueError):
        return None


def _was_cut_short(cluster: Path) -> bool:
    """Say whether the data are those of a server that was not shut down; False where there are none to read."""
    try:
        with (cluster / "global" / "pg_control").open("rb") as control:
            (state,) = CONTROL_STATE.unpack(control.read(CONTROL_STATE.size))
    except (OSError, struct.error):
        return False
    return state not in SHUT_DOWN


def _is_postgres(pid: int) -> bool:
    """Say whether that process may be a running PostgreSQL; where /proc is missing, whether it is there at all."""
    try:
        name, _, rest = Path(f"/proc/{pid}/stat").read_text().partition("(")[2].rpartition(")")
        return name.startswith("postgres") and rest.split()[0] not in ("Z", "X")
    except FileNotFoundError:
        if Path("/proc/self").exists():
            return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
