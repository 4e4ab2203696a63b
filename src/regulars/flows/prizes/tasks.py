"""The worker's round: prizes that were won are given."""

from __future__ import annotations

from typing import Any, Final

from regulars.flows.prizes.deliver import PRIZES_AT_ONCE, deliver_prizes
from regulars.flows.prizes.port import Wallets
from regulars.infra.jobs import JobContext, Standing, Task

DELIVER: Final = "prizes.deliver"
STANDING: Final = Standing(DELIVER, "* * * * *")


def prizes_task(wallets: Wallets) -> Task:
    """Return the task that gives winners what they won."""

    async def run(context: JobContext, payload: Any) -> None:  # noqa: ARG001 - there is none
        while await deliver_prizes(context.db, wallets, context.clock.now()) == PRIZES_AT_ONCE:
            pass

    return Task(DELIVER, run)
