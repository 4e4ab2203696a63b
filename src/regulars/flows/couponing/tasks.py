"""The worker's rounds: vouchers and tickets follow their orders, what rules owe is carried out, forgotten baskets are
freed."""

from __future__ import annotations

from typing import Any, Final

from regulars.features.vouchers import lapse_reservations
from regulars.flows.couponing.carry_out import EFFECTS_AT_ONCE, carry_out_effects
from regulars.flows.couponing.follow import follow_orders
from regulars.infra.jobs import JobContext, Standing, Task

CARRY_OUT: Final = "couponing.carry_out"
# Every minute: a voucher for a purchase is looked at on the way home, not at the till.
STANDING: Final = Standing(CARRY_OUT, "* * * * *")


def effects_task() -> Task:
    """Return the task that takes back, carries out and frees, until nothing is left to do."""

    async def run(context: JobContext, payload: Any) -> None:  # noqa: ARG001 - there is none
        now = context.clock.now()
        await follow_orders(context.db, now)
        while await carry_out_effects(context.db, now) == EFFECTS_AT_ONCE:
            pass
        async with context.db.transaction() as tx:
            await lapse_reservations(tx, now)

    return Task(CARRY_OUT, run)
