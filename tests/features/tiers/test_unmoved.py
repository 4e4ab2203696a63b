"""The short way is the long way: where `unmoved` says so, `assess` finds nothing but a later day."""

from __future__ import annotations

from collections import Counter
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from regulars.features.tiers.assessment import assess, give, unmoved
from regulars.features.tiers.document import compile_tier_set, decode_tier_set
from regulars.features.tiers.model import Standing, TierSet

JOINED = 20_470
WINDOWS: list[dict[str, Any] | None] = [
    None,
    {"calendar": "month"},
    {"anniversary": "year"},
    {"rolling_days": 20},
]
STEPS = st.tuples(
    st.integers(JOINED, JOINED + 120),
    st.integers(-4, 6),
    st.sampled_from(["count"] * 9 + ["give", "publish"]),
)


def build(window: dict[str, Any] | None, policy: str, grace: int, least: int, version: int) -> TierSet:
    document = {
        "code": "s",
        "metric": {"of": "purchases"},
        "window": window,
        "downgrade": policy,
        "grace_days": grace,
        "tiers": [
            {"code": f"t{n}", "threshold": t, "award": {"point_type": "p", "points": 1}}
            for n, t in enumerate((least, 5, 9))
        ],
    }
    return compile_tier_set(decode_tier_set(document), {"p": 0}, 2, version)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(STEPS, min_size=1, max_size=25),
    st.sampled_from(WINDOWS),
    st.sampled_from(["never", "one_step", "recompute"]),
    st.sampled_from([0, 3]),
    st.sampled_from([0, 2]),
)
def test_unmoved_is_what_assess_would_have_found(
    steps: list[tuple[int, int, str]], window: dict[str, Any] | None, policy: str, grace: int, least: int
) -> None:
    tiers, standing, amounts = build(window, policy, grace, least, 1), Standing(), Counter[int]()

    def total(first: int | None, end: int) -> int:
        return sum(amount for day, amount in amounts.items() if (first is None or day >= first) and day < end)

    for day, amount, action in steps:
        now = max(day, standing.day)
        if action == "give":
            standing, _ = give(tiers, standing, "t2" if amount > 0 else "", now, joined=JOINED)
        elif action == "publish":
            tiers = build(window, policy, grace, least + 1, tiers.version + 1)
        amounts[day] += amount
        said = unmoved(tiers, standing, total, day, joined=JOINED)
        after, change = assess(tiers, standing, total, now, joined=JOINED, changed_from=day)
        if said:
            assert change is None
            assert after == msgspec.structs.replace(standing, day=now)
        standing = after


def test_most_purchases_move_nobody() -> None:
    tiers, standing, days = build({"calendar": "month"}, "one_step", 0, 0, 1), Standing(), [JOINED + 4]

    def total(first: int | None, end: int) -> int:
        return sum((first is None or day >= first) and day < end for day in days)

    standing, _ = assess(tiers, standing, total, JOINED + 4, joined=JOINED, changed_from=JOINED + 4)
    days.append(JOINED + 5)
    assert unmoved(tiers, standing, total, JOINED + 5, joined=JOINED)
    days += [JOINED + 5] * 3
    assert not unmoved(tiers, standing, total, JOINED + 5, joined=JOINED)
