"""What the worker does for redemption: reservations whose time is over give back what they hold."""

from __future__ import annotations

from typing import Final

from regulars.flows.redemption.counter import Grounds
from regulars.flows.redemption.give_back import end_overdue
from regulars.infra.clock import Clock
from regulars.infra.db import Database
from regulars.infra.jobs import Loop

# How late a piece of stock may be free again after its reservation ended.
IDLE_S: Final = 2.0


def overdue_loop(db: Database, clock: Clock, grounds: Grounds) -> Loop:
    """Return the loop that ends overdue reservations."""

    async def step() -> bool:
        return await end_overdue(db, grounds, clock.now()) > 0

    return Loop("reservations", step, IDLE_S)
