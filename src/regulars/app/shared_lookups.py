"""Lookups that requests share: whoever comes while one is under way waits for the next, which answers all of them.

Nobody gets an answer that is older than the question, and a thousand requests at a time cost two lookups.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class SharedLookups(Generic[T]):
    """Looks up texts (keys, say) through `read`, one at a time for each text."""

    def __init__(self, read: Callable[[str], Awaitable[T]]) -> None:
        """Ask `read`, whose errors go to everybody who shares them."""
        self._read = read
        self._asked: dict[str, asyncio.Future[T]] = {}
        self._running: dict[str, asyncio.Task[None]] = {}

    async def find(self, text: str) -> T:
        """Return what `read(text)` returns when asked from now on."""
        answer = self._asked.get(text)
        if answer is None:
            answer = self._asked[text] = asyncio.get_running_loop().create_future()
            if text not in self._running:
                self._running[text] = asyncio.create_task(self._run(text))
        return await asyncio.shield(answer)

    async def _run(self, text: str) -> None:
        try:
            while answer := self._asked.pop(text, None):
                try:
                    answer.set_result(await self._read(text))
                except Exception as error:
                    answer.set_exception(error)
                    answer.exception()  # seen, also when everybody who asked has gone meanwhile
        finally:
            del self._running[text]
