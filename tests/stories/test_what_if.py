"""An integrator tries an event out before she sends it: the answer says what would happen, and why not more."""

from __future__ import annotations

import httpx2
from tests.app.serving import server
from tests.stories.test_order_to_webhook import EXAMPLE, ORDER

from regulars.flows.apply import apply_document, read_source
from regulars.infra.clock import SystemClock
from regulars.infra.db import Database


async def test_a_dry_run_says_why_other_rules_did_not_apply(db: Database, database_url: str) -> None:
    """Nothing is written, and every rule that listened and did not apply is there with its reason."""
    source = read_source(EXAMPLE)
    async with db.transaction() as tx:
        applied = await apply_document(
            tx, source.document, "coffee-shop", now=SystemClock().now(), may_create=True
        )
    till = {"authorization": f"Bearer {applied.keys['till']}"}
    async with server(database_url) as (_, address), httpx2.AsyncClient(base_url=address) as client:
        tried = await client.post("/api/v1/events?dry_run=true", json=ORDER, headers=till)
        done = await client.post("/api/v1/events", json=ORDER, headers=till)
        other = {**ORDER, "id": "till-2", "order": {**ORDER["order"], "order_id": "1002"}}  # type: ignore[dict-item]
        asked = await client.post("/api/v1/events?explain=true", json=other, headers=till)
    assert (tried.status_code, done.status_code) == (200, 200), tried.text
    assert tried.json()["rules_fired"] == done.json()["rules_fired"]
    missing = {one["rule"]: one["reason"] for one in tried.json()["rules_not_fired"]}
    assert missing["bakery-pays"] == "the partner is “bakery”: it is not known"
    assert done.json()["status"] == "accepted"
    assert done.json()["rules_not_fired"] == []
    # Who asks is told the same of an event that counts.
    assert asked.json()["status"] == "accepted"
    assert {one["rule"]: one["reason"] for one in asked.json()["rules_not_fired"]}.items() >= {
        ("bakery-pays", missing["bakery-pays"])
    }
