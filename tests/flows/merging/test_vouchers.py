"""What a member holds beside points comes along when she becomes one with another, and vouchers go back with her."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.flows.merging.test_merging import merged, unmerged
from tests.flows.upkeep.town import Town, open_town

from regulars.features.households import found_household, person_of
from regulars.features.vouchers import Definition, Worth, find_vouchers, issue_voucher, put_definition
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
