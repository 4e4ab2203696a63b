"""The program's clock and calendar in the hot path: instants as microseconds since 1970, days as numbers."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

from regulars.core.rules import LocalTime
from regulars.kit.zones import date_of_day

T = TypeVar("T")

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
MINUTE_US = 60_000_000
QUARTER_HOUR_US = 15 * MINUTE_US
DAY_US = 24 * 60 * MINUTE_US

# Of each zone a year of quarter hours, of the calendar a century of days: asking for them costs as much as a rule.
REMEMBERED_MAX = 36_000
# Members live in hundreds of zones: of all of them together so many quarter hours, some 30 MB.
OFFSETS_REMEMBERED_MAX = 8 * REMEMBERED_MAX

_offsets: dict[ZoneInfo, dict[int, int]] = {}
_calendar: dict[int, tuple[int, int, int, int]] = {}
_periods: dict[str, dict[int, str]] = {}


def micros(instant: datetime) -> int:
    """Return an instant as microseconds since 1970."""
    return (instant - EPOCH) // MICROSECOND


def instant(at: int) -> datetime:
    """Return microseconds since 1970 as an instant in UTC."""
    return EPOCH + timedelta(microseconds=at)


def offset_at(at: int, zone: ZoneInfo) -> int:
    """Return what clocks in `zone` are ahead of UTC (microseconds); zones only ever change on a quarter of an hour."""
    known = _offsets.get(zone)
    if known is None:
        known = _offsets[zone] = {}
    quarter = at // QUARTER_HOUR_US
    ahead = known.get(quarter)
    if ahead is None:
        told = instant(quarter * QUARTER_HOUR_US).astimezone(zone).utcoffset()
        assert told is not None
        ahead = told // MICROSECOND
        if sum(map(len, list(_offsets.values()))) >= OFFSETS_REMEMBERED_MAX:
            _offsets.clear()
            known = _offsets[zone] = {}
        _remember(known)[quarter] = ahead
    return ahead


def local_time_at(at: int, zone: ZoneInfo) -> LocalTime:
    """Return the wall clock and calendar of an instant (microseconds since 1970) in `zone`."""
    local = at + offset_at(at, zone)
    day_number = local // DAY_US
    date = _calendar.get(day_number)
    if date is None:
        day = date_of_day(day_number)
        date = _remember(_calendar)[day_number] = (day.isoweekday(), day.month, day.day, day.year)
    return LocalTime(
        date[0], (local - day_number * DAY_US) // MINUTE_US, day_number, date[1], date[2], date[3]
    )


def local_day_at(at: int, zone: ZoneInfo) -> int:
    """Return the number of the local day of an instant (microseconds since 1970)."""
    return (at + offset_at(at, zone)) // DAY_US


def local_days(instants: Iterable[int], zone: ZoneInfo) -> set[int]:
    """Return the local days of instants (microseconds)."""
    return {local_day_at(at, zone) for at in instants}


def local_time(moment: datetime, zone: ZoneInfo) -> LocalTime:
    """Return the wall clock and calendar of `moment` in `zone`."""
    return local_time_at(micros(moment), zone)


def period_of_day(period: str, day_number: int) -> str:
    """Return the name of the calendar period that a local day falls into; limits count within one name."""
    known = _periods.get(period)
    if known is None:
        known = _periods[period] = {}
    name = known.get(day_number)
    if name is None:
        name = _remember(known)[day_number] = _period_of_day(period, day_number)
    return name


def period_key(period: str, local: LocalTime) -> str:
    """Return the name of the calendar period that `local` falls into."""
    return period_of_day(period, local.day_number)


def _period_of_day(period: str, day_number: int) -> str:
    day = date_of_day(day_number)
    if period == "day":
        return f"{day.year}-{day.month:02}-{day.day:02}"
    if period == "week":
        year, week, _ = day.isocalendar()
        return f"{year}-W{week:02}"
    if period == "month":
        return f"{day.year}-{day.month:02}"
    if period == "quarter":
        return f"{day.year}-Q{(day.month + 2) // 3}"
    if period == "year":
        return str(day.year)
    return "ever"


def _remember(known: dict[int, T]) -> dict[int, T]:
    """Return where to keep one more; all is forgotten when there is too much of it."""
    if len(known) >= REMEMBERED_MAX:
        known.clear()
    return known
