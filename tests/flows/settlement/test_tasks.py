"""What the worker does for a coalition by itself: drafts by night, blocks that run low by the minute."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from tests.flows.accrual.setting import Shop
from tests.flows.funding.coalition import agree, open_coalition
from tests.flows.settlement.test_statements import BRAND, give_terms, order, parts

from regulars.features.partners import Agreement, select_tasks
from regulars.features.programs import load_config
from regulars.flows import settlement
from regulars.flows.funding import WATCH_BLOCKS, WATCHED_EVERY_MINUTE, buy_block
from regulars.flows.settlement import DRAW_UP_STATEMENTS, EVERY_NIGHT
from regulars.infra.clock import FixedClock
from regulars.infra.db import Database
from regulars.infra.jobs import Worker, keep_standing


@pytest.fixture
async def shop(db: Database, clock: FixedClock, tmp_path: Path) -> Shop:
    shop = await open_coalition(db, clock, tmp_path)
    await give_terms(shop, brand=BRAND)
    return shop


async def test_the_month_that_ended_is_whole_by_morning(shop: Shop, db: Database, clock: FixedClock) -> None:
    async with db.transaction() as tx:
        await keep_standing(tx, [EVERY_NIGHT], clock.now())
    worker = Worker(db, clock, [DRAW_UP_STATEMENTS])
    await order(shop)
    clock.advance(timedelta(days=29))
    await order(shop, "2")
    clock.advance(timedelta(days=1))
    assert await worker.drain() > 0
    async with db.transaction() as tx:
        config = await load_config(tx, shop.program_id)
        march = [one for one in await settlement.select_statements(tx, config.id) if one.first_day.month == 3]
        account = await settlement.account_of(tx, config, march[0].id)
    assert parts(account)["issued"] == (120, 120)


async def test_months_in_which_nothing_ran_get_statements_of_their_own(
    shop: Shop, db: Database, clock: FixedClock
) -> None:
    async with db.transaction() as tx:
        await keep_standing(tx, [EVERY_NIGHT], clock.now())
    worker = Worker(db, clock, [DRAW_UP_STATEMENTS])
    await order(shop)
    clock.advance(timedelta(days=35))
    await order(shop, "2")
    clock.advance(timedelta(days=60))
    assert await worker.drain() > 0
    async with db.transaction() as tx:
        config = await load_config(tx, shop.program_id)
        found = sorted(await settlement.select_statements(tx, config.id), key=lambda one: one.first_day)
        accounts = [await settlement.account_of(tx, config, one.id) for one in found]
    points = [parts(one).get("issued", (0, 0))[0] for one in accounts]
    assert [one.first_day.month for one in found] == [3, 4, 6], "nothing was there to bill in May"
    assert points == [60, 60, 0], "each on the statement of the month in which it was posted"


async def test_a_block_that_runs_low_is_a_task_within_a_minute(
    shop: Shop, db: Database, clock: FixedClock
) -> None:
    await agree(shop, Agreement("brand-points", "partner:brand", "points", mode="prepaid", reorder_at=50))
    async with db.transaction() as tx:
        config = await load_config(tx, shop.program_id)
        await buy_block(tx, config, "brand-points", 100, 90, reference="", by="t", now=clock.now())
        await keep_standing(tx, [WATCHED_EVERY_MINUTE], clock.now())
    worker = Worker(db, clock, [WATCH_BLOCKS])
    await order(shop)
    clock.advance(timedelta(minutes=2))
    assert await worker.drain() > 0
    async with db.transaction() as tx:
        (task,) = await select_tasks(tx, shop.program_id, done=False, before=2**62, limit=9)
    assert (task.partner, task.kind, task.remaining) == ("brand", "reorder", 40)
