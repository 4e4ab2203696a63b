"""What is remembered of a member against a plain list of what she did: every window, every aggregate, any
day.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regulars.core.rules import Measure, Window
from regulars.features.behaviour import (
    Series,
    State,
    first_day,
    read,
    record,
    series_key,
    series_of,
    sum_between,
    used_in,
    used_more,
    used_together,
)

START = (date(2024, 1, 1) - date(1970, 1, 1)).days
WINDOWS = [
    Window("lifetime"),
    Window("last_days", days=1),
    Window("last_days", days=30),
    Window("last_months", days=2),
    Window("day"),
    Window("week"),
    Window("month"),
    Window("quarter"),
    Window("year"),
    Window("anniversary"),
]
AMOUNTS = st.one_of(st.integers(0, 500), st.decimals(0, 500, places=2))
HISTORIES = st.lists(st.tuples(st.integers(0, 500), AMOUNTS), max_size=25)


def days_of(window: Window, today: int, joined: int) -> tuple[int, int]:
    """The first and last day of a window, by the calendar alone."""
    day = date(1970, 1, 1) + timedelta(days=today)
    first = {
        "day": day,
        "week": day - timedelta(days=day.weekday()),
        "month": day.replace(day=1),
        "quarter": day.replace(day=1, month=(day.month - 1) // 3 * 3 + 1),
        "year": day.replace(day=1, month=1),
    }.get(window.unit)
    if first is not None:
        return (first - date(1970, 1, 1)).days, today
    if window.unit == "last_days":
        return today - window.days + 1, today
    if window.unit == "last_months":
        month = day.year * 12 + day.month - 1 - window.days
        last = date(month // 12, month % 12 + 1, 1)
        while (last + timedelta(days=1)).month == last.month and last.day < day.day:
            last += timedelta(days=1)
        return (last - date(1970, 1, 1)).days + 1, today
    if window.unit == "anniversary":
        born = date(1970, 1, 1) + timedelta(days=joined)
        year = day.year
        while True:
            kept = (
                born.replace(year=year, day=28)
                if (born.month, born.day) == (2, 29) and year % 4
                else born.replace(year=year)
            )
            if kept <= day or kept <= born:
                return max((kept - date(1970, 1, 1)).days, joined), today
            year -= 1
    return -(10**6), today


@given(HISTORIES, st.sampled_from(WINDOWS), st.integers(0, 60), st.integers(0, 400))
@settings(max_examples=400, deadline=None)
def test_every_window_sees_what_happened_in_it(
    history: list[tuple[int, Any]], window: Window, later: int, joined: int
) -> None:
    measure = Measure("Order Completed", "sum", window, "order.amount")
    [series] = series_of([(measure, lambda event, local: event)]).values()
    stored: list[Any] | None = None
    happened = sorted(((START + day, amount) for day, amount in history), key=lambda one: one[0])
    for day, amount in happened:
        stored = record(stored, series, amount, day)
    stored = msgspec.json.decode(msgspec.json.encode(stored))
    today = max([day for day, _ in happened], default=START) + later
    joined_day = START - 400 + joined
    first, last = days_of(window, today, joined_day)
    inside = [amount for day, amount in happened if first <= day <= last]
    for aggregate, expected in {
        "count": len(inside),
        "sum": sum(inside),
        "min": min(inside, default=None),
        "max": max(inside, default=None),
    }.items():
        asked = msgspec.structs.replace(measure, aggregate=aggregate)
        assert read(stored, asked, today, joined_day) == expected, aggregate
    days_since = read(stored, msgspec.structs.replace(measure, aggregate="days_since"), today, joined_day)
    latest = max((day for day, _ in happened if first <= day <= last), default=None)
    assert days_since == (None if latest is None else today - latest)


@given(HISTORIES, st.randoms())
@settings(max_examples=150, deadline=None)
def test_what_is_taken_out_again_was_never_there(history: list[tuple[int, Any]], random: Any) -> None:
    window = Window("year")
    measure = Measure("Order Completed", "sum", window, "order.amount")
    [series] = series_of([(measure, lambda event, local: event)]).values()
    stored: list[Any] | None = None
    happened = [(START + day, amount) for day, amount in history]
    for day, amount in sorted(happened, key=lambda one: one[0]):
        stored = record(stored, series, amount, day)
    gone = [one for one in happened if random.random() < 0.4]
    for day, amount in gone:
        stored = record(stored, series, amount, day, -1)
    left = list(happened)
    for one in gone:
        left.remove(one)
    today = max([day for day, _ in happened], default=START)
    first, last = days_of(window, today, START)
    inside = [amount for day, amount in left if first <= day <= last]
    assert read(stored, measure, today, START) == sum(inside)
    assert read(stored, msgspec.structs.replace(measure, aggregate="count"), today, START) == len(inside)
    assert sum_between(stored, None, 0) == sum(amount for _, amount in left)


@given(st.lists(st.tuples(st.integers(0, 100), st.sampled_from("abcdef")), max_size=30), st.integers(1, 40))
@settings(max_examples=100, deadline=None)
def test_different_values_are_told_apart(history: list[tuple[int, str]], days: int) -> None:
    measure = Measure("Order Completed", "distinct", Window("last_days", days=days), "store")
    [series] = series_of([(measure, lambda event, local: event)]).values()
    stored: list[Any] | None = None
    for day, value in sorted(history):
        stored = record(stored, series, value, START + day)
    today = START + 100
    assert read(stored, measure, today, START) == len(
        {value for day, value in history if START + day > today - days}
    )


def test_measures_that_differ_in_window_or_aggregate_share_a_series_of_the_longest_window() -> None:
    short = Measure("Order Completed", "sum", Window("last_days", days=7), "order.amount")
    long = Measure("Order Completed", "max", Window("year"), "order.amount")
    other = Measure("Order Completed", "sum", Window("year"), "order.tax")
    found = series_of([(one, lambda event, local: 1) for one in (short, long, other)])
    assert series_key(short) == series_key(long) != series_key(other)
    assert found[series_key(short)].days == 366
    assert len(found) == 2


@pytest.mark.parametrize(
    ("window", "today", "first"),
    [
        (Window("week"), date(2026, 3, 1), date(2026, 2, 23)),
        (Window("month"), date(2024, 2, 29), date(2024, 2, 1)),
        (Window("last_months", days=1), date(2026, 3, 31), date(2026, 3, 1)),
        (Window("last_months", days=12), date(2025, 2, 28), date(2024, 2, 29)),
        (Window("anniversary"), date(2026, 2, 28), date(2026, 2, 28)),
        (Window("anniversary"), date(2026, 2, 27), date(2025, 2, 28)),
    ],
)
def test_windows_begin_on_the_right_day(window: Window, today: date, first: date) -> None:
    epoch = date(1970, 1, 1)
    joined = (date(2020, 2, 29) - epoch).days
    found = first_day(window, (today - epoch).days, joined)
    assert found is not None
    assert epoch + timedelta(days=found) == first


def test_decimals_stay_exact() -> None:
    series = Series("x", "e", "", 5, False, False, lambda event, local: event)
    stored: list[Any] | None = None
    for _ in range(10):
        stored = record(stored, series, Decimal("0.10"), START)
    stored = msgspec.json.decode(msgspec.json.encode(stored))
    assert sum_between(stored, START, START + 1) == Decimal("1.00")
    assert sum_between(stored, START, START + 1, count=True) == 10


def test_limits_remember_some_periods_and_know_what_they_forgot() -> None:
    kept: list[Any] | None = None
    for day in range(10, 22):
        kept = used_more(kept, f"2026-03-{day}", day)
    kept = used_more(kept, "2026-03-21", -1)
    assert used_in(kept, "2026-03-21") == 20
    assert used_in(kept, "2026-03-15") == 15
    assert used_in(kept, "2026-03-12") is None
    assert used_in(kept, "2026-03-30") == 0
    assert used_in(used_more(None, "2026", -5), "2026") == 0


PERIODS = st.sampled_from([f"2026-0{month}" for month in range(1, 6)])
USES = st.lists(st.tuples(st.sampled_from("ab"), PERIODS, st.integers(1, 9)), max_size=12)


@given(USES, USES)
def test_what_two_members_used_adds_up_and_comes_apart_again(
    one: list[tuple[str, str, int]], two: list[tuple[str, str, int]]
) -> None:
    first, second, both = ({}, {}, {})  # type: ignore[var-annotated]
    for uses, limits in ((one, [first, both]), (two, [second, both])):
        for key, period, amount in uses:
            for kept in limits:
                kept[key] = used_more(kept.get(key), period, amount)
    together = used_together(first, second)
    assert together == both
    apart = used_together(together, second, -1)
    for key, period, _ in one + two:
        assert used_in(apart.get(key), period) == used_in(first.get(key), period)
    assert used_together(first, {}) == first


def test_the_state_begins_with_the_name_of_what_it_counts() -> None:
    state: State[str] = State(k="abc", s={"x": [1]}, t={"club": "gold"}, e={"club/gold": 7})
    text = msgspec.json.encode(state)
    assert text.startswith(b'{"k":"abc",')
    assert msgspec.json.decode(text, type=State[str]) == state
