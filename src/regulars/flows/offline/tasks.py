"""The worker's round: tokens whose time is over are settled."""

from __future__ import annotations

from typing import Any, Final

from regulars.flows.offline.port import Wallets
from regulars.flows.offline.spending import settle_due
from regulars.infra.jobs import JobContext, Standing, Task

SETTLE: Final = "offline.settle"
STANDING: Final = Standing(SETTLE, "* * * * *")


def offline_task(wallets: Wallets) -> Task:
    """Return the task that settles tokens."""

    async def run(context: JobContext, payload: Any) -> None:  # noqa: ARG001 - there is none
        await settle_due(context.db, wallets, context.clock.now())

    return Task(SETTLE, run)
