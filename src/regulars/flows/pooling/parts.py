"""From whose points a pooled spend is taken. Pure; points in smallest units.

own_first: the spender's own points, then those of the others who share, heads before adults before children, each by
when they joined. ending_first: whatever ends soonest, whoever's it is; of what ends together, the older, then the lower
number of the lot. Inside one wallet the ledger's own order holds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from regulars.features.households import Order


class Available(msgspec.Struct, frozen=True):
    """What of a member can be spent: in all, and by lot (end, earned, number, points) in microseconds."""

    points: int
    lots: tuple[tuple[int, int, int, int], ...] = ()


def parts_of(
    points: int, order: Order, people: Sequence[int], wallets: Mapping[int, Available]
) -> list[tuple[int, int]]:
    """Return (member, points) in the order in which they are drawn; less than `points` when there is not as much.

    `people` in the order of own_first, the spender before all others.
    """
    if order == "own_first":
        drawn = {}
        for member in people:
            drawn[member] = min(points, wallets[member].points)
            points -= drawn[member]
        return [(member, part) for member, part in drawn.items() if part]
    lots = sorted(
        (end, earned, number, member, amount)
        for member in people
        for end, earned, number, amount in wallets[member].lots
    )
    taken: dict[int, int] = {}
    for *_, member, amount in lots:
        part = min(points, amount, wallets[member].points - taken.get(member, 0))
        if part:
            taken[member] = taken.get(member, 0) + part
            points -= part
    return list(taken.items())
