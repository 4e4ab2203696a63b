"""A till that uses a voucher with an order: `python -m tests.features.vouchers.crashing <database url> <code>`.

Killed at a fail-point between the use and the commit of its order.
"""

from __future__ import annotations

import asyncio
import sys
from datetime import UTC, datetime, timedelta

from regulars.features.vouchers import find_vouchers, reserve_vouchers, use_vouchers
from regulars.infra.db import Database

NOW = datetime(2026, 3, 2, 10, 5, tzinfo=UTC)
UNTIL = NOW + timedelta(minutes=15)


async def main(url: str, code: str) -> None:
    """Set the code aside for a basket, then use it with the basket's order."""
    async with Database.open(url, name="api", max_size=1) as db:
        async with db.transaction() as tx:
            found = await find_vouchers(tx, 1, [code], member_id=11, now=NOW, lock=True)
            await reserve_vouchers(tx, found, "basket", UNTIL)
        async with db.transaction() as tx:
            await use_vouchers(tx, "basket", order_id="order", member_id=11, now=NOW)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
