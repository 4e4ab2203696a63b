"""Requests that come together share a lookup, and nobody gets an answer older than the question."""

from __future__ import annotations

import asyncio

import pytest

from regulars.app.shared_lookups import SharedLookups


class Slow:
    """A reading that ends when it is told to, and says which one it was."""

    def __init__(self) -> None:
        self.begun: list[asyncio.Future[int]] = []

    async def read(self, _: str) -> int:
        self.begun.append(asyncio.get_running_loop().create_future())
        return await self.begun[-1]


async def settled() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_who_comes_later_waits_for_the_next_reading() -> None:
    slow = Slow()
    lookups = SharedLookups(slow.read)
    first = asyncio.create_task(lookups.find("key"))
    await settled()
    late = [asyncio.create_task(lookups.find("key")) for _ in range(9)]
    await settled()
    assert len(slow.begun) == 1
    slow.begun[0].set_result(1)
    await settled()
    assert first.result() == 1
    assert not any(task.done() for task in late)
    slow.begun[1].set_result(2)
    await settled()
    assert [task.result() for task in late] == [2] * 9
    assert len(slow.begun) == 2
    again = asyncio.create_task(lookups.find("key"))
    await settled()
    slow.begun[2].set_result(3)
    assert await again == 3


async def test_a_failure_goes_to_those_who_shared_it_and_to_nobody_else() -> None:
    slow = Slow()
    lookups = SharedLookups(slow.read)
    gone, failed = asyncio.create_task(lookups.find("key")), asyncio.create_task(lookups.find("other"))
    await settled()
    gone.cancel()
    slow.begun[1].set_exception(ValueError("no"))
    with pytest.raises(ValueError, match="no"):
        await failed
    slow.begun[0].set_result(1)
    await settled()
    after = asyncio.create_task(lookups.find("key"))
    await settled()
    slow.begun[2].set_result(7)
    assert await after == 7
