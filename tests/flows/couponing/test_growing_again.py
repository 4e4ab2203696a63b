"""An order that shrinks and grows again has its voucher and its tickets again: what was taken back, and only that."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from itertools import pairwise, permutations
from pathlib import Path
from random import Random

import pytest
from tests.flows.accrual.setting import PROGRAM, Shop, open_shop
from tests.flows.couponing.test_effects import RULES, open_car, queries, rounds, tickets, vouchers

from regulars.core.events import Event
from regulars.features.draws import faults, publish_draw, reveal_draw
from regulars.features.programs import load_config
from regulars.features.vouchers import find_vouchers, redeem_vouchers, return_vouchers
from regulars.flows import couponing
from regulars.flows.merging import merge
from regulars.flows.prizes import close
from regulars.infra.clock import FixedClock
from regulars.infra.db import Database

FIVE_DAYS = RULES.replace("pattern: THX", "valid_days: 5, pattern: THX")


@pytest.fixture
async def shop(db: Database, clock: FixedClock, tmp_path: Path) -> AsyncIterator[Shop]:
    shop = await open_shop(db, clock, tmp_path, PROGRAM.replace("publish: true", RULES))
    await open_car(shop)
    return shop


def told(
    shop: Shop, amount: str, order_id: str = "1", user: str = "anna", at: datetime | None = None
) -> Event:
    """Return the message that an order is worth this much now."""
    when = (at or shop.clock.now()).isoformat()
    return shop.event(
        "Order Updated", user, order={"order_id": order_id, "revenue": amount}, occurred_at=when
    )


async def now_worth(shop: Shop, amount: str, *, after: timedelta = timedelta(hours=2)) -> None:
    """Let the order be worth this much some time later, and the worker come round."""
    shop.clock.advance(after)
    await shop.send(told(shop, amount))
    await rounds(shop)


async def good(shop: Shop) -> list[str]:
    """Return the codes that she holds and may use."""
    return [one.code for one in await vouchers(shop) if one.status == "issued" and one.uses == 0]


async def use(shop: Shop) -> str:
    (code,) = await good(shop)
    async with shop.db.transaction() as tx:
        now, owner = shop.clock.now(), (await vouchers(shop))[0].member_id
        found = await find_vouchers(tx, shop.program_id, [code], member_id=owner, now=now)
        await redeem_vouchers(tx, found, "r", order_id="o", now=now)
    return code


async def became(shop: Shop, kind: str) -> list[str]:
    async with shop.db.transaction() as tx:
        return [status for one, status in await tx.all(queries.select_effects) if one == kind]


async def test_what_was_taken_back_is_given_again_as_often_as_it_takes(shop: Shop) -> None:
    await shop.send(shop.order("1", "60.00"))
    await rounds(shop)
    codes = set(await good(shop))
    for _ in range(3):
        await now_worth(shop, "30.00")
        assert (await good(shop), await tickets(shop)) == ([], 0)
        await now_worth(shop, "55.00")
        codes.update(await good(shop))
        assert (len(await good(shop)), await tickets(shop)) == (1, 3)
        await now_worth(shop, "80.00")
        assert (len(await good(shop)), await tickets(shop)) == (1, 3)
    assert len(codes) == 4, "a voucher that was taken back is another one's"
    assert await became(shop, "issue_voucher") == ["done"]


async def test_it_is_given_again_where_it_was_never_handed_out(shop: Shop) -> None:
    await shop.send(shop.order("1", "60.00"))
    await now_worth(shop, "30.00")
    assert (await vouchers(shop), await tickets(shop)) == ([], 0)
    await now_worth(shop, "60.00")
    assert (len(await good(shop)), await tickets(shop)) == (1, 3)


async def test_a_voucher_that_was_used_is_not_given_twice(shop: Shop) -> None:
    await shop.send(shop.order("1", "60.00"))
    await rounds(shop)
    await use(shop)
    for amount in ("30.00", "60.00", "10.00", "90.00"):
        await now_worth(shop, amount)
        assert len(await vouchers(shop)) == 1
        assert await tickets(shop) == (3 if amount in ("60.00", "90.00") else 0)
    assert await became(shop, "issue_voucher") == ["done"]


async def test_a_use_that_came_back_lets_the_voucher_follow_its_order_again(shop: Shop) -> None:
    await shop.send(shop.order("1", "60.00"))
    await rounds(shop)
    code = await use(shop)
    await now_worth(shop, "30.00")
    async with shop.db.transaction() as tx:
        await return_vouchers(tx, shop.program_id, "o", now=shop.clock.now())
    await now_worth(shop, "29.00")
    assert await good(shop) == []
    await now_worth(shop, "60.00")
    assert len(await good(shop)) == 1
    assert code not in await good(shop)


async def test_a_voucher_that_ended_is_not_renewed(db: Database, clock: FixedClock, tmp_path: Path) -> None:
    shop = await open_shop(db, clock, tmp_path, PROGRAM.replace("publish: true", FIVE_DAYS))
    await shop.send(shop.order("1", "60.00"))
    await rounds(shop)
    first = await good(shop)
    await now_worth(shop, "30.00", after=timedelta(days=9))
    await now_worth(shop, "60.00")
    assert await good(shop) == first, "it was hers, and has ended"


async def test_tickets_that_stayed_in_a_closed_draw_are_not_entered_twice(shop: Shop) -> None:
    await shop.send(shop.order("1", "60.00"))
    await rounds(shop)
    async with shop.db.transaction() as tx:
        await close(tx, couponing, shop.program_id, "car", shop.clock.now())
    for amount in ("30.00", "60.00", "20.00", "70.00"):
        await now_worth(shop, amount)
        assert await tickets(shop) == 3
    assert await became(shop, "enter_draw") == ["done"]
    async with shop.db.transaction() as tx:
        await reveal_draw(tx, shop.program_id, "car", shop.clock.now())
        assert faults(await publish_draw(tx, shop.program_id, "car")) == []


async def test_tickets_that_left_find_a_draw_that_closed_meanwhile(shop: Shop) -> None:
    await shop.send(shop.order("1", "60.00"))
    await rounds(shop)
    await now_worth(shop, "30.00")
    async with shop.db.transaction() as tx:
        await close(tx, couponing, shop.program_id, "car", shop.clock.now())
    await now_worth(shop, "60.00")
    assert (len(await good(shop)), await tickets(shop)) == (1, 0)
    assert await became(shop, "enter_draw") == ["refused"]


async def test_an_order_that_grew_before_a_draw_closes_is_in_it(shop: Shop) -> None:
    await shop.send(shop.order("1", "60.00"), shop.order("2", "60.00"))
    await rounds(shop)
    await now_worth(shop, "30.00")
    assert await tickets(shop) == 3
    shop.clock.advance(timedelta(hours=1))
    await shop.send(told(shop, "60.00"), told(shop, "30.00", "2"))
    async with shop.db.transaction() as tx:
        await close(tx, couponing, shop.program_id, "car", shop.clock.now())
    assert await tickets(shop) == 3
    await rounds(shop)
    assert await tickets(shop) == 3


async def test_it_follows_its_order_through_two_merges(shop: Shop) -> None:
    await shop.send(shop.order("1", "60.00"))
    people = [
        (await shop.send(shop.event("Page Seen", name))).answers[0].member_id
        for name in ("anna", "bert", "cora")
    ]
    for source, target in pairwise(people):
        assert source
        assert target
        async with shop.db.transaction() as tx:
            config = await load_config(tx, shop.program_id)
            await merge(tx, config, source, target, reason="one person", now=shop.clock.now())
        await rounds(shop)
    assert (len(await good(shop)), await tickets(shop)) == (1, 3)
    for amount, given in (("30.00", 0), ("60.00", 1)):
        await now_worth(shop, amount)
        assert (len(await good(shop)), await tickets(shop)) == (given, 3 * given)


async def test_whoever_may_not_earn_is_given_nothing_again(shop: Shop) -> None:
    await shop.send(shop.order("1", "60.00"))
    await rounds(shop)
    await now_worth(shop, "30.00")
    (voucher,) = await vouchers(shop)
    async with shop.db.transaction() as tx:
        await tx.run(queries.set_blocked, member_id=voucher.member_id, blocked=True)
    await now_worth(shop, "60.00")
    assert (await good(shop), await tickets(shop)) == ([], 0)
    async with shop.db.transaction() as tx:
        await tx.run(queries.set_blocked, member_id=voucher.member_id, blocked=False)
    await now_worth(shop, "61.00")
    assert (len(await good(shop)), await tickets(shop)) == (1, 3)


@pytest.mark.parametrize("last", ["60.00", "30.00"])
async def test_messages_that_come_twice_and_in_any_order(shop: Shop, last: str) -> None:
    shop.clock.advance(timedelta(days=3))
    start = shop.clock.now() - timedelta(days=2)
    said = ("60.00", "30.00", "70.00", last)
    for number, order in enumerate(permutations(range(len(said)))):
        user = order_id = f"u{number}"
        messages = [
            told(shop, amount, order_id, user, start + timedelta(hours=n))
            if n
            else shop.order(order_id, amount, user, occurred_at=start.isoformat())
            for n, amount in enumerate(said)
        ]
        for place in order:
            await shop.send(messages[place], messages[place])
            await rounds(shop)
    await rounds(shop)
    given = 24 if last == "60.00" else 0
    assert await tickets(shop) == 3 * given
    async with shop.db.transaction() as tx:
        assert await tx.value(queries.count_good) == given


@pytest.mark.parametrize("seed", range(6))
async def test_any_story_ends_with_what_the_order_deserves(shop: Shop, seed: int) -> None:
    chance = Random(seed)
    await shop.send(shop.order("1", "60.00"))
    used = False
    amount = "60.00"
    for _ in range(25):
        shop.clock.advance(timedelta(minutes=chance.randrange(1, 150)))
        what = chance.random()
        if what < 0.6:
            amount = chance.choice(["30.00", "49.99", "50.00", "80.00"])
            await shop.send(*[told(shop, amount)] * chance.randrange(1, 3))
        elif what < 0.9:
            await rounds(shop)
            assert len(await good(shop)) == (float(amount) >= 50 and not used)
        elif not used and await good(shop):
            await use(shop)
            used = True
        assert len(await good(shop)) <= (0 if used else 1)
        assert await tickets(shop) in (0, 3)
    await rounds(shop)
    deserved = float(amount) >= 50
    assert len(await good(shop)) == (1 if deserved and not used else 0)
    assert await tickets(shop) == (3 if deserved else 0)
