"""Where a window begins, in whole local days of the program's zone. Days are numbers since 1970-01-01."""

from __future__ import annotations

from functools import lru_cache

from regulars.core.rules import Window
from regulars.kit.zones import Period, add_months, anniversary, date_of_day, number_of_date, period_bounds

# How far back each calendar window can reach from an event's own day, in days.
REACH_DAYS = {
    "day": 1,
    "week": 7,
    "month": 31,
    "quarter": 92,
    "half_year": 184,
    "year": 366,
    "anniversary": 366,
}

# Members of one program share the same few periods on one day.
_PERIODS_REMEMBERED = 4096


def window_days(window: Window) -> int:
    """Return how many days back a window needs daily sums; 0 = none."""
    if window.unit == "last_months":
        return 31 * window.days
    return window.days if window.unit == "last_days" else REACH_DAYS.get(window.unit, 0)


def first_day(window: Window, today: int, joined: int) -> int | None:
    """Return the first day of `window` as an event of local day `today` sees it; None = no beginning.

    `joined` is the local day the member joined, which anniversary years count from.
    """
    if window.unit == "last_days":
        return today - window.days + 1
    if window.unit in ("lifetime", "since_event"):
        return None
    if window.unit == "last_months":
        return _months_back(today, window.days) + 1
    if window.unit == "anniversary":
        return last_anniversary(joined, today)
    return _period_start(window.unit, today)


@lru_cache(_PERIODS_REMEMBERED)
def _period_start(unit: str, today: int) -> int:
    return number_of_date(period_bounds(Period(unit), date_of_day(today)).first)


@lru_cache(_PERIODS_REMEMBERED)
def _months_back(today: int, months: int) -> int:
    return number_of_date(add_months(date_of_day(today), -months))


def last_anniversary(joined: int, today: int) -> int:
    """Return the latest anniversary of the day `joined` that is not after `today`."""
    if today < joined:
        return joined
    start, year = date_of_day(joined), date_of_day(today).year
    this_year = number_of_date(anniversary(start, year))
    return this_year if this_year <= today else number_of_date(anniversary(start, year - 1))
