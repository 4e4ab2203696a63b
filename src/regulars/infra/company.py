"""Waiting for company: requests that share a transaction come together, but not in the same instant.

A batch begins when as many wait as the last two had, when nobody came for the one while, or after the other. Tills that
were answered together ask again together: without waiting the first of them would be a batch of its own, and its
neighbours another (`regulars bench online`). A lone till waits for nobody.
"""

from __future__ import annotations

import asyncio

COMPANY_PAUSE_S = 0.001
COMPANY_WAIT_S = 0.005


class Company:
    """Whether the events that wait are about as many as are to be expected."""

    def __init__(self) -> None:
        """Expect nobody."""
        self._last = self._last_but_one = 0
        self._wanted = 0
        self._came = 0
        self._enough: asyncio.Future[bool] | None = None

    async def gathered(self, waiting_events: int) -> None:
        """Return when as many events wait as the last two batches had at most, or when no more seem to come."""
        self._wanted = max(self._last, self._last_but_one)
        if waiting_events >= self._wanted:
            return
        loop = asyncio.get_running_loop()
        deadline = loop.time() + COMPANY_WAIT_S
        came = -1
        while came != self._came and loop.time() < deadline:
            came = self._came
            enough = self._enough = loop.create_future()
            timer = loop.call_later(COMPANY_PAUSE_S, _resolve, enough, False)
            if await enough:
                timer.cancel()
                break
        self._enough = None

    def came(self, waiting_events: int) -> None:
        """Note how many events wait now."""
        self._came += 1
        if self._enough is not None and waiting_events >= self._wanted:
            _resolve(self._enough, True)

    def left(self, events: int) -> None:
        """Note how many events a batch has that begins now."""
        self._last, self._last_but_one = events, self._last


def _resolve(future: asyncio.Future[bool], enough: bool) -> None:
    if not future.done():
        future.set_result(enough)
