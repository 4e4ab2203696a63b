"""Schedules: from, to, weekdays, hours and recurrences → bounds and sets that a condition can test."""

from __future__ import annotations

import itertools
import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import available_timezones

from dateutil.rrule import rrulestr

from regulars.core.rules.ast import Schedule
from regulars.core.rules.reading import Notes
from regulars.core.rules.runtime import EPOCH_ORDINAL, as_date, as_instant
from regulars.core.rules.typed import TypedWindow

OCCURRENCES_MAX = 4_000
"""Days of one recurrence, ten years of every day; a rule that long is rewritten before they are used up."""
RRULE_CHARACTERS_MAX = 300
RECURRENCE_YEARS_MAX = 30

_LOCAL = re.compile(r"([0-9-]{10})(?:[T ]([01][0-9]|2[0-3]):([0-5][0-9])(?::00)?)?")
_RRULE = re.compile(r"(RRULE:)?FREQ=(DAILY|WEEKLY|MONTHLY|YEARLY)(;[A-Z]+=[A-Z0-9,+-]+)*")
_TOO_FINE = re.compile("BYHOUR|BYMINUTE|BYSECOND")

Bound = datetime | tuple[int, int]


def check_schedule(schedule: Schedule, notes: Notes) -> TypedWindow:
    """The schedule with its bounds read; refuses an unknown zone, a bad bound or a recurrence finer than days."""
    zone = schedule.zone
    if zone not in {"program", "member"} and zone not in available_timezones():
        notes.refuse(
            f"{schedule.path}.zone",
            "unknown_zone",
            "Write `program`, `member` or an IANA zone such as `Europe/Riga`.",
        )
    start = _bound(schedule.start, f"{schedule.path}.from", notes)
    end = _bound(schedule.end, f"{schedule.path}.to", notes)
    if start is not None and type(start) is type(end) and start >= end:  # type: ignore[operator]
        notes.refuse(
            f"{schedule.path}.to", "never_open", "Write an end after the start; the end is not included."
        )
    days = _recurrence(schedule, start, end, notes) if schedule.rrule else None
    return TypedWindow(schedule.path, start, end, schedule.weekdays, schedule.hours, days, zone)


def _bound(text: str | None, path: str, notes: Notes) -> Bound | None:
    if text is None:
        return None
    instant = as_instant(text)
    if instant is not None:
        return instant
    match = _LOCAL.fullmatch(text)
    day = as_date(match[1]) if match else None
    if match is None or day is None:
        notes.refuse(
            path, "not_a_moment", 'Write "2026-01-31", "2026-01-31T09:00" (local) or a moment with zone.'
        )
    return day, 60 * int(match[2] or 0) + int(match[3] or 0)


def _recurrence(schedule: Schedule, start: Bound | None, end: Bound | None, notes: Notes) -> frozenset[int]:
    path = f"{schedule.path}.rrule"
    if start is None:
        notes.refuse(path, "rrule_needs_from", "Add `from`: a recurrence counts from its first day.")
    text = schedule.rrule.upper()
    if len(text) > RRULE_CHARACTERS_MAX or not _RRULE.fullmatch(text) or _TOO_FINE.search(text):
        notes.refuse(path, "rrule", "Write a recurrence of whole days, such as `FREQ=MONTHLY;BYDAY=1SA`.")
    first = _day(start)
    last = first + timedelta(days=365 * RECURRENCE_YEARS_MAX)
    if end is not None:
        last = min(last, _day(end) + timedelta(days=1))
    if "UNTIL" not in text and "COUNT" not in text:
        text += last.strftime(";UNTIL=%Y%m%d")
    try:
        occurrences = rrulestr(text, dtstart=datetime(first.year, first.month, first.day))  # noqa: DTZ001
        days = [
            moment.toordinal() - EPOCH_ORDINAL for moment in itertools.islice(occurrences, OCCURRENCES_MAX)
        ]
    except (ValueError, TypeError) as error:
        notes.refuse(path, "rrule", f"This recurrence cannot be read: {error}.")
    if not days:
        notes.refuse(path, "never_open", "This recurrence has no day between `from` and `to`.")
    return frozenset(days)


def _day(bound: Bound) -> date:
    if isinstance(bound, datetime):
        return bound.astimezone(UTC).date()
    return date.fromordinal(bound[0] + EPOCH_ORDINAL)
