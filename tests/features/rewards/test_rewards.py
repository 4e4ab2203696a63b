"""What makes a reward valid, how pieces are spread, and stock that many fill and take at once."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from regulars.features.rewards import Discount, Limit, Part, Pool, Price, Rate, Reward, worth_of
from regulars.features.rewards.checks import check_reward
from regulars.features.rewards.pools import SLOTS, fill_pool, lock_pools, spread, take_pieces
from regulars.infra.db import Database

EARLIER, LATER = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)
MUG = Reward("mug", "Mug", "goods", Price(points=100))


class Around:
    point_types = ("points",)
    stores = ("berlin",)
    partners = ("bakery",)
    tiers = {"club": ("bronze", "gold")}  # noqa: RUF012
    vouchers = ("theirs",)
    draws = ("bike",)


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"code": "Mug!"}, "code"),
        ({"name": " "}, "name"),
        ({"price": Price(points=1, rate=Rate(10, 1))}, "price"),
        ({"price": Price(rate=Rate(0, 1))}, "price.rate.points"),
        ({"price": Price(rate=Rate(10, 1, least=5, most=4))}, "price.rate.most"),
        ({"point_type": "status"}, "point_type"),
        ({"stores": ("bonn",)}, "stores[0]"),
        ({"kind": "partner"}, "partner"),
        ({"kind": "discount"}, "discount"),
        ({"kind": "discount", "discount": Discount()}, "discount"),
        ({"kind": "discount", "discount": Discount(on="line", amount=5)}, "discount.match"),
        ({"discount": Discount(amount=5)}, "discount"),
        ({"kind": "free_item"}, "sku"),
        ({"kind": "gift_card", "value": 5}, "gift_card"),
        ({"kind": "gift_card", "gift_card": "nothing", "value": 5}, "gift_card"),
        ({"kind": "gift_card", "voucher": "theirs"}, "value"),
        ({"gift_card": "points"}, "gift_card"),
        ({"kind": "draw_tickets"}, "draw"),
        ({"kind": "voucher", "voucher": "ours"}, "voucher"),
        ({"kind": "draw_tickets", "draw": "car"}, "draw"),
        ({"tiers": {"circle": ("gold",)}}, "tiers.circle"),
        ({"tiers": {"club": ("gold", "silver")}}, "tiers.club[1]"),
        ({"kind": "bundle"}, "items"),
        ({"kind": "bundle", "items": (Part("mug"),)}, "items[0].reward"),
        ({"limits": (Limit(1), Limit(2))}, "limits[1]"),
        ({"valid_from": LATER, "valid_until": EARLIER}, "valid_until"),
        ({"images": ("http://x",)}, "images"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_where_it_stands(change: dict[str, Any], path: str) -> None:
    found = check_reward(msgspec.structs.replace(MUG, **change), Around(), {"mug"})
    assert [error.path for error in found] == [path]


def test_what_is_right_is_not_complained_about() -> None:
    for reward in (
        MUG,
        Reward(
            "set", "Set", "bundle", Price(), items=(Part("mug", 2),), stores=("berlin",), partner="bakery"
        ),
        Reward("off", "Off", "discount", Price(rate=Rate(10, 100)), tiers={"club": ("gold",)}),
        Reward("code", "Code", "voucher", Price(), voucher="theirs"),
        Reward("win", "Win", "draw_tickets", Price(), draw="bike"),
    ):
        assert check_reward(reward, Around(), {"mug"}) == []


def test_a_rate_rounds_down() -> None:
    assert [worth_of(Rate(3, 10), points) for points in (0, 1, 2, 3, 299)] == [0, 3, 6, 10, 996]


@pytest.mark.parametrize("pieces", [0, 1, 15, 63, 64, 65, 1_000_003])
def test_pieces_are_spread_without_loss(pieces: int) -> None:
    shares = spread(pieces)
    assert (len(shares), sum(shares)) == (SLOTS, pieces)
    assert pieces < 4 * SLOTS or max(shares) - min(shares) <= 1


def test_pieces_come_from_the_fullest_slots() -> None:
    pool = Pool(1, "stock/", [(0, 3), (1, 5), (2, 0)])
    assert pool.left == 8
    assert [(one.slot, one.pieces) for one in pool.take(6)] == [(1, 5), (0, 1)]
    assert pool.left == 2


async def test_nothing_is_lost_when_many_fill_a_shelf_for_the_first_time(db: Database) -> None:
    async def deliver() -> None:
        async with db.transaction() as tx:
            await fill_pool(tx, 1, "stock/", add=10)

    await asyncio.gather(*[deliver() for _ in range(6)])
    async with db.transaction() as tx:
        shelf = await fill_pool(tx, 1, "stock/", add=0)
    assert (shelf.free, shelf.total) == (60, 60)


async def test_pieces_scattered_over_slots_are_found(db: Database) -> None:
    async with db.transaction() as tx:
        await fill_pool(tx, 1, "stock/", free=100)
        pools = await lock_pools(tx, {(1, "stock/"): 90}, 3)
        await take_pieces(tx, pools[1, "stock/"].take(90))
        again = await lock_pools(tx, {(1, "stock/"): 11}, 5)
        assert again[1, "stock/"].left == 10
        shelf = await fill_pool(tx, 1, "stock/", free=500)
        assert (shelf.free, shelf.total) == (500, 590)
        fewer = await fill_pool(tx, 1, "stock/", total=20)
        assert (fewer.free, fewer.total) == (0, 90)
