"""`regulars serve` as a process of its own, for benches that measure it from outside."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from regulars.app.bench.processor_time import family_seconds
from regulars.kit.errors import Bug

HOST = "127.0.0.1"
START_WAIT_S = 60
STOP_WAIT_S = 20
# How often a server that starts is asked whether it is there; what is measured is up to this much too long.
ASK_EVERY_S = 0.005


class Served(msgspec.Struct, frozen=True):
    """A server that runs: where, as which process, its seconds to the first answers and of processor time by then."""

    port: int
    pid: int
    live_s: float
    ready_s: float
    starting_cpu_s: float

    def memory_mb(self) -> list[int]:
        """Return the resident memory of its processes (MB), the greatest first; empty where /proc is missing."""
        found = [_resident_mb(pid) for pid in [self.pid, *_children(self.pid)]]
        return sorted((size for size in found if size), reverse=True)


@contextmanager
def serving(url: str, workers: int) -> Iterator[Served]:
    """Start a server on a free port, yield it once it is ready, and stop it."""
    port = _free_port()
    command = [sys.executable, "-m", "regulars.app", "serve", "--port", str(port), "--workers", str(workers)]
    environment = {**os.environ, "REGULARS_DATABASE_URL": url}
    start = time.perf_counter()
    process = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)  # noqa: S603 - our own program
    try:
        live_s = _wait(process, port, "/livez", start)
        ready_s = _wait(process, port, "/readyz", start)
        yield Served(port, process.pid, live_s, ready_s, family_seconds(process.pid))
    finally:
        process.terminate()
        try:
            process.wait(STOP_WAIT_S)
        except subprocess.TimeoutExpired:
            process.kill()


def _wait(process: subprocess.Popen[bytes], port: int, path: str, start: float) -> float:
    """Return the seconds since `start` at which `path` answers with 200."""
    while True:
        try:
            with urllib.request.urlopen(f"http://{HOST}:{port}{path}", timeout=START_WAIT_S):
                return time.perf_counter() - start
        except (urllib.error.URLError, ConnectionError):
            pass
        if process.poll() is not None or time.perf_counter() - start > START_WAIT_S:
            raise Bug("The server did not start.")
        time.sleep(ASK_EVERY_S)


def _free_port() -> int:
    with socket.socket() as found:
        found.bind((HOST, 0))
        return int(found.getsockname()[1])


def _children(pid: int) -> list[int]:
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for task in tasks for child in task.read_text().split()]


def _resident_mb(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) // 1024 for line in lines if line.startswith("VmRSS:")), 0)
