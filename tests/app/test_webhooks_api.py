"""The REST interface of webhooks, as an integrator meets it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
from tests.app.serving import application, program_with_key
from tests.features.webhooks.setting import batch, notices
from tests.infra.http_out.receiver import receiver

from regulars.features.webhooks import Sender, verify
from regulars.flows.announcement import fan_out
from regulars.infra.clock import FixedClock
from regulars.infra.db import Database
from regulars.infra.http_out import AllowList, Outbound

WEBHOOKS = "/api/v1/programs/shop/webhooks"


@pytest.fixture
async def client(db: Database, database_url: str, clock: FixedClock) -> AsyncIterator[httpx2.AsyncClient]:
    """Return a client with the key of an owner of the program shop."""
    _, key = await program_with_key(db, clock)
    async with application(database_url, clock) as found:
        found.headers["authorization"] = f"Bearer {key}"
        yield found


async def deliver(db: Database, clock: FixedClock) -> None:
    """Send everything that is due."""
    await fan_out(db, clock)
    async with Outbound(AllowList.parse("127.0.0.1"), deadline_s=5) as out:
        sender = Sender(db, clock, out)
        while await sender.step():
            await sender.finish()


async def create(client: httpx2.AsyncClient, url: str, **options: Any) -> dict[str, Any]:
    answer = await client.post(WEBHOOKS, json={"url": url, **options})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_from_subscription_to_log(client: httpx2.AsyncClient, db: Database, clock: FixedClock) -> None:
    """Create, hear, look at the log, send again."""
    async with receiver() as there:
        made = await create(client, there.url, types=["points.*"])
        endpoint = f"{WEBHOOKS}/{made['id']}"
        await batch(db, clock, notices("points.earned", "tier.changed"))
        await deliver(db, clock)
        [got] = there.requests
        verify(made["secret"], got.headers, got.body, clock.now())
        [message] = (await client.get(f"{endpoint}/messages")).json()["data"]
        assert message["id"] == got.headers["webhook-id"]
        assert message["body"] == got.body.decode()
        assert message["status"] == "delivered"
        [delivery] = (await client.get(f"{endpoint}/deliveries")).json()["data"]
        assert delivery["message"] == message["id"]
        assert (delivery["status"], delivery["outcome"], delivery["response"]) == (200, "delivered", "ok")
        assert (await client.get(f"{endpoint}/messages/{message['id']}")).json() == message
        again = await client.post(f"{endpoint}/messages/{message['id']}/resend")
        assert (again.status_code, again.json()) == (202, {"messages": 1})
        stretch = {"since": "2026-03-02T00:00:00Z", "until": "2026-03-03T00:00:00Z", "statuses": ["waiting"]}
        assert (await client.post(f"{endpoint}/resend", json=stretch)).json() == {"messages": 1}
        await deliver(db, clock)
        assert [one.headers["webhook-id"] for one in there.requests] == [message["id"]] * 2
        tested = (await client.post(f"{endpoint}/test")).json()
        await deliver(db, clock)
        assert there.requests[-1].headers["webhook-id"] == tested["message"]


async def test_the_secret_is_shown_once_and_can_be_rotated(client: httpx2.AsyncClient) -> None:
    """Neither reading nor listing shows it; a rotation shows the new one."""
    made = await create(client, "https://93.184.216.34/hook")
    assert made["secret"].startswith("whsec_")
    assert (await client.get(f"{WEBHOOKS}/{made['id']}")).json()["secret"] is None
    assert "whsec_" not in (await client.get(WEBHOOKS)).text
    rotated = await client.post(f"{WEBHOOKS}/{made['id']}/secrets", json={"overlap_s": 60})
    assert rotated.status_code == 201
    assert rotated.json()["secret"] not in ("", made["secret"])
    own = await client.post(f"{WEBHOOKS}/{made['id']}/secrets", json={"secret": "whsec_weak"})
    assert (own.status_code, own.json()["code"]) == (422, "secret_invalid")


async def test_change_with_etag_and_remove(client: httpx2.AsyncClient) -> None:
    """Two editors do not overwrite each other; a removed endpoint is gone."""
    made = await create(client, "https://93.184.216.34/hook")
    endpoint = f"{WEBHOOKS}/{made['id']}"
    etag = (await client.get(endpoint)).headers["etag"]
    body = {"url": "https://93.184.216.34/other", "types": ["tier.changed"], "enabled": False}
    changed = await client.put(endpoint, json=body, headers={"if-match": etag})
    assert changed.status_code == 200
    assert changed.json()["url"] == body["url"]
    assert changed.json()["disabled_reason"] == "by request"
    stale = await client.put(endpoint, json=body, headers={"if-match": etag})
    assert (stale.status_code, stale.json()["code"]) == (412, "endpoint_changed")
    assert (await client.post(f"{endpoint}/test")).json()["code"] == "endpoint_disabled"
    assert (await client.delete(endpoint, headers={"if-match": etag})).status_code == 412
    assert (await client.delete(endpoint)).status_code == 204
    assert (await client.get(endpoint)).status_code == 404
    assert (await client.get(WEBHOOKS)).json() == {"data": [], "next_cursor": None}


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"url": "http://93.184.216.34/"}, "url_refused"),
        ({"url": "https://169.254.169.254/latest/meta-data"}, "address_refused"),
        ({"url": "https://[::ffff:127.0.0.1]/"}, "address_refused"),
        ({"url": "https://2130706433/"}, "url_refused"),
        ({"url": "https://93.184.216.34/", "types": ["points.eaten"]}, "endpoint_invalid"),
        ({"url": "https://93.184.216.34/", "types": []}, "invalid"),
        ({"url": "https://93.184.216.34/", "concurrency": 1000}, "invalid"),
        ({"url": "https://93.184.216.34/", "program_id": 7}, "invalid"),
        ({}, "invalid"),
    ],
)
async def test_what_is_refused(client: httpx2.AsyncClient, body: dict[str, Any], code: str) -> None:
    """Hostile addresses, unknown types and fields are refused before anything is written."""
    answer = await client.post(WEBHOOKS, json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert answer.headers["content-type"] == "application/problem+json"
    assert (await client.get(WEBHOOKS)).json()["data"] == []


async def test_who_may_do_what(client: httpx2.AsyncClient, db: Database, clock: FixedClock) -> None:
    """An analyst reads; nobody reaches another program, or learns whether it is there."""
    made = await create(client, "https://93.184.216.34/hook")
    _, analyst = await program_with_key(db, clock, "other", ("analyst",))
    theirs = {"authorization": f"Bearer {analyst}"}
    other = WEBHOOKS.replace("/shop/", "/other/")
    assert (await client.get(other, headers=theirs)).json()["data"] == []
    assert (
        await client.post(other, json={"url": "https://93.184.216.34/"}, headers=theirs)
    ).status_code == 403
    for path in (WEBHOOKS, f"{WEBHOOKS}/{made['id']}", "/api/v1/programs/nowhere/webhooks"):
        refused = await client.get(path, headers=theirs)
        assert (refused.status_code, refused.json()["code"]) == (404, "program_unknown")
    assert (await client.get(f"{other}/{made['id']}", headers=theirs)).status_code == 404
    assert (await client.get(WEBHOOKS, headers={"authorization": ""})).status_code == 401


async def test_the_log_is_paged(client: httpx2.AsyncClient, db: Database, clock: FixedClock) -> None:
    """Cursors lead through all of it, each row once, also while new ones come."""
    async with receiver() as there:
        made = await create(client, there.url)
        await batch(db, clock, notices(*["points.earned"] * 7))
        await deliver(db, clock)
    seen: list[str] = []
    cursor = None
    while True:
        query = {"limit": 3, **({"cursor": cursor} if cursor else {})}
        page = (await client.get(f"{WEBHOOKS}/{made['id']}/deliveries", params=query)).json()
        seen += [one["message"] for one in page["data"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert len(seen) == len(set(seen)) == 7
    wrong = await client.get(f"{WEBHOOKS}/{made['id']}/deliveries?cursor=nonsense")
    assert wrong.status_code == 422
