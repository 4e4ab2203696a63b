"""The baseline of what a till waits for: pgbench's TPC-B-like transactions with as many clients on the same server."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import msgspec

from regulars.infra.db.binaries import find_binaries
from regulars.infra.db.scratch import scratch_database, settle
from regulars.kit.errors import Unavailable

# pgbench's own advice: at least one branch for each client, or they wait for each other's row.
SCALE = 32
THREADS = 2
PROTOCOLS = ("prepared", "simple")


class NoPgbench(Unavailable):
    """There is no pgbench beside PostgreSQL's programs or on the path."""


class Baseline(msgspec.Struct, frozen=True):
    """Transactions a second with prepared statements, and as pgbench comes: each statement parsed again."""

    prepared: float
    unprepared: float

    def figures(self, rate: float, clients: int) -> dict[str, Any]:
        """Return what a bench prints of `rate` beside this; the goal is held against the faster of the two."""
        return {
            "baseline": round(self.prepared),
            "baseline_is": f"pgbench TPC-B, {clients} clients, prepared statements",
            "ratio": round(rate / self.prepared, 2),
            "unprepared": {"per_s": round(self.unprepared), "ratio": round(rate / self.unprepared, 2)},
        }


def measure_pgbench(server_url: str, clients: int, seconds: int) -> Baseline:
    """Return what pgbench measures in a database of its own, each way for `seconds`."""
    program = _program()
    with scratch_database(server_url, "regulars_bench_pgbench") as url:
        _run([program, "--initialize", "--quiet", f"--scale={SCALE}", url])
        return Baseline(*(_transactions(program, url, clients, seconds, way) for way in PROTOCOLS))


def _transactions(program: str, url: str, clients: int, seconds: int, protocol: str) -> float:
    settle(url)
    load = [f"--client={clients}", f"--jobs={THREADS}", f"--time={seconds}", f"--protocol={protocol}"]
    said = _run([program, *load, url])
    found = re.search(r"^tps = ([0-9.]+)", said, re.MULTILINE)
    assert found is not None, said
    return float(found[1])


def _program() -> str:
    beside = find_binaries() / "pgbench"
    found = str(beside) if beside.is_file() else shutil.which("pgbench")
    if found is None:
        debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/pgbench"))
        if not debian:
            raise NoPgbench
        found = str(debian[-1])
    return found


def _run(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 - programs of our own choice
    return done.stdout
