"""What a calendar shows of a schedule is when its rule fires, minute by minute."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.core.rules.kit import compiled, event, local_time, rule

from regulars.core.rules import Opening, both, openings

UTC_ZONE = ZoneInfo("UTC")
FIRST = date(2026, 2, 26)
CLOCK = st.builds("{:02}:{:02}".format, st.integers(0, 23), st.integers(0, 59))
DAY = st.dates(date(2026, 2, 20), date(2026, 3, 12)).map(str)
BOUND = st.one_of(DAY, st.builds("{}T{}".format, DAY, CLOCK), st.builds("{}T{}:00+01:00".format, DAY, CLOCK))


def shown(schedule: dict[str, Any], days: int = 4) -> list[str]:
    """Return the days in words: 02-26 00:00-24:00."""
    found, wrong = openings(schedule, UTC_ZONE, FIRST, days)
    assert wrong == []
    return [
        f"{one.day:%m-%d} "
        + " ".join(f"{a // 60:02}:{a % 60:02}-{b // 60:02}:{b % 60:02}" for a, b in one.spans)
        for one in found
    ]


def test_days_hours_and_bounds() -> None:
    assert shown({}, 1) == ["02-26 00:00-24:00"]
    assert shown({"from": "2026-02-27", "to": "2026-02-28T12:30"}) == [
        "02-26 ", "02-27 00:00-24:00", "02-28 00:00-12:30", "03-01 ",
    ]  # fmt: skip
    assert shown({"weekdays": [4], "hours": [["22:00", "02:00"], ["01:00", "03:00"]]}, 2) == [
        "02-26 00:00-03:00 22:00-24:00", "02-27 ",
    ]  # fmt: skip
    assert shown({"from": "2026-02-01", "rrule": "FREQ=MONTHLY;BYMONTHDAY=-1"}, 3)[2] == "02-28 00:00-24:00"


def test_a_schedule_that_cannot_be_read_says_why() -> None:
    found, wrong = openings({"from": "tomorrow"}, UTC_ZONE, FIRST, 3)
    assert found == []
    assert [one.path for one in wrong] == ["schedule.from"]


def test_two_schedules_together() -> None:
    one = Opening(FIRST, ((0, 600), (1200, 1440)))
    assert both(one, Opening(FIRST, ((500, 1300),))).spans == ((500, 600), (1200, 1300))


@settings(max_examples=80, deadline=None)
@given(
    start=st.none() | BOUND,
    end=st.none() | BOUND,
    weekdays=st.lists(st.integers(1, 7), max_size=3, unique=True),
    hours=st.lists(st.tuples(CLOCK, CLOCK).filter(lambda pair: pair[0] != pair[1]).map(list), max_size=2),
    minute=st.integers(0, 1439),
)
def test_what_is_shown_open_fires(
    start: str | None, end: str | None, weekdays: list[int], hours: list[list[str]], minute: int
) -> None:
    named = {"from": start, "to": end, "weekdays": weekdays, "hours": hours}
    schedule = {name: value for name, value in named.items() if value}
    found, wrong = openings(schedule, UTC_ZONE, FIRST, 7)
    if wrong:
        return
    ruleset = compiled(rule(schedule=schedule))
    for one in found:
        at = datetime(one.day.year, one.day.month, one.day.day, tzinfo=UTC) + timedelta(minutes=minute)
        moment = event({"at": at.isoformat()})
        fires = bool(ruleset.decide(moment, [], {}, local_time(moment)).fired)
        assert fires == any(a <= minute < b for a, b in one.spans), (schedule, at)


@pytest.mark.parametrize("zone", ["Europe/Berlin"])
def test_a_moment_with_a_zone_is_read_on_the_programs_clock(zone: str) -> None:
    found, _ = openings({"from": "2026-02-26T23:30:00Z"}, ZoneInfo(zone), FIRST, 2)
    assert [one.spans for one in found] == [(), ((30, 1440),)]
