"""Processor time: of this thread stage by stage, and of the database server as a whole.

Unlike the clock it hardly depends on what else the machine does.
"""

from __future__ import annotations

import os
import time
from collections.abc import Awaitable, Callable, Generator
from pathlib import Path
from typing import Any, TypeVar

from regulars.app.bench.queries import queries
from regulars.infra.db import Database

T = TypeVar("T")

_TICK_S = 1 / os.sysconf("SC_CLK_TCK")
_PROC = Path("/proc")


class Stages:
    """Seconds of processor time by stage."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    def add(self, stage: str, seconds: float) -> None:
        """Count seconds of a stage."""
        self.seconds[stage] = self.seconds.get(stage, 0.0) + seconds

    def timed(self, stage: str, work: Callable[..., T]) -> Callable[..., T]:
        """Return `work` counting what it takes."""

        def measured(*arguments: Any, **named: Any) -> T:
            start = time.thread_time()
            try:
                return work(*arguments, **named)
            finally:
                self.add(stage, time.thread_time() - start)

        return measured

    def timed_async(self, stage: str, work: Callable[..., Awaitable[T]]) -> Callable[..., Awaitable[T]]:
        """Return `work` counting what it takes itself, and not what others do while it waits."""

        def measured(*arguments: Any, **named: Any) -> Awaitable[T]:
            return _Measured(self, stage, work(*arguments, **named))

        return measured


class _Measured:
    def __init__(self, stages: Stages, stage: str, inner: Awaitable[Any]) -> None:
        self._stages, self._stage, self._inner = stages, stage, inner

    def __await__(self) -> Generator[Any, Any, Any]:
        steps = self._inner.__await__()
        failure: BaseException | None = None
        while True:
            start = time.thread_time()
            try:
                awaited = next(steps) if failure is None else _thrown(steps, failure)
            except StopIteration as done:
                return done.value
            finally:
                self._stages.add(self._stage, time.thread_time() - start)
            failure = None
            try:
                yield awaited
            except BaseException as error:  # a cancellation, say: it goes to whom it belongs
                failure = error


def _thrown(steps: Any, failure: BaseException) -> Any:
    return steps.throw(failure)


class ServerTime:
    """Processor time of the database server, where it runs on this machine and /proc says so."""

    def __init__(self, postmaster: int | None) -> None:
        self._postmaster = postmaster

    @classmethod
    async def of(cls, db: Database) -> ServerTime:
        """Find the server behind a database."""
        async with db.transaction() as tx:
            backend = await tx.value(queries.select_backend_pid)
        fields = _fields(backend)
        named = fields is not None and b"postgres" in (_PROC / str(backend) / "cmdline").read_bytes()
        return cls(int(fields[1]) if fields is not None and named else None)

    def seconds(self) -> float | None:
        """Return what the server and all its processes have used so far; None where nobody can say."""
        ended = None if self._postmaster is None else _fields(self._postmaster)
        if ended is None:
            return None
        used = sum(map(int, ended[13:15])) * _TICK_S  # of its children that have ended
        for process in _PROC.glob("[0-9]*"):
            found = _fields(int(process.name))
            if found is not None and self._postmaster in (int(process.name), int(found[1])):
                used += _run_seconds(process)
        return used


def family_seconds(pid: int) -> float:
    """Return what a process, its threads and its children have used so far; 0 where /proc is missing."""
    family = [_PROC / str(pid)]
    for process in _PROC.glob("[0-9]*"):
        found = _fields(int(process.name))
        if found is not None and int(found[1]) == pid:
            family.append(process)
    return sum(_run_seconds(process) for process in family)


def _run_seconds(process: Path) -> float:
    """Return the seconds a process ran: exact where the scheduler counts nanoseconds, else in ticks."""
    try:
        return sum(int(file.read_text().split()[0]) for file in process.glob("task/*/schedstat")) / 1e9
    except (OSError, IndexError):
        fields = _fields(int(process.name))
        return 0.0 if fields is None else sum(map(int, fields[11:13])) * _TICK_S


def _fields(pid: int) -> list[str] | None:
    """Return the fields of /proc/<pid>/stat behind the name: state, parent, … (man 5 proc)."""
    try:
        return (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
