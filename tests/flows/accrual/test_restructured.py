"""A new version of a tier set takes nothing from anybody; a return after it takes back what it had earned."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import pytest
from tests.flows.accrual.setting import PROGRAM, Shop, open_shop, tier, wallet

from regulars.flows.accrual import Receipt
from regulars.flows.accrual.evaluation import tier_state
from regulars.infra.clock import FixedClock
from regulars.infra.db import Database

OLD = PROGRAM[PROGRAM.index("      - {code: bronze") : PROGRAM.index("rules:\n")]
RULES = PROGRAM[PROGRAM.index("rules:\n") : PROGRAM.index("publish: true")]


def program(**thresholds: int) -> str:
    """Return a program in which each tier pays ten times its threshold on entry, and euros only count."""
    rules = """rules:
  - code: base
    name: A net point a euro
    trigger: {event: Order Completed}
    then:
      - award: {point_type: net, per_amount: {points: 1, per: "1.00", of: order.amount}}
"""
    tiers = "      - {code: base, name: Base, threshold: 0}\n" + "".join(
        f"      - {{code: {code}, name: {code}, threshold: {at}, award: {{point_type: points, points: {at * 10}}}}}\n"
        for code, at in thresholds.items()
    )
    return PROGRAM.replace(OLD, tiers).replace(RULES, rules)


BEFORE = program(low=100, top=300)


async def bought(db: Database, clock: FixedClock, folder: Path, *amounts: str) -> Receipt:
    shop = await open_shop(db, clock, folder, BEFORE)
    return await shop.send(*(shop.order(f"o-{n}", amount) for n, amount in enumerate(amounts, 1)))


async def reopened(db: Database, clock: FixedClock, folder: Path, text: str) -> Shop:
    """Return the shop with a changed program; its till goes on with the numbers of its messages."""
    shop = await open_shop(db, clock, folder, text)
    shop._numbers = count(100)
    return shop


def stands(receipt: Receipt) -> tuple[str, int]:
    return tier(receipt), wallet(receipt)[0] - wallet(receipt)[1]


async def returned(shop: Shop, order: str, total: str) -> tuple[str, int]:
    return stands(await shop.send(shop.refund(order, total=total)))


@pytest.mark.parametrize(
    "after", [BEFORE, program(low=100, middle=200, top=300), BEFORE.replace("name: Club", "name: Circle")]
)
async def test_a_return_takes_back_the_entry_it_had_earned(
    db: Database, clock: FixedClock, tmp_path: Path, after: str
) -> None:
    assert stands(await bought(db, clock, tmp_path, "240.00", "110.00")) == ("top", 4000)
    shop = await reopened(db, clock, tmp_path, after)
    place = "middle" if "middle" in after else "low"
    assert await returned(shop, "o-2", "110.00") == (place, 1000)
    # Nothing was ever paid for the tier between: there is nothing to take back.
    assert await returned(shop, "o-1", "90.00") == ("low", 1000)
    assert await returned(shop, "o-1", "100.00") == ("base", 0)


async def test_what_is_still_enough_keeps_its_entry(db: Database, clock: FixedClock, tmp_path: Path) -> None:
    await bought(db, clock, tmp_path, "240.00", "110.00")
    shop = await reopened(db, clock, tmp_path, program(low=100, middle=200, top=300))
    assert await returned(shop, "o-2", "50.00") == ("top", 4000)
    assert await returned(shop, "o-2", "60.00") == ("middle", 1000)
    assert stands(await shop.send(shop.order("o-3", "60.00"))) == ("top", 4000)


async def test_a_harder_version_leaves_what_was_paid(db: Database, clock: FixedClock, tmp_path: Path) -> None:
    await bought(db, clock, tmp_path, "240.00", "110.00")
    harder = program(low=100, top=400).replace("points: 4000", "points: 3000")
    shop = await reopened(db, clock, tmp_path, harder)
    assert stands(await shop.send(shop.order("o-3", "1.00"))) == ("low", 4000)
    assert stands(await shop.send(shop.order("o-4", "100.00"))) == ("top", 4000)


async def test_a_return_after_a_harder_version_takes_back_what_no_version_gives(
    db: Database, clock: FixedClock, tmp_path: Path
) -> None:
    await bought(db, clock, tmp_path, "240.00", "110.00")
    shop = await reopened(db, clock, tmp_path, program(low=150, top=400).replace("1500", "1000"))
    assert await returned(shop, "o-2", "50.00") == ("low", 4000)
    assert await returned(shop, "o-2", "1.00") == ("low", 1000)
    assert await returned(shop, "o-1", "199.00") == ("base", 1000)
    assert await returned(shop, "o-2", "1.00") == ("base", 0)
    assert stands(await shop.send(shop.order("o-3", "50.00"))) == ("base", 0)


async def test_a_new_version_is_shown_before_anything_happens(
    db: Database, clock: FixedClock, tmp_path: Path
) -> None:
    told = await bought(db, clock, tmp_path, "240.00", "110.00")
    member_id = told.answers[-1].member_id
    assert member_id is not None
    work = told.works[member_id]
    shop = await reopened(db, clock, tmp_path, program(low=100, top=400))
    async with db.transaction() as tx:
        book = await shop.rulebooks.read(tx, shop.program_id)
    state = tier_state(book, work, book.tiers[0], work.state.t["club"].day)
    assert (state["tier"], state["next"], state["missing"]) == ("low", "top", 50)


async def test_what_a_harder_version_paid_stays_by_its_own_measure(
    db: Database, clock: FixedClock, tmp_path: Path
) -> None:
    await bought(db, clock, tmp_path, "240.00")
    shop = await reopened(db, clock, tmp_path, program(low=100, top=400))
    assert stands(await shop.send(shop.order("o-3", "170.00"))) == ("top", 5000)
    assert await returned(shop, "o-3", "50.00") == ("low", 1000)


@pytest.mark.parametrize(
    "award",
    [
        ", award: {point_type: points, points: 2000}",
        ", award: {point_type: points, points: 5000}",
        ", award: {point_type: net, points: 4000}",
        "",
    ],
)
async def test_what_comes_back_is_what_was_paid(
    db: Database, clock: FixedClock, tmp_path: Path, award: str
) -> None:
    spent = BEFORE.replace("metric: {of: points, point_type: net}", "metric: {of: spend}")
    shop = await open_shop(db, clock, tmp_path, spent)
    await shop.send(shop.order("o-1", "240.00"), shop.order("o-2", "110.00"))
    changed = spent.replace(", award: {point_type: points, points: 3000}", award)
    shop = await reopened(db, clock, tmp_path, changed)
    assert stands(await shop.send(shop.order("o-3", "1.00"))) == ("top", 4000)
    shop = await reopened(db, clock, tmp_path, changed.replace("name: Club", "name: Circle"))
    shop._numbers = count(300)
    assert await returned(shop, "o-2", "100.00") == ("low", 1000)


async def test_an_award_added_later_was_not_paid_to_those_inside(
    db: Database, clock: FixedClock, tmp_path: Path
) -> None:
    without = BEFORE.replace(", award: {point_type: points, points: 3000}", "")
    shop = await open_shop(db, clock, tmp_path, without)
    await shop.send(shop.order("o-1", "240.00"), shop.order("o-2", "110.00"))
    shop = await reopened(db, clock, tmp_path, BEFORE)
    assert await returned(shop, "o-2", "100.00") == ("low", 1000)
    assert stands(await shop.send(shop.order("o-3", "100.00"))) == ("top", 4000)
    assert await returned(shop, "o-3", "100.00") == ("low", 1000)


async def test_a_lower_tier_for_everybody_that_asks_for_something_now_keeps_its_award(
    db: Database, clock: FixedClock, tmp_path: Path
) -> None:
    free = program(low=100).replace("threshold: 0}", "threshold: 0, award: {point_type: points, points: 7}}")
    shop = await open_shop(db, clock, tmp_path, free)
    assert stands(await shop.send(shop.order("o-1", "20.00"))) == ("base", 7)
    shop = await reopened(db, clock, tmp_path, free.replace("threshold: 0,", "threshold: 50,"))
    assert await returned(shop, "o-1", "10.00") == ("", 7)


async def test_late_news_of_a_year_is_measured_by_the_version_it_ended_under(
    db: Database, clock: FixedClock, tmp_path: Path
) -> None:
    def yearly(**thresholds: int) -> str:
        return program(**thresholds).replace(
            "metric: {of: points, point_type: net}",
            "metric: {of: points, point_type: net}\n    window: {calendar: year}",
        )

    clock.move_to(datetime(2026, 12, 20, 12, tzinfo=UTC))
    shop = await open_shop(db, clock, tmp_path, yearly(low=100, top=300))
    await shop.send(shop.order("o-1", "350.00"), shop.order("o-2", "250.00", "berta"))
    clock.move_to(datetime(2027, 1, 2, 12, tzinfo=UTC))
    shop = await reopened(db, clock, tmp_path, yearly(low=100, top=400))
    clock.move_to(datetime(2027, 1, 5, 12, tzinfo=UTC))
    assert await returned(shop, "o-1", "10.00") == ("top", 4000)
    told = await shop.send(shop.refund("o-2", "berta", total="10.00"))
    assert stands(told) == ("low", 1000)
    shop = await reopened(db, clock, tmp_path, yearly(low=100, top=200))
    shop._numbers = count(300)
    told = await shop.send(shop.refund("o-2", "berta", total="10.00"))
    assert stands(told) == ("low", 1000)
    assert await returned(shop, "o-1", "50.00") == ("low", 1000)


async def test_a_renamed_tier_is_kept_when_later_versions_no_longer_say_its_old_name(
    db: Database, clock: FixedClock, tmp_path: Path
) -> None:
    def monthly(text: str) -> str:
        return text.replace(
            "metric: {of: points, point_type: net}",
            "metric: {of: points, point_type: net}\n    window: {calendar: month}",
        )

    clock.move_to(datetime(2026, 6, 20, 12, tzinfo=UTC))
    shop = await open_shop(db, clock, tmp_path, monthly(BEFORE))
    await shop.send(shop.order("o-1", "350.00"))
    clock.move_to(datetime(2026, 7, 2, 12, tzinfo=UTC))
    renamed = monthly(BEFORE.replace("{code: top, ", "{code: summit, formerly: [top], "))
    shop = await reopened(db, clock, tmp_path, renamed)
    assert stands(await shop.send(shop.order("o-2", "1.00"))) == ("summit", 4000)
    shop = await reopened(db, clock, tmp_path, renamed.replace("formerly: [top], ", ""))
    shop._numbers = count(300)
    assert stands(await shop.send(shop.order("o-3", "1.00"))) == ("summit", 4000)
    assert await returned(shop, "o-1", "100.00") == ("low", 1000)


async def test_who_rises_by_a_new_version_is_paid_once_and_a_return_takes_it_back(
    db: Database, clock: FixedClock, tmp_path: Path
) -> None:
    await bought(db, clock, tmp_path, "150.00", "100.00")
    shop = await reopened(db, clock, tmp_path, program(low=100, middle=200, top=300))
    assert await returned(shop, "o-2", "10.00") == ("middle", 3000)
    assert await returned(shop, "o-2", "90.00") == ("low", 1000)


async def test_a_renamed_tier_gives_back_its_entry_once(
    db: Database, clock: FixedClock, tmp_path: Path
) -> None:
    await bought(db, clock, tmp_path, "240.00", "110.00")
    renamed = BEFORE.replace("{code: top, ", "{code: summit, formerly: [top], ")
    shop = await reopened(db, clock, tmp_path, renamed)
    assert await returned(shop, "o-2", "10.00") == ("summit", 4000)
    assert await returned(shop, "o-2", "100.00") == ("low", 1000)
