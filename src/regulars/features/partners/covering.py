"""Who funds a share of an award, when caps, a block and validity are kept: an exact split, decided in memory.

Pure. What an agreement has given is counted under keys of three texts, like the budgets of rules: once a batch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date

import msgspec

from regulars.features.partners.model import LiveAgreement
from regulars.kit.zones import number_of_date

# More fallbacks one after the other than any contract; a circle cannot be written, this only bounds the loop.
FALLBACKS_MAX = 20

BudgetKey = tuple[str, str, str]
"""Owner, measure with its period's unit and point type, period."""


class Bound(msgspec.Struct, frozen=True):
    """One bound of an agreement: where its use is counted, in which period, and the most."""

    owner: str
    measure: str
    period: str
    max: int


class Covered(msgspec.Struct, frozen=True):
    """An agreement as the hot path needs it: `since` and `until` are day numbers (until is the first day after)."""

    code: str
    account: str
    fallback: str
    bounds: tuple[Bound, ...]
    since: int | None = None
    until: int | None = None


Covers = Mapping[tuple[str, str], Covered]
"""(account, point type) → the agreement about it."""

PeriodOf = Callable[[str, int], str]
"""Unit of a period and day number → the period's name."""


def covers_of(agreements: Iterable[LiveAgreement]) -> dict[tuple[str, str], Covered]:
    """Return agreements by what they are about."""
    return {(one.agreement.account, one.agreement.point_type): _covered(one) for one in agreements}


def owner_of(code: str) -> str:
    """Return the owner under which an agreement's use is counted."""
    return f"funding:{code}"


def block_key(code: str, point_type: str) -> BudgetKey:
    """Return the key under which the use of an agreement's block is counted; it has no period."""
    return (owner_of(code), f"block/lifetime/{point_type}", "ever")


def _covered(live: LiveAgreement) -> Covered:
    one = live.agreement
    owner = owner_of(one.code)
    bounds = [Bound(owner, f"cap/{cap.period}/{one.point_type}", cap.period, cap.points) for cap in one.caps]
    if one.mode == "prepaid":
        measure = block_key(one.code, one.point_type)[1]
        bounds.append(Bound(owner, measure, "lifetime", max(0, live.bought - one.reserve)))
    until = 0 if live.archived else _day(one.valid_until)
    return Covered(one.code, one.account, one.fallback, tuple(bounds), _day(one.valid_from), until)


def _day(day: date | None) -> int | None:
    return None if day is None else number_of_date(day)


def cover(
    covers: Covers,
    account: str,
    point_type: str,
    points: int,
    day: int,
    used: Callable[[BudgetKey], int],
    period_of: PeriodOf,
) -> list[tuple[str, int]]:
    """Return who funds how much of a share: the account itself, then its fallbacks in order; the sum is `points`.

    `used` says what was given under a key before. An account without an agreement funds whatever comes.
    """
    found: list[tuple[str, int]] = []
    left = points
    for _ in range(FALLBACKS_MAX):
        one = covers.get((account, point_type))
        part = left if one is None else min(left, room(one, day, used, period_of))
        if part:
            found.append((account, part))
            left -= part
        if one is None or not left:
            break
        account = one.fallback
    if left:
        found.append(("house", left))
    return found


def room(one: Covered, day: int, used: Callable[[BudgetKey], int], period_of: PeriodOf) -> int:
    """Return how many more points an agreement lets its account fund on a day."""
    if (one.since is not None and day < one.since) or (one.until is not None and day >= one.until):
        return 0
    left = [bound.max - used(key_of(bound, day, period_of)) for bound in one.bounds]
    return max(0, min(left)) if left else 2**62


def key_of(bound: Bound, day: int, period_of: PeriodOf) -> BudgetKey:
    """Return where the use of a bound is counted on a day."""
    return (bound.owner, bound.measure, period_of(bound.period, day))
