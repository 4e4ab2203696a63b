"""RudderStack's pixel: what an image's address says is an event like any other."""

from __future__ import annotations

from datetime import UTC, datetime

import httpx2
import pytest
from tests.flows.intake.conftest import MemoryPort, basic

from regulars.core.events import EventKind

ORDER = (
    "writeKey=wk_rudder&userId=u1&anonymousId=a1&messageId=m1&event=Order+Completed&originalTimestamp="
    "2026-11-22T09:00:00Z&properties.order_id=o1&properties.revenue=12.50&properties.currency=EUR&context.locale=lt"
)


@pytest.mark.parametrize("prefix", ["", "/segment"])
async def test_an_order_in_an_address(client: httpx2.AsyncClient, port: MemoryPort, prefix: str) -> None:
    answer = await client.get(f"{prefix}/pixel/v1/track?{ORDER}")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/gif")
    assert answer.content.startswith(b"GIF89a")
    assert answer.headers["cache-control"] == "no-store"
    (event,) = port.events
    assert (event.type, event.user_id, event.anonymous_id, event.key) == ("Order Completed", "u1", "a1", "m1")
    assert event.occurred_at == datetime(2026, 11, 22, 9, tzinfo=UTC)
    assert event.order is not None
    assert (event.order.order_id, event.order.revenue) == ("o1", 1250)
    assert event.channel == "web"


async def test_the_same_image_twice_is_one_event(client: httpx2.AsyncClient, port: MemoryPort) -> None:
    for _ in range(2):
        assert (await client.get(f"/pixel/v1/track?{ORDER}")).status_code == 200
    assert len(port.events) == 1


async def test_a_page(client: httpx2.AsyncClient, port: MemoryPort) -> None:
    answer = await client.get("/pixel/v1/page?anonymousId=a1&name=Home", headers=basic("wk_rudder"))
    assert answer.status_code == 200
    assert (port.events[0].kind, port.events[0].properties) == (EventKind.PAGE, {"name": "Home"})


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("anonymousId=a1&event=x", 401, "invalid_write_key"),
        ("writeKey=wk_wrong&anonymousId=a1&event=x", 401, "invalid_write_key"),
        ("writeKey=wk_off&anonymousId=a1&event=x", 404, "source_disabled"),
        ("writeKey=wk_shop&event=x", 400, "missing_field"),
        ("writeKey=wk_shop&anonymousId=a1", 400, "missing_field"),
        ("writeKey=wk_shop&anonymousId=a1&event=x&properties=1&properties.a=2", 400, "malformed_field"),
        ("writeKey=wk_shop&anonymousId=a1&event=x&event=y", 400, "malformed_field"),
        ("writeKey=wk_shop&anonymousId=a1&event=x&a..b=1", 400, "malformed_field"),
        ("writeKey=wk_shop&anonymousId=a1&event=x&" + "&".join(f"p{n}=1" for n in range(99)), 400, "too_many_fields"),
        ("writeKey=wk_shop&anonymousId=a1&event=x&" + ".".join("abcdefghijk") + "=1", 400, "malformed_field"),
        ("writeKey=wk_shop&anonymousId=a1&event=x%00", 400, "nul_character"),
    ],
)  # fmt: skip
async def test_what_is_refused(
    client: httpx2.AsyncClient, port: MemoryPort, query: str, status: int, code: str
) -> None:
    answer = await client.get(f"/pixel/v1/track?{query}")
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert port.events == []
