"""Redemptions given back: to the same lots, in the stated proportion, once."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction

import pytest
from tests.flows.points.world import NOW
from tests.flows.redemption.kiosk import Kiosk, open_kiosk

from regulars.flows import points
from regulars.flows.merging import merge
from regulars.flows.redemption import Status
from regulars.flows.redemption.errors import NothingLeft, RedemptionClosed
from regulars.infra.db import Database


@pytest.fixture
async def kiosk(db: Database) -> Kiosk:
    return await open_kiosk(db)


async def lots_of(kiosk: Kiosk, member: int) -> dict[int, int]:
    async with kiosk.db.transaction(read_only=True) as tx:
        found = await points.lots(tx, kiosk.config, member, after=None, limit=100)
    return {lot.id: lot.remaining for lot in found}


async def test_points_come_back_to_the_lots_they_came_from(kiosk: Kiosk) -> None:
    soon = await kiosk.earn(kiosk.ann, 150, expires=NOW + timedelta(days=2))
    before = await lots_of(kiosk, kiosk.ann)
    done = await kiosk.redeem(kiosk.ann, "pan")
    assert (await lots_of(kiosk, kiosk.ann)).get(soon, 0) == 0
    back = await kiosk.cancel(done.order.id, NOW + timedelta(days=1))
    assert (back.points, back.money, back.order.status) == (300, 990, "cancelled")
    assert await lots_of(kiosk, kiosk.ann) == before
    assert await kiosk.free("pan") == 10
    with pytest.raises(RedemptionClosed):
        await kiosk.cancel(done.order.id, NOW + timedelta(days=1))


async def test_what_comes_back_to_ended_points_without_grace_is_not_shown(db: Database) -> None:
    kiosk = await open_kiosk(db, types={"points": {"kind": "redeemable", "policy": {"return_grace_days": 0}}})
    await kiosk.earn(kiosk.ann, 900, expires=NOW + timedelta(days=2))
    late = NOW + timedelta(days=3)
    bought = await kiosk.redeem(kiosk.ann, "pan")
    reserved = await kiosk.take(kiosk.ann, "pan", quantity=2, hold_s=86_400 * 5)
    for back in (
        await kiosk.cancel(bought.order.id, late),
        await kiosk.capture(reserved.order.id, late, quantity=1),
    ):
        assert back.wallet.available == (await kiosk.wallet(kiosk.ann, late)).available == 1_000
    other = await kiosk.take(kiosk.bob, "pan", hold_s=86_400 * 5)
    assert (await kiosk.void(other.order.id, late)).wallet.available == 1_000


async def test_parts_add_up_to_the_whole(kiosk: Kiosk) -> None:
    done = await kiosk.redeem(kiosk.ann, "pan", quantity=3)
    shares = [Fraction(1, 7)] * 7
    backs = [await kiosk.cancel(done.order.id, share=share) for share in shares]
    assert sum(back.points for back in backs) == 900
    assert sum(back.money for back in backs) == 2_970
    assert [back.order.status for back in backs] == ["confirmed"] * 6 + ["cancelled"]
    assert (await kiosk.wallet(kiosk.ann)).available == 1_000
    assert await kiosk.free("pan") == 10
    assert await kiosk.gaps() == []


async def test_pieces_come_back_one_by_one_and_no_more_than_there_were(kiosk: Kiosk) -> None:
    done = await kiosk.redeem(kiosk.ann, "pan", quantity=3)
    back = await kiosk.cancel(done.order.id, quantity=2)
    assert (back.points, back.money) == (600, 1_980)
    assert await kiosk.free("pan") == 9
    with pytest.raises(NothingLeft) as refusal:
        await kiosk.cancel(done.order.id, quantity=2)
    assert (refusal.value.left, refusal.value.share) == (1, 33)
    await kiosk.cancel(done.order.id, quantity=1)
    assert await kiosk.free("pan") == 10
    assert await kiosk.gaps() == []


async def test_what_is_broken_comes_back_without_its_piece(kiosk: Kiosk) -> None:
    done = await kiosk.redeem(kiosk.ann, "mug")
    for step in (Status.ORDERED, Status.SHIPPED, Status.DELIVERED):
        await kiosk.fulfil(done.order.id, step)
    back = await kiosk.cancel(done.order.id, restock=False)
    assert back.order.status == "returned"
    assert await kiosk.free("mug") == 9
    assert await kiosk.gaps() == []


async def test_what_was_broken_stays_away_when_the_rest_comes_back(kiosk: Kiosk) -> None:
    done = await kiosk.redeem(kiosk.ann, "pan", quantity=3)
    await kiosk.cancel(done.order.id, quantity=1, restock=False)
    assert await kiosk.free("pan") == 7
    await kiosk.cancel(done.order.id, quantity=1)
    assert await kiosk.free("pan") == 8
    await kiosk.cancel(done.order.id)
    assert await kiosk.free("pan") == 9
    assert await kiosk.gaps() == []


async def test_no_step_is_taken_back(kiosk: Kiosk) -> None:
    done = await kiosk.redeem(kiosk.ann, "mug")
    await kiosk.fulfil(done.order.id, Status.SHIPPED)
    with pytest.raises(RedemptionClosed):
        await kiosk.fulfil(done.order.id, Status.ORDERED)
    held = await kiosk.take(kiosk.ann, "mug")
    with pytest.raises(RedemptionClosed):
        await kiosk.fulfil(held.order.id, Status.SHIPPED)


async def test_exactly_one_of_confirming_and_giving_up_wins(kiosk: Kiosk) -> None:
    held = await kiosk.take(kiosk.ann, "mug")
    await kiosk.void(held.order.id)
    with pytest.raises(RedemptionClosed) as refusal:
        await kiosk.capture(held.order.id)
    assert refusal.value.became == "cancelled"
    again = await kiosk.take(kiosk.ann, "mug")
    await kiosk.capture(again.order.id)
    with pytest.raises(RedemptionClosed):
        await kiosk.void(again.order.id)
    with pytest.raises(RedemptionClosed):
        await kiosk.capture(again.order.id)


async def test_points_of_a_merged_member_come_back_to_who_took_over(kiosk: Kiosk) -> None:
    done = await kiosk.redeem(kiosk.ann, "pan")
    held = await kiosk.take(kiosk.ann, "mug")
    async with kiosk.db.transaction() as tx:
        await merge(tx, kiosk.config, kiosk.ann, kiosk.bob, reason="one person", now=NOW)
    captured = await kiosk.capture(held.order.id, NOW + timedelta(minutes=1))
    assert captured.wallet.available == 600 + 1_000
    await kiosk.cancel(done.order.id, NOW + timedelta(minutes=2))
    await kiosk.cancel(held.order.id, NOW + timedelta(minutes=2))
    assert (await kiosk.wallet(kiosk.bob)).available == 2_000
    assert await kiosk.gaps() == []
