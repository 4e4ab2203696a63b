"""A series: what is remembered of one kind of event of one member, enough for every window and aggregate
asked of it.

Stored as a JSON array: [count, sum, least, greatest, last, days, values] where `last` is the local day of the
latest event,
`days` = [[day, count, sum, least, greatest], …] in ascending order for as long as some window looks back, and
`values` = {value: latest day} for distinct counts. Decimals are stored as text, money and points as integers.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from hashlib import blake2b
from typing import Any

import msgspec

from regulars.core.rules import Measure
from regulars.features.behaviour.windows import first_day, window_days

# Different values one distinct count can tell apart; a member with more of them stays at this number.
DISTINCT_VALUES_MAX = 1_000

# What cannot be worked out of a series and the value of an event that does not count any more.
_RECOUNTED = frozenset({"distinct", "min", "max", "days_since"})

_COUNT, _SUM, _LEAST, _GREATEST, _LAST, _DAYS, _VALUES = range(7)

Stored = list[Any]
Observe = Callable[[Any, Any], Any]


class Series(msgspec.Struct, frozen=True):
    """One thing to remember.

    `observe(event, local)` is its value for an event of type `event`, or None when the event does not count.
    `recounted`: an event less cannot be taken out of what is asked (the least, the greatest, the different values,
    the last day, what happened since another event): it is counted again from the events.
    """

    key: str
    event: str
    since: str
    days: int
    distinct: bool
    recounted: bool
    observe: Observe


def series_key(measure: Measure) -> str:
    """Return the short name of the series a measure reads: measures that differ only in window or aggregate
    share one.
    """
    since = measure.window.name if measure.window.unit == "since_event" else ""
    distinct = measure.aggregate == "distinct"
    text = json.dumps([measure.event, measure.field, measure.where, measure.lines, since, distinct])
    return blake2b(text.encode(), digest_size=6).hexdigest()


def series_of(measures: list[tuple[Measure, Observe]]) -> dict[str, Series]:
    """Return the series that answer `measures`, by key.

    Each keeps as many days as its longest window asks for.
    """
    found: dict[str, Series] = {}
    for measure, observe in measures:
        key = series_key(measure)
        since = measure.window.name if measure.window.unit == "since_event" else ""
        distinct, recounted = measure.aggregate == "distinct", bool(since) or measure.aggregate in _RECOUNTED
        one = Series(key, measure.event, since, window_days(measure.window), distinct, recounted, observe)
        found[key] = together(found[key], one) if key in found else one
    return found


def together(one: Series, other: Series) -> Series:
    """Return the series that serves for both of one key."""
    return msgspec.structs.replace(
        one, days=max(one.days, other.days), recounted=one.recounted or other.recounted
    )


def record(stored: Stored | None, series: Series, value: Any, day: int, sign: int = 1) -> Stored:
    """Add one event's value to a series (`sign` −1 takes it out again) and return the series."""
    if stored is None:
        stored = [0, 0, None, None, 0, [], {}]
    if sign > 0 and type(value) is int and type(stored[_SUM]) is int and not series.distinct:
        _record_whole(stored, value, day, series.days)
        return stored
    if series.distinct:
        _record_value(stored, str(value), day, sign)
        value = 0
    stored[_COUNT] += sign
    if type(value) is int and type(stored[_SUM]) is int:
        stored[_SUM] += sign * value
    else:
        stored[_SUM] = _plain(_number(stored[_SUM]) + sign * value)
    if sign > 0:
        _widen(stored, _LEAST, value)
        if day > stored[_LAST]:
            stored[_LAST] = day
    if series.days:
        _record_day(stored[_DAYS], sign, value, day, series.days)
    return stored


def _record_whole(stored: Stored, value: int, day: int, kept: int) -> None:
    """Add a whole number where so far all sums are whole: nearly every event, in one function because it is."""
    stored[_COUNT] += 1
    stored[_SUM] += value
    low, high = stored[_LEAST], stored[_GREATEST]
    if type(low) is not int or type(high) is not int:
        _widen(stored, _LEAST, value)
    elif value < low:
        stored[_LEAST] = value
    elif value > high:
        stored[_GREATEST] = value
    if day > stored[_LAST]:
        stored[_LAST] = day
    if not kept:
        return
    days = stored[_DAYS]
    place = len(days)
    while place and days[place - 1][0] > day:
        place -= 1
    if place and days[place - 1][0] == day:
        bucket = days[place - 1]
        if type(bucket[2]) is not int:
            _record_day(days, 1, value, day, kept)
            return
        bucket[1] += 1
        bucket[2] += value
        _widen(bucket, 3, value)
    else:
        days.insert(place, [day, 1, value, value, value])
    oldest = days[-1][0] - kept
    while days[0][0] <= oldest:
        del days[0]


def _widen(row: list[Any], least: int, value: Any) -> None:
    """Let the least and the greatest (the field after it) of a row take a value in."""
    low, high = row[least], row[least + 1]
    if low is None:
        row[least] = row[least + 1] = _plain(value)
    elif value < (low if type(low) is int else _number(low)):
        row[least] = _plain(value)
    elif value > (high if type(high) is int else _number(high)):
        row[least + 1] = _plain(value)


def _record_value(stored: Stored, value: str, day: int, sign: int) -> None:
    values = stored[_VALUES]
    if sign > 0 and (value in values or len(values) < DISTINCT_VALUES_MAX):
        values[value] = max(day, values.get(value, day))


def _record_day(days: list[list[Any]], sign: int, value: Any, day: int, kept: int) -> None:
    bucket = days[-1] if days and days[-1][0] == day else _bucket(days, day)
    bucket[1] += sign
    if type(value) is int and type(bucket[2]) is int:
        bucket[2] += sign * value
    else:
        bucket[2] = _plain(_number(bucket[2]) + sign * value)
    if sign > 0:
        _widen(bucket, 3, value)
    oldest = days[-1][0] - kept
    while days[0][0] <= oldest:
        del days[0]


def _bucket(days: list[list[Any]], day: int) -> list[Any]:
    """Return the day's own row, put in its place among the others where it is new."""
    place = len(days)
    while place and days[place - 1][0] > day:
        place -= 1
    if place and days[place - 1][0] == day:
        return days[place - 1]
    bucket: list[Any] = [day, 0, 0, None, None]
    days.insert(place, bucket)
    return bucket


def count_in(kept: dict[str, Stored], series: Series, event: Any, local: Any, day: int) -> None:
    """Let an event of any type, of the local day on which it happened, count in a series of those `kept`."""
    if series.event == event.type:
        value = series.observe(event, local)
        if value is not None:
            kept[series.key] = record(kept.get(series.key), series, value, day)
    if series.since == event.type:
        kept.pop(series.key, None)


def read(stored: Stored | None, measure: Measure, today: int, joined: int) -> Any:
    """Return the measure as an event of local day `today` sees it; None = nothing to tell.

    count and sum of nothing are 0; least, greatest and days_since of nothing are None. Nothing is also what
    happened before the window.
    """
    aggregate = measure.aggregate
    if stored is None or not (stored[_COUNT] or stored[_VALUES]):
        return 0 if aggregate in ("count", "sum", "distinct") else None
    start = first_day(measure.window, today, joined)
    if aggregate == "days_since":
        last = stored[_LAST]
        return None if not last or (start is not None and last < start) else max(0, today - last)
    if aggregate == "distinct":
        return sum(1 for day in stored[_VALUES].values() if (start is None or day >= start) and day <= today)
    if start is None:
        return _total(stored, aggregate)
    return _within([bucket for bucket in stored[_DAYS] if start <= bucket[0] <= today], aggregate)


def reader(measure: Measure) -> Callable[[Stored | None, int, int], Any]:
    """Return `read` for one measure, with what depends on the measure alone decided beforehand."""
    window, aggregate = measure.window, measure.aggregate
    if aggregate == "count" and window.unit in ("lifetime", "since_event"):
        return _read_count
    if aggregate == "sum" and window.unit == "last_days":
        back = window.days - 1

        def read_sum(stored: Stored | None, today: int, joined: int) -> Any:
            if stored is None or not (stored[_COUNT] or stored[_VALUES]):
                return 0
            start, total = today - back, 0
            for bucket in stored[_DAYS]:
                if start <= bucket[0] <= today:
                    amount = bucket[2]
                    if type(amount) is not int:
                        return read(stored, measure, today, joined)
                    total += amount
            return total

        return read_sum
    return lambda stored, today, joined: read(stored, measure, today, joined)


def _read_count(stored: Stored | None, today: int, joined: int) -> int:  # noqa: ARG001 - since ever
    return 0 if stored is None else int(stored[_COUNT])


def _total(stored: Stored, aggregate: str) -> Any:
    place = {"count": _COUNT, "sum": _SUM, "min": _LEAST, "max": _GREATEST}[aggregate]
    return None if stored[place] is None else _number(stored[place])


def _within(buckets: list[list[Any]], aggregate: str) -> Any:
    if aggregate == "count":
        return sum([bucket[1] for bucket in buckets])
    if aggregate == "sum":
        sums = [bucket[2] for bucket in buckets]
        try:
            return sum(sums)
        except TypeError:  # some day's sum is a Decimal, which is kept as text
            return sum(map(_number, sums))
    # A day from which more was taken back than it had knows no least and no greatest.
    ends = [bucket[3 if aggregate == "min" else 4] for bucket in buckets if bucket[1]]
    seen = [_number(end) for end in ends if end is not None]
    if not seen:
        return None
    return min(seen) if aggregate == "min" else max(seen)


def _number(value: Any) -> Any:
    return Decimal(value) if isinstance(value, str) else value


def _plain(value: Any) -> Any:
    return format(value, "f") if isinstance(value, Decimal) else value


def sum_between(stored: Stored | None, first: int | None, end: int, *, count: bool = False) -> Any:
    """Return the sum (or count) over first ≤ day < end; first None = since ever, which is the total."""
    if stored is None:
        return 0
    if first is None:
        return stored[_COUNT] if count else _number(stored[_SUM])
    place, total = 1 if count else 2, 0
    for bucket in stored[_DAYS]:
        if first <= bucket[0] < end:
            amount = bucket[place]
            # Some day's sum is a Decimal, which is kept as text.
            total += amount if type(amount) is int else _number(amount)
    return total
