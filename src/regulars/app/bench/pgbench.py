"""The baseline of what a till waits for: pgbench's TPC-B-like transactions with as many clients on the same server."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

from regulars.infra.db.binaries import find_binaries
from regulars.infra.db.scratch import scratch_database, settle
from regulars.kit.errors import Unavailable

# pgbench's own advice: at least one branch for each client, or they wait for each other's row.
SCALE = 32
THREADS = 2


class NoPgbench(Unavailable):
    """There is no pgbench beside PostgreSQL's programs or on the path."""


def transactions_per_second(server_url: str, clients: int, seconds: int) -> float:
    """Return what pgbench measures in a database of its own."""
    program = _program()
    with scratch_database(server_url, "regulars_bench_pgbench") as url:
        _run([program, "--initialize", "--quiet", f"--scale={SCALE}", url])
        settle(url)
        said = _run(
            [
                program,
                f"--client={clients}",
                f"--jobs={THREADS}",
                f"--time={seconds}",
                "--protocol=prepared",
                url,
            ]
        )
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
