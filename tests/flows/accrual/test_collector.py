"""Events that come together share a transaction, and are nobody's deed but the platform's."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.flows.accrual.setting import open_shop

from regulars.app.intake_port import item_of
from regulars.core.events import Event, decode_plain
from regulars.flows.accrual import Collector, Rulebooks
from regulars.infra.clock import FixedClock
from regulars.infra.db import Database, Query, acting

ENTRIES = Query(
    "entries", "Who changed members.", "SELECT actor FROM audit.entry WHERE kind = 'members.member'"
)


async def test_what_events_change_is_not_said_to_be_done_by_who_began_the_batch(
    db: Database, clock: FixedClock, tmp_path: Path
) -> None:
    """Somebody replays an event by hand while others come in: her name is not put beside what theirs did."""
    shop = await open_shop(db, clock, tmp_path)
    collector = Collector(db, Rulebooks(), clock)

    async def identified(name: str) -> None:
        message = {"id": f"m-{name}", "type": "identify", "user_id": name, "traits": {"city": "Riga"}}
        event = decode_plain(message, shop.till.origin, clock.now())
        assert isinstance(event, Event), event
        receipt, place = await collector.submit(shop.program_id, [item_of(shop.till, event)])
        assert receipt.answers[place].member_id

    with acting("staff:5", "req_replay"):
        first = asyncio.create_task(identified("anna"))
    await asyncio.gather(first, *[identified(f"customer-{number}") for number in range(5)])
    await identified("anna")
    async with db.transaction() as tx:
        assert await tx.all(ENTRIES) == []
