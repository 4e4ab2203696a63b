"""Steps that are repeated for ever: at once while there is work, else when woken or after a pause."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import structlog

from regulars.kit.errors import Unavailable

log = structlog.get_logger(__name__)

# While the database is away each loop asks again, more and more seldom, but never so seldom that it seems dead.
PAUSE_AFTER_ERROR_S = (0.2, 0.5, 1.0, 2.0, 5.0)


async def _nothing_left(_: float) -> None:
    return


@dataclass(slots=True)
class Loop:
    """One repeated step. `step()` says whether it found work; `idle_s` is how long to rest when it did not.

    `share` is how much of the time it works at most, where others wait for the same machine: after a step it rests so
    longer. `close(grace_s)` is awaited after the last step: it ends within `grace_s` what steps have left running.
    """

    name: str
    step: Callable[[], Awaitable[bool]]
    idle_s: float
    close: Callable[[float], Awaitable[None]] = _nothing_left
    share: float = 1.0
    wakened: asyncio.Event = field(default_factory=asyncio.Event)

    def wake(self) -> None:
        """Let the next step begin without waiting for the pause to end."""
        self.wakened.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Repeat the step until `stop` is set; what it raises is logged and it is tried again."""
        failures = 0
        while not stop.is_set():
            self.wakened.clear()
            began = time.monotonic()
            try:
                worked = await self.step()
                failures = 0
            except Exception as error:
                pause = PAUSE_AFTER_ERROR_S[min(failures, len(PAUSE_AFTER_ERROR_S) - 1)]
                failures += 1
                expected = isinstance(error, Unavailable)
                log.warning("loop_failed", loop=self.name, error=str(error), exc_info=not expected)
                await _first_of(stop, pause_s=pause)
                continue
            rest_s = (time.monotonic() - began) * (1 / self.share - 1)
            if not worked:
                await _first_of(stop, self.wakened, pause_s=max(rest_s, self.idle_s))
            elif rest_s > 0:
                await _first_of(stop, pause_s=rest_s)


async def _first_of(*events: asyncio.Event, pause_s: float) -> None:
    """Return when one of the events is set, at the latest after `pause_s` seconds."""
    waits = [asyncio.ensure_future(event.wait()) for event in events]
    try:
        await asyncio.wait(waits, timeout=pause_s, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
