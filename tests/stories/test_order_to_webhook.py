"""The whole way: an order at the till earns points, and the shop's own system hears of it, signed."""

from __future__ import annotations

import json
from pathlib import Path

import httpx2
from tests.app.serving import server
from tests.infra.http_out.receiver import receiver

from regulars.features.programs import issue_api_key, program_by_code
from regulars.features.webhooks import verify
from regulars.flows.apply import apply_document, read_source
from regulars.infra.clock import SystemClock
from regulars.infra.db import Database

EXAMPLE = Path(__file__).parents[2] / "examples" / "coffee-shop.yaml"
ORDER = {
    "id": "till-1",
    "type": "Order Completed",
    "member": {"email": "ann@example.com"},
    "store": "old-town",
    "order": {
        "order_id": "1001",
        "total": "27.50",
        "currency": "EUR",
        "lines": [{"sku": "ESP-1", "price": "27.50", "quantity": 1}],
    },
}


async def test_an_order_becomes_a_signed_message(db: Database, database_url: str) -> None:
    """An endpoint made while the server runs hears of the next order."""
    clock = SystemClock()
    source = read_source(EXAMPLE)
    async with db.transaction() as tx:
        applied = await apply_document(tx, source.document, "coffee-shop", now=clock.now(), may_create=True)
        program = await program_by_code(tx, "coffee-shop")
        key = (await issue_api_key(tx, program.id, "crm", ("owner",), clock.now())).key
    till = {"authorization": f"Bearer {applied.keys['till']}"}
    async with (
        receiver() as there,
        server(database_url) as (_, address),
        httpx2.AsyncClient(base_url=address) as client,
    ):
        unheard = await client.post("/api/v1/events", json={**ORDER, "id": "till-0"}, headers=till)
        assert unheard.status_code == 200, unheard.text
        made = await client.post(
            "/api/v1/programs/coffee-shop/webhooks",
            json={"url": there.url, "types": ["points.*", "tier.changed"]},
            headers={"authorization": f"Bearer {key}"},
        )
        order = {**ORDER, "order": {**ORDER["order"], "order_id": "1002"}}  # type: ignore[dict-item]
        answer = await client.post("/api/v1/events", json=order, headers=till)
        assert answer.status_code == 200, answer.text
        got = await there.wait_for(1)
        heard = [json.loads(one.body) for one in got]
        earned = next(one for one in heard if one["type"] == "points.earned")
        assert earned["data"]["member"].startswith("mem_")
        assert earned["data"]["event"].startswith("evt_")
        assert earned["data"]["points"] > 0
        verify(made.json()["secret"], got[0].headers, got[0].body, clock.now())
