"""Rolls up what is closed, in a process of its own that may be killed."""

from __future__ import annotations

import asyncio
import sys

from regulars.flows.reporting import Rollup
from regulars.infra.clock import SystemClock
from regulars.infra.db import Database


async def roll_up(url: str) -> None:
    async with Database.open(url, name="worker", max_size=2) as db:
        await Rollup(db, SystemClock()).drain()


if __name__ == "__main__":
    asyncio.run(roll_up(sys.argv[1]))
