"""Rewards that were taken at a checkout come back apart from its lines: named, kept, refused, over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from tests.app.serving import application
from tests.flows.checkout.counter import Counter, open_counter
from tests.flows.points.world import NOW
from tests.flows.redemption.test_api import ANN, Shop

from regulars.features.programs import issue_api_key
from regulars.features.rewards import Discount, Price, Reward
from regulars.flows import gifting
from regulars.infra.clock import FixedClock
from regulars.infra.db import Database
from regulars.kit.ids import encode

LINES = [{"sku": "TEA", "amount": 1_000, "quantity": 2}, {"sku": "CAN", "amount": 3_000, "quantity": 3}]
ALL_LINES = [{"line": 0, "quantity": 2}, {"line": 1, "quantity": 3}]
EXTRA = (
    Reward("tea", "Two euro off tea", "discount", Price(points=50), discount=Discount("line", 200, match="TEA")),
    Reward("free-tea", "A free tea", "free_item", Price(points=30), sku="TEA"),
    Reward("gift", "A card", "gift_card", Price(points=200), gift_card="cash", value=2_500),
)  # fmt: skip


class Till:
    """The counter over HTTP: an order with rewards, and what comes back of it."""

    def __init__(self, shop: Shop, counter: Counter) -> None:
        self.shop, self.counter, self.kiosk = shop, counter, counter.kiosk
        self.path, self.numbers = "", {"": ""}

    async def buy(self, *rewards: dict[str, Any], shipping: int = 0) -> dict[str, Any]:
        """Close an order; what earned is one point for each euro of goods."""
        body = {"member": ANN, "lines": LINES, "shipping": shipping, "rewards": list(rewards)}
        opened = await self.shop.json("POST", "/checkouts", body, 201)
        self.path = f"/checkouts/{opened['id']}"
        closed = await self.shop.json("POST", f"{self.path}/close", {"order_id": opened["id"]}, 201)
        self.numbers = {one["reward"]: one["redemption"] for one in closed["rewards"]}
        assert isinstance(closed, dict)
        return closed

    async def back(self, body: dict[str, Any], status: int = 201, **headers: str) -> Any:
        return await self.shop.json("POST", f"{self.path}/return", body, status, **headers)

    def some(self, reward: str, quantity: int, **options: Any) -> dict[str, Any]:
        return {"redemption": self.numbers[reward], "quantity": quantity, **options}

    async def available(self) -> int:
        return (await self.kiosk.wallet(self.kiosk.ann)).available


@pytest.fixture
async def till(database_url: str, db: Database, clock: FixedClock) -> AsyncIterator[Till]:
    counter = await open_counter(db)
    for reward in EXTRA:
        await counter.kiosk.put(reward)
    async with db.transaction() as tx:
        issued = await issue_api_key(tx, counter.program_id, "tests", ("owner",), clock.now())
    async with application(database_url, clock) as http:
        yield Till(Shop(http, issued.key), counter)
    assert await counter.faults() == []
    assert await counter.kiosk.gaps() == []


async def test_a_thing_comes_back_when_it_is_named_and_not_with_lines(till: Till) -> None:
    bought = await till.buy({"reward": "pan", "quantity": 2}, shipping=490)
    assert (bought["to_pay"], await till.available()) == (4_000 + 490 + 1_980, 1_000 - 600 + 40)
    lines = await till.back({"lines": [{"line": 1, "quantity": 3}]})
    assert lines["returned"] == {"money": 3_000, "points": 0}
    named = await till.back({"rewards": [till.some("pan", 1)]})
    assert (named["status"], named["returned"]) == ("part_returned", {"money": 990, "points": 300})
    (pan,) = named["rewards"]
    assert (pan["quantity"], pan["returned"], pan["points_back"], pan["money_back"]) == (2, 1, 300, 990)
    assert (await till.available(), await till.kiosk.free("pan")) == (1_000 - 300 + 10, 9)
    told = await till.shop.json("GET", f"{till.path}/explanation")
    assert told["sentences"][1] == "2 times the reward pan cost 600 points and 19.80 EUR."
    assert told["sentences"][-3:] == [
        "3/4 of the goods came back.",
        "1 of 2 of the reward pan came back: 300 points and 9.90 EUR.",
        "39.90 EUR went back in all.",
    ]
    last = await till.back({"lines": [{"line": 0, "quantity": 2}]})
    assert (last["status"], last["returned"]) == ("returned", {"money": 1_000 + 490 + 990, "points": 300})
    assert (await till.available(), await till.kiosk.free("pan")) == (1_000, 10)


async def test_what_is_not_named_stays_also_after_the_last_line(till: Till) -> None:
    await till.buy({"reward": "mug"}, {"reward": "coffee", "quantity": 2}, shipping=490)
    kept = await till.back({"lines": ALL_LINES, "rewards": []})
    assert (kept["status"], kept["returned"]) == ("part_returned", {"money": 4_490, "points": 0})
    some = await till.back({"rewards": [till.some("coffee", 2)]})
    assert (some["status"], some["returned"]) == ("part_returned", {"money": 0, "points": 60})
    rest = await till.back({"rewards": [till.some("mug", 1)]})
    assert (rest["status"], rest["returned"]) == ("returned", {"money": 0, "points": 100})
    assert (rest["returned_money"], await till.available()) == (4_490, 1_000)
    assert (await till.back({"rewards": [till.some("mug", 1)]}, 409))["code"] == "checkout_closed"


async def test_broken_pieces_are_not_offered_again(till: Till) -> None:
    await till.buy({"reward": "mug", "quantity": 3})
    named = [till.some("mug", 1, restock=False), till.some("mug", 1)]
    back = await till.back({"rewards": named})
    assert (back["returned"]["points"], await till.kiosk.free("mug")) == (200, 10 - 3 + 1)


async def test_what_took_money_off_lines_comes_back_with_those_lines(till: Till) -> None:
    """Two hundred off the tea for 50 points; half of the other tea free for 30: neither concerns the can."""
    bought = await till.buy({"reward": "tea"}, {"reward": "free-tea"})
    assert bought["to_pay"] == 3_000 + 400
    assert (await till.back({"lines": [{"line": 1, "quantity": 3}]}))["returned"]["points"] == 0
    tea = {"lines": [{"line": 0, "quantity": 1}]}
    assert (await till.back(tea))["returned"] == {"money": 200, "points": 25 + 15}
    last = await till.back({**tea, "rewards": []})
    assert (last["status"], last["returned"]) == ("returned", {"money": 200, "points": 25 + 15})
    assert await till.available() == 1_000


async def test_a_repeated_return_is_the_first_one(till: Till) -> None:
    await till.buy({"reward": "mug", "quantity": 2})
    body = {"rewards": [till.some("mug", 1)]}
    tried = await till.shop.json("POST", f"{till.path}/return?dry_run=true", body)
    first = await till.back(body, **{"idempotency-key": "r1"})
    assert await till.back(body, **{"idempotency-key": "r1"}) == first
    assert tried["returned"] == first["returned"] == {"money": 0, "points": 100}
    assert await till.available() == 1_000 - 100 + 40
    other = {"rewards": [till.some("mug", 2)]}
    assert (await till.back(other, 422, **{"idempotency-key": "r1"}))["code"] != "more_than_bought"


async def test_a_refusal_says_where_and_what_instead_and_leaves_all_as_it_was(till: Till) -> None:
    await till.buy({"reward": "mug", "quantity": 2}, {"reward": "tea"})
    mug, tea = till.numbers["mug"], till.numbers["tea"]
    other = (await till.kiosk.redeem(till.kiosk.bob, "mug")).order.id
    wrong: list[tuple[dict[str, Any], str, str, str]] = [
        ({}, "invalid_checkout", "lines", "Name what comes back"),
        ({"rewards": []}, "invalid_checkout", "lines", "Name what comes back"),
        ({"rewards": [{"redemption": "mug", "quantity": 1}]}, "invalid_checkout", "rewards[0].redemption", "rdm_"),
        ({"rewards": [till.some("mug", 1), {"redemption": encode("rdm", other), "quantity": 1}]},
         "invalid_checkout", "rewards[1].redemption", f"Name a reward of this checkout: {mug}."),
        ({"rewards": [{"redemption": tea, "quantity": 1}]},
         "invalid_checkout", "rewards[0].redemption", "name those lines"),
        ({"rewards": [till.some("mug", 3)]},
         "more_than_bought", "rewards[0].quantity", "Write at most 2: no more is left."),
        ({"lines": ALL_LINES, "rewards": [till.some("mug", 1), till.some("mug", 2)]},
         "more_than_bought", "rewards[1].quantity", "Write at most 1: no more is left."),
    ]  # fmt: skip
    for body, code, path, said in wrong:
        problem = await till.back(body, 409 if code == "more_than_bought" else 422)
        assert (problem["code"], problem["errors"][0]["path"]) == (code, path)
        assert said in problem["errors"][0]["message"]
    shown = await till.shop.json("GET", till.path)
    assert (shown["status"], [one["returned"] for one in shown["rewards"]]) == ("closed", [0, 0])
    assert (await till.back({"rewards": [till.some("mug", 2)]}))["returned"]["points"] == 200
    problem = await till.back({"rewards": [till.some("mug", 1)]}, 409)
    assert (problem["facts"]["left"], problem["facts"]["redemption"]) == (0, mug)
    assert "leave it out" in problem["errors"][0]["message"]


async def test_a_card_that_was_used_is_refused_and_stays_while_the_order_comes_back(till: Till) -> None:
    await till.buy({"reward": "gift"})
    kiosk = till.kiosk
    issued = (await till.shop.json("GET", f"/redemptions/{till.numbers['gift']}"))["issued"]
    async with kiosk.db.transaction() as tx:
        await gifting.pay(tx, kiosk.config, issued[0]["card"], 500, actor="till", now=NOW)
    problem = await till.back({"rewards": [till.some("gift", 1)]}, 409)
    assert (problem["code"], problem["errors"][0]["path"]) == ("reward_used", "rewards[0]")
    problem = await till.back({"lines": ALL_LINES}, 409)
    assert (problem["code"], problem["errors"][0]["path"]) == ("reward_used", "rewards")
    problem = await till.shop.json("POST", f"{till.path}/reopen", {}, 409)
    assert "[] for none" in problem["errors"][0]["message"]
    assert await till.available() == 800 + 40
    kept = await till.back({"lines": ALL_LINES, "rewards": []})
    assert (kept["status"], kept["returned"]) == ("part_returned", {"money": 4_000, "points": 0})
    assert await till.available() == 800


async def test_what_came_back_at_its_redemption_is_not_given_twice(till: Till) -> None:
    await till.buy({"reward": "mug", "quantity": 2})
    body = {"reason": "broken", "quantity": 1}
    await till.shop.json("POST", f"/redemptions/{till.numbers['mug']}/cancel", body, 201)
    problem = await till.back({"rewards": [till.some("mug", 2)]}, 409)
    assert (problem["code"], problem["facts"]["left"]) == ("nothing_left", 1)
    back = await till.back({"rewards": [till.some("mug", 1)]})
    assert (back["returned"]["points"], back["rewards"][0]["returned"]) == (100, 2)
