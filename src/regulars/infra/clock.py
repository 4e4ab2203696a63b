"""The only reader of time. Whoever needs to know what time it is takes a Clock as an argument."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


class Clock:
    """A source of the present. Subclasses say where it comes from."""

    def now(self) -> datetime:
        """Return the present instant, in UTC, with microseconds."""
        raise NotImplementedError

    def wall(self) -> datetime:
        """Return what strangers' clocks say, which they hold against what they are sent."""
        return self.now()


class SystemClock(Clock):
    """The time of this machine."""

    def now(self) -> datetime:
        """Return the present instant of this machine, in UTC."""
        return datetime.now(UTC)  # noqa: TID251 - the one place


class FixedClock(Clock):
    """A clock that stands still until it is told to move; for tests, replays and simulations."""

    def __init__(self, start: datetime) -> None:
        """Stand at `start`, which must carry a zone."""
        self._now = _utc(start)

    def now(self) -> datetime:
        """Return the instant at which this clock stands, in UTC."""
        return self._now

    def advance(self, step: timedelta) -> datetime:
        """Move forward by `step` (not negative) and return the new instant."""
        if step < timedelta(0):
            raise ValueError("A clock only moves forward; use move_to to set it.")
        self._now += step
        return self._now

    def move_to(self, instant: datetime) -> datetime:
        """Stand at `instant`, earlier or later, and return it in UTC."""
        self._now = _utc(instant)
        return self._now


def _utc(instant: datetime) -> datetime:
    if instant.tzinfo is None:
        raise ValueError("An instant needs a zone: datetime(..., tzinfo=UTC).")
    return instant.astimezone(UTC)
