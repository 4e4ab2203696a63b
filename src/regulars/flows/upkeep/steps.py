"""The moments at which something falls due: every local midnight, every tick of a schedule, every instant at
which a tier set takes force, and the end of the run.

Catching up after 40 days goes through the same moments in the same order as having run all the time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import takewhile

import msgspec

from regulars.core.rules import TimerSpec
from regulars.infra.jobs import ticks
from regulars.kit.zones import day_number, local_date, start_of_day, zone


class Step(msgspec.Struct, frozen=True):
    """One moment: `day` = the number of the local day that begins with it, None when none does.

    `ticks` = the schedules that tick, each with the zone of the members it ticks for (None: all of them).
    """

    at: datetime
    day: int | None = None
    ticks: tuple[tuple[TimerSpec, str | None], ...] = ()


def steps_between(
    after: datetime,
    until: datetime,
    zone_name: str,
    schedules: Iterable[TimerSpec] = (),
    member_zones: Iterable[str] = (),
    starts: Iterable[datetime] = (),
) -> list[Step]:
    """Return the moments with after < at ≤ until, in order; the last one is `until` itself.

    `starts` are instants at which configuration takes force: moments of their own.
    """
    days = dict(_midnights(after, until, zone_name))
    ticking: dict[datetime, list[tuple[TimerSpec, str | None]]] = {}
    for schedule in schedules:
        for place in sorted({zone_name, *member_zones}) if schedule.zone == "member" else [None]:
            for at in takewhile(lambda at: at <= until, ticks(schedule.cron, place or zone_name, after)):
                ticking.setdefault(at, []).append((schedule, place))
    moments = {*days, *ticking, until, *(at for at in starts if after < at <= until)}
    return [Step(at, days.get(at), tuple(ticking.get(at, ()))) for at in sorted(moments)]


def _midnights(after: datetime, until: datetime, zone_name: str) -> Iterator[tuple[datetime, int]]:
    place = zone(zone_name)
    day = local_date(after, place) + timedelta(days=1)
    while (at := start_of_day(day, place)) <= until:
        if at > after:
            yield at, day_number(at, place)
        day += timedelta(days=1)
