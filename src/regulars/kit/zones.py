"""The local calendar of a program: days and periods as people there count them, in days of 23, 24, 25 or no hours.

A local day is the half-open interval from the first instant of its date to the first instant of the next date. Where
midnight does not exist (Cairo, Santiago) the day starts later; where a whole date was skipped (Apia, 2011-12-30) its
interval is empty. Days are added to dates, never as multiples of 24 hours. (Where clocks once went back over midnight
after showing it, in St. John's until 2011, an hour of local dates repeats; the interval is the date's first start.)
"""

from __future__ import annotations

import calendar
import enum
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

EPOCH: Final = date(1970, 1, 1)
DAY: Final = timedelta(days=1)
# No zone has ever been further than this from UTC.
OFFSET_MAX: Final = timedelta(hours=26)


class Period(enum.Enum):
    """A period of the local calendar. Weeks start on Monday."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


class Bounds(msgspec.Struct, frozen=True):
    """A half-open interval of dates: `first` is in it, `end` is not."""

    first: date
    end: date


@lru_cache(maxsize=1024)
def zone(name: str) -> ZoneInfo:
    """Return the zone of an IANA name such as Europe/Vilnius. Raises ValueError when there is none."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"{name!r} is not a time zone; write a name such as Europe/Vilnius.") from error


def local_date(instant: datetime, place: ZoneInfo) -> date:
    """Return the date on the calendars there at that instant."""
    if instant.tzinfo is None:
        raise ValueError("An instant needs a zone.")
    return instant.astimezone(place).date()


def day_number(instant: datetime, place: ZoneInfo) -> int:
    """Return the local date at that instant as days since 1970-01-01."""
    return (local_date(instant, place) - EPOCH).days


def date_of_day(number: int) -> date:
    """Return the date of a day number."""
    return EPOCH + timedelta(days=number)


def number_of_date(day: date) -> int:
    """Return the day number of a date."""
    return (day - EPOCH).days


def start_of_day(day: date, place: ZoneInfo) -> datetime:
    """Return, in UTC, the first instant at which the date there is `day` or, where it was skipped, later."""
    return first_instant(datetime.combine(day, time.min), place)


def first_instant(wall: datetime, place: ZoneInfo) -> datetime:
    """Return, in UTC, the first instant at which clocks there show `wall` (without a zone) or later.

    A time that exists twice means its first occurrence; one that was skipped means the moment of the skip.
    """
    earlier = wall.replace(tzinfo=place, fold=0).astimezone(UTC)
    if earlier.astimezone(place).replace(tzinfo=None) == wall:
        return earlier
    return _end_of_gap(wall, place)


def add_days(instant: datetime, days: int, place: ZoneInfo) -> datetime:
    """Return, in UTC, the instant at which the clocks there show the same time `days` later (earlier when negative)."""
    wall = instant.astimezone(place).replace(tzinfo=None)
    return first_instant(wall + timedelta(days=days), place)


def add_months(day: date, months: int) -> date:
    """Return the same day of another month, or that month's last day where it is shorter (31 January + 1)."""
    index = day.year * 12 + day.month - 1 + months
    year, month = index // 12, index % 12 + 1
    return date(year, month, min(day.day, _month_length(year, month)))


def anniversary(day: date, year: int) -> date:
    """Return the anniversary of a date in a year; 29 February falls on the 28th where the year has no 29th."""
    return add_months(day, (year - day.year) * 12)


def period_bounds(period: Period, day: date) -> Bounds:
    """Return the period of that kind which holds the date."""
    if period is Period.DAY:
        return Bounds(day, day + DAY)
    if period is Period.WEEK:
        monday = day - timedelta(days=day.weekday())
        return Bounds(monday, monday + timedelta(days=7))
    if period is Period.MONTH:
        first = day.replace(day=1)
        return Bounds(first, add_months(first, 1))
    if period is Period.QUARTER:
        first = date(day.year, (day.month - 1) // 3 * 3 + 1, 1)
        return Bounds(first, add_months(first, 3))
    return Bounds(date(day.year, 1, 1), date(day.year + 1, 1, 1))


def period_key(period: Period, day: date) -> str:
    """Return the name of the period that holds the date: 2026-03-02, 2026-W10, 2026-03, 2026-Q1 or 2026."""
    if period is Period.DAY:
        return day.isoformat()
    if period is Period.WEEK:
        year, week, _ = day.isocalendar()
        return f"{year:04d}-W{week:02d}"
    if period is Period.MONTH:
        return f"{day.year:04d}-{day.month:02d}"
    if period is Period.QUARTER:
        return f"{day.year:04d}-Q{(day.month + 2) // 3}"
    return f"{day.year:04d}"


def period_instants(period: Period, day: date, place: ZoneInfo) -> tuple[datetime, datetime]:
    """Return, in UTC, the half-open interval of instants of the period there that holds the date."""
    bounds = period_bounds(period, day)
    return start_of_day(bounds.first, place), start_of_day(bounds.end, place)


def _end_of_gap(wall: datetime, place: ZoneInfo) -> datetime:
    """Find by halving the first instant whose local time is `wall` or later; clocks jump over `wall` exactly there."""
    as_utc = wall.replace(tzinfo=UTC)
    low, high = as_utc - OFFSET_MAX, as_utc + OFFSET_MAX
    while high - low > timedelta(seconds=1):
        middle = low + (high - low) / 2
        if middle.astimezone(place).replace(tzinfo=None) >= wall:
            high = middle
        else:
            low = middle
    return high.replace(microsecond=0)


def _month_length(year: int, month: int) -> int:
    return calendar.monthrange(year, month)[1]
