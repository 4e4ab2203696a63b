"""Many at once: sixteen clients released together spend one wallet, transfer both ways, and fight over a
hold.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from itertools import pairwise

import pytest
from tests.flows.points.shop import Shop
from tests.flows.points.world import NOW, days, make_members, make_program

from regulars.flows import points
from regulars.flows.points.errors import HoldClosed, InsufficientPoints
from regulars.infra.db import Database
from regulars.kit.errors import Rejected

CLIENTS = 16


@pytest.fixture
async def shop(database_url: str) -> AsyncIterator[Shop]:
    async with Database.open(database_url, min_size=CLIENTS, max_size=CLIENTS, name="api") as db:
        config = await make_program(db)
        yield Shop(db, config, await make_members(db, config, 4))


async def together(actions: list[Callable[[], Awaitable[object]]]) -> list[object]:
    """Release all actions at once; return what each came to: its answer or its refusal."""
    gate = asyncio.Event()

    async def run(action: Callable[[], Awaitable[object]]) -> object:
        await gate.wait()
        try:
            return await action()
        except Rejected as refusal:
            return refusal

    running = [asyncio.create_task(run(action)) for action in actions]
    await asyncio.sleep(0)
    gate.set()
    return await asyncio.gather(*running)


async def test_sixty_four_spends_of_100_on_1000_are_ten(shop: Shop) -> None:
    await shop.earn(shop.ann, 600, expires=NOW + days(5))
    await shop.earn(shop.ann, 400, expires=NOW + days(9))
    came = await together([lambda: shop.spend(shop.ann, 100)] * 64)
    assert sum(isinstance(one, points.Receipt) for one in came) == 10
    assert sum(isinstance(one, InsufficientPoints) for one in came) == 54
    assert await shop.sides(shop.ann) == (0, 0, 0, 0)


async def test_opposite_transfers_never_wait_in_a_ring_and_lose_nothing(shop: Shop) -> None:
    for member in shop.members:
        await shop.earn(member, 500)
    ring = [*shop.members, shop.members[0]]
    pairs = list(pairwise(ring))
    actions = [
        (lambda a=a, b=b: shop.transfer(a, b, 7))  # type: ignore[misc]
        for a, b in (pairs + [(b, a) for a, b in pairs]) * 6
    ]
    came = await together(actions)
    assert all(isinstance(one, points.TransferReceipt) for one in came), came
    assert [await shop.sides(member) for member in shop.members] == [(500, 0, 0, 0)] * 4


async def test_of_capture_void_and_the_end_exactly_one_wins(shop: Shop) -> None:
    late = NOW + days(1)
    for round_number in range(6):
        await shop.earn(shop.ann, 100)
        held = await shop.hold(shop.ann, 100, limit=days(1))
        actions: list[Callable[[], Awaitable[object]]] = [
            lambda held=held: shop.capture(shop.ann, held.hold),  # type: ignore[misc]
            lambda held=held: shop.void(shop.ann, held.hold),  # type: ignore[misc]
            lambda: shop.spend(shop.ann, 1, late),
        ] * 4
        came = await together(actions[round_number % 3 :] + actions)
        won = [one for one in came if isinstance(one, points.HoldReceipt)]
        ended = [one for one in came if isinstance(one, points.Receipt)]
        assert len(won) <= 1
        assert all(
            one.became in ("captured", "voided", "expired") for one in came if isinstance(one, HoldClosed)
        )
        left = await shop.sides(shop.ann, now=late)
        captured = sum(one.captured for one in won)
        assert left == (100 - captured - len(ended), 0, 0, 0)
        if left[0]:
            await shop.spend(shop.ann, left[0], late)


async def test_a_cancelled_spend_comes_back_once(shop: Shop) -> None:
    await shop.earn(shop.ann, 100)
    spent = await shop.spend(shop.ann, 80)
    came = await together([lambda: shop.cancel(shop.ann, spent.transfer, points=30)] * CLIENTS)
    assert sum(isinstance(one, points.Receipt) for one in came) == 2
    assert await shop.sides(shop.ann) == (80, 0, 0, 0)
