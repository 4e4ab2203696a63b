"""The sums of a simulation by their paths, and those who gain and lose most.

Constant in size: nothing is kept per member or event but the ten who gain and lose most. Every leaf is a list of
numbers, so that the sums of several processes add up.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable
from typing import Any

BASE, DRAFT = 0, 1
# Those who gain and lose most, to be looked at one by one.
EXTREMES = 10

Leaf = list[int]


class Tally:
    """Sums by path, and those who gain and lose most."""

    def __init__(self) -> None:
        self.flat: dict[tuple[str, ...], Leaf] = {}
        self.gains: list[tuple[int, int, int, int]] = []
        self.losses: list[tuple[int, int, int, int]] = []

    def leaf(self, path: tuple[str, ...], width: int = 2) -> Leaf:
        """Return the leaf at `path`, to be added to."""
        leaf = self.flat.get(path)
        if leaf is None:
            leaf = self.flat[path] = [0] * width
        return leaf

    def add(self, path: tuple[str, ...], place: int, amount: int, width: int = 2) -> None:
        """Add to one number of the leaf at `path`."""
        self.leaf(path, width)[place] += amount

    @property
    def sums(self) -> dict[str, Any]:
        """The sums as nested dicts, by the steps of their paths."""
        found: dict[str, Any] = {}
        for path, leaf in self.flat.items():
            node = found
            for step in path[:-1]:
                node = node.setdefault(step, {})
            node[path[-1]] = leaf
        return found

    def extreme(self, member_id: int, base: int, draft: int) -> None:
        """Keep the member when she is among those who gain or lose most."""
        change = draft - base
        if change > 0:
            _keep(self.gains, (change, member_id, base, draft))
        elif change < 0:
            _keep(self.losses, (-change, member_id, base, draft))

    def merge(
        self, leaves: Iterable[tuple[tuple[str, ...], Leaf]], gains: Iterable[Any], losses: Iterable[Any]
    ) -> None:
        """Add what another process found."""
        for path, leaf in leaves:
            known = self.flat.get(path)
            self.flat[path] = leaf if known is None else [a + b for a, b in zip(known, leaf, strict=True)]
        for one in gains:
            _keep(self.gains, tuple(one))
        for one in losses:
            _keep(self.losses, tuple(one))


def _keep(heap: list[tuple[int, int, int, int]], one: tuple[int, int, int, int]) -> None:
    if len(heap) < EXTREMES:
        heapq.heappush(heap, one)
    else:
        heapq.heappushpop(heap, one)
