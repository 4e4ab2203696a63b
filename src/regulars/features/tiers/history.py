"""What was reached when, and what it is still worth: the pure heart of tiers.

The history of a member is a list of runs, written only from values of the metric. The position on a day is a
function of the history and the day, so that the order in which events arrived cannot matter.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeAlias

from regulars.features.tiers.model import Amount, Run, Standing, TierSet
from regulars.features.tiers.windows import (
    counted,
    held_end,
    horizon,
    is_rolling,
    one_window_later,
    unit_of,
)

# The sum (or count) of the metric over the days first ≤ day < end; first None = since ever.
Total: TypeAlias = Callable[[int | None, int], Amount]


def rewritten(
    tier_set: TierSet, standing: Standing, total: Total, changed_from: int | None, now: int, joined: int
) -> tuple[Run, ...]:
    """Return the history up to `now`, with what changed since `changed_from` (None = nothing but time) written
    anew.

    A change from before `horizon` rewrites only from there: what was reached earlier stands. Periods in which
    nothing happened are not looked at: they are worth nothing.
    """
    window, earliest = tier_set.window, horizon(tier_set.window, now, joined)
    changed = now + 1 if changed_from is None else max(changed_from, earliest)
    if is_rolling(window):
        start = min(changed, standing.day + 1) if standing.day else changed
        segments = _rolling(tier_set, total, start, changed, now, joined)
    else:
        start = unit_of(window, changed, joined)
        segments = _periods(tier_set, total, start, now, joined)
    runs = _before(standing.history, start, tier_set, joined)
    for first, last, position in segments:
        _append(runs, first, last, position, tier_set, joined)
    return _pruned(tier_set, runs, earliest)


def position_on(tier_set: TierSet, history: tuple[Run, ...], day: int, joined: int) -> int:
    """Return the position that the history is worth on `day`, by merit alone.

    It is the best of all runs, each of them held for its time, then for the grace days, then falling by the policy.
    """
    best = tier_set.base
    if not history:
        return best
    unit = unit_of(tier_set.window, day, joined)
    for run in history:
        if run.first <= unit and tier_set.place(run.tier) > best:
            best = max(best, worth(tier_set, run.tier, min(run.last, unit), day, joined))
    return best


def falling_days(tier_set: TierSet, history: tuple[Run, ...], joined: int) -> list[int]:
    """Return, ascending, every day on which some run loses worth if nothing more happens (calendar windows
    only)."""
    days: set[int] = set()
    for run in history:
        days.update(day for day, _ in _steps(tier_set, run.last, tier_set.place(run.tier), joined))
    return sorted(days)


def best_ever(tier_set: TierSet, history: tuple[Run, ...]) -> int:
    """Return the highest position the history knows."""
    return max((tier_set.place(run.tier) for run in history), default=0)


def worth(tier_set: TierSet, tier: str, last: int, day: int, joined: int) -> int:
    """Return the position that a run which ended with the unit `last` is worth on `day`."""
    position = tier_set.place(tier)
    for falls_on, lower in _steps(tier_set, last, position, joined):
        if day < falls_on:
            break
        position = lower
    return position


def _steps(tier_set: TierSet, last: int, position: int, joined: int) -> Iterator[tuple[int, int]]:
    """Yield (day, position from that day on) for each fall that follows a run which ended with the unit `last`."""
    if tier_set.downgrade == "never" or tier_set.window.kind == "lifetime":
        return
    end, grace = held_end(tier_set.window, last, joined), tier_set.grace_days
    if tier_set.downgrade == "recompute":
        yield end + grace, 0
        return
    while position:
        position = tier_set.below(position)
        yield end + grace, position
        end = one_window_later(tier_set.window, end, joined)


def _periods(
    tier_set: TierSet, total: Total, start: int, now: int, joined: int
) -> Iterator[tuple[int, int, int]]:
    window, unit = tier_set.window, start
    while unit <= now:
        first, end = counted(window, unit, joined)
        yield unit, unit, tier_set.reached_by(end, total(first, end))
        unit = end


def _rolling(
    tier_set: TierSet, total: Total, quiet: int, changed: int, now: int, joined: int
) -> Iterator[tuple[int, int, int]]:
    def reached(day: int) -> int:
        first, end = counted(tier_set.window, day, joined)
        return tier_set.reached_by(end, total(first, end))

    # Nothing happened from `quiet` to the day before `changed`, so there the value can only have fallen.
    for former in tier_set.earlier:
        yield from _falling(reached, quiet, min(former.until - 1, changed - 1, now), tier_set.base)
        quiet = max(quiet, former.until)
    yield from _falling(reached, quiet, min(changed - 1, now), tier_set.base)
    for day in range(changed, now + 1):
        yield day, day, reached(day)


def _falling(reached: Callable[[int], int], low: int, high: int, base: int) -> Iterator[tuple[int, int, int]]:
    """Yield the stretches of equal position of a falling function on low..high, with few looks."""
    while low <= high:
        position = reached(low)
        if position <= base:
            return
        last = _last_at_least(reached, position, low, high)
        yield low, last, position
        low = last + 1


def _last_at_least(reached: Callable[[int], int], position: int, low: int, high: int) -> int:
    if reached(high) >= position:
        return high
    while high - low > 1:
        middle = (low + high) // 2
        if reached(middle) >= position:
            low = middle
        else:
            high = middle
    return low


def _before(history: tuple[Run, ...], start: int, tier_set: TierSet, joined: int) -> list[Run]:
    """Return what the history says of the units before `start`."""
    runs = []
    for run in history:
        if run.last < start:
            runs.append(run)
        elif run.first < start:
            runs.append(Run(run.first, _unit_before(tier_set, start, joined), run.tier))
    return runs


def _unit_before(tier_set: TierSet, unit: int, joined: int) -> int:
    return unit_of(tier_set.window, unit - 1, joined)


def _append(runs: list[Run], first: int, last: int, position: int, tier_set: TierSet, joined: int) -> None:
    if position <= tier_set.base:
        return
    tier = tier_set.code_at(position)
    if runs and runs[-1].tier == tier and _unit_before(tier_set, first, joined) == runs[-1].last and first:
        runs[-1] = Run(runs[-1].first, last, tier)
    else:
        runs.append(Run(first, last, tier))


def _pruned(tier_set: TierSet, runs: list[Run], unchangeable_before: int) -> tuple[Run, ...]:
    """Leave out runs that nothing can change any more and that a later such run, as high or higher, makes
    worthless."""
    kept: list[Run] = []
    highest = 0
    for run in reversed(runs):
        if run.last < unchangeable_before:
            position = tier_set.place(run.tier)
            if position <= highest:
                continue
            highest = position
        kept.append(run)
    return tuple(reversed(kept))
