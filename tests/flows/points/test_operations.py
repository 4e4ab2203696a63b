"""Points by hand and at the till, on a real database: what is answered, what the wallet holds, what the books
say.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.flows.points.shop import Shop
from tests.flows.points.world import NOW, days, make_members, make_program

from regulars.flows import points
from regulars.flows.points import Till
from regulars.flows.points.errors import (
    HoldClosed,
    HoldTooSmall,
    InsufficientPoints,
    InvalidOperation,
    NotSpendable,
    SameWallet,
    SpendingBlocked,
    SpendReturned,
    UnknownHold,
    UnknownLot,
    UnknownPointType,
    UnknownSpend,
    WalletFull,
)
from regulars.infra.db import Database
from regulars.infra.db.queries import parse_queries

QUERIES = parse_queries(
    Path(__file__).with_name("queries.sql").read_text(encoding="utf-8"), "tests/flows/points/queries.sql"
)


@pytest.fixture
async def shop(db: Database) -> Shop:
    config = await make_program(db)
    return Shop(db, config, await make_members(db, config, 3))


async def test_points_given_by_hand_end_as_the_policy_says_or_as_told(shop: Shop) -> None:
    receipt = await shop.adjust(shop.ann, 100, reference="case 7")
    assert (receipt.points, receipt.wallet.available) == (100, 100)
    await shop.adjust(shop.ann, 50, expires=NOW + days(2))
    wallet = await shop.wallet(shop.ann)
    assert [(end.expires_at.isoformat(), end.points) for end in wallet.expiring] == [
        ("2026-03-04T10:05:00+00:00", 50),
        ("2026-04-01T22:00:00+00:00", 100),
    ]


async def test_points_of_a_day_that_is_over_are_given_by_hand_until_another_one(db: Database) -> None:
    types = {"points": {"policy": {"expiry": {"fixed": "2026-03-31"}}}}
    config = await make_program(db, types=types)
    shop = Shop(db, config, await make_members(db, config, 2))
    await shop.adjust(shop.ann, 10, now=NOW + days(29))
    with pytest.raises(InvalidOperation) as refusal:
        await shop.adjust(shop.ann, 10, now=NOW + days(30))
    assert (refusal.value.errors[0].path, refusal.value.errors[0].code) == ("expires_at", "past")
    await shop.adjust(shop.ann, 10, now=NOW + days(30), expires=NOW + days(40))
    assert await shop.sides(shop.ann, now=NOW + days(30)) == (10, 0, 0, 0)


async def test_points_taken_by_hand_are_there_or_the_refusal_says_how_many_are_missing(shop: Shop) -> None:
    await shop.adjust(shop.ann, 100)
    assert (await shop.adjust(shop.ann, 30, "debit")).wallet.available == 70
    with pytest.raises(InsufficientPoints) as refusal:
        await shop.adjust(shop.ann, 71, "debit")
    assert (refusal.value.available, refusal.value.missing) == (70, 1)
    assert await shop.sides(shop.ann) == (70, 0, 0, 0)


async def test_an_adjustment_needs_a_reason_an_amount_and_a_known_type(shop: Shop) -> None:
    async with shop.db.transaction() as tx:
        with pytest.raises(InvalidOperation) as refusal:
            await points.adjust(tx, shop.config, shop.ann, 1, "credit", reason=" ", actor="x", now=NOW)
    assert refusal.value.errors[0].path == "reason"
    with pytest.raises(InvalidOperation):
        await shop.adjust(shop.ann, 0)
    with pytest.raises(UnknownPointType):
        await shop.adjust(shop.ann, 1, point_type="gold")
    with pytest.raises(InvalidOperation):
        await shop.adjust(shop.ann, 1, expires=NOW)
    with pytest.raises(InvalidOperation):
        await shop.adjust(shop.ann, 1, point_type="status", expires=NOW + days(1))


async def test_a_full_wallet_takes_no_more(shop: Shop) -> None:
    await shop.adjust(shop.ann, 99_990, point_type="cash")
    with pytest.raises(WalletFull) as refusal:
        await shop.adjust(shop.ann, 11, point_type="cash")
    assert refusal.value.room == 10


async def test_counted_points_are_not_spent(shop: Shop) -> None:
    await shop.adjust(shop.ann, 10, point_type="status")
    with pytest.raises(NotSpendable):
        await shop.spend(shop.ann, 1, point_type="status")
    assert (await shop.adjust(shop.ann, 4, "debit", point_type="status")).wallet.available == 6


async def test_a_spend_uses_what_ends_first_and_comes_back_to_the_same_lots(shop: Shop) -> None:
    await shop.earn(shop.ann, 40, expires=NOW + days(20))
    await shop.earn(shop.ann, 40, expires=NOW + days(10))
    spent = await shop.spend(shop.ann, 60, reference="order 9")
    wallet = await shop.wallet(shop.ann)
    assert [(end.expires_at, end.points) for end in wallet.expiring] == [(NOW + days(20), 20)]
    await shop.cancel(shop.ann, spent.transfer, points=25)
    wallet = await shop.wallet(shop.ann)
    assert [end.points for end in wallet.expiring] == [5, 40]
    with pytest.raises(SpendReturned) as refusal:
        await shop.cancel(shop.ann, spent.transfer, points=36)
    assert refusal.value.left == 35
    await shop.cancel(shop.ann, spent.transfer)
    assert [end.points for end in (await shop.wallet(shop.ann)).expiring] == [40, 40]
    with pytest.raises(SpendReturned):
        await shop.cancel(shop.ann, spent.transfer)
    with pytest.raises(UnknownSpend):
        await shop.cancel(shop.bob, spent.transfer)


async def test_what_was_earned_first_is_used_first_where_the_type_says_so(shop: Shop) -> None:
    await shop.earn(shop.ann, 10, "buns", now=NOW, expires=NOW + days(50))
    await shop.earn(shop.ann, 10, "buns", now=NOW + days(1), expires=NOW + days(20))
    await shop.spend(shop.ann, 10, NOW + days(2), point_type="buns", at=Till(partner="bakery"))
    wallet = await shop.wallet(shop.ann, "buns", NOW + days(2))
    assert [(end.expires_at, end.points) for end in wallet.expiring] == [(NOW + days(20), 10)]


async def test_of_a_part_what_is_used_last_comes_back_in_either_order(shop: Shop) -> None:
    """By hand: 100 ending last, 50 ending first, 70 between; 120 are set aside, and 50 of them are spent."""
    tills = {"buns": Till(partner="bakery"), "points": Till()}
    for code, till in tills.items():
        for day, (amount, end) in enumerate([(100, 90), (50, 40), (70, 60)]):
            await shop.earn(shop.ann, amount, code, now=NOW + days(day), expires=NOW + days(end))
        async with shop.db.transaction() as tx:
            held = await points.authorise(
                tx, shop.config, shop.ann, 120, actor="key:1", now=NOW + days(3), limit=days(1),
                point_type=code, at=till,
            )  # fmt: skip
        async with shop.db.transaction() as tx:
            await points.capture_hold(
                tx, shop.config, shop.ann, held.hold, actor="key:1", now=NOW + days(3), points=50, at=till
            )  # fmt: skip
    assert await ends(shop, "buns") == {40: 50, 60: 70, 90: 50}, "earned first: 50 of the 100"
    assert await ends(shop, "points") == {60: 70, 90: 100}, "ends first: all 50 that end first"
    for code, till in tills.items():
        spent = await shop.spend(shop.ann, 60, NOW + days(3), point_type=code, at=till)
        await shop.cancel(shop.ann, spent.transfer, NOW + days(3), points=55)
    assert await ends(shop, "buns") == {40: 50, 60: 70, 90: 45}, "5 more of the 100"
    assert await ends(shop, "points") == {60: 65, 90: 100}, "5 of the 70"


async def ends(shop: Shop, code: str) -> dict[int, int]:
    """Return how many points end after how many days."""
    wallet = await shop.wallet(shop.ann, code, NOW + days(3))
    return {(end.expires_at - NOW).days: end.points for end in wallet.expiring}


async def test_points_that_come_back_to_an_ended_lot_have_days_of_grace(shop: Shop) -> None:
    await shop.earn(shop.ann, 40, expires=NOW + days(10))
    spent = await shop.spend(shop.ann, 40)
    await shop.cancel(shop.ann, spent.transfer, NOW + days(11))
    wallet = await shop.wallet(shop.ann, now=NOW + days(11))
    # a week of whole local days after that of the return
    assert [end.expires_at.isoformat() for end in wallet.expiring] == ["2026-03-20T23:00:00+00:00"]
    assert await shop.sides(shop.ann, now=NOW + days(30)) == (0, 0, 0, 0)


async def test_without_grace_they_are_gone(shop: Shop) -> None:
    await shop.earn(shop.ann, 40, "cash", expires=NOW + days(10))
    spent = await shop.spend(shop.ann, 40, point_type="cash")
    back = await shop.cancel(shop.ann, spent.transfer, NOW + days(11))
    assert (back.points, back.wallet.available) == (40, 0)
    assert await shop.sides(shop.ann, "cash", NOW + days(11)) == (0, 0, 0, 0)


async def test_without_grace_what_a_hold_gives_back_is_gone(shop: Shop) -> None:
    await shop.earn(shop.ann, 40, "cash", expires=NOW + days(10))
    first = await shop.hold(shop.ann, 25, point_type="cash", limit=days(20))
    second = await shop.hold(shop.ann, 15, point_type="cash", limit=days(20))
    captured = await shop.capture(shop.ann, first.hold, NOW + days(11), points=5)
    assert (captured.captured, captured.wallet.available, captured.wallet.held) == (5, 0, 15)
    voided = await shop.void(shop.ann, second.hold, NOW + days(11))
    assert (voided.wallet.available, voided.wallet.held) == (0, 0)


async def test_nothing_is_spent_from_a_lot_that_ended_however_late_the_job(shop: Shop) -> None:
    await shop.earn(shop.ann, 40, expires=NOW + days(10))
    await shop.earn(shop.ann, 5, expires=NOW + days(20))
    with pytest.raises(InsufficientPoints):
        await shop.spend(shop.ann, 6, NOW + days(10))
    await shop.spend(shop.ann, 5, NOW + days(10))
    assert await shop.sides(shop.ann, now=NOW + days(10)) == (0, 0, 0, 0)


async def test_a_hold_is_captured_in_part_and_the_rest_returns(shop: Shop) -> None:
    await shop.earn(shop.ann, 40, expires=NOW + days(20))
    await shop.earn(shop.ann, 40, expires=NOW + days(10))
    held = await shop.hold(shop.ann, 60, reference="till 4")
    assert await shop.sides(shop.ann) == (20, 0, 60, 0)
    captured = await shop.capture(shop.ann, held.hold, points=30)
    assert (captured.status, captured.captured) == ("captured", 30)
    wallet = await shop.wallet(shop.ann)
    assert [end.points for end in wallet.expiring] == [10, 40]
    with pytest.raises(HoldClosed) as refusal:
        await shop.void(shop.ann, held.hold)
    assert refusal.value.became == "captured"
    assert captured.transfer is not None
    await shop.cancel(shop.ann, captured.transfer)
    assert [end.points for end in (await shop.wallet(shop.ann)).expiring] == [40, 40]


async def test_a_hold_is_voided_or_ends_and_the_points_return(shop: Shop) -> None:
    await shop.earn(shop.ann, 50)
    first, second = await shop.hold(shop.ann, 20), await shop.hold(shop.ann, 30)
    assert (await shop.void(shop.ann, first.hold)).wallet.available == 20
    later = NOW + days(1)
    assert await shop.sides(shop.ann, now=later) == (50, 0, 0, 0)
    with pytest.raises(HoldClosed) as refusal:
        await shop.capture(shop.ann, second.hold, later)
    assert refusal.value.became == "expired"
    await shop.spend(shop.ann, 50, later)
    with pytest.raises(HoldClosed):
        await shop.capture(shop.ann, second.hold, later)


async def test_holds_are_refused_beyond_the_wallet_and_the_hold(shop: Shop) -> None:
    await shop.earn(shop.ann, 50)
    with pytest.raises(InsufficientPoints):
        await shop.hold(shop.ann, 51)
    held = await shop.hold(shop.ann, 50)
    with pytest.raises(HoldTooSmall):
        await shop.capture(shop.ann, held.hold, points=51)
    with pytest.raises(UnknownHold):
        await shop.capture(shop.bob, held.hold)
    with pytest.raises(InvalidOperation):
        await shop.hold(shop.ann, 1, limit=days(91))


async def test_a_transfer_keeps_when_points_end(shop: Shop) -> None:
    await shop.earn(shop.ann, 40, expires=NOW + days(20))
    await shop.earn(shop.ann, 40, expires=NOW + days(10))
    moved = await shop.transfer(shop.ann, shop.bob, 60)
    assert len(moved.received) == 2
    assert moved.wallet.available == 20
    wallet = await shop.wallet(shop.bob)
    assert [(end.expires_at, end.points) for end in wallet.expiring] == [
        (NOW + days(10), 40),
        (NOW + days(20), 20),
    ]
    with pytest.raises(SameWallet):
        await shop.transfer(shop.ann, shop.ann, 1)
    with pytest.raises(InsufficientPoints):
        await shop.transfer(shop.ann, shop.bob, 21)


async def test_pending_points_are_released_by_date_or_by_hand(shop: Shop) -> None:
    dated = await shop.earn(shop.ann, 10, "cash", active=NOW + days(3))
    by_hand = await shop.earn(shop.ann, 20, "cash", until_released=True)
    assert await shop.sides(shop.ann, "cash") == (0, 30, 0, 0)
    assert await shop.sides(shop.ann, "cash", NOW + days(3)) == (10, 20, 0, 0)
    async with shop.db.transaction() as tx:
        done = await points.release(
            tx, shop.config, shop.ann, reason="delivered", actor="staff:1", now=NOW, lot_id=by_hand
        )
    assert (done.lots, done.points, done.wallet.available) == ([by_hand], 20, 20)
    async with shop.db.transaction() as tx:
        with pytest.raises(UnknownLot):
            await points.release(
                tx, shop.config, shop.ann, reason="again", actor="staff:1", now=NOW, lot_id=by_hand
            )
    async with shop.db.transaction() as tx:
        done = await points.release(
            tx, shop.config, shop.ann, reason="all", actor="staff:1", now=NOW, point_type="cash"
        )
    assert done.lots == [dated]


async def test_points_that_end_by_idleness_live_as_long_as_something_happens(shop: Shop) -> None:
    await shop.earn(shop.ann, 100, "fading")
    await shop.spend(shop.ann, 10, NOW + days(80), point_type="fading")
    assert await shop.sides(shop.ann, "fading", NOW + days(160)) == (90, 0, 0, 0)
    wallet = await shop.wallet(shop.ann, "fading", NOW + days(160))
    assert wallet.idle_ends_at is not None
    assert wallet.idle_ends_at.isoformat() == "2026-08-19T22:00:00+00:00"
    assert await shop.sides(shop.ann, "fading", wallet.idle_ends_at) == (0, 0, 0, 0)
    # Points earned after the pause do not bring the old ones back.
    await shop.earn(shop.ann, 7, "fading", now=NOW + days(200))
    assert await shop.sides(shop.ann, "fading", NOW + days(201)) == (7, 0, 0, 0)
    spent = await shop.spend(shop.ann, 7, NOW + days(201), point_type="fading")
    assert spent.wallet.available == 0


async def test_a_blocked_member_may_not_spend(shop: Shop, database_url: str) -> None:
    await shop.earn(shop.ann, 10)
    await block(shop, "spending_blocked")
    with pytest.raises(SpendingBlocked):
        await shop.spend(shop.ann, 1)
    with pytest.raises(SpendingBlocked):
        await shop.hold(shop.ann, 1)
    with pytest.raises(SpendingBlocked):
        await shop.transfer(shop.ann, shop.bob, 1)
    assert (await shop.adjust(shop.ann, 5, "debit")).wallet.available == 5


async def test_balances_of_any_past_moment(shop: Shop) -> None:
    await shop.earn(shop.ann, 100)
    await shop.spend(shop.ann, 30, NOW + days(1))
    held = await shop.hold(shop.ann, 20, NOW + days(2))
    await shop.capture(shop.ann, held.hold, NOW + days(2), points=5)
    async with shop.db.transaction(read_only=True, snapshot=True) as tx:
        seen = {
            day: (await points.balances_as_of(tx, shop.config, shop.ann, NOW + days(day)))[0].available
            for day in (-1, 0, 1, 2)
        }
        [own, *_] = await points.statement(tx, shop.config, shop.ann, NOW, NOW + days(2), "occurred")
        page = await points.movements(tx, shop.config, shop.ann, before=None, limit=3)
        rest = await points.movements(tx, shop.config, shop.ann, before=page[-1].id, limit=9)
    assert seen == {-1: 0, 0: 100, 1: 70, 2: 65}
    assert (own.start.available, own.moved, own.end.available) == (
        100,
        {"spend": 30, "hold": 20, "capture": 5, "void": 15},
        65,
    )
    assert [(one.kind, one.available, one.held) for one in page + rest] == [
        ("void", 15, -15),
        ("capture", 0, -5),
        ("hold", -20, 20),
        ("spend", -30, 0),
        ("earn", 100, 0),
    ]


async def block(shop: Shop, what: str) -> None:
    async with shop.db.transaction() as tx:
        await tx.run(QUERIES[what], member_id=shop.ann)
