"""Many clients released together."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from regulars.kit.errors import Rejected

CLIENTS = 16
T = TypeVar("T")


async def together(actions: Sequence[Callable[[], Awaitable[T]]]) -> list[T | Rejected]:
    """Release all actions at once; return what each came to, its answer or its refusal."""
    gate = asyncio.Event()

    async def run(action: Callable[[], Awaitable[T]]) -> T | Rejected:
        await gate.wait()
        try:
            return await action()
        except Rejected as refusal:
            return refusal

    running = [asyncio.create_task(run(action)) for action in actions]
    await asyncio.sleep(0)
    gate.set()
    return await asyncio.gather(*running)
