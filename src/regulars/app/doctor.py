"""What is wrong with this installation and what to do about it. Changes nothing, starts nothing."""

from __future__ import annotations

import os
import shutil
import socket
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from zoneinfo import available_timezones

import msgspec

from regulars.app.hot_path import is_compiled
from regulars.app.own_server import serves_there
from regulars.app.secret_key import look_at_secrets
from regulars.app.settings import Settings
from regulars.infra.db import embedded
from regulars.infra.db.binaries import EmbeddedServerFailed
from regulars.infra.db.inspection import ServerFacts, server_facts
from regulars.infra.db.migrate import DatabaseRightsMissing, migration_state
from regulars.infra.sealing import Kept, KeyPlace, Keyring, SecretKeyMalformed
from regulars.kit.errors import Rejected

PYTHON_MIN = (3, 11)
POSTGRES_MIN = 15
# Below this the next checkpoint or vacuum may fill the disk.
DISK_FREE_GB_MIN = 1
CONNECTIONS_SPARE_MIN = 5
# A daylight-saving rule of 2026 that outdated zone data does not have would shift every end of day.
ZONES_MIN = 400
LOST = "Where there is none, remove this one, then 'regulars keys rotate-secret --lost'."


class Finding(msgspec.Struct, frozen=True):
    """One check: its name, whether all is well (`ok`), to be watched (`warn`) or wrong (`fail`), and what to do."""

    check: str
    state: str
    found: str
    advice: str = ""


def examine(settings: Settings) -> list[Finding]:
    """Run every check, in the order in which problems should be repaired."""
    findings = [_python(), _hot_path(), _zones(), _disk(settings.home), _port(settings)]
    url = settings.database_url
    if url is None:
        try:
            status = embedded.status(settings.postgres_folder)
        except EmbeddedServerFailed as failed:
            return [*findings, Finding("database", "fail", "its folder cannot be entered", failed.message)]
        if not status.running:
            findings.append(
                Finding(
                    "database",
                    "warn",
                    "the embedded server is not running",
                    "It starts with 'regulars db start'.",
                )
            )
            return findings
        url = status.url
    findings += _database(url)
    return findings if findings[-1].check == "rights" else findings + _secret_key(settings, url)


def _python() -> Finding:
    found = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info[:2] >= PYTHON_MIN:
        return Finding("python", "ok", found)
    return Finding("python", "fail", found, "Install Python 3.11 or newer.")


def _hot_path() -> Finding:
    """Both forms give the same answers; one of them in four fifths of the time."""
    if is_compiled():
        return Finding("hot path", "ok", "compiled")
    advice = "A package built by 'make wheel' where there is a C compiler has it compiled: a third faster."
    return Finding("hot path", "ok", "plain Python", advice)


def _zones() -> Finding:
    count = len(available_timezones())
    if count >= ZONES_MIN:
        return Finding("time zones", "ok", f"{count} zones")
    return Finding("time zones", "fail", f"{count} zones", "Install the package tzdata: pip install tzdata.")


def _disk(home: Path) -> Finding:
    folder = home.absolute()
    while not os.access(folder, os.F_OK):
        folder = folder.parent
    disk = shutil.disk_usage(folder)
    if not disk.total or not folder.is_dir() or not os.access(folder, os.W_OK | os.X_OK):
        advice = "Set REGULARS_HOME to a folder that this account can write to."
        return Finding("disk", "fail", f"{home} cannot be made or written to, because of {folder}", advice)
    free_gb = disk.free / 2**30
    if free_gb >= DISK_FREE_GB_MIN:
        return Finding("disk", "ok", f"{free_gb:.1f} GB free at {home}")
    advice = "Free some space on this disk; what waits goes on by itself."
    return Finding("disk", "fail", f"{free_gb:.1f} GB free at {home}", advice)


def _port(settings: Settings) -> Finding:
    with closing(socket.socket(socket.AF_INET, socket.SOCK_STREAM)) as probe:
        probe.settimeout(1)
        try:
            taken = settings.port != 0 and probe.connect_ex((settings.host, settings.port)) == 0
        except OSError as error:
            return Finding(
                "port",
                "fail",
                f"{settings.host}: {error}",
                "Set REGULARS_HOST to an address of this machine.",
            )
    if not taken:
        return Finding("port", "ok", f"{settings.host}:{settings.port} is free")
    if serves_there(settings.host, settings.port):
        return Finding("port", "ok", f"Regulars answers at {settings.host}:{settings.port}")
    advice = "Stop what listens there, or set REGULARS_PORT to another one."
    return Finding("port", "warn", f"{settings.host}:{settings.port} is in use", advice)


def _database(url: str) -> list[Finding]:
    try:
        facts = server_facts(url)
    except Rejected as refusal:
        advice = "Check REGULARS_DATABASE_URL, and that the server runs and lets you in."
        return [Finding("database", "fail", f"{refusal.__cause__ or refusal}".strip(), advice)]
    checks: list[Callable[[ServerFacts], Finding]] = [_version, _durability, _connections, _encoding]
    return [
        Finding("database", "ok", f"{facts.database} as {facts.user}"),
        *(c(facts) for c in checks),
        _migrations(url),
    ]


def _secret_key(settings: Settings, url: str) -> list[Finding]:
    """Return how the key that seals secrets fits; nothing where the database cannot say."""
    place = settings.keys()
    try:
        ring = place.read()
        kept = look_at_secrets(settings, url)
    except SecretKeyMalformed as refusal:
        return [Finding("secret key", "fail", refusal.message, f"Put the copy of it back. {LOST}")]
    except Rejected:
        return []  # the database said already what is wrong
    return [] if kept is None else [Finding("secret key", *_fitting(place, ring, kept))]


def _fitting(place: KeyPlace, ring: Keyring | None, kept: Kept) -> tuple[str, str, str]:
    """Return state, what was found and what to do."""
    lost = "Where it is lost for good: 'regulars keys rotate-secret --lost'."
    if ring is None:
        if kept.in_use is None:
            return "ok", "none yet; the first start makes one", ""
        return "fail", f"the key {kept.in_use} is missing", f"Put {place.file} back. {lost}"
    if kept.in_use is not None and kept.in_use not in ring:
        found = f"secrets were sealed with {kept.in_use}, here is {', '.join(ring.ids)}"
        return "fail", found, f"All servers of a database have the same key. {lost}"
    if kept.unreadable:
        advice = "Set them anew, or add the key they were sealed with: docs/how-to/operate.md."
        return "warn", f"{kept.unreadable} secrets cannot be read", advice
    if kept.clear:
        return "warn", f"{kept.clear} secrets stand in clear", "Run 'regulars migrate'."
    if place.open_to_others():
        return "warn", f"others may read {place.file}", f"chmod 600 {place.file}"
    return "ok", f"{ring.current} seals {kept.sealed} secrets", ""


def _version(facts: ServerFacts) -> Finding:
    if facts.version_major >= POSTGRES_MIN:
        return Finding("postgresql", "ok", facts.version)
    return Finding("postgresql", "fail", facts.version, f"Upgrade to PostgreSQL {POSTGRES_MIN} or newer.")


def _durability(facts: ServerFacts) -> Finding:
    wrong = [
        f"{name}={value}"
        for name, value in (
            ("fsync", facts.fsync),
            ("full_page_writes", facts.full_page_writes),
            ("synchronous_commit", facts.synchronous_commit),
        )
        if value == "off"
    ]
    if not wrong:
        return Finding("durability", "ok", "an acknowledged posting survives a crash")
    return Finding(
        "durability", "fail", ", ".join(wrong), "Set them to on, or a crash loses points that were confirmed."
    )


def _connections(facts: ServerFacts) -> Finding:
    found = f"{facts.connections} of {facts.connections_max} in use"
    if facts.connections_max - facts.connections >= CONNECTIONS_SPARE_MIN:
        return Finding("connections", "ok", found)
    return Finding(
        "connections", "warn", found, "Raise max_connections, or lower REGULARS_DATABASE_CONNECTIONS."
    )


def _encoding(facts: ServerFacts) -> Finding:
    if facts.encoding == "UTF8":
        return Finding("encoding", "ok", facts.encoding)
    return Finding("encoding", "fail", facts.encoding, "Create the database with ENCODING 'UTF8'.")


def _migrations(url: str) -> Finding:
    try:
        state = migration_state(url)
    except DatabaseRightsMissing as refusal:
        advice = "Give the account the role regulars_app, or name the one that owns the database."
        return Finding("rights", "fail", refusal.reason, advice)
    if state.changed:
        advice = "Restore the files as they were released; write a new migration for a change."
        return Finding("migrations", "fail", f"changed: {', '.join(state.changed)}", advice)
    if state.unknown:
        advice = "This database belongs to a newer version; install that one."
        return Finding("migrations", "fail", f"unknown: {', '.join(state.unknown)}", advice)
    if state.pending:
        return Finding("migrations", "fail", f"{len(state.pending)} to apply", "Run 'regulars migrate'.")
    return Finding("migrations", "ok", f"{len(state.applied)} applied")
