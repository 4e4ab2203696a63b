"""Breakage: the estimator against processes whose truth is known, and against what happened."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random

import pytest
from tests.flows.points.shop import Shop
from tests.flows.points.world import NOW, earn, make_members, make_program

from regulars.features.accounting import Accounts
from regulars.flows import finance
from regulars.flows.finance.curves import GROUPS, Cell, Counts, Open, estimate, expected, hazards
from regulars.flows.finance.journals import Entry, Pool, Terms, allocated, balanced, house_journal, rounded
from regulars.infra.db import Database

FIRST, NOW_MONTH = 100, 136
LIFE = 12


def history(hazard: float, seed: int, members: int = 400, life: int = LIFE) -> list[Cell]:
    """Points of many members, each cohort alive for `life` months, each month redeemed with the same probability."""
    random = Random(seed)
    cells = []
    for member in range(members):
        for cohort in range(FIRST, NOW_MONTH, 3):
            points = random.randint(10, 500)
            cells.append(Cell(member % GROUPS, cohort, 0, "came", points))
            for age in range(min(life, NOW_MONTH - cohort)):
                if random.random() < hazard:
                    cells.append(Cell(member % GROUPS, cohort, age, "redeemed", points))
                    break
            else:
                if cohort + life < NOW_MONTH:
                    cells.append(Cell(member % GROUPS, cohort, life, "expired", points))
    return cells


@pytest.mark.parametrize("hazard", [0.02, 0.1, 0.3])
def test_a_constant_hazard_is_found_again(hazard: float) -> None:
    found = hazards(Counts(history(hazard, 1), NOW_MONTH), range(GROUPS))
    assert all(abs(one - hazard) < 0.05 for one in found[:LIFE])
    points = [Open(NOW_MONTH, NOW_MONTH + LIFE - 1, 1_000_000)]
    truth = 1_000_000 * (1 - (1 - hazard) ** LIFE)
    assert abs(expected(found, points, NOW_MONTH) - truth) < 0.05 * 1_000_000


def test_the_interval_holds_the_truth_about_as_often_as_it_says() -> None:
    points, truth = [Open(NOW_MONTH, NOW_MONTH + LIFE - 1, 1_000_000)], 1_000_000 * (1 - 0.9**LIFE)
    inside = 0
    for seed in range(20):
        found = estimate(history(0.1, seed, members=120), points, NOW_MONTH)
        assert found.low <= found.points <= found.high
        inside += found.low <= truth <= found.high
    assert inside >= 16


def test_what_has_ended_is_not_redeemed_and_short_lives_are_no_thrift() -> None:
    found = hazards(Counts(history(0.1, 3), NOW_MONTH), range(GROUPS))
    assert expected(found, [Open(NOW_MONTH - 5, NOW_MONTH - 1, 100)], NOW_MONTH) == 0
    assert expected(found, [Open(NOW_MONTH - 5, NOW_MONTH, 100)], NOW_MONTH) == pytest.approx(10, abs=3)
    assert expected(found, [Open(NOW_MONTH, None, 100)], NOW_MONTH) > 95


def test_the_same_figures_give_the_same_interval() -> None:
    cells, points = history(0.1, 5), [Open(NOW_MONTH, None, 1000)]
    assert estimate(cells, points, NOW_MONTH) == estimate(cells, points, NOW_MONTH)


def test_nothing_known_is_nothing_expected() -> None:
    assert estimate([], [Open(1, None, 100)], 10).points == 0
    assert estimate(history(0.1, 1), [], NOW_MONTH).points == 0


async def test_an_estimate_sees_only_what_was_known_and_is_scored(db: Database) -> None:
    config = await make_program(db)
    shop = Shop(db, config, await make_members(db, config, 210))
    random = Random(4)
    holders: list[int] = []
    for month in range(14):
        at = NOW + timedelta(days=31 * month)
        for member in shop.members[15 * month : 15 * month + 15]:
            await earn(db, config, member, random.randint(50, 150), now=at, expires=at + timedelta(days=600))
            holders.append(member)
        for member in [one for one in holders if random.random() < 0.15]:
            holders.remove(member)
            have = (await shop.sides(member, "points", at))[0]
            await shop.spend(member, have, at + timedelta(days=3))
    now = NOW + timedelta(days=31 * 14)
    kind = config.point_types["points"]
    async with db.transaction(read_only=True, snapshot=True) as tx:
        tested = await finance.back_test(tx, config, kind, now, 3)
        now_said = await finance.breakage_at(tx, config, kind, now.date())
        then_said = await finance.breakage_at(tx, config, kind, date(2026, 11, 1))
    assert len(tested) >= 6
    for one in tested:
        assert one.low <= one.predicted <= one.high
        assert 0 < one.actual <= one.points
    later = [one for one in tested if one.at > datetime(2026, 9, 1, tzinfo=UTC)]
    assert all(abs(one.predicted - one.actual) < 0.2 * one.points for one in later)
    assert sum(one.inside for one in later) >= len(later) - 2
    assert now_said.breakage is not None
    assert now_said.points > then_said.points
    await earn(db, config, shop.members[0], 5000, now=now)
    async with db.transaction(read_only=True, snapshot=True) as tx:
        assert await finance.breakage_at(tx, config, kind, date(2026, 11, 1)) == then_said


def terms(price: str = "1", breakage: str = "0") -> Terms:
    return Terms("points", "house", *map(_decimal, (price, breakage)), Accounts())


def _decimal(text: str) -> Decimal:
    return Decimal(text)


@pytest.mark.parametrize("seed", range(30))
def test_pools_never_owe_more_than_their_points_are_worth(seed: int) -> None:
    random = Random(seed)
    own = terms("0.37", random.choice(("0", "0.15", "0.6")))
    pool = Pool()
    for _ in range(24):
        issued = random.randint(0, 1000)
        held = pool.points + issued
        redeemed = random.randint(0, held)
        expired = random.randint(0, held - redeemed) if random.random() < 0.3 else 0
        award = allocated(random.randint(0, 50_000), [own.unit_price * (1 - own.breakage) * issued])[0]
        moves = {"issued": issued, "redeemed": -redeemed, "expired": -expired}
        journal = house_journal(own, pool, moves, award)
        assert balanced(journal.entries)
        owed = sum(e.credit - e.debit for e in journal.entries if e.account == "deferred_revenue")
        assert owed == journal.deferred - pool.deferred
        pool = journal.pool
        assert pool.points == held - redeemed - expired
        assert 0 <= pool.deferred <= rounded(own.unit_price * pool.points)
    closing = house_journal(own, pool, {"redeemed": -pool.points}, 0)
    assert closing.pool == Pool(0, 0)


def test_an_entry_has_one_side() -> None:
    journal = house_journal(terms(), Pool(100, 50), {"redeemed": 10}, 0)
    assert all(
        isinstance(entry, Entry) and (entry.debit == 0) != (entry.credit == 0) for entry in journal.entries
    )
    assert journal.pool == Pool(110, 55)
