"""Vouchers and draws over HTTP: a marketer defines, a till checks and redeems, a stranger guesses in vain."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from tests.features.http import Client, application, calling
from tests.flows.points.world import make_members, make_program

from regulars.features import vouchers
from regulars.features.vouchers.guess import WINDOW, WRONG_MAX
from regulars.flows import couponing, gifting, offline, points, pooling, prizes
from regulars.infra.clock import FixedClock
from regulars.infra.db import Database
from regulars.infra.web import undeclared_routes

TYPES: dict[str, dict[str, Any]] = {
    "points": {"kind": "redeemable"},
    "gift": {"kind": "redeemable", "scale": 2},
}
ROUTERS = (
    vouchers.router,
    couponing.router,
    prizes.router,
    gifting.router,
    offline.router,
    pooling.router,
)
AT = "/programs/acme"
TEN = {
    "name": "Ten percent",
    "worth": {"kind": "percentage", "percentage": "10"},
    "minimum": 2_000,
    "pattern": "TEN-####-####",
}
BASKET = {"lines": [{"sku": "TEA", "amount": 1_500, "quantity": 3}, {"sku": "MUG", "amount": 1_005}]}


@pytest.fixture
async def client(db: Database, clock: FixedClock) -> AsyncIterator[Client]:
    config = await make_program(db, types=TYPES)
    members = await make_members(db, config, 2)
    for member in members:
        async with db.transaction() as tx:
            await points.adjust(tx, config, member, 100, "credit", reason="x", actor="x", now=clock.now())
    async with calling(db, clock, *ROUTERS) as opened:
        transport: Any = opened.http._transport
        transport.app.state.wallets, transport.app.state.owed = points, couponing
        yield opened


def test_every_route_says_who_may_call_it(db: Database, clock: FixedClock) -> None:
    assert undeclared_routes(application(db, clock, *ROUTERS)) == []


async def test_from_the_definition_to_the_receipt(client: Client) -> None:
    made = await client.call("PUT", f"{AT}/voucher-definitions/ten", TEN, 201)
    etag = made.headers["etag"]
    await client.json("PUT", f"{AT}/voucher-definitions/ten", {**TEN, "uses": 2}, if_match=etag)
    await client.call("PUT", f"{AT}/voucher-definitions/ten", TEN, 412, if_match=etag)
    await client.call("PUT", f"{AT}/voucher-definitions/t", {**TEN, "pattern": "T-##"}, 422)
    given = await client.json(
        "POST", f"{AT}/members/external_id:c-1/vouchers", {"definition": "ten", "cause": "x"}, 201
    )
    code = given["code"]
    asked = {"codes": [code, "TEN-2222-2222"], "member": "external_id:c-1", "basket": BASKET}
    found = await client.json("POST", f"{AT}/vouchers/check", asked)
    assert [one["usable"] for one in found["codes"]] == [True, False]
    assert found["codes"][1]["refusal"]["code"] == "unknown_voucher"
    assert (found["amount"], found["discounts"][0]["lines"]) == (250, {"0": 150, "1": 100})
    order = {"codes": [code], "member": "external_id:c-1", "basket": BASKET, "order_id": "o1"}
    await client.json("POST", f"{AT}/vouchers/redeem", order, 201)
    small = {**order, "basket": {"lines": [{"sku": "TEA", "amount": 1_999}]}, "order_id": "o2"}
    refused = await client.json("POST", f"{AT}/vouchers/redeem", small, 409)
    assert (refused["code"], refused["facts"]["missing"]) == ("minimum_not_reached", 1)
    await client.json("POST", f"{AT}/vouchers/redeem", {**order, "order_id": "o3"}, 201)
    refused = await client.json("POST", f"{AT}/vouchers/redeem", {**order, "order_id": "o4"}, 409)
    assert refused["facts"]["used_at"] == "2026-03-02T10:05:00Z"
    other = {**order, "member": "external_id:c-2", "order_id": "o5"}
    assert (await client.json("POST", f"{AT}/vouchers/redeem", other, 403))["code"] == "voucher_not_yours"
    await client.json("POST", f"{AT}/vouchers/return", {"order_id": "o3"}, 201)
    await client.json("POST", f"{AT}/vouchers/return", {"order_id": "o3"}, 404)
    told = await client.json("GET", f"{AT}/vouchers/{code}")
    assert [use["status"] for use in told["uses"]] == ["used", "returned"]
    held = await client.json("GET", f"{AT}/members/external_id:c-1/vouchers")
    assert [one["uses"] for one in held["data"]] == [1]
    export = await client.call("GET", f"{AT}/voucher-definitions/ten/export")
    assert export.text.splitlines()[1].startswith(f"{code},issued,mem_")
    assert (await client.json("GET", f"{AT}/voucher-definitions/ten/counts"))["issued"] == 1
    batch = await client.json(
        "POST", f"{AT}/voucher-definitions/ten/batches", {"count": 10, "bearer": True}, 202
    )
    assert (await client.json("GET", f"{AT}/voucher-batches/{batch['batch']}"))["wanted"] == 10
    await client.call("POST", f"{AT}/vouchers/void", {"codes": [code]})
    await client.call("DELETE", f"{AT}/voucher-definitions/ten", status=204)


async def test_a_code_is_taken_as_people_type_it_on_every_route(client: Client) -> None:
    ann = "external_id:c-1"
    await client.json("PUT", f"{AT}/voucher-definitions/ten", TEN, 201)
    given = {"definition": "ten", "cause": "x"}
    code = (await client.json("POST", f"{AT}/members/{ann}/vouchers", given, 201))["code"]
    typed = code.replace("-", "").lower()
    body = {"codes": [typed, code.replace("-", " ")], "member": ann, "basket": BASKET}
    checked = await client.json("POST", f"{AT}/vouchers/check", body)
    assert ([one["code"] for one in checked["codes"]], checked["amount"]) == ([code, code], 250)
    assert (await client.json("GET", f"{AT}/vouchers/{typed}"))["voucher"]["code"] == code
    redeemed = await client.json("POST", f"{AT}/vouchers/redeem", {**body, "order_id": "A-1"}, 201)
    assert len(redeemed["discounts"]) == 1, "named twice, taken off once"
    back = {"order_id": "A-1", "codes": [typed]}
    assert (await client.json("POST", f"{AT}/vouchers/return", back, 201))["codes"] == [code]
    assert (await client.json("POST", f"{AT}/vouchers/void", {"codes": [typed]}))["codes"] == [code]
    await client.json("PUT", f"{AT}/voucher-definitions/close", {**TEN, "pattern": "TEN########"}, 422)


async def test_who_guesses_is_stopped_and_others_are_not(client: Client, clock: FixedClock) -> None:
    await client.call("PUT", f"{AT}/voucher-definitions/ten", TEN, 201)
    await client.json("POST", f"{AT}/voucher-definitions/ten/codes", {"code": "SUMMER10"}, 201)
    right = {"codes": ["summer10"], "basket": BASKET}
    for _ in range(WRONG_MAX):
        await client.json("POST", f"{AT}/vouchers/check", right)
    for number in range(WRONG_MAX):
        await client.json("POST", f"{AT}/vouchers/check", {"codes": [f"GUESS-{number}"]})
    stopped = await client.call("POST", f"{AT}/vouchers/check", right, 429)
    assert stopped.headers["retry-after"] == str(int(WINDOW.total_seconds()))
    await client.call("GET", f"{AT}/vouchers/SUMMER10", status=429)
    await client.acting("agent").json("POST", f"{AT}/vouchers/check", right)
    clock.advance(WINDOW)
    await client.json("POST", f"{AT}/vouchers/check", right)


async def test_an_instant_win_for_points(client: Client) -> None:
    prize = {"code": "pts", "name": "Points", "quantity": 2, "points": 50}
    draw = {"name": "Scratch", "kind": "instant", "places": 2, "prizes": [prize], "ticket_points": 10}
    made = await client.json("PUT", f"{AT}/draws/scratch", draw, 201)
    assert made["seed"] is None
    opened = await client.json("POST", f"{AT}/draws/scratch/open", {})
    assert opened["commitment"]
    played = await client.json("POST", f"{AT}/members/external_id:c-1/draws/scratch/plays", {}, 201)
    assert (played["place"], played["prize"]) == (0, "pts")
    await client.call("GET", f"{AT}/draws/scratch/published", status=409)
    await client.call("GET", f"{AT}/draws/scratch/prizes", status=409)
    await client.json("POST", f"{AT}/draws/scratch/close", {})
    await client.json("POST", f"{AT}/draws/scratch/reveal", {})
    published = await client.json("GET", f"{AT}/draws/scratch/published")
    assert published["commitment"] == opened["commitment"]
    assert len((await client.json("GET", f"{AT}/draws/scratch/prizes"))["data"]) == 2


async def test_a_gift_card_over_http(client: Client) -> None:
    (card,) = await client.json("POST", f"{AT}/gift-cards", {"point_type": "gift"}, 201)
    credit = {"number": card["number"], "amount": 2_500}
    active = await client.json("POST", f"{AT}/gift-cards/activate", credit, 201)
    assert (active["status"], active["activated_at"] is None) == ("active", False)
    payment = {**credit, "amount": 1_000, "pin": card["pin"]}
    paid = await client.json("POST", f"{AT}/gift-cards/pay", payment, 201)
    assert paid["available"] == 1_500
    wrong = "000000" if card["pin"] != "000000" else "111111"
    await client.call("POST", f"{AT}/gift-cards/balance", {"number": card["number"], "pin": wrong}, 404)
    back = {"number": card["number"], "payment": paid["transfer"]}
    assert (await client.json("POST", f"{AT}/gift-cards/refund", back, 201))["available"] == 2_500
    seen = await client.json(
        "POST", f"{AT}/gift-cards/balance", {"number": card["number"], "pin": card["pin"]}
    )
    assert (seen["available"], seen["currency"]) == (2_500, "EUR")


async def test_offline_tokens_over_http(client: Client) -> None:
    token = await client.json("POST", f"{AT}/members/external_id:c-1/offline-tokens", {"points": 60}, 201)
    keys = (await client.json("GET", f"{AT}/offline-keys"))["keys"]
    assert [key["crv"] for key in keys] == ["Ed25519"]
    use = {"token": token["token"], "number": "1", "points": 40, "used_at": "2026-03-02T10:05:00Z"}
    report = {"till": "a", "uses": [use, {**use, "number": "2"}, {**use, "token": "x", "number": "3"}]}
    said = await client.json("POST", f"{AT}/offline-uses", report)
    assert [(one["accepted"], one["reason"]) for one in said] == [
        (40, ""),
        (20, "over"),
        (0, "invalid_token"),
    ]
    over = await client.json("GET", f"{AT}/offline-overspends")
    assert [(one["till"], one["points"], one["accepted"]) for one in over["data"]] == [("a", 40, 20)]
    again = {
        "till": "a",
        "uses": [use, {**use, "points": 41}, {**use, "number": "4"}, {**use, "number": "5"}],
    }
    said = await client.json("POST", f"{AT}/offline-uses", again)
    assert [(one["accepted"], one["reason"]) for one in said] == [
        (40, ""),
        (0, "use_differs"),
        (0, "over"),
        (0, "over"),
    ]
    numbers: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = await client.json("GET", f"{AT}/offline-overspends?limit=1{cursor}")
        numbers += [one["number"] for one in page["data"]]
        cursor = f"&cursor={page['next_cursor']}" if page["next_cursor"] else None
    assert sorted(numbers) == ["2", "4", "5"], "reported at one instant, each is on a page"
    await client.json("POST", f"{AT}/offline-keys/rotate", {})


async def test_a_household_over_http(client: Client) -> None:
    home = await client.json("POST", f"{AT}/households", {"head": "external_id:c-1", "name": "Home"}, 201)
    at = f"{AT}/households/{home['household']}"
    invited = await client.json("POST", f"{at}/invitations", {"by": "external_id:c-1"}, 201)
    accepted = {"member": "external_id:c-2", "secret": invited["secret"]}
    joined = await client.json("POST", f"{AT}/household-invitations/accept", accepted)
    assert [one["role"] for one in joined["people"]] == ["head", "adult"]
    pool = await client.json("GET", f"{AT}/members/external_id:c-2/pool")
    assert (pool["available"], pool["own"]) == (200, 100)
    spent = await client.json("POST", f"{AT}/members/external_id:c-2/pooled-spends", {"points": 150}, 201)
    assert [part["points"] for part in spent["parts"]] == [100, 50]
    back = await client.json("POST", f"{at}/spends/{spent['spend']}/return", {"reason": "x"}, 201)
    assert [part["returned"] for part in back["parts"]] == [100, 50]
    assert pool["spendable"] == 200
    child = {"by": "external_id:c-1", "role": "child", "shares": False, "spend_max": 30}
    await client.json("PUT", f"{at}/people/external_id:c-2", child)
    pool = await client.json("GET", f"{AT}/members/external_id:c-2/pool")
    assert (pool["available"], pool["others_left"], pool["spendable"]) == (200, 30, 130)
    await client.json("POST", f"{at}/leave", {"member": "external_id:c-2"})
    await client.json("POST", f"{at}/dissolve", {"by": "external_id:c-1"})
    await client.call("GET", f"{AT}/members/external_id:c-1/household", status=404)
