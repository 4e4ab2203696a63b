"""Following up time as a job: every few minutes, for all programs, one runner a program."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from regulars.flows.upkeep.port import Accrue
from regulars.flows.upkeep.run import Upkeep
from regulars.infra.jobs import JobContext, Standing, Task, Tick

KIND: Final = "upkeep.run"
# How late a hold is let go, or a schedule of a rule ticks, at most.
STANDING: Final = Standing(KIND, "*/5 * * * *")


def upkeep_task(accrue: Accrue) -> Task:
    """Return the task that follows up all programs; `accrue` rates what time raises."""

    async def run(context: JobContext, tick: Tick) -> None:
        now: datetime = context.clock.now()
        await Upkeep(context.transaction, accrue).run(max(now, tick.tick), now)

    return Task(KIND, run, payload=Tick)
