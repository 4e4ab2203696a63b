"""Whom time concerns on a day: birthdays, anniversaries, those who have been idle for so long, those a
schedule ticks for.

Each function returns the events of some members after `after`, and the last member looked at (None: no more).
"""

from __future__ import annotations

import calendar
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final

from regulars.core.rules import TimerSpec
from regulars.features.programs import ProgramConfig
from regulars.flows.upkeep.events import ANNIVERSARY, BIRTHDAY, INACTIVE, SCHEDULE, raised
from regulars.flows.upkeep.port import Raised
from regulars.infra.db import Transaction, load_queries
from regulars.kit.zones import date_of_day, start_of_day, zone

queries = load_queries(__package__)

# Events of one piece: they are rated as one batch.
EVENTS_PER_PIECE: Final = 1_000

Found = tuple[list[Raised], int | None]


async def birthdays(tx: Transaction, config: ProgramConfig, timer: TimerSpec, day: int, after: int) -> Found:
    """Members whose birthday is `timer.days` days after the local day that begins."""
    at = start_of_day(date_of_day(day), zone(config.zone))
    celebrated = date_of_day(day) + timedelta(days=timer.days)
    rows = await tx.all(
        queries.select_birthdays,
        program_id=config.id,
        after=after,
        days=days_of_year(celebrated),
        before=celebrated,
        limit=EVENTS_PER_PIECE,
    )
    key = f"birthday/{timer.days}/{celebrated.year}"
    facts = {"days_before": timer.days}
    return _events(BIRTHDAY, [row[0] for row in rows], at, key, facts)


async def anniversaries(tx: Transaction, config: ProgramConfig, _: TimerSpec, day: int, after: int) -> Found:
    """Members who joined on this day of an earlier year."""
    at = start_of_day(date_of_day(day), zone(config.zone))
    today = date_of_day(day)
    rows = await tx.all(
        queries.select_anniversaries,
        program_id=config.id,
        after=after,
        zone=config.zone,
        days=days_of_year(today),
        before=start_of_day(today.replace(month=1, day=1), zone(config.zone)),
        limit=EVENTS_PER_PIECE,
    )
    key = f"anniversary/{today.year}"
    events = [
        raised(ANNIVERSARY, member_id, at, key, {"years": today.year - year}) for member_id, year in rows
    ]
    return events, rows[-1][0] if rows else None


async def inactive(tx: Transaction, config: ProgramConfig, timer: TimerSpec, day: int, after: int) -> Found:
    """Members whose last event of the timer's type (or whose joining) lies exactly `timer.days` whole days
    back.
    """
    place = zone(config.zone)
    at = start_of_day(date_of_day(day), place)
    last = date_of_day(day) - timedelta(days=timer.days + 1)
    rows = await tx.all(
        queries.select_inactive,
        program_id=config.id,
        after=after,
        type=timer.event,
        start=start_of_day(last, place),
        end=start_of_day(last + timedelta(days=1), place),
        now=at,
        limit=EVENTS_PER_PIECE,
    )
    key = f"inactive/{timer.event}/{timer.days}/{last.isoformat()}"
    facts = {"event": timer.event, "days": timer.days}
    return _events(INACTIVE, [row[0] for row in rows], at, key, facts)


async def scheduled(
    tx: Transaction,
    config: ProgramConfig,
    timer: TimerSpec,
    zone_name: str | None,
    tick: datetime,
    after: int,
) -> Found:
    """The members a schedule ticks for: all active ones, or those who live in one zone."""
    rows = await tx.all(
        queries.select_active,
        program_id=config.id,
        after=after,
        at=tick,
        zone=zone_name,
        own=zone_name == config.zone,
        limit=EVENTS_PER_PIECE,
    )
    key = f"schedule/{timer.rule}/{tick.isoformat()}"
    return _events(SCHEDULE, [row[0] for row in rows], tick, key, {"rule": timer.rule})


def days_of_year(day: date) -> list[int]:
    """Return the days of the year (month × 100 + day) that are kept on a date: 28 February also keeps the
    29th.
    """
    kept = [day.month * 100 + day.day]
    if kept == [228] and not calendar.isleap(day.year):
        kept.append(229)
    return kept


def _events(
    type_name: str, member_ids: Sequence[int], at: datetime, key: str, facts: dict[str, Any]
) -> Found:
    events = [raised(type_name, member_id, at, key, facts) for member_id in member_ids]
    return events, member_ids[-1] if member_ids else None
