"""Stored = recomputed: whatever the order of events, the standing is the pure function of amounts by day."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regulars.features.tiers.assessment import advance, assess
from regulars.features.tiers.document import compile_tier_set, decode_tier_set
from regulars.features.tiers.model import Standing, TierSet
from regulars.features.tiers.windows import (
    counted,
    held_end,
    horizon,
    is_rolling,
    one_window_later,
    period_of,
)

JOINED = 20_470
WINDOWS: list[dict[str, Any] | None] = [
    None,
    {"calendar": "month"},
    {"calendar": "quarter"},
    {"anniversary": "year"},
    {"rolling_days": 20},
    {"rolling_months": 1},
]
POLICIES = ["never", "one_step", "recompute"]


def build(window: dict[str, Any] | None, policy: str, grace: int, per_entry: bool = False) -> TierSet:
    document = {
        "code": "s",
        "metric": {"of": "purchases"},
        "window": window,
        "downgrade": policy,
        "grace_days": grace,
        "entry_awards": "per_entry" if per_entry else "once",
        "tiers": [
            {"code": f"t{n}", "threshold": t, "award": {"point_type": "p", "points": 1}}
            for n, t in enumerate((0, 3, 6, 12))
        ],
    }
    return compile_tier_set(decode_tier_set(document), {"p": 0}, 2, 1)


def recomputed(tiers: TierSet, amounts: dict[int, int], now: int) -> int:
    """The definition, in the slowest words: look at every unit there ever was."""
    window, best = tiers.window, tiers.base
    days = sorted(amounts)
    units: Sequence[int]
    if window.kind == "lifetime":
        units = [0]
    elif is_rolling(window):
        units = range(days[0], now + 1)
    else:
        units = sorted({period_of(window, d, JOINED)[0] for d in range(days[0], now + 1)})
    for unit in units:
        first, end = counted(window, unit, JOINED)
        value = sum(a for d, a in amounts.items() if d < end and (first is None or d >= first))
        position = tiers.reached(value)
        falls = held_end(window, unit, JOINED)
        while position > tiers.base and tiers.downgrade != "never" and now >= falls + tiers.grace_days:
            position = 0 if tiers.downgrade == "recompute" else tiers.below(position)
            falls = one_window_later(window, falls, JOINED)
        best = max(best, position)
    return best


class Story:
    """A member to whom things happen in some order."""

    def __init__(self, tiers: TierSet) -> None:
        self.tiers, self.amounts, self.standing = tiers, dict[int, int](), Standing()
        self.paid: set[str] = set()

    def total(self, first: int | None, end: int) -> int:
        return sum(a for d, a in self.amounts.items() if d < end and (first is None or d >= first))

    def happen(self, day: int, amount: int) -> None:
        if day > self.standing.day:
            self.wait(day)
        self.amounts[day] = self.amounts.get(day, 0) + amount
        self._keep(assess(self.tiers, self.standing, self.total, day, joined=JOINED, changed_from=day))

    def wait(self, day: int) -> None:
        self._keep(advance(self.tiers, self.standing, self.total, day, joined=JOINED))

    def _keep(self, outcome: tuple[Standing, Any]) -> None:
        before = self.standing
        self.standing, change = outcome
        assert (change is not None) >= (before.tier != self.standing.tier)
        if change:
            for award in change.awards:
                assert award.tier not in self.paid
                self.paid.add(award.tier)
            for award in change.revoked:
                self.paid.remove(award.tier)

    @property
    def position(self) -> int:
        return self.tiers.place(self.standing.tier)


steps = st.lists(st.tuples(st.integers(0, 40), st.integers(1, 7)), min_size=1, max_size=12)
without_grace = st.builds(build, st.sampled_from(WINDOWS), st.sampled_from(POLICIES), st.just(0))
sets = st.builds(build, st.sampled_from(WINDOWS), st.sampled_from(POLICIES), st.sampled_from([0, 1, 10]))


@settings(deadline=None, max_examples=300)
@given(sets, steps, st.integers(0, 90))
def test_in_order_without_returns(tiers: TierSet, gaps: list[tuple[int, int]], wait: int) -> None:
    story, day = Story(tiers), JOINED
    for gap, amount in gaps:
        day += gap
        story.happen(day, amount)
        assert story.position == recomputed(tiers, story.amounts, day)
    story.wait(day + wait)
    assert story.position == recomputed(tiers, story.amounts, day + wait)


@settings(deadline=None, max_examples=400)
@given(
    sets, st.lists(st.tuples(st.integers(-25, 25), st.integers(1, 7), st.booleans()), min_size=1, max_size=14)
)
def test_late_events_and_returns(tiers: TierSet, steps: list[tuple[int, int, bool]]) -> None:
    story, bought = Story(tiers), list[tuple[int, int]]()
    for shift, amount, back in steps:
        now = story.standing.day or JOINED
        settled = horizon(tiers.window, now, JOINED)
        if back and bought and bought[-1][0] >= settled:
            day, taken = bought.pop()
            story.happen(day, -taken)
        else:
            day = max(now + shift, settled, JOINED)
            bought.append((day, amount))
            story.happen(day, amount)
        assert story.position == recomputed(tiers, story.amounts, story.standing.day)


@settings(deadline=None, max_examples=200)
@given(sets, st.lists(st.tuples(st.integers(0, 18), st.integers(1, 7)), min_size=2, max_size=6), st.randoms())
def test_any_order_ends_alike(tiers: TierSet, events: list[tuple[int, int]], random: Any) -> None:
    first, second = Story(tiers), Story(tiers)
    for shift, amount in events:
        first.happen(JOINED + shift, amount)
    random.shuffle(events)
    for shift, amount in events:
        second.happen(JOINED + shift, amount)
    assert first.standing.tier == second.standing.tier
    assert first.standing.history == second.standing.history
    assert set(first.standing.entered) == set(second.standing.entered)
    assert first.paid == second.paid == set(first.standing.entered)


@settings(deadline=None, max_examples=200)
@given(without_grace, steps)
def test_never_falls_within_a_window_without_returns(tiers: TierSet, gaps: list[tuple[int, int]]) -> None:
    story, day = Story(tiers), JOINED
    for gap, amount in gaps:
        window, before, last = tiers.window, story.position, story.standing.day
        day += min(gap, 20)
        story.happen(day, amount)
        same = (
            not is_rolling(window)
            and last
            and (
                window.kind == "lifetime" or period_of(window, last, JOINED) == period_of(window, day, JOINED)
            )
        )
        if same or day == last:
            assert story.position >= before


@pytest.mark.parametrize("window", WINDOWS)
def test_a_standing_stays_small(window: dict[str, Any] | None) -> None:
    story = Story(build(window, "one_step", 10))
    for number in range(400):
        story.happen(JOINED + number * 9 % 17 + number * 5, number % 6)
    assert len(story.standing.history) <= 12
