"""The tier a member is in on a day, whether or not anybody has looked since."""

from __future__ import annotations

from typing import Any

from regulars.features.behaviour import sum_between
from regulars.features.tiers import advance, tier_on
from regulars.flows.accrual.rulebook import TierTrack
from regulars.flows.accrual.work import Work


def tier_of_day(track: TierTrack, work: Work, day: int) -> str:
    """Return the code of the member's tier on a local day ("" = none); nothing is written.

    Who was never looked at stands where everybody begins; what ran out is not held any more; a rolling
    window still holds what its days still show; a new version holds at once.
    """
    tier_set = track.tier_set
    standing = work.state.t.get(tier_set.code)
    if standing is None:
        return tier_set.code_at(tier_set.base)
    if standing.version == tier_set.version:
        if day <= standing.day:
            return standing.tier
        if not tier_set.window.kind.startswith("rolling"):
            return tier_on(tier_set, standing, day, joined=work.joined_day)
    after, _ = advance(tier_set, standing, _total(track, work), day, joined=work.joined_day)
    return after.tier


def _total(track: TierTrack, work: Work) -> Any:
    stored = work.state.s.get(track.series.key)
    return lambda first, end: sum_between(stored, first, end, count=track.counts)
