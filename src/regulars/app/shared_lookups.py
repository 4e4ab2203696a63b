"""Lookups that requests share: whoever comes while one is under way waits for the next, which answers all of them.

Nobody gets an answer that is older than the question, and a thousand requests at a time cost two lookups.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

K = TypeVar("K")
T = TypeVar("T")


class SharedLookups(Generic[K, T]):
    """Looks up what is asked for through `read`, one at a time for each name."""

    def __init__(self, read: Callable[[K], Awaitable[T]]) -> None:
        """Ask `read`, whose errors go to everybody who shares them."""
        self._read = read
        self._asked: dict[K, asyncio.Future[T]] = {}
        self._running: dict[K, asyncio.Task[None]] = {}

    async def find(self, name: K) -> T:
        """Return what `read(name)` returns when asked from now on."""
        answer = self._asked.get(name)
        if answer is None:
            answer = self._asked[name] = asyncio.get_running_loop().create_future()
            if name not in self._running:
                self._running[name] = asyncio.create_task(self._run(name))
        return await asyncio.shield(answer)

    async def _run(self, name: K) -> None:
        try:
            while answer := self._asked.pop(name, None):
                try:
                    answer.set_result(await self._read(name))
                except Exception as error:
                    answer.set_exception(error)
                    answer.exception()  # seen, also when everybody who asked has gone meanwhile
        finally:
            del self._running[name]
