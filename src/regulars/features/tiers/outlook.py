"""How far a member is from the next tier, and what a new version of a tier set would do to everybody."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from regulars.features.tiers.assessment import assess
from regulars.features.tiers.history import Total
from regulars.features.tiers.model import Amount, Distance, Standing, TierSet

# Members shown per move; enough to recognise who they are, small enough for one page.
SAMPLE_MAX = 5


class Moves(msgspec.Struct):
    """Who would be where: `counts` maps (from, to) to members, `samples` to some of their ids."""

    counts: dict[tuple[str, str], int]
    samples: dict[tuple[str, str], list[int]]

    @property
    def moved(self) -> int:
        """The number of members whose tier would change."""
        return sum(count for (before, after), count in self.counts.items() if before != after)


def distance(tier_set: TierSet, value: Amount, standing: Standing) -> Distance:
    """Return what is missing to the next tier that can be reached by merit, and to earning the present one again.

    `value` is the metric over the window of today. Both are 0 where nothing is missing.
    """
    position = tier_set.place(standing.tier)
    upper = tier_set.above(position)
    present = tier_set.tiers[position - 1].threshold if position else None
    return Distance(
        tier=standing.tier,
        next=upper.code if upper else "",
        missing=max(0, upper.threshold - value) if upper and upper.threshold is not None else 0,
        keep_missing=max(0, present - value) if present is not None else 0,
    )


def preview_moves(
    new: TierSet, members: Iterable[tuple[int, Total, Standing, int]], day: int, moves: Moves | None = None
) -> Moves:
    """Return who would move if `new` came into force on `day`; writes nothing.

    `members` are (member id, sum of the new set's metric over any days, standing as of today, day of joining), any
    number of them: nothing but counts and a few ids is kept. `moves` goes on from an earlier page of members.
    """
    moves = moves or Moves({}, {})
    for member_id, total, standing, joined in members:
        before = standing.tier
        after, _ = assess(new, standing, total, day, joined=joined, changed_from=day)
        move = (before, after.tier)
        moves.counts[move] = moves.counts.get(move, 0) + 1
        if before != after.tier:
            sample = moves.samples.setdefault(move, [])
            if len(sample) < SAMPLE_MAX:
                sample.append(member_id)
    return moves
