"""A basket at the checkout, over HTTP: priced, set aside, closed, opened again, returned in part."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from tests.app.serving import application
from tests.flows.points.world import NOW, earn, make_members, make_program
from tests.flows.redemption.test_api import ANN, HOME, Shop

from regulars.features.programs import issue_api_key
from regulars.features.vouchers import Definition, Worth, add_code, put_definition
from regulars.flows import books
from regulars.flows.apply import apply_document, decode_document
from regulars.infra.clock import FixedClock
from regulars.infra.db import Database

LINES = [
    {"sku": "TEA", "amount": 1_000, "quantity": 2, "category": "drinks/tea"},
    {"sku": "MUG", "amount": 3_000, "quantity": 3},
]
DOCUMENT: dict[str, Any] = {
    "rules": [
        {
            "code": "base",
            "name": "A point a euro",
            "trigger": {"event": "Order Completed"},
            "then": [
                {"award": {"point_type": "points", "per_amount": {"points": 1, "per": "1.00", "of": "order.amount"}}}
            ],
        }
    ],
    "rewards": [
        {"code": "cash", "name": "Money off", "kind": "discount",
         "price": {"rate": {"points": "10", "worth": "1.00", "step": "10"}}},
        {"code": "tea", "name": "A fifth off tea", "kind": "discount", "price": {"points": "50"},
         "discount": {"on": "category", "match": "drinks", "percent": "20"}},
        {"code": "pin", "name": "Pin", "kind": "goods", "price": {"points": "20", "money": "1.00"}, "stock": True},
        {"code": "next-time", "name": "Ten off", "kind": "voucher", "voucher": "later", "price": {"points": "25"}},
        {"code": "free-tea", "name": "A free tea", "kind": "free_item", "sku": "TEA", "price": {"points": "30"}},
    ],
    "publish": True,
}  # fmt: skip


@pytest.fixture
async def shop(database_url: str, db: Database, clock: FixedClock) -> AsyncIterator[Shop]:
    config = await make_program(db, types={"points": {"policy": {}}})
    (ann,) = await make_members(db, config, 1)
    await earn(db, config, ann, 500)
    async with db.transaction() as tx:
        issued = await issue_api_key(tx, config.id, "tests", ("owner",), clock.now())
        worth = Worth("percentage", percentage=10)  # type: ignore[arg-type]
        stored, _ = await put_definition(
            tx, config.id, Definition("ten", "Ten percent", worth, uses=1), zone="UTC", now=NOW
        )
        await put_definition(
            tx, config.id, Definition("later", "Later", worth, pattern="LATER-########"), zone="UTC", now=NOW
        )
        await apply_document(tx, decode_document(DOCUMENT), "acme", now=NOW)
        await add_code(tx, stored, "SUMMER-TEN", uses=1, now=NOW)
    async with application(database_url, clock) as http:
        shop = Shop(http, issued.key)
        await shop.json("PUT", "/rewards/pin/stock", {"free": 2})
        yield shop


async def wallet(shop: Shop) -> tuple[int, int]:
    (found,) = (await shop.json("GET", f"/members/{ANN}/wallets"))["wallets"]
    return found["available"], found["held"]


async def books_balance(db: Database) -> None:
    async with db.transaction(read_only=True, snapshot=True) as tx:
        found = await books.verify(tx)
    assert [check for check in found.checks if check.bad] == []


async def test_everything_is_taken_off_in_order_and_set_aside(shop: Shop) -> None:
    """The voucher first, then the tea, last the points: 4,000 - 400 - 180 - 1,000; a pin for 1.00 goes with it."""
    wanted = {
        "member": ANN, "lines": LINES, "shipping": 490, "vouchers": ["SUMMER-TEN"],
        "rewards": [{"reward": "cash", "points": 100}, {"reward": "tea"}, {"reward": "pin"}],
    }  # fmt: skip
    tried = await shop.json("POST", "/checkouts?dry_run=true", wanted)
    assert await wallet(shop) == (500, 0)
    opened = await shop.json("POST", "/checkouts", wanted, 201)
    assert [(off["source"], off["amount"]) for off in opened["discounts"]] == [
        ("voucher", 400), ("reward", 180), ("reward", 1_000),
    ]  # fmt: skip
    assert opened["earns"]["points"] == tried["earns"]["points"] == {"points": 24}
    assert [fired["rule"] for fired in opened["earns"]["rules_fired"]] == ["base"]
    assert opened["to_pay"] == tried["to_pay"] == 4_000 - 400 - 180 - 1_000 + 490 + 100
    assert opened["points"] == {"points": 170}
    assert await wallet(shop) == (330, 170)
    assert (await shop.json("GET", "/rewards/pin"))["shelves"][0]["free"] == 1
    problem = await shop.json("POST", "/checkouts", {"lines": LINES, "vouchers": ["SUMMER-TEN"]}, 409)
    assert problem["code"] == "voucher_reserved"


async def test_closing_spends_and_the_money_part_earns(shop: Shop, db: Database) -> None:
    wanted = {
        "member": ANN,
        "lines": LINES,
        "vouchers": ["SUMMER-TEN"],
        "rewards": [{"reward": "cash", "points": 100}],
    }
    opened = await shop.json("POST", "/checkouts", wanted, 201)
    closed = await shop.json("POST", f"/checkouts/{opened['id']}/close", {"order_id": "A-1"}, 201)
    assert (closed["status"], closed["to_pay"]) == ("closed", 2_600)
    assert closed["did"]["rules_fired"][0]["rule"] == "base"
    assert (opened["earns"]["points"], closed["earns"]) == ({"points": 26}, None)
    assert await wallet(shop) == (500 - 100 + 26, 0)
    await shop.json("POST", f"/checkouts/{opened['id']}/close", {"order_id": "A-1"}, 409)
    (use,) = (await shop.json("GET", "/vouchers/SUMMER-TEN"))["uses"]
    assert (use["status"], use["order_id"], use["checkout"]) == ("used", None, opened["id"])
    problem = await shop.json("POST", "/checkouts", {"lines": LINES, "vouchers": ["SUMMER-TEN"]}, 409)
    assert problem["code"] == "voucher_already_used"
    await books_balance(db)


async def test_closing_answers_the_wallet_with_what_came_back_for_the_reward(
    shop: Shop, db: Database
) -> None:
    back = {"code": "back", "name": "A fifth of it back", "trigger": {"redemption": {"reward": "cash"}},
            "then": [{"award": {"point_type": "points", "formula": "event.properties.paid_points / 5",
                                "rounding": "floor"}}]}  # fmt: skip
    async with db.transaction() as tx:
        rules = {"rules": [*DOCUMENT["rules"], back], "publish": True}
        await apply_document(tx, decode_document(rules), "acme", now=NOW)
    wanted = {"member": ANN, "lines": LINES, "rewards": [{"reward": "cash", "points": 100}]}
    opened = await shop.json("POST", "/checkouts", wanted, 201)
    closed = await shop.json("POST", f"/checkouts/{opened['id']}/close", {"order_id": "A-1"}, 201)
    said = closed["did"]["member"]["balances"]["points"]
    assert (said["available"], said["held"]) == (500 - 100 + 20 + 30, 0) == await wallet(shop)


async def test_parts_come_back_in_proportion_and_the_last_takes_the_rest(shop: Shop, db: Database) -> None:
    wanted = {"member": ANN, "lines": LINES, "rewards": [{"reward": "cash", "points": 110}]}
    opened = await shop.json("POST", "/checkouts", wanted, 201)
    path = f"/checkouts/{opened['id']}"
    await shop.json("POST", f"{path}/close", {"order_id": "A-2"}, 201)
    assert await wallet(shop) == (500 - 110 + 29, 0)
    backs = []
    for line, quantity in ((0, 1), (1, 1), (1, 2), (0, 1)):
        body = {"lines": [{"line": line, "quantity": quantity}]}
        backs.append(await shop.json("POST", f"{path}/return", body, 201))
    assert [back["status"] for back in backs] == ["part_returned"] * 3 + ["returned"]
    assert sum(back["returned"]["points"] for back in backs) == 110
    assert sum(back["returned"]["money"] for back in backs) == 2_900
    assert backs[0]["returned"]["points"] == 110 * 500 // 4_000
    assert await wallet(shop) == (500, 0)
    await shop.json("POST", f"{path}/return", {"lines": [{"line": 0, "quantity": 1}]}, 409)
    told = await shop.json("GET", f"{path}/explanation")
    assert told["sentences"] == [
        "The goods cost 40.00 EUR in 2 lines.",
        "The reward cash takes off 11.00: 2.75 of TEA, 8.25 of MUG.",
        "The reward cash costs 110 points.",
        "29.00 EUR are to be paid in money.",
        "29.00 EUR of that are for goods and count for points.",
        "It became the order A-2, which is rated as A-2.",
        "1/1 of the goods came back.",
        "Of the reward cash 110 points came back with its lines.",
        "29.00 EUR went back in all.",
    ]
    await books_balance(db)


async def test_an_order_is_opened_again_as_if_it_had_not_been(shop: Shop, db: Database) -> None:
    wanted = {"member": ANN, "lines": LINES, "vouchers": ["SUMMER-TEN"], "rewards": [{"reward": "free-tea"}]}
    opened = await shop.json("POST", "/checkouts", wanted, 201)
    path = f"/checkouts/{opened['id']}"
    await shop.json("POST", f"{path}/close", {"order_id": "A-3"}, 201)
    again = await shop.json("POST", f"{path}/reopen", {}, 201)
    assert (again["status"], again["to_pay"]) == ("open", opened["to_pay"])
    assert await wallet(shop) == (470, 30)
    await shop.json("POST", f"{path}/close", {"order_id": "A-3b"}, 201)
    assert await wallet(shop) == (470 + 31, 0)
    await books_balance(db)


async def test_an_order_that_was_opened_again_earns_under_its_own_number(shop: Shop, db: Database) -> None:
    opened = await shop.json("POST", "/checkouts", {"member": ANN, "lines": LINES}, 201)
    path = f"/checkouts/{opened['id']}"
    for _ in range(3):
        await shop.json("POST", f"{path}/close", {"order_id": "A-5"}, 201)
        assert await wallet(shop) == (540, 0)
        await shop.json("POST", f"{path}/reopen", {}, 201)
        assert await wallet(shop) == (500, 0)
    await shop.json("POST", f"{path}/close", {"order_id": "A-5"}, 201)
    back = await shop.json("POST", f"{path}/return", {"lines": [{"line": 1, "quantity": 3}]}, 201)
    assert (back["status"], await wallet(shop)) == ("part_returned", (510, 0))
    await books_balance(db)


async def test_one_number_is_one_order(shop: Shop, db: Database) -> None:
    """A second checkout under the number of an order that stands is refused, whole."""
    wanted = {"member": ANN, "lines": LINES, "rewards": [{"reward": "cash", "points": 10}]}
    for status in (201, 409):
        opened = await shop.json("POST", "/checkouts", wanted, 201)
        done = await shop.json("POST", f"/checkouts/{opened['id']}/close", {"order_id": "A-6"}, status)
    assert done["code"] == "order_taken"
    assert await wallet(shop) == (500 - 10 + 39 - 10, 10)
    await books_balance(db)


async def test_codes_that_went_with_the_basket_come_back_named_or_with_the_last_line(
    shop: Shop, db: Database
) -> None:
    wanted = {"member": ANN, "lines": LINES, "rewards": [{"reward": "next-time", "quantity": 2}]}
    opened = await shop.json("POST", "/checkouts", wanted, 201)
    path = f"/checkouts/{opened['id']}"
    await shop.json("POST", f"{path}/close", {"order_id": "A-7"}, 201)
    held = await shop.json("GET", f"/members/{ANN}/vouchers")
    assert len(held["data"]) == 2
    lines = [{"line": 1, "quantity": 2}]
    named = [{"redemption": opened["rewards"][0]["redemption"], "quantity": 1}]
    some = await shop.json("POST", f"{path}/return", {"lines": lines, "rewards": named}, 201)
    assert some["returned"]["points"] == 25
    rest = {"lines": [{"line": 0, "quantity": 2}, {"line": 1, "quantity": 1}]}
    assert (await shop.json("POST", f"{path}/return", rest, 201))["returned"]["points"] == 25
    assert await wallet(shop) == (500, 0)
    await books_balance(db)


async def test_what_came_back_by_itself_does_not_come_back_twice(shop: Shop, db: Database) -> None:
    opened = await shop.json(
        "POST", "/checkouts", {"member": ANN, "lines": LINES, "rewards": [{"reward": "pin"}]}, 201
    )
    path, pin = f"/checkouts/{opened['id']}", opened["rewards"][0]["redemption"]
    await shop.json("POST", f"{path}/close", {"order_id": "A-8"}, 201)
    await shop.json("POST", f"/redemptions/{pin}/cancel", {"reason": "broken"}, 201)
    assert await wallet(shop) == (540, 0)
    whole = {"lines": [{"line": 0, "quantity": 2}, {"line": 1, "quantity": 3}]}
    back = await shop.json("POST", f"{path}/return", whole, 201)
    assert (back["status"], back["returned"]) == ("returned", {"money": 4_000, "points": 0})
    await books_balance(db)


async def test_another_basket_lets_go_of_the_first_one(shop: Shop) -> None:
    wanted = {"member": ANN, "lines": LINES, "rewards": [{"reward": "cash", "points": 100}]}
    opened = await shop.json("POST", "/checkouts", wanted, 201)
    path = f"/checkouts/{opened['id']}"
    changed = await shop.json("PUT", path, {**wanted, "rewards": [{"reward": "cash", "points": 30}]})
    assert (changed["to_pay"], await wallet(shop)) == (3_700, (470, 30))
    gone = await shop.json("POST", f"{path}/cancel", {}, 201)
    assert (gone["status"], await wallet(shop)) == ("cancelled", (500, 0))


async def test_no_more_points_are_used_than_there_is_to_pay(shop: Shop) -> None:
    small = [{"sku": "TEA", "amount": 350}]
    wanted = {"member": ANN, "lines": small, "rewards": [{"reward": "cash", "points": 400}]}
    opened = await shop.json("POST", "/checkouts", wanted, 201)
    assert (opened["to_pay"], opened["points"]) == (0, {"points": 40})


async def test_a_checkout_that_is_left_alone_ends(shop: Shop, clock: FixedClock) -> None:
    wanted = {"member": ANN, "lines": LINES, "rewards": [{"reward": "cash", "points": 100}], "hold_s": 60}
    opened = await shop.json("POST", "/checkouts", wanted, 201)
    clock.advance(timedelta(seconds=60))
    problem = await shop.json("POST", f"/checkouts/{opened['id']}/close", {"order_id": "A-4"}, 409)
    assert (problem["code"], problem["facts"]["became"]) == ("checkout_closed", "expired")
    assert (await shop.json("GET", f"/checkouts/{opened['id']}"))["status"] == "expired"


@pytest.mark.parametrize(
    ("rewards", "code"),
    [
        ([{"reward": "tea"}], "nothing_to_take_off"),
        ([{"reward": "cash", "points": 600}], "insufficient_points"),
        ([{"reward": "pin", "quantity": 3}], "reward_sold_out"),
        ([{"reward": "free-tea", "quantity": 3}], "nothing_to_take_off"),
        ([{"reward": "nothing"}], "unknown_reward"),
    ],
)
async def test_a_refusal_leaves_nothing_set_aside(
    shop: Shop, rewards: list[dict[str, Any]], code: str
) -> None:
    body = {
        "member": ANN,
        "lines": [{"sku": "MUG", "amount": 90_000, "quantity": 3}],
        "vouchers": ["SUMMER-TEN"],
        "rewards": [{"reward": "cash", "points": 10}, *rewards],
    }
    problem = await shop.json("POST", "/checkouts", body, 404 if code == "unknown_reward" else 409)
    assert problem["code"] == code
    assert await wallet(shop) == (500, 0)
    await shop.json("POST", "/checkouts", {"lines": LINES, "vouchers": ["SUMMER-TEN"]}, 201)


async def test_rewards_need_somebody(shop: Shop) -> None:
    problem = await shop.json("POST", "/checkouts", {"lines": LINES, "rewards": [{"reward": "tea"}]}, 409)
    assert problem["code"] == "member_needed"
    assert HOME.endswith("acme")
