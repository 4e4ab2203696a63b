"""Batches begin when the company that is to be expected has come, and a lone till waits for nobody."""

from __future__ import annotations

import asyncio

from regulars.infra.company import Company


async def begun(company: Company, waiting: int) -> asyncio.Task[None]:
    """Begin to gather; return after the loop has had its turn."""
    task = asyncio.create_task(company.gathered(waiting))
    await asyncio.sleep(0)
    return task


async def test_a_lone_till_waits_for_nobody() -> None:
    company = Company()
    assert (await begun(company, 1)).done()
    company.left(1)
    assert (await begun(company, 1)).done()


async def test_a_batch_waits_until_as_many_came_as_the_last_two_had() -> None:
    company = Company()
    company.left(3)
    company.left(1)
    gathering = await begun(company, 1)
    company.came(2)
    await asyncio.sleep(0)
    assert not gathering.done()
    company.came(3)
    await gathering


async def test_who_does_not_come_is_not_waited_for() -> None:
    company = Company()
    company.left(100)
    await asyncio.wait_for(company.gathered(1), 5)
    company.left(1)
    company.left(1)
    assert (await begun(company, 1)).done()
