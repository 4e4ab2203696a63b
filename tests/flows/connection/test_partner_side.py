"""A partner's own side over HTTP: figures, transactions, stores, keys; what is narrowed, what stays the program's."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from typing import Any

import pytest
from tests.flows.connection.test_coalition_api import SHOPIFY, WOO, Coalition, coalition, connect

__all__ = ["coalition"]
DURING = "start=2026-03-01T00:00:00Z&end=2026-04-01T00:00:00Z"
Joined = dict[str, Any]


@pytest.fixture
async def acme(coalition: Coalition) -> Joined:
    """Return two connected shops with an order each: acme, whose side is looked at, and leaf."""
    made: Joined = await connect(coalition, "acme", platform="woocommerce")
    leaf = await connect(coalition, "leaf", platform="shopify", secret="shpss_1")
    await coalition.hook(made["hook"], made["secret"], "order.created", WOO, woo=True)
    await coalition.hook(leaf["hook"], "shpss_1", "orders/paid", SHOPIFY)
    made["api_key"] = await own_key(coalition, "acme")
    return made


async def own_key(coalition: Coalition, partner: str) -> str:
    made = await coalition.call("POST", f"/partners/{partner}/keys", {"name": "tests"}, status=201)
    return str(made["key"])


async def test_figures_are_those_of_the_transactions_and_of_nobody_else(
    coalition: Coalition, acme: Joined
) -> None:
    listed = (await coalition.call("GET", f"/partners/acme/transactions?{DURING}", key=acme["api_key"]))[
        "data"
    ]
    found = await coalition.call("GET", f"/partners/acme/overview?{DURING}", key=acme["api_key"])
    assert (found["transactions"], found["members"]) == (len(listed), 1)
    assert sum(one["points"] for one in found["days"]) == sum(one["points"] for one in listed) > 0
    assert {one["store"] for one in found["stores"]} == {one["store"] for one in listed} == {"acme"}
    assert (found["code"], found["roles"]) == ("acme", ["earn", "burn"])
    lately = await coalition.call("GET", "/partners/acme/overview?days=2", key=acme["api_key"])
    assert lately["transactions"] == found["transactions"], "by the server's clock"
    coalition.clock.advance(timedelta(days=3))
    lately = await coalition.call("GET", "/partners/acme/overview?days=2", key=acme["api_key"])
    assert (lately["transactions"], lately["days"]) == (0, [])


async def test_transactions_are_filtered_and_written_as_a_file(coalition: Coalition, acme: Joined) -> None:
    async def orders(query: str) -> set[str]:
        path = f"/partners/acme/transactions?{DURING}&{query}"
        return {one["order_id"] for one in (await coalition.call("GET", path, key=acme["api_key"]))["data"]}

    spend = {"member": "email:ann@example.com", "points": 10, "order": "R-1"}
    await coalition.call("POST", "/partners/acme/spends", spend, key=acme["api_key"], status=201)
    assert await orders("kind=spend") == {"R-1"}
    assert await orders("kind=earn") == {"acme:727"}
    assert await orders("order_id=R-1") == {"R-1"}
    assert await orders("store=elsewhere") == await orders("point_type=net&kind=spend") == set()
    assert await orders("member=mem_0000000000000") == set()
    await coalition.call("GET", f"/partners/acme/transactions?{DURING}&member=ann", status=422)
    text = await coalition.call(
        "GET", f"/partners/acme/transactions.csv?{DURING}&kind=spend", key=acme["api_key"]
    )
    (row,) = csv.DictReader(io.StringIO(text))
    assert (row["order_id"], row["points"], row["kind"]) == ("R-1", "10", "spend")


async def test_a_redemption_at_a_partners_store_is_its_own_transaction(
    coalition: Coalition, acme: Joined
) -> None:
    reward = {"name": "Mug", "kind": "goods", "price": {"points": 20}}
    await coalition.call("PUT", "/rewards/mug", reward, status=201)
    taken = {"reward": "mug", "store": "acme", "member": "email:ann@example.com", "confirm": True}
    answer = await coalition.http.post(
        "/api/v1/redemptions",
        json=taken,
        headers={"authorization": f"Bearer {coalition.owner}", "idempotency-key": "mug"},
    )
    assert answer.status_code == 201, answer.text
    path = f"/partners/%s/transactions?{DURING}&kind=spend"
    (spent,) = (await coalition.call("GET", path % "acme", key=acme["api_key"]))["data"]
    assert (spent["points"], spent["store"]) == (20, "acme")
    assert (await coalition.call("GET", path % "leaf"))["data"] == []


async def test_a_partner_is_told_of_the_program_what_it_needs(coalition: Coalition, acme: Joined) -> None:
    seen = await coalition.call("GET", "", key=acme["api_key"])
    assert (seen["name"], seen["currency"], seen["settings"], seen["revision"]) == (
        "Corner Shop",
        "EUR",
        None,
        None,
    )
    whole = await coalition.call("GET", "")
    assert whole["settings"]["amount_base"] == "revenue"
    await coalition.call(
        "PUT", "/point-types/leaves", {"name": "Leaves", "kind": "partner", "partner": "leaf"}, status=201
    )
    types = await coalition.call("GET", "/partners/acme/point-types", key=acme["api_key"])
    assert {one["code"] for one in types} == {"points", "net"}
    assert "policy" not in types[0]
    terms = {"accepts": [{"point_type": "leaves"}]}
    await coalition.call("PUT", "/partners/acme/terms", terms)
    types = await coalition.call("GET", "/partners/acme/point-types", key=acme["api_key"])
    assert {one["code"] for one in types} == {"points", "net", "leaves"}
    for path in ("/point-types", "/stores", "/sources", "/keys", "/rules", "/liability"):
        await coalition.call("GET", path, key=acme["api_key"], status=403)


async def test_a_store_is_renamed_and_keeps_what_decides_on_points(
    coalition: Coalition, acme: Joined
) -> None:
    (before,) = (await coalition.call("GET", "/partners/acme/stores", key=acme["api_key"]))["data"]
    after = await coalition.call("PUT", "/partners/acme/stores/acme", {"name": "Corner"}, key=acme["api_key"])
    assert after == {**before, "name": "Corner"}
    await coalition.call(
        "PUT", "/partners/acme/stores/acme", {"name": "x", "region": "south"}, key=acme["api_key"], status=422
    )
    for code in ("leaf", "north", "nowhere"):
        await coalition.call(
            "PUT", f"/partners/acme/stores/{code}", {"name": "x"}, key=acme["api_key"], status=404
        )
        await coalition.call("GET", f"/partners/acme/stores/{code}", key=acme["api_key"], status=404)
    url = "/api/v1/programs/corner/partners/acme/stores/acme"
    headers = {"authorization": f"Bearer {acme['api_key']}", "if-match": '"old"'}
    assert (await coalition.http.put(url, json={"name": "x"}, headers=headers)).status_code == 412


async def test_keys_are_made_rotated_and_revoked_by_people_alone(coalition: Coalition, acme: Joined) -> None:
    async def live() -> set[str]:
        keys = await coalition.call("GET", "/partners/acme/keys", key=acme["api_key"])
        return {one["prefix"] for one in keys if one["revoked_at"] is None and one["expires_at"] is None}

    assert {one["code"] for one in (await coalition.call("GET", "/partners/acme/sources"))["data"]} == {
        "acme"
    }
    first = await coalition.call("POST", "/partners/acme/sources/acme/keys", {"name": "web"}, status=201)
    body = {"overlap_hours": 0}
    second = await coalition.call("POST", f"/partners/acme/keys/{first['prefix']}/rotate", body, status=201)
    assert first["prefix"] not in await live()
    assert second["prefix"] in await live()
    event = {"userId": "ann", "event": "Seen", "type": "track", "messageId": "1"}
    for key, status in ((first["key"], 401), (second["key"], 200)):
        sent = await coalition.http.post("/v1/track", json=event, auth=(key, ""))
        assert sent.status_code == status, sent.text
    third = await coalition.call(
        "POST", f"/partners/acme/keys/{second['prefix']}/rotate", {"overlap_hours": 24}, status=201
    )
    for key in (second["key"], third["key"]):
        assert (await coalition.http.post("/v1/track", json=event, auth=(key, ""))).status_code == 200
    await coalition.call("DELETE", f"/partners/acme/keys/{third['prefix']}", status=204)
    await coalition.call("POST", f"/partners/acme/keys/{third['prefix']}/rotate", body, status=404)
    leafs = (await coalition.call("GET", "/partners/leaf/keys"))[0]["prefix"]
    await coalition.call("POST", f"/partners/acme/keys/{leafs}/rotate", body, status=404)
    await coalition.call("DELETE", f"/partners/acme/keys/{leafs}", status=404)
    await coalition.call("POST", "/partners/acme/sources/leaf/keys", {}, status=404)
    await coalition.call("POST", "/partners/acme/sources/acme/keys", {}, key=acme["api_key"], status=403)
    await coalition.call("POST", "/partners/acme/keys", {"name": "x"}, key=acme["api_key"], status=403)


async def test_a_key_is_not_rotated_by_whoever_may_do_less_than_it(coalition: Coalition) -> None:
    strong = await coalition.call("POST", "/keys", {"name": "strong", "scopes": ["owner"]}, status=201)
    weak = await coalition.call("POST", "/keys", {"name": "weak", "scopes": ["operator"]}, status=201)
    path = f"/keys/{strong['prefix']}/rotate"
    await coalition.call("POST", path, {}, key=weak["key"], status=403)
    fresh = await coalition.call("POST", path, {}, status=201)
    await coalition.call("GET", "/keys", key=strong["key"], status=401)
    await coalition.call("GET", "/keys", key=fresh["key"])


async def issued_statement(coalition: Coalition) -> Any:
    """Draw up acme's statement and issue it when its period is over; return it as it was drawn up."""
    await coalition.call("POST", "/statements/draw-up", {"partner": "acme"})
    (statement,) = (await coalition.call("GET", "/statements"))["data"]
    coalition.clock.advance(timedelta(days=40))
    await coalition.call("POST", f"/statements/{statement['id']}/issue")
    return statement


async def test_a_statements_lines_go_back_as_the_partners_own_file(
    coalition: Coalition, acme: Joined
) -> None:
    statement = await issued_statement(coalition)
    path, key = f"/partners/acme/statements/{statement['id']}", acme["api_key"]
    text = await coalition.call("GET", f"{path}/lines.csv", key=key)
    done = await coalition.call("POST", f"{path}/uploads", {"file": text}, key=key, status=201)
    assert done["exceptions"] == 0
    assert done["matched"] == done["rows"] > 0
    await coalition.call("POST", f"{path}/uploads", {"file": "order_id,points\n727,1\n"}, key=key, status=201)
    (latest, first) = await coalition.call("GET", f"{path}/uploads", key=key)
    assert (latest["exceptions"], first["exceptions"]) == (1, 0)
    of_it = f"/partners/acme/disputes?open=true&statement={statement['id']}"
    assert len((await coalition.call("GET", of_it, key=key))["data"]) == 1
    assert (await coalition.call("GET", f"{of_it}1", key=key))["data"] == []


async def test_a_partner_that_still_pays_is_not_archived(coalition: Coalition, acme: Joined) -> None:
    for part in ("sources/leaf", "stores/leaf"):
        await coalition.call("DELETE", f"/{part}", status=204)
    refused = await coalition.call("DELETE", "/partners/leaf", status=409)
    assert refused["code"] == "partner_still_pays"
    (agreement,) = await coalition.call("GET", "/partners/leaf/funding")
    assert (agreement["agreement"]["code"], agreement["ended"]) == ("leaf-points", False)
    await coalition.call("DELETE", "/funding/leaf-points", status=204)
    await coalition.call("DELETE", "/funding/leaf-points", status=404)
    (agreement,) = await coalition.call("GET", "/partners/leaf/funding")
    assert agreement["ended"]
    await coalition.call("DELETE", "/partners/leaf", status=204)


async def test_many_shops_by_one_call(coalition: Coalition) -> None:
    shops = [{"code": f"shop-{n}", "name": f"Shop {n}"} for n in range(3)]
    wrong = {"code": "Not a code", "name": "x"}
    first = await coalition.call("POST", "/connections/batch", {"shops": [*shops, wrong]})
    assert (first["connected"], first["known"], first["failed"]) == (3, 0, 1)
    assert all(one["connected"]["write_key"] for one in first["shops"][:3])
    assert [one["path"] for one in first["shops"][3]["problems"]] == ["code"]
    file = "code;name;platform\nshop-2;Shop 2;plain\nshop-3;Shop 3;woocommerce\n"
    second = await coalition.call("POST", "/connections/batch", {"file": file})
    assert [(one["row"], one["status"]) for one in second["shops"]] == [(2, "known"), (3, "connected")]
    assert second["shops"][0]["connected"]["write_key"] == ""
    assert second["shops"][1]["connected"]["hook"] in second["shops"][1]["connected"]["snippet"]
    await coalition.call("POST", "/connections/batch", {"file": "shop\nx\n"}, status=422)
    await coalition.call("POST", "/connections/batch", {}, status=422)


async def test_who_is_connected_again_keeps_the_name_it_gave_its_store(
    coalition: Coalition, acme: Joined
) -> None:
    """A shop's file is read again and again; where nobody renamed the store, it goes on being called as the partner."""

    async def name_of(code: str) -> str:
        stores = await coalition.call("GET", f"/partners/{code}/stores")
        return str(stores["data"][0]["name"])

    await coalition.call("PUT", "/partners/acme/stores/acme", {"name": "Corner"}, key=acme["api_key"])
    await connect(coalition, "acme")
    assert await name_of("acme") == "Corner"
    await coalition.call("POST", "/connections", {"code": "leaf", "name": "Leaf & Sons"})
    assert await name_of("leaf") == "Leaf & Sons"


async def test_who_is_connected_again_keeps_roles_and_terms(coalition: Coalition, acme: Joined) -> None:
    rates = [{"point_type": "points", "direction": "burn", "per_point": "0.5"}]
    await coalition.call("PUT", "/partners/acme/terms", {"rates": rates})
    await coalition.call("PUT", "/partner-templates/default", {"roles": ["earn"]})
    await connect(coalition, "acme")
    kept = await coalition.call("GET", "/partners/acme/overview")
    assert kept["roles"] == ["earn", "burn"]
    assert (await coalition.call("GET", "/partners/acme/terms"))["rates"][0]["per_point"] == "0.5"
    named = {"roles": ["earn"], "terms": {"rates": [{**rates[0], "per_point": "0.25"}]}}
    await coalition.call("PUT", "/partner-templates/cheap", named)
    await connect(coalition, "acme", template="cheap")
    assert (await coalition.call("GET", "/partners/acme/terms"))["rates"][0]["per_point"] == "0.25"


async def test_a_partners_file_may_be_larger_than_what_others_send(
    coalition: Coalition, acme: Joined
) -> None:
    statement = await issued_statement(coalition)
    path, key = f"/partners/acme/statements/{statement['id']}/uploads", acme["api_key"]
    file = "date,order_id,side,points,amount\n" + "2026-03-02,acme:727,issue,1,0.01\n" * 70_000
    done = await coalition.call("POST", path, {"file": file}, key=key, status=201)
    assert (done["rows"], done["exceptions"]) == (1, 1)
    await coalition.call("POST", path, {"file": file * 6}, key=key, status=413)
    await coalition.call("POST", "/statements/draw-up", {"partner": file}, status=413)
