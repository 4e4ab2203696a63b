"""The periods of a report: every one between two days, also those in which nothing happened, and the span before."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Literal, TypeAlias

from regulars.kit.zones import Period, add_months, period_bounds, period_key

Compare: TypeAlias = Literal["previous", "year"]


def periods(by: str, from_day: date, to_day: date) -> Iterator[str]:
    """Yield the names of the periods that `from_day` ≤ day < `to_day` touches, in order."""
    period, day = Period(by), from_day
    while day < to_day:
        yield period_key(period, day)
        day = period_bounds(period, day).end


def name_of(by: str, day: date) -> str:
    """Return the name of the period that holds a day."""
    return period_key(Period(by), day)


def bounds_of(by: str, key: str) -> tuple[date, date]:
    """Return the days first ≤ day < end of the period of that name. Raises ValueError."""
    period = Period(by)
    if period is Period.WEEK:
        first = date.fromisoformat(f"{key}-1")
    elif period is Period.QUARTER:
        year, _, quarter = key.partition("-Q")
        first = date(int(year), int(quarter) * 3 - 2, 1)
    else:
        first = date.fromisoformat(f"{key}-01-01"[:10] if period is Period.YEAR else f"{key}-01"[:10])
    found = period_bounds(period, first)
    return found.first, found.end


def span_before(compare: Compare, from_day: date, to_day: date) -> tuple[date, date]:
    """Return the days to compare with: a year earlier, or as many days (or whole months) just before."""
    if compare == "year":
        return add_months(from_day, -12), add_months(to_day, -12)
    if from_day.day == 1 and to_day.day == 1:
        months = (to_day.year - from_day.year) * 12 + to_day.month - from_day.month
        return add_months(from_day, -months), from_day
    return from_day - (to_day - from_day), from_day


def month_name(number: int) -> str:
    """Return 2026-03 for year * 12 + month - 1."""
    return f"{number // 12:04d}-{number % 12 + 1:02d}"


def month_number(day: date) -> int:
    """Return year * 12 + month - 1."""
    return day.year * 12 + day.month - 1


def whole_months(from_day: date, to_day: date) -> bool:
    """Return whether the span begins and ends with a month."""
    return from_day.day == 1 and to_day.day == 1 and from_day < to_day


def day_before(day: date) -> date:
    """Return the day before."""
    return day - timedelta(days=1)
