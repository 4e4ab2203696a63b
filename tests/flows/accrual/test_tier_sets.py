"""Tier sets beside each other, and tiers that time takes before anybody looked."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.flows.accrual.setting import Shop, open_shop, wallet

from regulars.flows.accrual import Receipt
from regulars.flows.accrual.evaluation import tier_state
from regulars.infra.clock import FixedClock
from regulars.infra.db import Database

PROGRAM = """
program: {code: corner, name: Corner, currency: EUR, zone: Europe/Vilnius, region: LT}
sources: [{code: till, name: Till, enrol: true}]
point_types: [{code: points, name: Points}]
tier_sets:
  - code: club
    metric: {of: spend}
    window: {calendar: month}
    entry_awards: per_entry
    tiers: [{code: low, threshold: 0}, {code: top, threshold: 100, award: {point_type: points, points: 7}}]
  - code: league
    metric: {of: spend}
    window: {rolling_days: 20}
    grace_days: 60
    tiers: [{code: low, threshold: 0}, {code: top, threshold: 100}]
rules:
  - code: sorry
    trigger: {tier_changed: {direction: down}}
    then: [{award: {point_type: points, points: 1000}}]
publish: true
"""


def stands(receipt: Receipt, tier_set: str) -> str:
    member_id = receipt.answers[-1].member_id
    assert member_id is not None
    return str(receipt.works[member_id].state.t[tier_set].tier)


async def bought(shop: Shop, clock: FixedClock, month: int, day: int, amount: str) -> Receipt:
    clock.move_to(datetime(2026, month, day, 12, tzinfo=UTC))
    return await shop.send(shop.order(f"{month}-{day}", amount))


async def test_two_sets_that_count_the_same_count_it_once(
    db: Database, clock: FixedClock, tmp_path: Path
) -> None:
    shop = await open_shop(db, clock, tmp_path, PROGRAM)
    told = await bought(shop, clock, 3, 2, "60.00")
    assert (stands(told, "club"), stands(told, "league")) == ("low", "low")
    told = await shop.send(shop.order("2", "40.00"))
    assert (stands(told, "club"), stands(told, "league")) == ("top", "top")
    told = await shop.send(shop.refund("2", total="1.00"))
    assert (stands(told, "club"), stands(told, "league")) == ("low", "low")


async def test_a_tier_lost_by_time_and_entered_again_before_the_job_looked(
    db: Database, clock: FixedClock, tmp_path: Path
) -> None:
    shop = await open_shop(db, clock, tmp_path, PROGRAM)
    assert wallet(await bought(shop, clock, 3, 2, "100.00")) == (7, 0)
    assert wallet(await bought(shop, clock, 4, 30, "100.00")) == (7, 0)
    told = await bought(shop, clock, 8, 1, "99.00")
    assert (stands(told, "club"), wallet(told)) == ("low", (2007, 0))
    told = await bought(shop, clock, 8, 2, "1.00")
    assert (stands(told, "club"), wallet(told)) == ("top", (2014, 0))


async def test_a_purchase_after_a_long_time_does_not_shorten_the_grace(
    db: Database, clock: FixedClock, tmp_path: Path
) -> None:
    shop = await open_shop(db, clock, tmp_path, PROGRAM)
    assert stands(await bought(shop, clock, 3, 1, "100.00"), "league") == "top"
    # 100.00 show until 20 March; sixty days later it is 20 May.
    assert stands(await bought(shop, clock, 5, 18, "1.00"), "league") == "top"
    assert stands(await bought(shop, clock, 5, 19, "1.00"), "league") == "top"
    assert stands(await bought(shop, clock, 5, 20, "1.00"), "league") == "low"


@pytest.mark.parametrize(
    ("metric", "left", "unit"),
    [
        ("{of: spend}", 3950, "spend"),
        ("{of: event, event: Order Completed, field: order.amount}", 3950, "spend"),
        ("{of: event, event: Order Completed, field: order.quantity}", 97, "event"),
        ("{of: event, event: Order Completed, field: event.properties.km}", "87.5", "event"),
        ("{of: purchases}", 99, "purchases"),
        ("{of: points, point_type: points}", 1000, "points:points"),
    ],
)
async def test_how_far_it_is_and_in_what(
    db: Database, clock: FixedClock, tmp_path: Path, metric: str, left: int | str, unit: str
) -> None:
    text = PROGRAM.replace("{of: spend}", metric, 1).replace(", award: {point_type: points, points: 7}", "")
    text = text.replace("name: Points}", "name: Points, scale: 1}")
    shop = await open_shop(db, clock, tmp_path, text)
    order = shop.order("1", "60.50", lines=[("A", 3, "20.00")], properties={"km": 12.5})
    told = await shop.send(order)
    member_id = told.answers[0].member_id
    assert member_id is not None
    today = told.works[member_id].state.t["club"].day
    track = next(one for one in told.rulebook.tiers if one.tier_set.code == "club")
    state = tier_state(told.rulebook, told.works[member_id], track, today)
    assert (state["next"], state["missing"], state["measured_in"]) == ("top", left, unit)
