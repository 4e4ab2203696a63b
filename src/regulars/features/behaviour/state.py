"""The state of a purse: what must change exactly with the balances, and what two members' states make
together.
"""

from __future__ import annotations

from typing import Any, Generic, TypeVar

import msgspec

S = TypeVar("S")

# A till that was off for a while sends what it kept: limits by the day remember so many days on which they
# were used.
PERIODS_KEPT = 8


class State(msgspec.Struct, Generic[S], omit_defaults=True):
    """What a decision must see changed exactly with the balances; kept as JSON in `ledger.purse.state`.

    k = name of the set of series that is counted (first, so that a text comparison tells who is behind), s =
    series of behaviour by key, l = used of the member's own limits (key → [period, used, …]), t = standing
    per tier set (of the type `S`), c = points earned per capped period of a point type (like l), e = the
    transfers that paid for entering tiers ("set/tier" → transfer).
    """

    k: str = ""
    s: dict[str, list[Any]] = {}
    l: dict[str, list[Any]] = {}  # noqa: E741  one letter, because it is stored a million times
    t: dict[str, S] = {}
    c: dict[str, list[Any]] = {}
    e: dict[str, int] = {}


def used_in(kept: list[Any] | None, period: str) -> int | None:
    """Return what was used in a period; None = too long ago to be remembered.

    `kept` = [period, used, …], latest first.
    """
    if not kept:
        return 0
    if kept[0] == period:
        return int(kept[1])
    for place in range(2, len(kept), 2):
        if kept[place] == period:
            return int(kept[place + 1])
    return None if len(kept) >= 2 * PERIODS_KEPT and period < kept[-2] else 0


def used_more(kept: list[Any] | None, period: str, amount: int) -> list[Any]:
    """Return `kept` with `amount` (negative: less) used in a period.

    Names of periods sort as they follow in time.
    """
    if not kept:
        return [period, max(0, amount)]
    place = 0
    while place < len(kept) and kept[place] > period:
        place += 2
    if place < len(kept) and kept[place] == period:
        kept[place + 1] = max(0, kept[place + 1] + amount)
    else:
        kept[place:place] = [period, max(0, amount)]
        del kept[2 * PERIODS_KEPT :]
    return kept


def used_together(
    own: dict[str, list[Any]], other: dict[str, list[Any]], sign: int = 1
) -> dict[str, list[Any]]:
    """Return what two members have used of their limits, added up period by period.

    `sign` −1 takes the other's out again.
    """
    together = {key: list(kept) for key, kept in own.items()}
    for key, kept in other.items():
        for place in range(0, len(kept), 2):
            if sign > 0 or used_in(together.get(key), kept[place]):
                together[key] = used_more(together.get(key), kept[place], sign * kept[place + 1])
    return together
