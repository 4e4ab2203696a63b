"""Items of two sides that may be the same thing, pure: within the tolerance, and the nearest of many quickly.

A file of a hundred thousand rows without order numbers is compared with as many lines: looking at each for each would
take hours. Items that say the same stand in one pile; piles are kept by day, in the order of their points and of
their amounts, so that only what lies within the tolerance is looked at.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

import msgspec

# Before everything that is a size.
_UNSAID: Final = -1


class Item(msgspec.Struct, frozen=True):
    """One order on one side (issue or burn), ours or theirs: points and exact minor units, None where nothing is said.

    Points and amounts are compared without their sign: a partner writes what was given and what was taken as numbers.
    """

    side: str
    reference: str
    points: int | None
    amount: Decimal | None
    day: date | None


class Within(msgspec.Struct, frozen=True):
    """The tolerance: smallest units of points, minor units of money, days."""

    points: int = 0
    amount: Decimal = Decimal(0)
    days: int = 1


def same(mine: Item, row: Item, within: Within) -> bool:
    """Return whether two items say the same within the tolerance; what a side does not say is not compared."""
    return (
        _close(mine.points, row.points, within.points)
        and _close(mine.amount, row.amount, within.amount)
        and (mine.day is None or row.day is None or abs((mine.day - row.day).days) <= within.days)
    )


def _close(mine: Any, theirs: Any, most: Any) -> bool:
    return mine is None or theirs is None or abs(abs(mine) - abs(theirs)) <= most


class Near:
    """Items that nobody has matched yet; each is taken once."""

    def __init__(self, items: Iterable[Item], within: Within) -> None:
        """Keep items by day and size; `within`: how far from each other two may be that are the same."""
        self._within = within
        self._piles: dict[_Pile, list[Item]] = {}
        for item in sorted(items, key=lambda item: item.reference, reverse=True):
            self._piles.setdefault(_pile(item), []).append(item)
        self._days: dict[tuple[str, date | None], _Day] = {}
        for pile in sorted(self._piles, key=lambda pile: (pile.points, pile.amount)):
            self._days.setdefault((pile.side, pile.day), _Day([], [])).add(pile)

    def take(self, row: Item) -> Item | None:
        """Return the item nearest to a row in date, of equal size within the tolerance, and keep it no longer."""
        found = [self._piles[pile][-1] for pile in self._candidates(row)]
        best = min(
            (item for item in found if same(item, row, self._within)),
            key=lambda item: distance(item, row),
            default=None,
        )
        if best is not None:
            self._drop(best)
        return best

    def _candidates(self, row: Item) -> Iterator[_Pile]:
        for day in self._days_of(row):
            kept = self._days.get((row.side, day))
            if kept is not None:
                yield from kept.about(row, self._within)

    def _days_of(self, row: Item) -> Iterable[date | None]:
        if row.day is None:
            return [day for side, day in self._days if side == row.side]
        reach = range(-self._within.days, self._within.days + 1)
        return [None, *(row.day + timedelta(days=off) for off in reach)]

    def _drop(self, item: Item) -> None:
        pile = _pile(item)
        self._piles[pile].pop()
        if not self._piles[pile]:
            del self._piles[pile]
            self._days[pile.side, pile.day].remove(pile)


class _Pile(msgspec.Struct, frozen=True):
    """What items say that say the same; sizes without sign, _UNSAID where nothing is said."""

    side: str
    day: date | None
    points: int
    amount: Decimal


class _Day(msgspec.Struct):
    """The piles of one side and day, by points and by amount."""

    by_points: list[_Pile]
    by_amount: list[_Pile]

    def add(self, pile: _Pile) -> None:
        insort(self.by_points, pile, key=_points)
        insort(self.by_amount, pile, key=_amount)

    def remove(self, pile: _Pile) -> None:
        for piles, size in ((self.by_points, _points), (self.by_amount, _amount)):
            at = bisect_left(piles, size(pile), key=size)
            del piles[piles.index(pile, at)]

    def about(self, row: Item, within: Within) -> list[_Pile]:
        """Return the piles that may be the same as a row: those that say nothing, and those of about its size."""
        if row.points is not None:
            return _about(self.by_points, _points, abs(row.points), within.points)
        if row.amount is not None:
            return _about(self.by_amount, _amount, abs(row.amount), within.amount)
        return self.by_points


def _about(piles: list[_Pile], size: Any, wanted: Any, most: Any) -> list[_Pile]:
    unsaid = piles[: bisect_right(piles, _UNSAID, key=size)]
    first = max(len(unsaid), bisect_left(piles, wanted - most, key=size))
    return unsaid + piles[first : bisect_right(piles, wanted + most, key=size)]


def _points(pile: _Pile) -> int:
    return pile.points


def _amount(pile: _Pile) -> Decimal:
    return pile.amount


def _pile(item: Item) -> _Pile:
    points = _UNSAID if item.points is None else abs(item.points)
    return _Pile(item.side, item.day, points, Decimal(_UNSAID) if item.amount is None else abs(item.amount))


def distance(item: Item, row: Item) -> tuple[int, Decimal, str]:
    """Return how far a row is from an item, to be compared: days, then sizes, then the item's name."""
    days = abs((item.day - row.day).days) if item.day and row.day else 0
    money = abs(abs(item.amount or Decimal(0)) - abs(row.amount or Decimal(0)))
    points = abs(abs(item.points or 0) - abs(row.points or 0))
    return (days, money + points, item.reference)
