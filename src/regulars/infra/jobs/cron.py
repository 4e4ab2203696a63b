"""When a schedule ticks: five cron fields read on the wall clock of a zone.

On days with a missing or a doubled hour Debian's cron is followed: a fixed time that does not exist runs at the first
instant after the gap, one that comes twice runs once; `*` minutes or hours follow the elapsed time.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cronsim import CronSim, CronSimError

from regulars.kit.errors import Invalid


class ScheduleNotValid(Invalid):
    """A schedule has five cron fields (minute hour day month weekday) and an IANA zone."""


def check_cron(cron: str, zone: str) -> None:
    """Raise ScheduleNotValid unless the five fields and the zone can be read and some day matches."""
    if len(cron.split()) != 5:
        raise ScheduleNotValid(cron=cron)
    next_tick(cron, zone, datetime(2024, 1, 1, tzinfo=UTC))


def next_tick(cron: str, zone: str, after: datetime) -> datetime:
    """Return the first tick strictly after an instant, in UTC. Raises ScheduleNotValid."""
    return next(ticks(cron, zone, after))


def ticks(cron: str, zone: str, after: datetime) -> Iterator[datetime]:
    """Yield the ticks strictly after an instant, in UTC, without end. Raises ScheduleNotValid."""
    try:
        local = after.astimezone(ZoneInfo(zone))
        simulated = CronSim(cron, local)
        while True:
            tick = next(simulated).astimezone(UTC)
            # Where an hour comes twice, wall-clock steps can lead behind the instant we began at.
            if tick > after:
                yield tick
    except (CronSimError, ZoneInfoNotFoundError, ValueError, StopIteration) as error:
        raise ScheduleNotValid(cron=cron, zone=zone) from error
