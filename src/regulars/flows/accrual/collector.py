"""Group commit: requests that come at the same time share a transaction, and each is answered after the
commit.

While one batch is being written the next one fills; so a lone till is answered at once, and a thousand at a
time
cost one fsync.
"""

from __future__ import annotations

import asyncio
from collections import deque

from regulars.flows.accrual.clock import micros
from regulars.flows.accrual.item import Item
from regulars.flows.accrual.load import Rulebooks
from regulars.flows.accrual.pipeline import ProgramMoved, accrue
from regulars.flows.accrual.same_person import Unite
from regulars.flows.accrual.types import BATCH_EVENTS_MAX, Receipt
from regulars.infra.clock import Clock
from regulars.infra.company import Company
from regulars.infra.db import Database, act_for_nobody
from regulars.kit.errors import Unavailable

# Batches of one program in the database at once: one is deciding in Python while the other waits for
# PostgreSQL.
BATCHES_IN_FLIGHT = 2

# The second of them begins when so many events wait. A small batch costs its statements, whatever is in it: 32 tills
# are served by one batch at a time with two thirds of the processor time (1,650 to 1,090 µs an order, `bench online`).
SECOND_BATCH_EVENTS = 200

# Events waiting beyond this would be answered later than a till waits (about two seconds of work).
WAITING_EVENTS_MAX = 20_000


class Overloaded(Unavailable):
    """More events are waiting than can be rated in time; send them again a little later."""


class Request:
    """Some events of one caller; kept together, answered together."""

    __slots__ = ("answer", "items", "revision")

    def __init__(self, items: list[Item], revision: int | None) -> None:
        self.items = items
        self.revision = revision
        self.answer: asyncio.Future[tuple[Receipt, int]] = asyncio.get_running_loop().create_future()


class Collector:
    """Collects the events of one process, by program, and rates them in micro-batches."""

    def __init__(self, db: Database, rulebooks: Rulebooks, clock: Clock, unite: Unite | None = None) -> None:
        self._db = db
        self._rulebooks = rulebooks
        self._clock = clock
        self._unite = unite
        self._waiting: dict[int, deque[Request]] = {}
        self._waiting_events = 0
        self._running: dict[int, set[asyncio.Task[None]]] = {}
        self._company: dict[int, Company] = {}

    async def submit(
        self, program_id: int, items: list[Item], revision: int | None = None
    ) -> tuple[Receipt, int]:
        """Return the receipt of the batch these items were in and the place of the first of them, after the
        commit.

        Refuses with Overloaded, with ProgramMoved when the program no longer has `revision`, and with what the
        database refuses; nothing of these items was then accepted.
        """
        if self._waiting_events + len(items) > WAITING_EVENTS_MAX:
            raise Overloaded(retry_after=1)
        request = Request(items, revision)
        self._waiting.setdefault(program_id, deque()).append(request)
        self._waiting_events += len(items)
        self._company.setdefault(program_id, Company()).came(self._waiting_events)
        running = self._running.setdefault(program_id, set())
        if not running or (len(running) < BATCHES_IN_FLIGHT and self._waiting_events >= SECOND_BATCH_EVENTS):
            running.add(asyncio.create_task(self._work(program_id)))
        return await request.answer

    async def drain(self) -> None:
        """Wait until everything submitted has been answered: for an orderly stop."""
        while tasks := [task for running in self._running.values() for task in running]:
            await asyncio.wait(tasks)

    async def _work(self, program_id: int) -> None:
        """Rate what waits, batch by batch, until nothing does or another task of this program can do it alone."""
        act_for_nobody()  # whoever sent the first of them did not send the others
        waiting, running = self._waiting[program_id], self._running[program_id]
        task = asyncio.current_task()
        assert task is not None
        try:
            while waiting and (len(running) == 1 or self._waiting_events >= SECOND_BATCH_EVENTS):
                await self._company[program_id].gathered(self._waiting_events)
                requests, items = self._take(waiting)
                self._company[program_id].left(len(items))
                await self._rate(program_id, requests, items)
        finally:
            running.discard(task)

    async def _rate(self, program_id: int, requests: list[Request], items: list[Item]) -> None:
        try:
            receipt = await self._accrue(program_id, items, requests[0].revision)
        except Exception as error:
            await self._one_by_one(program_id, requests, error)
            return
        first = 0
        for request in requests:
            if not request.answer.done():
                request.answer.set_result((receipt, first))
            first += len(request.items)

    async def _accrue(self, program_id: int, items: list[Item], revision: int | None) -> Receipt:
        received_at = micros(self._clock.now())
        return await accrue(self._db, self._rulebooks, program_id, items, received_at, self._unite, revision)

    def _take(self, waiting: deque[Request]) -> tuple[list[Request], list[Item]]:
        requests = [waiting.popleft()]
        items = list(requests[0].items)
        while (
            waiting
            and len(items) + len(waiting[0].items) <= BATCH_EVENTS_MAX
            and waiting[0].revision == requests[0].revision
        ):
            requests.append(waiting.popleft())
            items += requests[-1].items
        self._waiting_events -= len(items)
        return requests, items

    async def _one_by_one(self, program_id: int, requests: list[Request], error: Exception) -> None:
        """A batch failed as a whole: one caller's trouble must not become its neighbours'."""
        if len(requests) == 1 or isinstance(error, (Unavailable, ProgramMoved)):
            for request in requests:
                if not request.answer.done():
                    request.answer.set_exception(error)
            return
        for request in requests:
            try:
                receipt = await self._accrue(program_id, request.items, request.revision)
            except Exception as own:
                request.answer.set_exception(own)
            else:
                request.answer.set_result((receipt, 0))
