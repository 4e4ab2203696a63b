"""Events that were set aside are part of the books: admitted, visible, and missed by nobody."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import psycopg
import pytest
from tests.flows.accrual.setting import open_shop

from regulars.core.events import EventStatus
from regulars.flows import books
from regulars.flows.accrual import decide
from regulars.infra.clock import FixedClock
from regulars.infra.db import Database


async def test_the_books_are_green_with_events_set_aside_and_red_when_one_is_lost(
    db: Database, database_url: str, clock: FixedClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = await open_shop(db, clock, tmp_path)
    whole = decide.assess_tiers

    def broken(decided: Any, work: Any, moment: Any) -> Any:
        if moment.event.type == "Poison":
            raise ZeroDivisionError
        return whole(decided, work, moment)

    monkeypatch.setattr(decide, "assess_tiers", broken)
    receipt = await shop.send(
        shop.order("o-1", "10.00"),
        shop.event("Poison"),
        shop.refund("o-99", id="early"),
        shop.order("o-2", "5.00"),
    )
    assert [answer.status for answer in receipt.answers] == [
        EventStatus.ACCEPTED,
        EventStatus.PARKED,
        EventStatus.WAITING_FOR_ORDER,
        EventStatus.ACCEPTED,
    ]
    assert await bad(db) == {}
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("DELETE FROM events.parked WHERE reason = 'failed'")
    assert await bad(db) == {"identities": 1}


async def bad(db: Database) -> dict[str, int]:
    async with db.transaction(read_only=True, snapshot=True) as tx:
        found = await books.verify(tx)
    return {check.name: check.bad for check in found.checks if check.bad}
