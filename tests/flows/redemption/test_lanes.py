"""A lane: two batches on their way at once, never two requests with one key, everybody answered."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from regulars.flows.redemption import lanes
from regulars.flows.redemption.lanes import BATCHES_AT_ONCE, DIVIDED_MIN, UNDIVIDED_MAX, Lane
from regulars.kit.errors import Conflict, Rejected, Unavailable

Wish = tuple[str, int]


class Refused(Conflict):
    """No."""


class Worker:
    """Does batches when it is told to; notes what is done at once."""

    def __init__(self) -> None:
        self.batches: list[list[Wish]] = []
        self.doing: list[list[Wish]] = []
        self.most = 0
        self.doors: list[asyncio.Future[None]] = []
        self.came = asyncio.Event()

    async def __call__(self, wishes: Sequence[Wish]) -> list[str | Rejected]:
        batch = list(wishes)
        keys = [key for key, _ in batch] + [key for other in self.doing for key, _ in other]
        assert len(keys) == len(set(keys)), "two of one key are done at once"
        self.batches.append(batch)
        self.doing.append(batch)
        self.most = max(self.most, len(self.doing))
        door = asyncio.get_running_loop().create_future()
        self.doors.append(door)
        self.came.set()
        try:
            await door
        finally:
            self.doing.remove(batch)
        if any(number < 0 for _, number in batch) and len(batch) > 1:
            raise RuntimeError("one of them is bad")
        return [Refused() if number < 0 else f"{key}{number}" for key, number in batch]

    async def begun(self, batches: int) -> None:
        while len(self.batches) < batches:
            self.came.clear()
            await self.came.wait()

    def finish(self, place: int) -> None:
        self.doors[place].set_result(None)

    def let_all_go(self) -> None:
        for door in self.doors:
            if not door.done():
                door.set_result(None)


async def all_done(worker: Worker, waiting: Sequence[asyncio.Task[str]]) -> list[str | BaseException]:
    whole = asyncio.gather(*waiting, return_exceptions=True)
    while not whole.done():
        worker.let_all_go()
        await asyncio.sleep(0)
    return await whole


def submitted(lane: Lane[Wish, str], wishes: Sequence[Wish]) -> list[asyncio.Task[str]]:
    return [asyncio.create_task(lane.submit(wish)) for wish in wishes]


async def test_a_second_batch_begins_while_the_first_is_written_and_a_third_waits() -> None:
    worker = Worker()
    lane = Lane(worker, lambda wish: wish[0])
    waiting = submitted(lane, [("a", 1)])
    await worker.begun(1)
    waiting += submitted(lane, [(f"b{number}", 1) for number in range(DIVIDED_MIN - 1)])
    await worker.begun(2)
    waiting += submitted(lane, [(f"c{number}", 1) for number in range(DIVIDED_MIN)])
    await asyncio.sleep(0)
    assert [batch[0] for batch in worker.doing] == [("a", 1), ("b0", 1)]
    worker.finish(1)
    await worker.begun(3)
    assert len(worker.doing) == BATCHES_AT_ONCE
    answers = await all_done(worker, waiting)
    assert answers[0] == "a1"
    assert len(answers) == 2 * DIVIDED_MIN
    assert worker.most == BATCHES_AT_ONCE


async def test_few_are_one_batch_after_the_other() -> None:
    worker = Worker()
    lane = Lane(worker, lambda wish: wish[0])
    waiting = submitted(lane, [("a", 1)])
    await worker.begun(1)
    waiting += submitted(lane, [(f"b{number}", 1) for number in range(DIVIDED_MIN - 2)])
    await asyncio.sleep(0)
    assert worker.doing == [[("a", 1)]]
    answers = await all_done(worker, waiting)
    assert answers == ["a1", *(f"b{number}1" for number in range(DIVIDED_MIN - 2))]
    assert worker.most == 1


async def test_who_is_answered_may_ask_again_at_once() -> None:
    """Before the loop has come round to what ended with the answer."""

    async def work(wishes: Sequence[Wish]) -> list[str | Rejected]:
        return [f"{key}{number}" for key, number in wishes]

    lane = Lane(work, lambda wish: wish[0])

    async def one(key: str) -> list[str]:
        return [await lane.submit((key, number)) for number in range(20)]

    async with asyncio.timeout(10):
        for _ in range(3):
            await asyncio.gather(*(one(f"k{number}") for number in range(40)))
            assert await one("alone") == [f"alone{number}" for number in range(20)]


async def test_many_that_come_at_once_are_divided() -> None:
    worker = Worker()
    lane = Lane(worker, lambda wish: wish[0])
    waiting = submitted(lane, [(f"k{number}", 0) for number in range(4 * UNDIVIDED_MAX)])
    await worker.begun(2)
    assert [len(batch) for batch in worker.doing] == [2 * UNDIVIDED_MAX, 2 * UNDIVIDED_MAX]
    await all_done(worker, waiting)


async def test_two_of_one_key_are_done_one_after_the_other_in_their_order() -> None:
    worker = Worker()
    lane = Lane(worker, lambda wish: wish[0])
    waiting = submitted(lane, [("a", 1), ("a", 2), ("b", 1), ("a", 3)])
    await worker.begun(1)
    assert worker.doing == [[("a", 1), ("b", 1)]]
    assert await all_done(worker, waiting) == ["a1", "a2", "b1", "a3"]
    assert [wish for batch in worker.batches for wish in batch if wish[0] == "a"] == [
        ("a", 1),
        ("a", 2),
        ("a", 3),
    ]


async def test_thousands_are_all_answered_and_a_stop_waits_for_them() -> None:
    worker = Worker()
    lane = Lane(worker, lambda wish: wish[0])
    wishes = [(f"k{number % 7}", number) for number in range(300)]
    wishes += [(f"n{number}", number) for number in range(700)]
    waiting = submitted(lane, wishes)
    answers = await all_done(worker, waiting)
    assert answers == [f"{key}{number}" for key, number in wishes]
    await lane.drain()
    assert not lane._running
    assert not lane._busy


async def test_one_that_is_bad_is_no_neighbour_s_trouble() -> None:
    worker = Worker()
    lane = Lane(worker, lambda wish: wish[0])
    waiting = submitted(lane, [("a", 1), ("b", -1), ("c", 1)])
    good, bad, other = await all_done(worker, waiting)
    assert (good, other) == ("a1", "c1")
    assert isinstance(bad, Refused)


async def test_what_was_in_the_way_is_tried_again() -> None:
    tries = 0

    async def work(wishes: Sequence[Wish]) -> list[str | Rejected]:
        nonlocal tries
        tries += 1
        if tries < lanes.TRIES:
            raise Unavailable
        return ["done" for _ in wishes]

    assert await Lane(work, lambda wish: wish[0]).submit(("a", 1)) == "done"


async def test_too_many_are_told_to_come_later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lanes, "WAITING_MAX", 2)
    worker = Worker()
    lane = Lane(worker, lambda wish: wish[0])
    waiting = submitted(lane, [("a", 1), ("a", 2), ("a", 3), ("a", 4)])
    answers = await all_done(worker, waiting)
    assert sum(isinstance(one, lanes.TillsOverloaded) for one in answers) == 2
