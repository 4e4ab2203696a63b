"""Rewards set aside, taken and refused, on a real database."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.flows.points.world import NOW
from tests.flows.redemption.kiosk import Kiosk, open_kiosk

from regulars.features.rewards import Limit, Price, Reward, RewardSoldOut, UnknownReward
from regulars.flows import points
from regulars.flows.points.errors import HoldOfRedemption
from regulars.flows.redemption import Ask, Receipt, Status
from regulars.flows.redemption.errors import (
    CaptureTooLarge,
    InsufficientPoints,
    InvalidRedemption,
    LimitReached,
    RedemptionClosed,
    RewardNotForTier,
    RewardNotInForce,
    RewardNotInStore,
    UnknownRedemption,
)
from regulars.infra.db import Database
from regulars.kit.ids import encode


@pytest.fixture
async def kiosk(db: Database) -> Kiosk:
    return await open_kiosk(db)


async def test_a_reward_taken_at_once_costs_its_points_and_a_piece(kiosk: Kiosk) -> None:
    receipt = await kiosk.redeem(kiosk.ann, "mug", quantity=2)
    assert (receipt.order.status, receipt.points, receipt.wallet.available) == ("confirmed", 200, 800)
    assert await kiosk.free("mug") == 8
    assert await kiosk.gaps() == []


async def test_what_nobody_sends_is_delivered_at_once(kiosk: Kiosk) -> None:
    assert (await kiosk.redeem(kiosk.ann, "coffee")).order.status == "delivered"


async def test_a_reward_set_aside_holds_points_and_pieces_until_it_is_confirmed(kiosk: Kiosk) -> None:
    held = await kiosk.take(kiosk.ann, "pan", quantity=3)
    assert (held.order.status, held.wallet.available, held.wallet.held) == ("reserved", 100, 900)
    assert await kiosk.free("pan") == 7
    done = await kiosk.capture(held.order.id)
    assert (done.order.status, done.points, done.money) == ("confirmed", 900, 2_970)
    assert (done.wallet.available, done.wallet.held) == (100, 0)
    assert await kiosk.free("pan") == 7
    assert await kiosk.gaps() == []


async def test_fewer_pieces_confirmed_give_the_rest_back(kiosk: Kiosk) -> None:
    held = await kiosk.take(kiosk.ann, "pan", quantity=3)
    done = await kiosk.capture(held.order.id, quantity=1)
    assert (done.points, done.money, done.wallet.available) == (300, 990, 700)
    assert await kiosk.free("pan") == 9
    assert await kiosk.gaps() == []


async def test_more_than_was_set_aside_cannot_be_confirmed(kiosk: Kiosk) -> None:
    held = await kiosk.take(kiosk.ann, "mug", quantity=2)
    with pytest.raises(CaptureTooLarge):
        await kiosk.capture(held.order.id, quantity=3)


async def test_the_member_chooses_how_many_points(kiosk: Kiosk) -> None:
    receipt = await kiosk.redeem(kiosk.ann, "cash", points=250)
    assert (receipt.points, receipt.order.price.worth) == (250, 175)
    held = await kiosk.take(kiosk.ann, "cash", points=500)
    done = await kiosk.capture(held.order.id, points=130)
    assert (done.points, done.order.price.worth, done.wallet.available) == (130, 91, 620)


@pytest.mark.parametrize("chosen", [None, 40, 55, 5_010])
async def test_points_off_the_rate_are_refused(kiosk: Kiosk, chosen: int | None) -> None:
    with pytest.raises(InvalidRedemption):
        await kiosk.redeem(kiosk.ann, "cash", points=chosen)


async def test_a_bundle_takes_the_pieces_of_its_parts(kiosk: Kiosk) -> None:
    taken = await kiosk.redeem(kiosk.ann, "set", quantity=2)
    assert await kiosk.free("mug") == 8
    assert taken.order.status == Status.CONFIRMED, "a mug is sent"
    held = await kiosk.take(kiosk.ann, "set")
    assert (await kiosk.capture(held.order.id)).order.status == Status.CONFIRMED
    assert (await kiosk.fulfil(held.order.id, Status.SHIPPED)).order.status == Status.SHIPPED
    assert await kiosk.gaps() == []


async def test_missing_points_are_counted(kiosk: Kiosk) -> None:
    with pytest.raises(InsufficientPoints) as refusal:
        await kiosk.redeem(kiosk.ann, "pan", quantity=4)
    assert refusal.value.missing == 200
    assert await kiosk.free("pan") == 10
    assert (await kiosk.wallet(kiosk.ann)).held == 0


async def test_what_is_sold_out_says_what_is_left(kiosk: Kiosk) -> None:
    await kiosk.stock("mug", 3)
    with pytest.raises(RewardSoldOut) as refusal:
        await kiosk.redeem(kiosk.ann, "mug", quantity=4)
    assert refusal.value.left == 3
    assert (await kiosk.wallet(kiosk.ann)).available == 1_000


async def test_limits_say_when_they_open_again(kiosk: Kiosk) -> None:
    await kiosk.redeem(kiosk.ann, "once", quantity=2)
    with pytest.raises(LimitReached) as refusal:
        await kiosk.redeem(kiosk.ann, "once")
    assert (refusal.value.left, refusal.value.opens_at) == (0, "2026-03-02T23:00:00Z")
    await kiosk.redeem(kiosk.ann, "once", NOW + timedelta(days=1))
    await kiosk.redeem(kiosk.bob, "once", quantity=2)
    with pytest.raises(LimitReached) as refusal:
        await kiosk.redeem(kiosk.bob, "once", NOW + timedelta(days=1))
    assert (refusal.value.per, refusal.value.opens_at) == ("all", None)
    assert await kiosk.gaps() == []


async def test_a_limit_that_is_raised_opens_at_once(kiosk: Kiosk) -> None:
    reward = Reward("few", "Few", "content", Price(), limits=(Limit(1, "all"),))
    await kiosk.put(reward)
    await kiosk.redeem(kiosk.ann, "few")
    with pytest.raises(LimitReached):
        await kiosk.redeem(kiosk.bob, "few")
    await kiosk.put(Reward("few", "Few", "content", Price(), limits=(Limit(3, "all"),)))
    await kiosk.redeem(kiosk.bob, "few", quantity=2)
    assert await kiosk.gaps() == []


async def test_a_reservation_given_up_counts_in_no_limit(kiosk: Kiosk) -> None:
    held = await kiosk.take(kiosk.ann, "once", quantity=2)
    await kiosk.void(held.order.id)
    await kiosk.redeem(kiosk.ann, "once", quantity=2)
    assert await kiosk.gaps() == []


async def test_what_is_not_in_force_or_unknown_is_refused(kiosk: Kiosk) -> None:
    await kiosk.put(Reward("later", "Later", "content", Price(points=1), valid_from=NOW + timedelta(hours=1)))
    with pytest.raises(RewardNotInForce) as refusal:
        await kiosk.redeem(kiosk.ann, "later")
    assert refusal.value.valid_from == "2026-03-02T11:05:00Z"
    await kiosk.redeem(kiosk.ann, "later", NOW + timedelta(hours=1))
    with pytest.raises(UnknownReward):
        await kiosk.redeem(kiosk.ann, "nothing")
    with pytest.raises(UnknownRedemption):
        await kiosk.capture(17)


async def test_what_is_for_a_list_is_for_nobody_else(kiosk: Kiosk) -> None:
    await kiosk.put(Reward("press", "Press", "content", Price(points=1), lists=("journalists",)))
    with pytest.raises(RewardNotForTier):
        await kiosk.redeem(kiosk.ann, "press")


async def test_a_store_hands_out_what_it_has(kiosk: Kiosk) -> None:
    with pytest.raises(RewardNotInStore):
        await kiosk.redeem(kiosk.ann, "tree")
    with pytest.raises(RewardSoldOut):
        await kiosk.redeem(kiosk.ann, "tree", store="bonn")
    await kiosk.redeem(kiosk.ann, "tree", store="berlin", quantity=5)
    assert await kiosk.free("tree", "berlin") == 0


async def test_time_over_gives_points_and_pieces_back_once(kiosk: Kiosk) -> None:
    held = await kiosk.take(kiosk.ann, "pan")
    later = NOW + timedelta(seconds=600)
    with pytest.raises(RedemptionClosed) as refusal:
        await kiosk.capture(held.order.id, later)
    assert refusal.value.became == "expired"
    assert await kiosk.end_overdue(later - timedelta(seconds=1)) == 0
    assert await kiosk.end_overdue(later + timedelta(days=40)) == 1
    assert await kiosk.end_overdue(later + timedelta(days=40)) == 0
    assert await kiosk.free("pan") == 10
    assert (await kiosk.wallet(kiosk.ann)).held == 0
    assert await kiosk.gaps() == []


async def test_requests_together_are_as_requests_alone(kiosk: Kiosk) -> None:
    """Nine mugs' worth of points, ten requests in one transaction: nine receipts, one refusal, nothing else."""
    await kiosk.earn(kiosk.bob, 300)
    asks = [
        Ask(kiosk.ann, "mug", quantity=2),
        *[Ask(kiosk.bob, "mug")] * 9,
        Ask(kiosk.ann, "pan", quantity=3),
    ]
    results = await kiosk.ask(*asks)
    assert [isinstance(one, Receipt) for one in results] == [True] * 9 + [False] * 2
    assert isinstance(results[9], RewardSoldOut)
    assert isinstance(results[10], InsufficientPoints)
    assert await kiosk.free("mug") == 0
    assert await kiosk.gaps() == []


async def test_a_free_reward_costs_nothing(kiosk: Kiosk) -> None:
    await kiosk.put(Reward("gift", "Gift", "goods", Price()))
    held = await kiosk.take(kiosk.ann, "gift")
    done = await kiosk.capture(held.order.id)
    assert (done.points, done.order.status, done.wallet.available) == (0, "confirmed", 1_000)
    back = await kiosk.cancel(done.order.id)
    assert back.order.status == "cancelled"


async def test_points_set_aside_for_a_reward_are_not_spent_on_their_own(kiosk: Kiosk) -> None:
    held = await kiosk.take(kiosk.ann, "mug")
    assert held.order.hold_id is not None
    for action in (points.capture_hold, points.void_hold):
        async with kiosk.db.transaction() as tx:
            with pytest.raises(HoldOfRedemption) as refusal:
                await action(tx, kiosk.config, kiosk.ann, held.order.hold_id, actor="till", now=NOW)
        assert refusal.value.redemption == encode("rdm", held.order.id)
