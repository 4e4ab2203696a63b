from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.kit.zones import (
    Period,
    add_days,
    add_months,
    anniversary,
    date_of_day,
    day_number,
    first_instant,
    local_date,
    number_of_date,
    period_bounds,
    period_instants,
    period_key,
    start_of_day,
    zone,
)

PLACES = [
    "UTC", "Europe/Vilnius", "America/New_York", "America/Santiago", "Africa/Cairo", "Asia/Beirut", "Asia/Kathmandu",
    "Australia/Lord_Howe", "Pacific/Apia", "Pacific/Kiritimati", "America/Nuuk", "Pacific/Chatham", "Africa/Casablanca",
]  # fmt: skip
places = st.sampled_from(PLACES).map(zone)
# From 2012, after St. John's stopped repeating an hour of dates; see the module's docstring.
instants = st.datetimes(datetime(2011, 12, 1), datetime(2040, 1, 1), timezones=st.just(UTC))
dates = st.dates(date(2011, 12, 1), date(2040, 1, 1))

# place; date; hours of the day; local time at which it starts
DAYS = [
    ("America/New_York",    date(2026, 3, 8),   23,   "2026-03-08T00:00-05:00"),
    ("America/New_York",    date(2026, 11, 1),  25,   "2026-11-01T00:00-04:00"),
    ("Africa/Cairo",        date(2026, 4, 24),  23,   "2026-04-24T01:00+03:00"),
    ("Asia/Beirut",         date(2026, 3, 29),  23,   "2026-03-29T01:00+03:00"),
    ("America/Santiago",    date(2026, 9, 6),   23,   "2026-09-06T01:00-03:00"),
    ("Australia/Lord_Howe", date(2026, 4, 5),   24.5, "2026-04-05T00:00+11:00"),
    ("Pacific/Apia",        date(2011, 12, 29), 24,   "2011-12-29T00:00-10:00"),
    ("Pacific/Apia",        date(2011, 12, 30), 0,    "2011-12-31T00:00+14:00"),
    ("Pacific/Apia",        date(2011, 12, 31), 24,   "2011-12-31T00:00+14:00"),
    ("Asia/Kathmandu",      date(2026, 2, 28),  24,   "2026-02-28T00:00+05:45"),
    ("UTC",                 date(2028, 2, 29),  24,   "2028-02-29T00:00+00:00"),
]  # fmt: skip


@pytest.mark.parametrize(("place", "day", "hours", "start"), DAYS)
def test_days_have_the_hours_that_people_live(place: str, day: date, hours: float, start: str) -> None:
    first, end = period_instants(Period.DAY, day, zone(place))
    assert end - first == timedelta(hours=hours)
    assert first.astimezone(zone(place)).isoformat(timespec="minutes") == start


@given(instants, places)
def test_an_instant_is_in_its_own_day_and_in_no_other(instant: datetime, place: object) -> None:
    here = zone(str(place))
    day = local_date(instant, here)
    first, end = period_instants(Period.DAY, day, here)
    assert first <= instant < end
    assert day_number(instant, here) == number_of_date(day)


@given(dates, places)
def test_days_follow_each_other_without_gap_or_overlap(day: date, place: object) -> None:
    here = zone(str(place))
    first, end = period_instants(Period.DAY, day, here)
    assert first <= end == start_of_day(day + timedelta(days=1), here)
    assert local_date(first - timedelta(microseconds=1), here) < day
    assert local_date(first, here) >= day


@given(dates, places, st.sampled_from(Period))
def test_a_period_holds_its_days_and_shares_none(day: date, place: object, period: Period) -> None:
    bounds = period_bounds(period, day)
    assert bounds.first <= day < bounds.end
    for inside in (bounds.first, bounds.end - timedelta(days=1)):
        assert period_key(period, inside) == period_key(period, day)
    assert period_key(period, bounds.end) != period_key(period, day)
    assert period_bounds(period, bounds.end).first == bounds.end


def test_periods_are_named() -> None:
    day = date(2026, 12, 31)
    assert [period_key(period, day) for period in Period] == [
        "2026-12-31",
        "2026-W53",
        "2026-12",
        "2026-Q4",
        "2026",
    ]


def test_days_are_added_on_the_calendar_not_in_hours() -> None:
    here = zone("America/New_York")
    noon = datetime(2026, 3, 7, 12, tzinfo=here).astimezone(UTC)
    assert add_days(noon, 1, here) - noon == timedelta(hours=23)
    assert add_days(noon, 1, here).astimezone(here).hour == 12


def test_a_time_that_was_skipped_means_the_moment_of_the_skip() -> None:
    here = zone("America/New_York")
    assert first_instant(datetime(2026, 3, 8, 2, 30), here) == datetime(2026, 3, 8, 7, tzinfo=UTC)


def test_a_time_that_exists_twice_means_the_first() -> None:
    here = zone("America/New_York")
    assert first_instant(datetime(2026, 11, 1, 1, 30), here) == datetime(2026, 11, 1, 5, 30, tzinfo=UTC)


def test_months_end_where_they_end() -> None:
    assert add_months(date(2026, 1, 31), 1) == date(2026, 2, 28)
    assert add_months(date(2028, 1, 31), 1) == date(2028, 2, 29)
    assert add_months(date(2026, 1, 15), -13) == date(2024, 12, 15)


def test_the_29th_of_february_is_celebrated_on_the_28th() -> None:
    born = date(2000, 2, 29)
    assert [anniversary(born, year) for year in (2027, 2028)] == [date(2027, 2, 28), date(2028, 2, 29)]


@given(dates)
def test_day_numbers_come_back(day: date) -> None:
    assert date_of_day(number_of_date(day)) == day


@pytest.mark.parametrize(
    "name", ["", "Mars/Olympus", "../etc/passwd", "/etc/localtime", "Europe", "x" * 5000]
)
def test_what_is_no_zone_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="is not a time zone"):
        zone(name)


def test_an_instant_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="needs a zone"):
        local_date(datetime(2026, 1, 1), zone("UTC"))
