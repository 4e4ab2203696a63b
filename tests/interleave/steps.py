"""Two transactions, statement by statement, in every order that PostgreSQL lets happen.

Each operation runs as it does in production, but waits at a gate before each statement (and before its commit). A
schedule says who goes next; an operation that waits for a lock is out of the choice until it gets it. `orders` tries
every schedule there is: it runs one, looks where somebody else could have gone, and runs those.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import psycopg

from regulars.infra.db import Database, Transaction
from regulars.infra.db.exchange import Call, Outcome
from regulars.infra.db.queries import Query
from regulars.kit.errors import Rejected

Operation = Callable[[Database], Awaitable[Any]]
Check = Callable[[list[Any], list[int]], Awaitable[None]]
"""Told what both operations came to, and who went at each step."""

Matters = Callable[[str], bool]
"""Whether a statement (its SQL; "COMMIT") can come before or after one of the other operation with another end."""

# Never written by what is tried here: who reads it first makes no difference.
_UNCHANGED = ("ledger.account",)


def touching(*schemas: str) -> Matters:
    """Return what says that a statement touches one of these schemas: what the other operation writes or locks.

    What one writes is unseen by the other until it commits, so of writes only those count that the other may wait for.
    """

    def matters(sql: str) -> bool:
        for unchanged in _UNCHANGED:
            sql = sql.replace(unchanged, "")
        return sql == COMMIT or any(f"{schema}." in sql for schema in schemas)

    return matters


COMMIT = "COMMIT"
LOOK_AGAIN_S = 0.002
STUCK_S = 20
ORDERS_MAX = 1_500


class Ring(AssertionError):
    """Both wait for each other."""


class Wrong(AssertionError):
    """Some order does not come to what it must; the message says which."""


class Actor:
    """One of the two operations. `at` = the statement it is about to run, None while it runs one."""

    def __init__(self, operation: Operation, matters: Matters, db: Database) -> None:
        self.matters = matters
        self.pid = 0
        self.at: str | None = None
        self.waits = False
        self.told: list[str] = []
        self._arrived = asyncio.Event()
        self._go = asyncio.Event()
        self.task = asyncio.create_task(self._run(operation, db))

    async def _run(self, operation: Operation, db: Database) -> Any:
        try:
            return await operation(SteppedDatabase(db, self))  # type: ignore[arg-type]
        except Rejected as refusal:
            return refusal

    async def gate(self, name: str, sql: str, pid: int) -> None:
        """Wait before a statement until it is this operation's turn."""
        self.pid = pid
        if self.matters(sql):
            self.at = name
            self._arrived.set()
            await self._go.wait()
            self._go.clear()

    def go(self) -> None:
        """Run the statement that is waited for."""
        assert self.at is not None
        self.told.append(self.at)
        self.at = None
        self._arrived.clear()
        self._go.set()

    async def come(self, observer: psycopg.AsyncConnection[Any]) -> None:
        """Return when the operation stands at its next gate, has ended, or waits for the other one."""
        arrival = asyncio.create_task(self._arrived.wait())
        try:
            async with asyncio.timeout(STUCK_S):
                while True:
                    await asyncio.wait(
                        {arrival, self.task}, timeout=LOOK_AGAIN_S, return_when="FIRST_COMPLETED"
                    )
                    self.waits = False
                    if self.at is not None or self.task.done():
                        return
                    if self.pid and await _is_blocked(observer, self.pid):
                        self.waits = True
                        return
        finally:
            arrival.cancel()


async def _is_blocked(observer: psycopg.AsyncConnection[Any], pid: int) -> bool:
    cursor = await observer.execute("SELECT cardinality(pg_blocking_pids(%s)) > 0", (pid,))
    row = await cursor.fetchone()
    return bool(row and row[0])


class SteppedTransaction(Transaction):
    """A transaction that asks before each statement."""

    def __init__(self, tx: Transaction, actor: Actor) -> None:
        super().__init__(tx._connection)
        self._actor = actor

    async def _execute(self, query: Query, params: dict[str, Any]) -> Any:
        await self._actor.gate(query.name, query.sql, self._connection.info.backend_pid)
        return await super()._execute(query, params)

    async def copy(self, query: Query, data: bytes) -> int:
        await self._actor.gate(query.name, query.sql, self._connection.info.backend_pid)
        return await super().copy(query, data)

    async def exchange(self, calls: Sequence[Call], *, last: bool = False) -> list[Outcome]:
        """Run what would go in one round trip statement by statement: the server does, too. The commit that would go
        with the `last` of them is a step of its own, at the end of the block.
        """
        del last
        outcomes = []
        for call in calls:
            await self._actor.gate(call.query.name, call.query.sql, self._connection.info.backend_pid)
            outcomes += await super().exchange([call])
        return outcomes


class SteppedDatabase:
    """A database whose transactions ask before each statement and before they commit."""

    def __init__(self, db: Database, actor: Actor) -> None:
        self._db = db
        self._actor = actor

    @asynccontextmanager
    async def transaction(self, **options: Any) -> AsyncIterator[Transaction]:
        async with self._db.transaction(**options) as tx:
            if options.get("joined"):  # its BEGIN would go with its first statements, past the gates
                await tx.exchange([])
            stepped = SteppedTransaction(tx, self._actor)
            yield stepped
            await self._actor.gate("commit", COMMIT, tx._connection.info.backend_pid)
        self._actor.pid = 0

    attempt = Database.attempt


async def run(
    db: Database,
    observer: psycopg.AsyncConnection[Any],
    operations: Sequence[Operation],
    schedule: Sequence[int],
    matters: Sequence[Matters],
) -> tuple[list[Any], list[tuple[int, list[int]]]]:
    """Run two operations by a schedule, then whoever went last as long as possible.

    Return what each came to, and for every step who went and who could have gone. Raises Ring when nobody can.
    """
    actors = [Actor(*one, db) for one in zip(operations, matters, strict=True)]
    trace: list[tuple[int, list[int]]] = []
    try:
        for actor in actors:
            await actor.come(observer)
        while not all(actor.task.done() for actor in actors):
            free = [number for number, actor in enumerate(actors) if actor.at is not None]
            if not free:
                raise Ring([actor.told for actor in actors])
            chosen = (
                schedule[len(trace)] if len(trace) < len(schedule) else trace[-1][0] if trace else free[0]
            )
            if chosen not in free:
                chosen = free[0]
            trace.append((chosen, free))
            actors[chosen].go()
            await actors[chosen].come(observer)
            for actor in actors:
                if actor.waits:
                    await actor.come(observer)
        return [actor.task.result() for actor in actors], trace
    finally:
        for actor in actors:
            actor.task.cancel()
        await asyncio.gather(*[actor.task for actor in actors], return_exceptions=True)


async def orders(
    db: Database,
    observer: psycopg.AsyncConnection[Any],
    begin: Callable[[], Awaitable[tuple[Sequence[Operation], Check]]],
    matters: Sequence[Matters],
    most: int = ORDERS_MAX,
) -> int:
    """Try every order of two operations; return how many there are.

    `begin` makes the ground for one run, and returns the two operations and the check of what they came to. More than
    `most` orders fail: a test that takes for ever is no test; say which schemas matter.
    """
    todo: list[list[int]] = [[]]
    tried = 0
    while todo:
        schedule = todo.pop()
        operations, check = await begin()
        try:
            came, trace = await run(db, observer, operations, schedule, matters)
            await check(came, [step for step, _ in trace])
        except Exception as wrong:
            raise Wrong(f"order {schedule}: {type(wrong).__name__}: {wrong}") from wrong
        tried += 1
        assert tried <= most, f"more than {most} orders"
        for place in range(len(schedule), len(trace)):
            chosen, free = trace[place]
            before = [step for step, _ in trace[:place]]
            todo += [[*before, other] for other in free if other != chosen]
    return tried
