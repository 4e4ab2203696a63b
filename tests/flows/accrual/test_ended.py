"""Points whose end lies before the day they are told of: they were there when they were earned, and then no more."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.flows.accrual.setting import PROGRAM, Shop, open_shop, wallet

from regulars.features.programs import load_config
from regulars.flows import books, finance, points
from regulars.flows.accrual import Receipt
from regulars.infra.clock import FixedClock
from regulars.infra.db import Database, load_queries

queries = load_queries(__package__)

ENDS = {
    "a fixed day": "fixed: 2026-03-31",
    "the end of the month": "end_of: month",
    "the end of the quarter": "end_of: quarter",
    "the end of the year": "end_of: year",
    "so many days": "rolling_days: 5",
    "so many months": "rolling_months: 12",
}


async def never_below_zero(shop: Shop, receipt: Receipt, first: datetime) -> None:
    """Look at her wallets and at what is owed to all, week by week since `first`, by both times."""
    member_id = receipt.answers[0].member_id
    assert member_id is not None
    async with shop.db.transaction(read_only=True, snapshot=True) as tx:
        config = await load_config(tx, shop.program_id)
        prices = await finance.read_prices(tx, config)
        at = first
        while at <= shop.clock.now() + timedelta(days=1):
            for by in ("occurred", "posted"):
                for balance in await points.balances_as_of(tx, config, member_id, at, by):
                    assert min(balance.available, balance.pending, balance.held, balance.debt) >= 0, (at, by)
            at += timedelta(days=7)
        for days in range(0, 800, 30):
            moment = finance.Moment(first + timedelta(days=days))
            for owed in await finance.liability_at(tx, config, prices, moment):
                assert min(owed.available, owed.pending, *(one.points for one in owed.slices), 0) >= 0, days
    async with shop.db.transaction() as tx:
        found = await books.verify(tx, shop.program_id)
    assert [check for check in found.checks if check.bad] == []


@pytest.mark.parametrize("pending", ["", "pending: {days: 3}, "])
@pytest.mark.parametrize("way", ENDS)
async def test_late_points_end_no_earlier_than_they_were_earned(
    db: Database, clock: FixedClock, tmp_path: Path, way: str, pending: str
) -> None:
    """An order of fourteen months ago, and one of today, both told today: a year after the program began."""
    policy = f"policy: {{{pending}expiry: {{{ENDS[way]}}},"
    shop = await open_shop(
        db, clock, tmp_path, PROGRAM.replace("policy: {expiry: {rolling_months: 12},", policy)
    )
    began = clock.now()
    clock.move_to(datetime(2027, 5, 20, 12, tzinfo=UTC))
    late = shop.order("late", "40.00", occurred_at=(began + timedelta(days=20)).isoformat())
    receipt = await shop.send(late, shop.order("today", "30.00"))
    ended = way == "a fixed day"
    awarded = 0 if ended or pending else 30
    # Nobody has what has ended: the answer says so, also before the job has run that looks for it.
    assert wallet(receipt) == (awarded, 0)
    await never_below_zero(shop, receipt, began)
    async with db.transaction(read_only=True) as tx:
        lots = await tx.all(queries.select_lots)
    assert all(earned_at <= expires_at for _, earned_at, expires_at in lots)


async def test_an_entry_reached_by_a_late_correction_ends_no_earlier_than_it_was_paid(
    db: Database, clock: FixedClock, tmp_path: Path
) -> None:
    """The order of fourteen months ago was larger than was told: Silver was reached on its day, and is paid today."""
    shop = await open_shop(db, clock, tmp_path)
    began = clock.now()
    await shop.send(shop.order("1", "40.00"))
    clock.move_to(datetime(2027, 5, 20, 12, tzinfo=UTC))
    update = shop.event("Order Updated", order={"order_id": "1", "revenue": "140.00"})
    receipt = await shop.send(update)
    outcome = receipt.answers[0].outcome
    assert outcome is not None
    assert outcome.entries == [("club", "silver", "points", 500)]
    assert wallet(receipt) == (0, 0)
    await never_below_zero(shop, receipt, began)
