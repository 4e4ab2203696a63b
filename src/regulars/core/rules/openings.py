"""When a schedule is open, day by day: what people see before they publish it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec

from regulars.core.rules.errors import Diagnostic
from regulars.core.rules.parse import parse_schedule
from regulars.core.rules.reading import Notes, Reader
from regulars.core.rules.runtime import EPOCH_ORDINAL
from regulars.core.rules.schedules import check_schedule
from regulars.core.rules.typed import TypedWindow

DAY_MINUTES: Final = 1_440

Span = tuple[int, int]
"""Minutes of a local day, half-open."""


class Opening(msgspec.Struct, frozen=True):
    """A local day and when on it the schedule is open; never when `spans` is empty."""

    day: date
    spans: tuple[Span, ...]


def openings(
    schedule: Mapping[str, Any], zone: ZoneInfo, first: date, days: int
) -> tuple[list[Opening], list[Diagnostic]]:
    """Return when a schedule is open on `days` local days from `first` on, and what is wrong with it.

    Moments with a zone of their own are read in `zone`, the program's; "the member's own" is shown as the program's.
    """
    notes = Notes()
    window = notes.attempt(lambda: _window(schedule, notes))
    if window is None:
        return [], notes.diagnostics
    numbers = range(first.toordinal() - EPOCH_ORDINAL, first.toordinal() - EPOCH_ORDINAL + days)
    found = [Opening(date.fromordinal(n + EPOCH_ORDINAL), _spans(window, zone, n)) for n in numbers]
    return found, notes.diagnostics


def both(one: Opening, other: Opening) -> Opening:
    """Return when two schedules are open together on a day."""
    spans = [(max(a, c), min(b, d)) for a, b in one.spans for c, d in other.spans if max(a, c) < min(b, d)]
    return Opening(one.day, tuple(sorted(spans)))


def _window(schedule: Mapping[str, Any], notes: Notes) -> TypedWindow:
    reader = Reader(notes, {"schedule": dict(schedule)}, "", ("schedule",))
    return check_schedule(parse_schedule(reader), notes)


def _spans(window: TypedWindow, zone: ZoneInfo, day: int) -> tuple[Span, ...]:
    weekday = date.fromordinal(day + EPOCH_ORDINAL).isoweekday()
    if window.weekdays and weekday not in window.weekdays:
        return ()
    if window.days is not None and day not in window.days:
        return ()
    start = _minute(window.start, zone, day, 0)
    end = _minute(window.end, zone, day, DAY_MINUTES)
    hours = [part for span in window.hours for part in _parts(span)] or [(0, DAY_MINUTES)]
    cut = [(max(a, start), min(b, end)) for a, b in hours]
    return _joined([span for span in cut if span[0] < span[1]])


def _parts(span: Span) -> list[Span]:
    """A span over midnight is open at both ends of the day."""
    return [span] if span[0] < span[1] else [(0, span[1]), (span[0], DAY_MINUTES)]


def _minute(bound: datetime | Span | None, zone: ZoneInfo, day: int, otherwise: int) -> int:
    """Return where on a day a bound lies: at its beginning when it is before, at its end when it is after."""
    if bound is None:
        return otherwise
    if isinstance(bound, datetime):
        local = bound.astimezone(zone)
        bound = (local.toordinal() - EPOCH_ORDINAL, 60 * local.hour + local.minute)
    if bound[0] == day:
        return bound[1]
    return 0 if bound[0] < day else DAY_MINUTES


def _joined(spans: list[Span]) -> tuple[Span, ...]:
    whole: list[Span] = []
    for start, end in sorted(spans):
        if whole and start <= whole[-1][1]:
            whole[-1] = (whole[-1][0], max(whole[-1][1], end))
        else:
            whole.append((start, end))
    return tuple(whole)
