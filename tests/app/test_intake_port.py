"""The intake's port: what it turns away before anything is rated."""

from __future__ import annotations

from pathlib import Path

from tests.flows.accrual.setting import open_shop

from regulars.app.intake_port import AccrualPort
from regulars.core.events import EventStatus
from regulars.infra.clock import FixedClock
from regulars.infra.db import Database


async def test_orders_in_other_money_are_refused_and_their_neighbours_are_not(
    db: Database, clock: FixedClock, tmp_path: Path
) -> None:
    shop = await open_shop(db, clock, tmp_path)
    port = AccrualPort(db, clock)

    def order(number: str, currency: str) -> dict[str, object]:
        return {"order_id": number, "revenue": "100.00", "currency": currency}

    events = [
        shop.event("Order Completed", order=order("1", "EUR")),
        shop.event("Order Completed", order=order("2", "USD")),
        shop.event("Order Completed", order={"order_id": "3", "revenue": "1.00"}),
    ]
    for dry_run in (True, False):
        results = await port.accept(shop.till, events, received_at=clock.now(), dry_run=dry_run)
        assert [result.status for result in results] == [
            EventStatus.ACCEPTED,
            EventStatus.MALFORMED,
            EventStatus.ACCEPTED,
        ]
        assert "EUR" in results[1].message
    only = await port.accept(shop.till, events[1:2], received_at=clock.now())
    assert [result.status for result in only] == [EventStatus.MALFORMED]
