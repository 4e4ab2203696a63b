"""Where a window begins, in whole local days of the program's zone. Days are numbers since 1970-01-01."""

from __future__ import annotations

from datetime import date, timedelta

from regulars.core.rules import Window

EPOCH = date(1970, 1, 1)


def day_of(number: int) -> date:
    return EPOCH + timedelta(days=number)


def number_of(day: date) -> int:
    return (day - EPOCH).days


def first_day(window: Window, today: int, joined: int) -> int | None:
    """Return the first day of `window` as an event of local day `today` sees it; None = no beginning.

    `joined` is the local day the member joined, which anniversary years count from.
    """
    if window.unit == "last_days":
        return today - window.days + 1
    if window.unit in ("lifetime", "since_event"):
        return None
    if window.unit == "anniversary":
        return number_of(last_anniversary(day_of(joined), day_of(today)))
    return number_of(period_start(window.unit, day_of(today)))


def period_start(unit: str, today: date) -> date:
    """Return the first day of the calendar day, week (Monday), month, quarter, half-year or year of `today`."""
    if unit == "day":
        return today
    if unit == "week":
        return today - timedelta(days=today.weekday())
    months = {"month": 1, "quarter": 3, "half_year": 6, "year": 12}[unit]
    return date(today.year, (today.month - 1) // months * months + 1, 1)


def last_anniversary(joined: date, today: date) -> date:
    """Return the latest anniversary of `joined` that is not after `today`; 29 February is kept on 1 March of common years."""
    if today < joined:
        return joined
    this_year = anniversary(joined, today.year)
    return this_year if this_year <= today else anniversary(joined, today.year - 1)


def anniversary(day: date, year: int) -> date:
    try:
        return day.replace(year=year)
    except ValueError:
        return date(year, 3, 1)
