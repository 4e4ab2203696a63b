"""Tiers by hand-worked cases: up at once, held, grace, policies, returns, gifts, restructuring."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from regulars.features.tiers.assessment import advance, assess, falls_on, give, tier_on
from regulars.features.tiers.document import compile_tier_set, decode_tier_set
from regulars.features.tiers.model import Change, Standing, TierSet
from regulars.features.tiers.outlook import distance, preview_moves
from regulars.kit.zones import number_of_date

POINT_TYPES = {"points": 0, "status": 0, "fine": 2}
JOINED = number_of_date(date(2026, 1, 10))


def day(text: str) -> int:
    return number_of_date(date.fromisoformat(text))


def tier_set(version: int = 1, **changes: Any) -> TierSet:
    document: dict[str, Any] = {
        "code": "status",
        "metric": {"of": "points", "point_type": "status"},
        "window": {"calendar": "year"},
        "tiers": [
            {"code": "bronze", "threshold": 0},
            {"code": "silver", "threshold": 100, "award": {"point_type": "points", "points": 10}},
            {"code": "gold", "threshold": 500, "award": {"point_type": "points", "points": 50}},
            {"code": "black", "invitation_only": True, "award": {"point_type": "points", "points": 99}},
        ],
    }
    return compile_tier_set(decode_tier_set(document | changes), POINT_TYPES, 2, version)


class Member:
    """A member's amounts by day, and a standing kept by assessing after each of them."""

    def __init__(self, tiers: TierSet) -> None:
        self.tiers, self.amounts, self.standing = tiers, dict[int, int](), Standing()
        self.paid: list[str] = []

    def total(self, first: int | None, end: int) -> int:
        return sum(a for d, a in self.amounts.items() if d < end and (first is None or d >= first))

    def earn(self, when: str, amount: int, on: str | None = None) -> Change | None:
        """Count `amount` on `when`, known on the day `on` (default: at once)."""
        changed = day(when)
        self.amounts[changed] = self.amounts.get(changed, 0) + amount
        return self._keep(
            assess(
                self.tiers, self.standing, self.total, day(on or when), joined=JOINED, changed_from=changed
            )
        )

    def wait(self, when: str) -> Change | None:
        return self._keep(advance(self.tiers, self.standing, self.total, day(when), joined=JOINED))

    def given(self, tier: str, when: str, until: str | None = None) -> Change | None:
        end = None if until is None else day(until)
        return self._keep(give(self.tiers, self.standing, tier, day(when), joined=JOINED, until=end))

    def _keep(self, outcome: tuple[Standing, Change | None]) -> Change | None:
        self.standing, change = outcome
        if change:
            self.paid += [award.tier for award in change.awards]
            for award in change.revoked:
                self.paid.remove(award.tier)
        return change


@pytest.fixture
def member() -> Callable[..., Member]:
    return lambda **changes: Member(tier_set(**changes))


def test_a_member_without_anything_has_the_base_tier(member: Callable[..., Member]) -> None:
    ana = member()
    change = ana.wait("2026-02-01")
    assert change is not None
    assert (change.before, change.after, change.direction) == ("", "bronze", "up")
    assert ana.paid == []


def test_up_at_once_and_a_jump_enters_every_tier_on_the_way(member: Callable[..., Member]) -> None:
    ana = member()
    change = ana.earn("2026-02-01", 500)
    assert change is not None
    assert (change.after, change.reason) == ("gold", "reached")
    assert [(a.tier, a.points) for a in change.awards] == [("silver", 10), ("gold", 50)]
    assert ana.earn("2026-02-02", 1) is None


def test_a_year_holds_to_the_end_of_the_next_one(member: Callable[..., Member]) -> None:
    ana = member()
    ana.earn("2026-02-01", 500)
    ana.earn("2027-05-01", 120)
    assert ana.wait("2027-12-31") is None
    assert falls_on(ana.tiers, ana.standing, ana.total, joined=JOINED) == day("2028-01-01")
    change = ana.wait("2028-01-01")
    assert change is not None
    assert (change.before, change.after, change.reason) == ("gold", "silver", "lapsed")
    assert ana.standing.since == day("2028-01-01")
    change = ana.wait("2029-03-01")
    assert change is not None
    assert change.after == "bronze"


def test_grace_days_keep_the_tier_a_little_longer(member: Callable[..., Member]) -> None:
    ana = member(grace_days=31)
    ana.earn("2026-02-01", 500)
    assert ana.wait("2028-01-31") is None
    change = ana.wait("2028-02-01")
    assert change is not None
    assert change.after == "bronze"


def test_one_step_falls_one_tier_a_window(member: Callable[..., Member]) -> None:
    ana = member(downgrade="one_step")
    ana.earn("2026-02-01", 500)
    assert tier_on(ana.tiers, ana.standing, day("2027-12-31"), joined=JOINED) == "gold"
    assert tier_on(ana.tiers, ana.standing, day("2028-01-01"), joined=JOINED) == "silver"
    assert tier_on(ana.tiers, ana.standing, day("2029-01-01"), joined=JOINED) == "bronze"
    assert falls_on(ana.tiers, ana.standing, ana.total, joined=JOINED) == day("2028-01-01")


def test_never_stays(member: Callable[..., Member]) -> None:
    ana = member(downgrade="never")
    ana.earn("2026-02-01", 500)
    assert ana.wait("2040-01-01") is None
    assert falls_on(ana.tiers, ana.standing, ana.total, joined=JOINED) is None


def test_a_return_takes_the_tier_and_its_award_back_at_once(member: Callable[..., Member]) -> None:
    ana = member(grace_days=90)
    ana.earn("2026-02-01", 150)
    ana.earn("2026-02-05", 400)
    change = ana.earn("2026-02-05", -400, on="2026-03-01")
    assert change is not None
    assert (change.after, change.reason) == ("silver", "corrected")
    assert [a.tier for a in change.revoked] == ["gold"]
    assert ana.paid == ["silver"]


def test_a_return_of_last_years_purchase_counts_in_last_year(member: Callable[..., Member]) -> None:
    ana = member()
    ana.earn("2026-12-20", 500)
    ana.earn("2027-01-05", 100)
    change = ana.earn("2026-12-20", -500, on="2027-01-10")
    assert change is not None
    assert (change.after, change.reason) == ("silver", "corrected")


def test_what_was_reached_two_periods_ago_is_settled(member: Callable[..., Member]) -> None:
    ana = member(downgrade="never")
    ana.earn("2026-12-20", 500)
    ana.wait("2028-01-01")
    assert ana.earn("2026-12-20", -500, on="2028-01-02") is None


def test_entries_pay_once_for_ever_or_per_entry() -> None:
    for per_entry, paid in (("once", ["silver"]), ("per_entry", ["silver", "silver"])):
        ana = Member(tier_set(entry_awards=per_entry))
        ana.earn("2026-02-01", 100)
        ana.wait("2028-01-01")
        assert ana.standing.tier == "bronze"
        ana.earn("2028-02-01", 100)
        assert ana.standing.tier == "silver"
        assert ana.paid == paid


def test_a_rolling_window_falls_on_the_day_it_no_longer_shows_enough(member: Callable[..., Member]) -> None:
    ana = member(window={"rolling_days": 30})
    ana.earn("2026-03-01", 100)
    assert falls_on(ana.tiers, ana.standing, ana.total, joined=JOINED) == day("2026-03-31")
    assert ana.wait("2026-03-30") is None
    change = ana.wait("2026-05-15")
    assert change is not None
    assert (change.after, change.reason) == ("bronze", "lapsed")


def test_a_rolling_month_ends_with_the_last_day_of_a_shorter_month(member: Callable[..., Member]) -> None:
    ana = member(window={"rolling_months": 1})
    ana.earn("2026-01-31", 100)
    assert ana.wait("2026-02-28") is None
    assert ana.wait("2026-03-01") is not None


def test_anniversary_years_count_from_joining(member: Callable[..., Member]) -> None:
    ana = member(window={"anniversary": "year"})
    ana.earn("2027-01-09", 100)
    assert ana.wait("2028-01-09") is None
    change = ana.wait("2028-01-10")
    assert change is not None
    assert change.after == "bronze"


def test_a_whole_life_never_ends(member: Callable[..., Member]) -> None:
    ana = member(window=None)
    ana.earn("2026-02-01", 499)
    ana.earn("2036-02-01", 1)
    assert ana.standing.tier == "gold"
    assert ana.wait("2050-01-01") is None
    assert ana.earn("2026-02-01", -1, on="2050-01-02") is not None
    assert ana.standing.tier == "silver"


def test_a_gift_holds_until_its_day_and_never_lowers(member: Callable[..., Member]) -> None:
    ana = member()
    change = ana.given("black", "2026-02-01", until="2026-07-01")
    assert change is not None
    assert (change.after, change.reason) == ("black", "given")
    assert "black" in ana.paid
    assert falls_on(ana.tiers, ana.standing, ana.total, joined=JOINED) == day("2026-07-01")
    ana.earn("2026-03-01", 100)
    change = ana.wait("2026-07-01")
    assert change is not None
    assert change.after == "silver"
    assert change.revoked == ()
    assert ana.given("bronze", "2026-07-02") is None
    with pytest.raises(KeyError):
        ana.given("platinum", "2026-07-02")


def test_a_tier_inserted_into_a_live_set_pays_only_those_who_rise_into_it(
    member: Callable[..., Member],
) -> None:
    silver, gold = member(), member()
    silver.earn("2026-02-01", 300)
    gold.earn("2026-02-01", 500)
    tiers = [
        {"code": "bronze", "threshold": 0},
        {"code": "silver", "threshold": 100},
        {"code": "ruby", "threshold": 300, "award": {"point_type": "points", "points": 30}},
        {"code": "gold", "threshold": 500},
    ]
    for ana in (silver, gold):
        ana.tiers, ana.paid = tier_set(version=2, tiers=tiers), []
        ana.wait("2026-03-01")
    assert (silver.standing.tier, silver.paid) == ("ruby", ["ruby"])
    assert (gold.standing.tier, gold.paid) == ("gold", [])


def test_a_harder_version_moves_members_unless_they_are_protected(member: Callable[..., Member]) -> None:
    tiers = [{"code": "bronze", "threshold": 0}, {"code": "silver", "threshold": 400}]
    ana = member()
    ana.earn("2026-02-01", 300)
    ana.tiers = tier_set(version=2, tiers=tiers, protect_until="2026-06-01")
    assert ana.wait("2026-03-01") is None
    change = ana.wait("2026-06-01")
    assert change is not None
    assert change.after == "bronze"
    ben = member()
    ben.earn("2026-02-01", 300)
    ben.tiers = tier_set(version=2, tiers=tiers)
    change = ben.wait("2026-03-01")
    assert change is not None
    assert (change.after, change.reason, change.revoked) == ("bronze", "restructured", ())


def test_a_version_that_protects_leaves_a_gift_as_it_is(member: Callable[..., Member]) -> None:
    ana = member()
    ana.given("silver", "2026-02-01")
    ana.earn("2026-02-02", 500)
    tiers = [{"code": "bronze", "threshold": 0}, {"code": "silver", "threshold": 600}]
    tiers += [{"code": "gold", "threshold": 900}]
    ana.tiers = tier_set(version=2, tiers=tiers, protect_until="2026-06-01")
    assert ana.wait("2026-03-01") is None
    assert falls_on(ana.tiers, ana.standing, ana.total, joined=JOINED) == day("2026-06-01")
    ana.tiers = tier_set(version=3, tiers=tiers, protect_until="2026-01-01")
    change = ana.wait("2026-06-01")
    assert change is not None
    assert (change.before, change.after) == ("gold", "silver")
    assert ana.wait("2030-01-01") is None


def test_an_inactive_tier_hands_its_members_down_and_a_renamed_one_keeps_them(
    member: Callable[..., Member],
) -> None:
    ana = member()
    ana.earn("2026-02-01", 500)
    tiers = [
        {"code": "bronze", "threshold": 0},
        {"code": "argent", "threshold": 100, "formerly": ["silver"]},
        {"code": "gold", "threshold": 500, "status": "inactive"},
    ]
    ana.tiers = tier_set(version=2, tiers=tiers)
    change = ana.wait("2026-03-01")
    assert change is not None
    assert (change.before, change.after) == ("gold", "argent")


def test_distance_to_the_next_tier_and_to_keeping_this_one(member: Callable[..., Member]) -> None:
    ana = member()
    ana.earn("2026-02-01", 120)
    ana.wait("2027-02-01")
    far = distance(ana.tiers, 40, ana.standing)
    assert (far.tier, far.next, far.missing, far.keep_missing) == ("silver", "gold", 460, 60)
    top = distance(ana.tiers, 900, Standing(tier="gold"))
    assert (top.next, top.missing, top.keep_missing) == ("", 0, 0)


def test_preview_says_who_would_move(member: Callable[..., Member]) -> None:
    ana = member()
    ana.earn("2026-02-01", 300)
    new = tier_set(version=2, tiers=[{"code": "bronze", "threshold": 0}, {"code": "gold", "threshold": 200}])
    moves = preview_moves(
        new,
        [
            (7, lambda _first, _end: 300, ana.standing, JOINED),
            (8, lambda _first, _end: 0, Standing(), JOINED),
        ],
        day("2026-03-01"),
    )
    assert moves.counts == {("silver", "gold"): 1, ("", "bronze"): 1}
    assert moves.samples[("silver", "gold")] == [7]
