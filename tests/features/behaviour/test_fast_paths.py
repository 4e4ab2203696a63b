"""The short ways say what the long ways say: whole numbers are recorded at once, common measures read at once."""

from __future__ import annotations

import copy
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from regulars.core.rules import Measure, Window
from regulars.features.behaviour import Series, Stored, read, reader, record
from regulars.features.behaviour.model import _record_day, _widen

VALUES = st.one_of(st.integers(-5, 50), st.just(Decimal("1.5")))
EVENTS = st.lists(st.tuples(VALUES, st.integers(100, 110), st.sampled_from((1, 1, 1, -1))), max_size=12)
WINDOWS = (Window("last_days", days=3), Window("last_days", days=30), Window("lifetime"), Window("month"))


def _plainly(stored: Stored | None, series: Series, value: Any, day: int, sign: int) -> Stored:
    """Record as the specification of the stored form says, one field after the other."""
    stored = [0, 0, None, None, 0, [], {}] if stored is None else stored
    stored[0] += sign
    total = Decimal(stored[1]) + sign * value
    whole = type(value) is int and type(stored[1]) is int
    stored[1] = int(total) if whole else format(total, "f")
    if sign > 0:
        _widen(stored, 2, value)
        stored[4] = max(stored[4], day)
    if series.days:
        _record_day(stored[5], sign, value, day, series.days)
    return stored


@given(EVENTS, st.sampled_from((0, 2, 5, 30)))
def test_whole_numbers_are_recorded_as_any_number_is(events: list[tuple[Any, int, int]], days: int) -> None:
    series = Series("s", "Order Completed", "", days, False, False, lambda *_: None)
    quick: Stored | None = None
    plain: Stored | None = None
    for value, day, sign in events:
        quick = record(quick, series, value, day, sign)
        plain = _plainly(plain, series, value, day, sign)
        assert quick == plain


@given(
    EVENTS, st.sampled_from(("count", "sum", "min", "max")), st.sampled_from(WINDOWS), st.integers(98, 140)
)
def test_a_reader_reads_what_read_reads(
    events: list[tuple[Any, int, int]], aggregate: str, window: Window, today: int
) -> None:
    series = Series("s", "Order Completed", "", 40, False, False, lambda *_: None)
    measure = Measure("Order Completed", aggregate, window, field="order.amount")
    stored: Stored | None = None
    for value, day, sign in events:
        stored = record(stored, series, value, day, sign)
    assert reader(measure)(copy.deepcopy(stored), today, 90) == read(stored, measure, today, 90)
