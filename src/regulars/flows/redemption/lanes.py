"""Requests that come together share a transaction: one lane per program, each answered after the commit.

While batches are being written the next one fills; so a lone till is answered at once, and many of them cost one
transaction, whether they are on many wallets, on one, or on one piece of stock. Two batches are on their way at once:
one is decided here while the other is in the database, where they meet as those of two processes do.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Hashable, Sequence
from typing import Final, Generic, TypeVar

from regulars.infra.company import Company
from regulars.kit.errors import Rejected, Unavailable

T = TypeVar("T")
Answer = TypeVar("Answer")

# More in one transaction would make the first of them wait for the last.
BATCH_MAX: Final = 64
# As many batches as can be worked on: by this process, and by PostgreSQL.
BATCHES_AT_ONCE: Final = 2
# A batch takes half of all requests in hand, so that there is something to do for two; so few are not worth dividing.
UNDIVIDED_MAX: Final = 16
# Fewer in hand are one batch after the other: a second one beside it would only halve both.
DIVIDED_MIN: Final = 24
# Requests waiting beyond this would be answered later than a till waits.
WAITING_MAX: Final = 5_000
TRIES: Final = 3


class TillsOverloaded(Unavailable):
    """More requests are waiting than can be done in time; send it again a little later."""


class Lane(Generic[T, Answer]):
    """One queue: `work` does a batch in one transaction and returns an answer or refusal for each."""

    def __init__(
        self,
        work: Callable[[Sequence[T]], Awaitable[Sequence[Answer | Rejected]]],
        key: Callable[[T], Hashable],
    ) -> None:
        """Do `work`; no two requests with one `key` are done at once."""
        self._work = work
        self._key = key
        self._waiting: deque[tuple[T, asyncio.Future[Answer]]] = deque()
        self._running: set[asyncio.Task[None]] = set()
        # Counted by themselves: a task that has ended is in the set until the loop comes round, and a till that was
        # answered by it may ask again before.
        self._batches = 0
        self._gathering = False
        self._busy: set[Hashable] = set()
        self._company = Company()

    async def submit(self, request: T) -> Answer:
        """Return the answer to a request after its commit. Refuses with TillsOverloaded and what `work` refuses."""
        if len(self._waiting) >= WAITING_MAX:
            raise TillsOverloaded(retry_after=1)
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting.append((request, answer))
        self._company.came(len(self._waiting))
        self._hurry()
        return await answer

    async def drain(self) -> None:
        """Wait until everything submitted has been answered: for an orderly stop."""
        while self._running:
            await asyncio.wait(self._running)

    def _hurry(self) -> None:
        """Have somebody gather a batch, unless somebody does or enough are busy."""
        if self._waiting and not self._gathering and self._batches < self._batches_worth():
            self._gathering = True
            self._batches += 1
            task = asyncio.create_task(self._run())
            self._running.add(task)
            task.add_done_callback(self._running.discard)

    def _batches_worth(self) -> int:
        return BATCHES_AT_ONCE if self._in_hand() >= DIVIDED_MIN else 1

    def _in_hand(self) -> int:
        return len(self._waiting) + len(self._busy)

    async def _run(self) -> None:
        """Do one batch after the other until nothing waits, or somebody else gathers what does."""
        try:
            while batch := await self._gathered():
                self._hurry()
                try:
                    await self._answer(batch)
                finally:
                    self._busy.difference_update(self._key(request) for request, _ in batch)
                if self._gathering or not self._waiting:
                    return
                self._gathering = True
        finally:
            self._batches -= 1

    async def _gathered(self) -> list[tuple[T, asyncio.Future[Answer]]]:
        try:
            await self._company.gathered(len(self._waiting))
            batch = self._take()
            if batch:
                self._company.left(len(batch))
            return batch
        finally:
            self._gathering = False

    def _take(self) -> list[tuple[T, asyncio.Future[Answer]]]:
        """Return what is done next; a request whose key is being done waits for that."""
        batch: list[tuple[T, asyncio.Future[Answer]]] = []
        put_off = []
        most = min(BATCH_MAX, max(UNDIVIDED_MAX, -(-self._in_hand() // BATCHES_AT_ONCE)))
        while self._waiting and len(batch) < most:
            one = self._waiting.popleft()
            key = self._key(one[0])
            if key in self._busy:
                put_off.append(one)
            else:
                self._busy.add(key)
                batch.append(one)
        self._waiting.extendleft(reversed(put_off))
        return batch

    async def _answer(self, batch: list[tuple[T, asyncio.Future[Answer]]]) -> None:
        try:
            results = await self._tried([request for request, _ in batch])
        except Exception as error:
            await self._one_by_one(batch, error)
            return
        for (_, answer), result in zip(batch, results, strict=True):
            _settle(answer, result)

    async def _tried(self, requests: Sequence[T]) -> Sequence[Answer | Rejected]:
        """Do a batch; begin again when it was in another one's way."""
        for left in reversed(range(TRIES)):
            try:
                return await self._work(requests)
            except Unavailable:
                if not left:
                    raise
        raise AssertionError("A batch is tried at least once.")

    async def _one_by_one(self, batch: list[tuple[T, asyncio.Future[Answer]]], error: Exception) -> None:
        """A batch failed as a whole: one caller's trouble must not become its neighbours'."""
        if len(batch) == 1:
            _settle(batch[0][1], error)
            return
        for request, answer in batch:
            try:
                (result,) = await self._tried([request])
            except Exception as own:
                _settle(answer, own)
            else:
                _settle(answer, result)


def _settle(answer: asyncio.Future[Answer], result: Answer | Exception) -> None:
    if answer.done():
        return
    if isinstance(result, Exception):
        answer.set_exception(result)
    else:
        answer.set_result(result)
