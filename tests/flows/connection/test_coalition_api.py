"""A coalition over HTTP, from a connected shop to a statement; a partner sees its own and nothing else."""

from __future__ import annotations

import base64
import hmac
from collections.abc import AsyncIterator
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx2
import msgspec
import pytest
from tests.flows.accrual.setting import PROGRAM, open_shop
from tests.flows.connection.test_mapping import SHOPIFY, WOO

from regulars.app.asgi import create_app
from regulars.app.settings import Settings
from regulars.features.programs import issue_api_key
from regulars.infra.clock import FixedClock
from regulars.infra.db import Database

TEMPLATE = {
    "roles": ["earn", "burn"],
    "source": {"platform": "plain", "enrol": True},
    "terms": {
        "rates": [
            {"point_type": "points", "direction": "issue", "per_point": "0.01"},
            {"point_type": "points", "direction": "burn", "per_point": "0.008"},
        ]
    },
    "agreements": [{"point_type": "points", "caps": [{"points": 100000, "period": "month"}]}],
}
PAYS = """  - {code: partner-pays, name: Ten a euro, trigger: {event: Order Completed},
     when: {combinator: and, rules: [{field: partner, operator: "=", value: acme}]},
     then: [{award: {point_type: points, per_amount: {points: 10, per: "1.00", of: order.amount}}}],
     funding: [{account: "partner:acme", share: 100}]}
publish: true"""


class Coalition:
    def __init__(self, http: httpx2.AsyncClient, clock: FixedClock, owner: str) -> None:
        self.http, self.clock, self.owner, self.count = http, clock, owner, 0

    async def call(self, method: str, path: str, body: Any = None, key: str = "", status: int = 200) -> Any:
        self.count += 1
        headers = {"authorization": f"Bearer {key or self.owner}", "idempotency-key": f"k{self.count}"}
        url = f"/api/v1/programs/corner{path}"
        answer = await self.http.request(method, url, json=body, headers=headers)
        assert answer.status_code == status, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content and "json" in answer.headers["content-type"] else answer.text

    async def hook(
        self, hook: str, secret: str, topic: str, body: Any, *, woo: bool = False
    ) -> httpx2.Response:
        sent = msgspec.json.encode(body)
        signature = base64.b64encode(hmac.new(secret.encode(), sent, sha256).digest()).decode()
        names = (
            ("x-wc-webhook-signature", "x-wc-webhook-topic")
            if woo
            else ("x-shopify-hmac-sha256", "x-shopify-topic")
        )
        headers = dict(zip(names, (signature, topic), strict=True)) | {"content-type": "application/json"}
        return await self.http.post(f"/v1/hooks/{hook}", content=sent, headers=headers)


@pytest.fixture
async def coalition(
    db: Database, database_url: str, clock: FixedClock, tmp_path: Path
) -> AsyncIterator[Coalition]:
    text = PROGRAM.replace("stores:", "partners:\n  - {code: acme, name: Acme}\nstores:", 1).replace(
        "publish: true", PAYS
    )
    shop = await open_shop(db, clock, tmp_path, text)
    async with db.transaction() as tx:
        owner = (await issue_api_key(tx, shop.program_id, "owner", ("owner",), clock.now())).key
    clock.advance(timedelta(days=1))
    app = create_app(Settings(database_url=database_url, worker=False), clock)
    transport = httpx2.ASGITransport(app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx2.AsyncClient(transport=transport, base_url="http://test") as client,
    ):
        made = Coalition(client, clock, owner)
        await made.call("PUT", "/partner-templates/default", TEMPLATE)
        yield made


async def connect(coalition: Coalition, code: str, **more: Any) -> Any:
    new = code != "acme"
    return await coalition.call(
        "POST", "/connections", {"code": code, "name": code.title(), **more}, status=201 if new else 200
    )


async def test_a_shop_of_woocommerce_sends_its_orders_by_itself(coalition: Coalition) -> None:
    made = await connect(coalition, "acme", platform="woocommerce")
    assert made["hook"] in made["snippet"]
    again = await connect(coalition, "acme", platform="woocommerce")
    assert (again["write_key"], again["secret"], again["hook"]) == ("", "", made["hook"])
    ping = await coalition.http.post(
        f"/v1/hooks/{made['hook']}",
        content=b"webhook_id=7",
        headers={"content-type": "application/x-www-form-urlencoded"},
    )
    assert ping.status_code == 200
    taken = await coalition.hook(made["hook"], made["secret"], "order.created", WOO, woo=True)
    assert [one["status"] for one in taken.json()["taken"]] == ["accepted"], taken.text
    again = await coalition.hook(made["hook"], made["secret"], "order.updated", WOO, woo=True)
    assert [one["status"] for one in again.json()["taken"]] == ["duplicate"]
    refunded = WOO | {"refunds": [{"id": 9, "total": "-10.00"}]}
    taken = await coalition.hook(made["hook"], made["secret"], "order.updated", refunded, woo=True)
    assert [one["status"] for one in taken.json()["taken"]] == ["duplicate", "accepted"], taken.text
    wallet = await coalition.call("GET", "/members/email:ann@example.com/wallets")
    (points,) = [one for one in wallet["wallets"] if one["point_type"] == "points"]
    # Ten of thirty-four that were paid came back, so 17.64 of 25.00 are left: 17 + 176 for it, 10 for the tea.
    assert points["available"] == 100 + 50 + 17 + 176 + 10


async def test_a_customer_whose_card_was_refused_at_first_keeps_the_points_of_her_order(
    coalition: Coalition,
) -> None:
    """Nothing was paid when it failed, so nothing waits to be taken back. Paid on delivery, it is taken back."""
    made = await connect(coalition, "acme", platform="woocommerce")

    async def told(
        status: str, paid: str | None, topic: str = "order.updated", number: int = 727
    ) -> list[str]:
        body = WOO | {"id": number, "status": status, "date_paid_gmt": paid}
        answer = await coalition.hook(made["hook"], made["secret"], topic, body, woo=True)
        return [one["status"] for one in answer.json()["taken"]]

    async def points() -> int:
        wallet = await coalition.call("GET", "/members/email:ann@example.com/wallets")
        return sum(int(one["available"]) for one in wallet["wallets"] if one["point_type"] == "points")

    assert await told("failed", None) == ["never_sold"]
    assert await told("processing", "2026-03-02T12:01:00") == ["accepted"]
    paid = await points()
    assert paid > 0
    assert await told("cancelled", None, number=728) == ["never_sold"]
    assert await told("processing", None, number=729) == ["accepted"]
    assert await points() > paid
    assert await told("cancelled", None, number=729) == ["accepted"]
    assert await points() == paid
    assert await told("pending", None, "order.deleted", number=730) == ["never_sold"]


async def test_a_wrong_signature_is_turned_away_and_an_unknown_hook_does_not_exist(
    coalition: Coalition,
) -> None:
    made = await connect(coalition, "leaf", platform="shopify", secret="shpss_1")
    assert made["secret"] == "", "Shopify's own: we do not show it again"
    assert (await coalition.hook(made["hook"], "other", "orders/paid", SHOPIFY)).status_code == 401
    assert (await coalition.hook("0" * 24, "shpss_1", "orders/paid", SHOPIFY)).status_code == 404
    taken = await coalition.hook(made["hook"], "shpss_1", "orders/paid", SHOPIFY)
    assert [one["status"] for one in taken.json()["taken"]] == ["accepted"]
    guest = SHOPIFY | {"id": 2, "email": None, "note_attributes": []}
    taken = await coalition.hook(made["hook"], "shpss_1", "orders/paid", guest)
    assert [one["status"] for one in taken.json()["taken"]] == ["unknown_member"]
    returned = {"quantity": 1, "subtotal": 12.5, "line_item": {"sku": "TEA", "variant_id": 7}}
    refund = {
        "id": 5,
        "order_id": SHOPIFY["id"],
        "created_at": "2026-03-03T10:00:00Z",
        "refund_line_items": [returned],
    }
    taken = await coalition.hook(made["hook"], "shpss_1", "refunds/create", refund)
    assert [one["status"] for one in taken.json()["taken"]] == ["accepted"], taken.text


async def test_what_a_guest_bought_is_claimed_less_what_came_back(coalition: Coalition) -> None:
    made = await connect(coalition, "leaf", platform="shopify", secret="shpss_1")
    guest = SHOPIFY | {"id": 2, "email": None, "note_attributes": []}
    taken = await coalition.hook(made["hook"], "shpss_1", "orders/paid", guest)
    assert [one["status"] for one in taken.json()["taken"]] == ["unknown_member"]
    line = {"quantity": 1, "subtotal": 12.5, "line_item": {"sku": "TEA", "variant_id": 7}}
    refund = {"id": 5, "order_id": 2, "created_at": "2026-03-03T10:00:00Z", "refund_line_items": [line]}
    taken = await coalition.hook(made["hook"], "shpss_1", "refunds/create", refund)
    assert [one["status"] for one in taken.json()["taken"]] == ["accepted"], taken.text
    await coalition.hook(made["hook"], "shpss_1", "orders/paid", SHOPIFY)
    order = {"order_id": "leaf:2"}
    claim = await coalition.call("POST", "/members/email:ann@example.com/claims", order, status=201)
    # Of two packets of tea one is left.
    assert claim["evaluation"]["rules_fired"][0]["points"]["points"] == 12


async def test_an_edited_order_counts_as_it_is_now(coalition: Coalition) -> None:
    """Of WooCommerce what was bought is told anew, refunds beside it; the second time it is nothing new."""
    made = await connect(coalition, "acme", platform="woocommerce")

    async def told(**change: Any) -> list[str]:
        answer = await coalition.hook(made["hook"], made["secret"], "order.updated", WOO | change, woo=True)
        return [one["status"] for one in answer.json()["taken"]]

    async def points() -> int:
        wallet = await coalition.call("GET", "/members/email:ann@example.com/wallets")
        return sum(int(one["available"]) for one in wallet["wallets"] if one["point_type"] == "points")

    assert await told() == ["accepted"]
    whole = await points()
    refunds = [{"id": 9, "total": "-10.00"}]
    assert await told(refunds=refunds, date_modified_gmt="2026-03-03T12:00:00") == ["duplicate", "accepted"]
    returned = await points()
    tea = {"line_items": WOO["line_items"][:1], "total": "28.00", "total_tax": "4.00"}
    edited = {**tea, "refunds": refunds, "date_modified_gmt": "2026-03-04T12:00:00"}
    assert await told(**edited) == ["duplicate", "accepted", "duplicate"]
    assert await points() < returned < whole
    assert await told(**edited) == ["duplicate", "duplicate", "duplicate"]


async def test_what_somebody_tries_a_webhook_with_is_no_order(coalition: Coalition) -> None:
    """Shopify's test notifications of refunds name an order that there is not, and say so in a header alone."""
    made = await connect(coalition, "leaf", platform="shopify", secret="shpss_1")
    refund = {"id": 890088186047892319, "order_id": 820982911946154508, "refund_line_items": []}
    refund["transactions"] = [{"kind": "refund", "status": "success", "amount": "1.00", "currency": "EUR"}]
    sent = msgspec.json.encode(refund)
    signature = base64.b64encode(hmac.new(b"shpss_1", sent, sha256).digest()).decode()
    headers = {
        "x-shopify-topic": "refunds/create",
        "x-shopify-hmac-sha256": signature,
        "x-shopify-test": "true",
    }
    tried = await coalition.http.post(f"/v1/hooks/{made['hook']}", content=sent, headers=headers)
    assert (tried.status_code, tried.json()) == (200, {"taken": []})


async def test_a_partner_sees_its_own_and_nothing_else(coalition: Coalition) -> None:
    acme = await connect(coalition, "acme", platform="woocommerce")
    leaf = await connect(coalition, "leaf", platform="shopify", secret="shpss_1")
    key = (await coalition.call("POST", "/connections", {"code": "elm", "name": "Elm"}, status=201))[
        "api_key"
    ]
    await coalition.hook(acme["hook"], acme["secret"], "order.created", WOO, woo=True)
    await coalition.hook(leaf["hook"], "shpss_1", "orders/paid", SHOPIFY)
    during = "start=2026-03-01T00:00:00Z&end=2026-04-01T00:00:00Z"
    mine = await coalition.call("GET", f"/partners/leaf/transactions?{during}", key=leaf["api_key"])
    assert {one["order_id"] for one in mine["data"]} == {"leaf:450789469"}
    theirs = await coalition.call("GET", f"/partners/acme/transactions?{during}")
    assert {one["order_id"] for one in theirs["data"]} == {"acme:727"}
    await coalition.call("POST", "/statements/draw-up", {})
    coalition.clock.advance(timedelta(days=40))
    statements = (await coalition.call("GET", "/statements"))["data"]
    numbers = {one["partner"]: one["id"] for one in statements}
    assert (await coalition.call("GET", "/partners/acme/statements"))["data"] == [], "a draft is not shown"
    for number in numbers.values():
        await coalition.call("POST", f"/statements/{number}/issue")
    theirs_id = numbers["acme"]
    for path in (
        f"/partners/acme/transactions?{during}",
        "/partners/acme/terms",
        "/partners/acme/funding",
        "/partners/acme/statements",
        f"/partners/acme/statements/{theirs_id}",
        f"/partners/leaf/statements/{theirs_id}",
        f"/partners/leaf/statements/{theirs_id}/lines",
    ):
        await coalition.call("GET", path, key=leaf["api_key"], status=404)
        await coalition.call("GET", path, key=key, status=404)
    for path in ("/statements", "/funding", "/members", "/connections", "/disputes", "/partners"):
        await coalition.call("GET", path, key=leaf["api_key"], status=403)
    for action in ("agree", "uploads", "disputes"):
        body = {"uploads": {"file": "points\n1\n"}, "disputes": {"reference": "x", "text": "y"}}.get(action)
        await coalition.call(
            "POST", f"/partners/leaf/statements/{theirs_id}/{action}", body, key=leaf["api_key"], status=404
        )
    spend = {"member": "email:ann@example.com", "points": 10, "order": "R-1"}
    done = await coalition.call("POST", "/partners/acme/spends", spend, status=201)
    cancel = f"/partners/leaf/spends/{done['id' if 'id' in done else 'transfer']}/cancel"
    await coalition.call("POST", cancel, {"reason": "not mine"}, key=leaf["api_key"], status=404)
    await coalition.call("POST", "/partners/acme/spends", spend, key=leaf["api_key"], status=404)
    await coalition.call("POST", "/partners/leaf/spends", spend, key=leaf["api_key"], status=201)


async def test_a_statement_over_http_from_draft_to_the_payment_file(coalition: Coalition) -> None:
    acme = await connect(
        coalition, "acme", platform="woocommerce", bank={"holder": "Acme", "iban": "DE89370400440532013000"}
    )
    key = (await coalition.call("POST", "/connections", {"code": "elm", "name": "Elm"}, status=201))[
        "api_key"
    ]
    del key
    await coalition.hook(acme["hook"], acme["secret"], "order.created", WOO, woo=True)
    bank = {"bank": {"holder": "Corner", "iban": "LT601010012345678901"}}
    await coalition.call("PUT", "/treasury", bank)
    drawn = await coalition.call("POST", "/statements/draw-up", {"partner": "acme"})
    (section,) = drawn[0]["sections"]
    assert (section["kind"], section["points"], section["amount"]) == ("issued", 250, 250)
    coalition.clock.advance(timedelta(days=40))
    number = drawn[0]["id"]
    await coalition.call("POST", f"/statements/{number}/issue")
    lines = await coalition.call("GET", f"/statements/{number}/lines?limit=1")
    assert lines["data"][0]["order_id"] == "acme:727"
    upload = await coalition.call(
        "POST",
        f"/partners/acme/statements/{number}/uploads",
        {"file": "order_id,points\n727,240\n"},
        status=201,
    )
    assert upload["exceptions"] == 1
    (dispute,) = (await coalition.call("GET", "/disputes?open=true"))["data"]
    assert (dispute["kind"], dispute["reference"]) == ("differs", "727")
    close = {"outcome": "accepted", "text": "ten points too many", "adjustment": -10}
    await coalition.call("POST", f"/disputes/{dispute['id']}/notes", {"text": "looking"}, status=201)
    await coalition.call("POST", f"/disputes/{dispute['id']}/close", close)
    whole = await coalition.call("GET", f"/partners/acme/statements/{number}")
    assert (whole["status"], whole["version"], whole["total"]) == ("issued", 2, 240)
    await coalition.call("POST", f"/partners/acme/statements/{number}/agree")
    netting = await coalition.call("POST", "/nettings", status=201)
    assert [(one["payer"], one["payee"], one["amount"]) for one in netting["payments"]] == [("acme", "", 240)]
    made = netting["netting"]["id"]
    assert '<InstdAmt Ccy="EUR">2.40' in await coalition.call("GET", f"/nettings/{made}/payment-file")
    entries = await coalition.call("GET", f"/settlement/entries?statement={number}&netting={made}")
    assert sum(one["debit"] for one in entries) == sum(one["credit"] for one in entries) > 0
    of_it = [one for one in entries if one["entry"].startswith("ST-")]
    assert {(one["entry"], one["day"]) for one in of_it} == {
        (f"ST-{number}-1", "2026-03-31"),
        (f"ST-{number}-2", f"{coalition.clock.now():%Y-%m-%d}"),
    }, "in the books of the month that it is about; what was corrected, in those of its day"
    second = await coalition.call("GET", f"/settlement/entries?statement={number}&version=2")
    assert second == [one for one in of_it if one["entry"] == f"ST-{number}-2"]
    await coalition.call("GET", f"/settlement/entries?statement={number}&version=3", status=404)
    spans = "/settlement/entries?since=2026-03-01"
    assert await coalition.call("GET", spans) == [], "today is not over"
    await coalition.call("GET", f"{spans}&until=2099-01-01", status=409)
    twice = f"/settlement/entries?statement={number}&statement={number}&netting={made}&netting={made}"
    assert await coalition.call("GET", twice) == entries
    await coalition.call("GET", "/settlement/entries?statement=0", status=422)
    assert await coalition.call("GET", "/settlement/entries") == []
    await coalition.call("POST", f"/nettings/{made}/paid")
    coalition.clock.advance(timedelta(days=1))
    whole = await coalition.call("GET", spans)
    assert {one["entry"] for one in whole} == {*(one["entry"] for one in entries), f"PAY-{made}"}
    assert await coalition.call("GET", f"{spans}&statement={number}") == whole
    assert (await coalition.call("GET", f"/statements/{number}"))["status"] == "settled"


async def test_a_change_of_what_was_changed_meanwhile_is_refused(coalition: Coalition) -> None:
    for path, body in (
        ("/partners/acme/terms", {"due_days": 10}),
        ("/treasury", {"books": {"bank": "1010 Bank"}}),
        ("/partner-templates/default", {"roles": ["earn"]}),
    ):
        url, headers = f"/api/v1/programs/corner{path}", {"authorization": f"Bearer {coalition.owner}"}
        etag = (await coalition.http.get(url, headers=headers)).headers["etag"]
        first = await coalition.http.put(url, json=body, headers=headers | {"if-match": etag})
        assert first.status_code == 200, first.text
        again = await coalition.http.put(url, json=body, headers=headers | {"if-match": etag})
        assert again.status_code == 412
    agreement = {"account": "partner:acme", "point_type": "points", "caps": [{"points": 5, "period": "day"}]}
    await coalition.call("PUT", "/funding/acme-points", agreement)
    await coalition.call("PUT", "/funding/acme-points", {"colour": "red"}, status=422)
    assert (await coalition.call("GET", "/funding/acme-points"))["caps"][0]["left"] == 5


async def test_a_price_with_more_decimals_than_the_currency_is_refused(coalition: Coalition) -> None:
    agreement = {"account": "partner:acme", "point_type": "points", "mode": "prepaid"}
    await coalition.call("PUT", "/funding/acme-ahead", agreement)
    bought = {"points": 100, "price": "1.005"}
    for path in ("/funding/acme-ahead/block", "/funding/acme-ahead/block/withdrawals"):
        refused = await coalition.call("POST", path, bought, status=422)
        assert [(one["path"], one["code"]) for one in refused["errors"]] == [("price", "too_fine")]
    exact = await coalition.call(
        "POST", "/funding/acme-ahead/block", bought | {"price": "1.0100"}, status=201
    )
    assert exact["price"] == "1.01"
