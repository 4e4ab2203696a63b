"""Schedules on the days when clocks are hard."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise

import pytest

from regulars.infra.jobs.cron import ScheduleNotValid, check_cron, next_tick, ticks


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


@pytest.mark.parametrize(
    ("cron", "zone", "after", "expected"),
    [
        # Berlin, 29 March 2026: 02:00 to 03:00 does not exist. A fixed time in the gap runs when the gap ends.
        ("30 2 * * *", "Europe/Berlin", "2026-03-28T12:00+01:00", "2026-03-29T03:00+02:00"),
        ("30 2 * * *", "Europe/Berlin", "2026-03-29T03:00+02:00", "2026-03-30T02:30+02:00"),
        ("0 * * * *", "Europe/Berlin", "2026-03-29T01:00+01:00", "2026-03-29T03:00+02:00"),
        # Berlin, 25 October 2026: 02:00 to 03:00 comes twice. A fixed time runs once, at the first of both.
        ("30 2 * * *", "Europe/Berlin", "2026-10-24T12:00+02:00", "2026-10-25T02:30+02:00"),
        ("30 2 * * *", "Europe/Berlin", "2026-10-25T02:30+02:00", "2026-10-26T02:30+01:00"),
        # Midnight is missing in Cairo on 24 April 2026: the day begins at 01:00.
        ("0 0 * * *", "Africa/Cairo", "2026-04-23T12:00+02:00", "2026-04-24T01:00+03:00"),
        # Lord Howe moves by half an hour; on 5 April 2026 01:30 to 02:00 comes twice.
        ("45 1 * * *", "Australia/Lord_Howe", "2026-04-04T12:00+11:00", "2026-04-05T01:45+11:00"),
        ("45 1 * * *", "Australia/Lord_Howe", "2026-04-05T01:45+11:00", "2026-04-06T01:45+10:30"),
        # Leap day, last day of the month, a weekday.
        ("0 6 29 2 *", "UTC", "2026-01-01T00:00+00:00", "2028-02-29T06:00+00:00"),
        ("0 6 L * *", "UTC", "2026-02-01T00:00+00:00", "2026-02-28T06:00+00:00"),
        ("0 9 * * MON", "Asia/Kathmandu", "2026-03-02T03:15+00:00", "2026-03-09T09:00+05:45"),
    ],
)
def test_next_tick(cron: str, zone: str, after: str, expected: str) -> None:
    """The next tick is where the wall clock of the zone says it is."""
    assert next_tick(cron, zone, at(after)) == at(expected)


def test_every_quarter_of_an_hour_follows_elapsed_time_through_both_changes() -> None:
    """A step of minutes neither skips nor repeats real time on the days of change."""
    for day in ("2026-03-28T23:00+00:00", "2026-10-24T22:00+00:00"):
        found = list(islice(ticks("*/15 * * * *", "Europe/Berlin", at(day)), 24 * 4))
        steps = {later - earlier for earlier, later in pairwise(found)}
        assert steps == {timedelta(minutes=15)}


@pytest.mark.parametrize(
    ("cron", "zone"),
    [
        ("* * * *", "UTC"),
        ("0 * * * * *", "UTC"),
        ("61 * * * *", "UTC"),
        ("0 0 31 2 *", "UTC"),
        ("@daily", "UTC"),
        ("0 0 * * *", "Mars/Olympus"),
        ("0 0 * * *", "../etc/passwd"),
        ("", "UTC"),
    ],
)
def test_nonsense_is_refused(cron: str, zone: str) -> None:
    """What cannot be read or never comes is refused when it is saved."""
    with pytest.raises(ScheduleNotValid):
        check_cron(cron, zone)
