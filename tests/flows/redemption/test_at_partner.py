"""A partner's own key at its tills: points and rewards set aside, captured, let go; nothing of another partner's."""

from __future__ import annotations

from typing import Any

import pytest
from tests.flows.connection.test_coalition_api import SHOPIFY, WOO, Coalition, coalition, connect
from tests.flows.connection.test_partner_side import own_key

__all__ = ["coalition"]
ANN = {"member": "email:ann@example.com"}
MUG: dict[str, Any] = {"name": "Mug", "kind": "goods", "price": {"points": 20}}


@pytest.fixture
async def keys(coalition: Coalition) -> dict[str, str]:
    """Connect two shops with an order each and three rewards; return their keys."""
    made = await connect(coalition, "acme", platform="woocommerce")
    leaf = await connect(coalition, "leaf", platform="shopify", secret="shpss_1")
    await coalition.hook(made["hook"], made["secret"], "order.created", WOO, woo=True)
    await coalition.hook(leaf["hook"], "shpss_1", "orders/paid", SHOPIFY)
    await coalition.call("PUT", "/rewards/mug", MUG, status=201)
    cup = MUG | {"stores": ["leaf"], "stock": True}
    await coalition.call("PUT", "/rewards/cup", cup, status=201)
    await coalition.call("PUT", "/rewards/tea", MUG | {"kind": "partner", "partner": "leaf"}, status=201)
    return {code: await own_key(coalition, code) for code in ("acme", "leaf")}


async def available(coalition: Coalition) -> tuple[int, int]:
    wallet = await coalition.call("GET", "/members/email:ann@example.com/wallets")
    (points,) = [one for one in wallet["wallets"] if one["point_type"] == "points"]
    return points["available"], points["held"]


async def test_points_are_set_aside_and_captured_by_the_partner_alone(
    coalition: Coalition, keys: dict[str, str]
) -> None:
    key, before = keys["acme"], await available(coalition)
    body = ANN | {"points": 30, "store": "acme", "order": "R-1", "expires_in_s": 60}
    tried = await coalition.call("POST", "/partners/acme/holds?dry_run=true", body, key)
    assert (tried["status"], await available(coalition)) == ("open", before)
    held = await coalition.call("POST", "/partners/acme/holds", body, key, 201)
    assert (held["status"], held["wallet"]["held"]) == ("open", 30)
    mine, theirs = f"/partners/acme/holds/{held['hold']}", f"/partners/leaf/holds/{held['hold']}"
    for path, other in ((mine, keys["leaf"]), (theirs, keys["leaf"]), (theirs, "")):
        assert (await coalition.call("POST", f"{path}/capture", ANN, other, 404))["status"] == 404
        await coalition.call("POST", f"{path}/void", ANN, other, 404)
    spent = await coalition.call("POST", f"{mine}/capture", ANN | {"points": 25, "order": "R-1"}, key, 201)
    assert (spent["captured"], await available(coalition)) == (25, (before[0] - 25, 0))
    listed = await coalition.call("GET", "/partners/acme/transactions?kind=spend", key=key)
    assert [(one["points"], one["order_id"], one["account"]) for one in listed["data"]] == [
        (25, "R-1", "spent:acme")
    ]
    gone = await coalition.call("POST", f"{mine}/void", ANN, key, 409)
    assert (gone["code"], gone["facts"]["became"]) == ("hold_closed", "captured")
    again = await coalition.call("POST", "/partners/acme/holds", body, key, 201)
    await coalition.call("POST", f"/partners/acme/holds/{again['hold']}/void", ANN, key, 201)
    assert await available(coalition) == (before[0] - 25, 0)


async def test_a_captured_hold_is_given_back_at_the_till(coalition: Coalition, keys: dict[str, str]) -> None:
    key, before = keys["acme"], await available(coalition)
    held = await coalition.call("POST", "/partners/acme/holds", ANN | {"points": 30}, key, 201)
    spent = await coalition.call("POST", f"/partners/acme/holds/{held['hold']}/capture", ANN, key, 201)
    back = {"reason": "broken", "points": 30}
    await coalition.call("POST", f"/partners/leaf/spends/{spent['transfer']}/cancel", back, keys["leaf"], 404)
    await coalition.call("POST", f"/partners/acme/spends/{spent['transfer']}/cancel", back, key, 201)
    assert await available(coalition) == before


async def test_what_the_programs_own_desk_set_aside_is_not_the_partners(
    coalition: Coalition, keys: dict[str, str]
) -> None:
    held = await coalition.call("POST", "/members/email:ann@example.com/holds", {"points": 10}, status=201)
    await coalition.call("POST", f"/partners/acme/holds/{held['hold']}/capture", ANN, keys["acme"], 404)


async def test_a_reward_is_taken_in_the_partners_store_and_settled(
    coalition: Coalition, keys: dict[str, str]
) -> None:
    key, before = keys["acme"], await available(coalition)
    body = ANN | {"reward": "mug", "store": "acme", "reference": "R-2"}
    quoted = await coalition.call("POST", "/partners/acme/redemptions/quote", body, key)
    assert (quoted["points"], quoted["refusal"]) == (20, None)
    taken = await coalition.call("POST", "/partners/acme/redemptions", body, key, 201)
    assert (taken["status"], taken["store"], await available(coalition)) == (
        "reserved",
        "acme",
        (before[0] - 20, 20),
    )
    path = f"/partners/acme/redemptions/{taken['id']}"
    for wrong in (path, path.replace("acme", "leaf")):
        for what in ("capture", "void"):
            await coalition.call("POST", f"{wrong}/{what}", {}, keys["leaf"], 404)
        await coalition.call("POST", f"{wrong}/cancel", {"reason": "mine"}, keys["leaf"], 404)
        await coalition.call("GET", wrong, key=keys["leaf"], status=404)
    done = await coalition.call("POST", f"{path}/capture", {}, key, 201)
    assert (done["status"], done["spend"] is not None) == ("confirmed", True)
    listed = await coalition.call("GET", "/partners/acme/redemptions", key=key)
    assert [one["id"] for one in listed["data"]] == [taken["id"]]
    assert (await coalition.call("GET", "/partners/leaf/redemptions", key=keys["leaf"]))["data"] == []
    spends = await coalition.call("GET", "/partners/acme/transactions?kind=spend", key=key)
    assert [(one["points"], one["store"]) for one in spends["data"]] == [(20, "acme")]
    drawn = await coalition.call("POST", "/statements/draw-up", {})
    billed = {one["partner"]: one["sections"] for one in drawn["data"]} if "data" in drawn else drawn
    assert "burned" in str(billed)
    await coalition.call("POST", f"{path}/cancel", {"reason": "broken"}, key, 201)
    assert await available(coalition) == before


async def test_only_what_can_be_had_there_is_offered(coalition: Coalition, keys: dict[str, str]) -> None:
    offered = {
        code: {
            one["code"] for one in await coalition.call("GET", f"/partners/{code}/rewards", key=keys[code])
        }
        for code in keys
    }
    assert offered == {"acme": {"mug"}, "leaf": {"mug", "cup", "tea"}}
    asked = "/partners/acme/redemptions"
    for body, status, code in (
        ({"reward": "tea", "store": "acme"}, 404, "unknown_reward"),
        ({"reward": "cup", "store": "acme"}, 409, "reward_not_in_store"),
        ({"reward": "mug", "store": "leaf"}, 422, "invalid_redemption"),
        ({"reward": "mug", "store": "nowhere"}, 422, "invalid_redemption"),
        ({"reward": "mug", "store": ""}, 422, "invalid"),
    ):
        assert (await coalition.call("POST", asked, ANN | body, keys["acme"], status))["code"] == code, body
    shelf = next(
        one
        for one in await coalition.call("GET", "/partners/leaf/rewards", key=keys["leaf"])
        if one["code"] == "cup"
    )
    assert shelf["stores"] == ["leaf"]


async def test_a_partner_without_the_role_burn_takes_nothing(
    coalition: Coalition, keys: dict[str, str]
) -> None:
    await coalition.call("PUT", "/partners/acme", {"name": "Acme", "roles": ["earn"]})
    body = ANN | {"reward": "mug", "store": "acme"}
    refused = await coalition.call("POST", "/partners/acme/redemptions", body, keys["acme"], 422)
    assert [one["code"] for one in refused["errors"]] == ["no_burn_partner"]
    refused = await coalition.call("POST", "/partners/acme/holds", ANN | {"points": 5}, keys["acme"], 422)
    assert [one["code"] for one in refused["errors"]] == ["no_burn_partner"]


async def test_a_hold_is_found_after_its_member_was_merged(
    coalition: Coalition, keys: dict[str, str]
) -> None:
    held = await coalition.call("POST", "/partners/acme/holds", ANN | {"points": 10}, keys["acme"], 201)
    made = await coalition.call("POST", "/members", {"identifiers": {"email": "bea@example.com"}}, status=201)
    ann = await coalition.call("GET", "/members/email:ann@example.com")
    await coalition.call(
        "POST", f"/members/{made['id']}/merge", {"source": ann["id"], "reason": "one person"}, status=201
    )
    who = {"member": made["id"]}
    done = await coalition.call(
        "POST", f"/partners/acme/holds/{held['hold']}/capture", who, keys["acme"], 201
    )
    assert done["captured"] == 10
