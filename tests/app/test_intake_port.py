"""The intake's port: what it says of events beside what they did."""

from __future__ import annotations

from pathlib import Path

from tests.app.serving import application
from tests.flows.accrual.setting import open_shop

from regulars.app.intake_port import AccrualPort
from regulars.flows.journal import Journal
from regulars.flows.journal.entries import Filters
from regulars.infra.clock import FixedClock
from regulars.infra.db import Database


async def test_orders_in_other_money_are_refused_and_their_neighbours_are_not(
    db: Database, database_url: str, clock: FixedClock, tmp_path: Path
) -> None:
    shop = await open_shop(db, clock, tmp_path)
    key = await shop.write_key()

    def order(number: str, **currency: str) -> dict[str, object]:
        what = {"order_id": number, "revenue": "100.00", **currency}
        return {"id": number, "type": "Order Completed", "member": {"user_id": "anna"}, "order": what}

    events = [order("1", currency="EUR"), order("2", currency="USD"), order("3")]
    async with application(database_url, clock) as client:
        for query in ("?dry_run=true", ""):
            headers = {"authorization": f"Bearer {key}"}
            answer = await client.post(f"/api/v1/events{query}", json=events, headers=headers)
            results = answer.json()["results"]
            assert [one["status"] for one in results] == ["accepted", "malformed", "accepted"]
            assert (results[1]["code"], results[1]["path"]) == ("other_currency", "order.currency")
            assert "EUR" in results[1]["message"]
        only = await client.post("/api/v1/events", json=events[1], headers=headers)
    assert (only.status_code, only.json()["errors"][0]["path"]) == (422, "order.currency")


async def test_an_unknown_store_loses_no_order_and_is_told(
    db: Database, database_url: str, clock: FixedClock, tmp_path: Path
) -> None:
    shop = await open_shop(db, clock, tmp_path)
    key = await shop.write_key()
    known = shop.order("1", "1.00", store="north")
    typo = shop.order("2", "1.00", store="norht")
    right, wrong = await AccrualPort(db, clock).accept(shop.till, [known, typo], received_at=clock.now())
    assert (right.status, right.unknown_store) == ("accepted", None)
    assert (wrong.status, wrong.unknown_store) == ("accepted", "norht")
    message = {"type": "Order Completed", "member": {"user_id": "anna"}, "store": "norht"}
    track = {"type": "track", "event": "Order Completed", "userId": "anna", "messageId": "m1"}
    async with application(database_url, clock) as client:
        headers = {"authorization": f"Bearer {key}"}
        plain = await client.post(
            "/api/v1/events", json={**message, "order": {"order_id": "3", "total": 1}}, headers=headers
        )
        segment = {**track, "properties": {"order_id": "4", "total": 1, "store": "norht"}}
        batch = await client.post("/v1/batch", json={"batch": [segment]}, auth=(key, ""))
    (warned,) = plain.json()["warnings"]
    assert (warned["code"], "norht" in warned["message"]) == ("unknown_store", True)
    said = batch.json()
    assert (said["accepted"], [(one["messageId"], one["code"]) for one in said["warnings"]]) == (
        1,
        [("m1", "unknown_store")],
    )
    async with db.transaction(read_only=True) as tx:
        journal = await Journal.open(tx, shop.program_id)
        page = await journal.page(tx, Filters(types=("Order Completed",)), 2**62, 10)
    told = [(one.store, one.reason_code, one.reason_facts) for one in page.data]
    assert told.count(("norht", "unknown_store", {"stores": ["norht"]})) == 3
    assert ("north", "", {}) in told
