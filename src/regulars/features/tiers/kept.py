"""What was entered by an earlier version of a tier set that asked for less: how long it counts as entered."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from regulars.features.tiers.history import Total, worth
from regulars.features.tiers.model import Former, Kept, Run, Standing, TierSet
from regulars.features.tiers.windows import counted, horizon, unit_of


def kept_from(
    tier_set: TierSet, former: Former, history: Iterable[Run], now: int, joined: int
) -> tuple[Kept, ...]:
    """Return what a member entered by an earlier version in units that a later one measures now."""
    settled = horizon(tier_set.window, now, joined)
    return tuple(
        Kept(run.last, run.tier, former.version)
        for run in history
        if run.last >= settled and counted(tier_set.window, run.last, joined)[1] > former.until
    )


def still_kept(tier_set: TierSet, standing: Standing, total: Total, now: int, joined: int) -> Standing:
    """Return the standing with what is still kept as of `now`.

    What a return can no longer reach is granted for good; where each entry pays, it is forgotten once time alone would
    have ended the tier.
    """
    if not standing.kept:
        return standing
    settled = horizon(tier_set.window, now, joined)
    kept: list[Kept] = []
    granted = tier_set.place(standing.granted)
    for one in standing.kept:
        place = tier_set.place(one.tier)
        if one.unit >= settled:
            left = tier_set.reached_since(one.version, total(*counted(tier_set.window, one.unit, joined)))
            place = min(place, left)
        elif not tier_set.awards_per_entry:
            granted, place = max(granted, place), 0
        elif worth(tier_set, one.tier, one.unit, now, joined) <= tier_set.base:
            place = 0
        if place > tier_set.base:
            kept.append(Kept(one.unit, tier_set.code_at(place), one.version))
    return msgspec.structs.replace(standing, kept=tuple(kept), granted=tier_set.code_at(granted))


def kept_on(tier_set: TierSet, standing: Standing, day: int, joined: int) -> int:
    """Return the highest position that is kept on `day`; where each entry pays, only while the tier would last."""
    if not standing.kept:
        return 0
    if not tier_set.awards_per_entry:
        return max(tier_set.place(one.tier) for one in standing.kept)
    unit = unit_of(tier_set.window, day, joined)
    return max(worth(tier_set, one.tier, min(one.unit, unit), day, joined) for one in standing.kept)
