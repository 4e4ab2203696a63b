"""The calendar of a tier set: which days count, where a period ends, and what the unit of its history is.

All days are local day numbers; all intervals are half-open. A unit is what a `Run` counts in: a day of a rolling
window, a period (by its first day) of a calendar or anniversary window, 0 for a whole life.
"""

from __future__ import annotations

from functools import lru_cache

from regulars.features.tiers.model import TierWindow
from regulars.kit.zones import Period, add_months, anniversary, date_of_day, number_of_date, period_bounds

# After the last day there is nothing: 31 December 9999 is day 2,932,896.
DAY_MAX = 2_932_896
# Members of one program share the same few periods (joining days differ only in anniversary windows).
_PERIODS_REMEMBERED = 4096


def counted(window: TierWindow, unit: int, joined: int) -> tuple[int | None, int]:
    """Return the days whose amounts make up the value of a unit: (first or None = since ever, end)."""
    if window.kind == "lifetime":
        return None, DAY_MAX
    if window.kind == "rolling_days":
        return unit - window.count + 1, unit + 1
    if window.kind == "rolling_months":
        return _months(unit, -window.count) + 1, unit + 1
    return period_of(window, unit, joined)


def unit_of(window: TierWindow, day: int, joined: int) -> int:
    """Return the unit that a day belongs to."""
    if window.kind == "lifetime":
        return 0
    return day if is_rolling(window) else period_of(window, day, joined)[0]


def period_of(window: TierWindow, day: int, joined: int) -> tuple[int, int]:
    """Return the calendar period, or the year since joining, that holds a day: (first day, end)."""
    if window.kind == "calendar":
        return _calendar(window.period, day)
    return _since_joining(day, joined)


def is_rolling(window: TierWindow) -> bool:
    """Say whether the window moves with every day."""
    return window.kind in ("rolling_days", "rolling_months")


def held_end(window: TierWindow, last: int, joined: int) -> int:
    """Return the first day on which what was reached in the unit `last` no longer holds by itself (before any
    grace).

    A whole life never ends. What was reached in a period holds to the end of the next one; what a rolling window shows,
    for as long as it shows it.
    """
    if window.kind == "lifetime":
        return DAY_MAX
    if is_rolling(window):
        return last + 1
    return period_of(window, period_of(window, last, joined)[1], joined)[1]


def one_window_later(window: TierWindow, day: int, joined: int) -> int:
    """Return the day on which the next step down is due: a whole window after `day`."""
    if window.kind == "rolling_days":
        return day + window.count
    if window.kind == "rolling_months":
        return _months(day, window.count)
    return DAY_MAX if window.kind == "lifetime" else period_of(window, day, joined)[1]


def horizon(window: TierWindow, day: int, joined: int) -> int:
    """Return the first day at which late events and returns still rewrite what was reached, seen from `day`.

    The period before the present one, or one whole window back. `memory_days` is what must be remembered for it.
    """
    if window.kind == "lifetime":
        return 0
    if window.kind == "rolling_days":
        return day - window.count
    if window.kind == "rolling_months":
        return _months(day, -window.count)
    return period_of(window, period_of(window, day, joined)[0] - 1, joined)[0]


def memory_days(window: TierWindow) -> int:
    """Return for how many days daily sums must be kept so that every assessment is exact; 0 = the total is
    enough."""
    if window.kind == "lifetime":
        return 0
    if window.kind == "rolling_days":
        return 2 * window.count + 1
    if window.kind == "rolling_months":
        return 62 * window.count + 1
    return 2 * {"month": 31, "quarter": 92, "year": 366}[window.period]


@lru_cache(_PERIODS_REMEMBERED)
def _calendar(period: str, day: int) -> tuple[int, int]:
    bounds = period_bounds(Period(period), date_of_day(day))
    return number_of_date(bounds.first), number_of_date(bounds.end)


@lru_cache(_PERIODS_REMEMBERED)
def _since_joining(day: int, joined: int) -> tuple[int, int]:
    start, today = date_of_day(joined), date_of_day(day)
    year = today.year if anniversary(start, today.year) <= today else today.year - 1
    return number_of_date(anniversary(start, year)), number_of_date(anniversary(start, year + 1))


@lru_cache(_PERIODS_REMEMBERED)
def _months(day: int, months: int) -> int:
    return number_of_date(add_months(date_of_day(day), months))
