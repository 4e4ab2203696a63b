"""What a member holds beside points comes along when she becomes one with another, and vouchers go back with her."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from tests.flows.merging.test_merging import CANARY, dump, merged, right, unmerged
from tests.flows.upkeep.town import Town, open_town

from regulars.app.checkout_parts import CheckoutParts
from regulars.features.households import found_household, get_household, person_of
from regulars.features.rewards import Around, Price, Reward, put_reward
from regulars.features.vouchers import (
    Definition,
    UnknownVoucher,
    Worth,
    find_vouchers,
    guessing,
    issue_voucher,
    put_definition,
)
from regulars.flows import merging, points
from regulars.flows.accrual import Rulebooks
from regulars.flows.checkout import Content, Line, open_checkout
from regulars.flows.pooling import spend_together
from regulars.flows.redemption import PLAIN, Ask, Grounds, Receipt, Status, fulfil, take
from regulars.infra.clock import FixedClock
from regulars.infra.db import Database


@pytest.fixture
async def town(db: Database, clock: FixedClock, tmp_path: Path) -> Town:
    opened = await open_town(db, clock, tmp_path)
    for user in ("bert", "anna"):
        await opened.order(f"{user}-1", "10.00", user)
    return opened


async def may_use(town: Town, code: str, member: int) -> bool:
    async with town.db.transaction() as tx:
        now = town.clock.now()
        (found,) = await find_vouchers(tx, town.config.id, [code], member_id=member, now=now)
    return found.refusal is None


async def test_vouchers_and_households_come_along(town: Town) -> None:
    bert, anna = await town.member("bert"), await town.member("anna")
    program, now = town.config.id, town.clock.now()
    async with town.db.transaction() as tx:
        ten = Definition("ten", "Ten", Worth("amount", amount=1_000), pattern="TEN-####-####")
        await put_definition(tx, program, ten, zone=town.config.zone, now=now)
        code = await issue_voucher(tx, program, "ten", bert, now, "gift")
        home = await found_household(tx, program, bert, "Home", now=now)
    assert (await may_use(town, code, bert), await may_use(town, code, anna)) == (True, False)
    number = await merged(town)
    assert await may_use(town, code, anna)
    async with town.db.transaction() as tx:
        person = await person_of(tx, program, anna)
    assert person is not None
    assert person.household_id == home.id
    await unmerged(town, number)
    assert (await may_use(town, code, bert), await may_use(town, code, anna)) == (True, False)


async def test_nothing_personal_is_left_of_what_was_spent(town: Town, database_url: str) -> None:
    """References, parcels, baskets and the name of a household go with the one who is erased; a family's stays."""
    bert, anna = await town.member("bert"), await town.member("anna")
    program, now, grounds = town.config.id, town.clock.now(), Grounds(PLAIN)
    async with town.db.transaction() as tx:
        mug = Reward("mug", "Mug", "goods", Price(points=5))
        await put_reward(tx, program, mug, Around(town.config), now)
        ask = Ask(bert, "mug", reference=CANARY, at_once=True)
        (done,) = await take(tx, grounds, program, [ask], now)
        assert isinstance(done, Receipt)
        note = {"tracking": CANARY}
        await fulfil(tx, grounds, program, done.order.id, Status.SHIPPED, now, note=note)
        basket = Content((Line("TEA", 100, name=CANARY),))
        await open_checkout(tx, CheckoutParts(grounds, Rulebooks()), program, bert, basket, now)
        alone = await found_household(tx, program, bert, CANARY, now=now)
        await spend_together(tx, town.config, points, bert, 1, actor="x", now=now, reference=CANARY)
    with suppress(UnknownVoucher):
        async with guessing(town.db, program, f"key:1\nemail:{CANARY}", 1, now) as tries:
            tries.wrong = 1
            raise UnknownVoucher
    assert CANARY in dump(database_url)
    async with town.db.transaction() as tx:
        family = await found_household(tx, program, anna, "Family", now=now)
        await merging.erase(tx, town.config, bert, now=now)
        assert (await get_household(tx, program, alone.id)).dissolved_at == now
        assert (await get_household(tx, program, family.id)).name == "Family"
    assert [line for line in dump(database_url).splitlines() if CANARY in line] == []
    await right(town)
