"""A batch of messages through the whole application: what becomes of each, told by the ids their sender gave."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.app.serving import application
from tests.flows.accrual.setting import open_shop

from regulars.infra.clock import FixedClock
from regulars.infra.db import Database


def order(key: str, number: str, total: Any = "12.00", **properties: Any) -> dict[str, Any]:
    return {
        "type": "track",
        "event": "Order Completed",
        "userId": "anna",
        "messageId": key,
        "properties": {"order_id": number, "revenue": total, **properties},
    }


async def test_each_message_of_a_batch_is_answered_by_its_own_id(
    db: Database, database_url: str, clock: FixedClock, tmp_path: Path
) -> None:
    shop = await open_shop(db, clock, tmp_path)
    key = await shop.write_key()
    batch = [
        order("one", "1"),
        order("dollars", "2", currency="USD"),
        order("unreadable", "3", total=["12"]),
        order("one", "4"),
        {"type": "track", "event": "Seen", "messageId": "nobody"},
        order("two", "5"),
        order("again", "1"),
    ]
    async with application(database_url, clock) as client:
        answer = await client.post("/v1/batch", json={"batch": batch}, auth=(key, ""))
        said = answer.json()
        again = (await client.post("/v1/batch", json={"batch": batch}, auth=(key, ""))).json()
    assert answer.status_code == 200, answer.text
    expected = [
        (1, "dollars", "other_currency"),
        (2, "unreadable", "malformed_field"),
        (3, "one", "duplicate_with_different_payload"),
        (4, "nobody", "missing_field"),
    ]
    for body in (said, again):
        assert [(one["index"], one["messageId"], one["code"]) for one in body["rejected"]] == expected
        assert body["accepted"] == len(batch) - len(expected)
        assert body["rejected"][0]["path"] == "properties.currency"
    receipt = await shop.send(shop.order("6", "1.00"))
    # 12 + 12 + 1 points, 50 for the first purchase, 100 for bronze.
    assert receipt.works[receipt.answers[0].member_id or 0].purse.available(0) == 175
