"""Telling members early that points will end: 30 and 7 days before, each once."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from regulars.core.events import announce, next_batch_id, notice
from regulars.core.ledger import instant, micros
from regulars.features.programs import ProgramConfig
from regulars.infra.db import Transaction, load_queries
from regulars.kit.zones import date_of_day, start_of_day, zone

queries = load_queries(__package__)

EXPIRING: Final = "points.expiring"
DAYS_BEFORE: Final = (30, 7)
# Rows of one outbox row: some hundred kilobytes of JSON.
ROWS_PER_PIECE: Final = 2_000


async def warn(
    tx: Transaction, config: ProgramConfig, days_before: int, day: int, after: int
) -> tuple[list[dict[str, Any]], int | None]:
    """Return notices for points that are gone when the local day `day` + `days_before` begins, for some
    members after `after`, and the last member among them (None: no more).
    """
    place = zone(config.zone)
    first = date_of_day(day) + timedelta(days=days_before)
    rows = await tx.all(
        queries.select_expiring,
        program_id=config.id,
        start=start_of_day(first, place),
        end=start_of_day(first + timedelta(days=1), place),
        after=after,
        limit=ROWS_PER_PIECE,
    )
    rows = whole_members(rows)
    at = micros(start_of_day(date_of_day(day), place))
    notices = [
        _told(config, member_id, point_type_id, points, expires_at, days_before, at)
        for member_id, point_type_id, expires_at, points in rows
    ]
    return notices, rows[-1][0] if rows else None


async def warn_idle(
    tx: Transaction, config: ProgramConfig, point_type_id: int, days_before: int, day: int, after: int
) -> tuple[list[dict[str, Any]], int | None]:
    """The same for points that end by idleness: for members whose last activity lies back just so far."""
    policy = config.point_types_by_id[point_type_id].policy
    assert policy.expiry is not None
    idle_days = policy.expiry.inactivity_days
    if idle_days is None or idle_days < days_before:
        return [], None
    place = zone(config.zone)
    ends = date_of_day(day) + timedelta(days=days_before)
    last_active = ends - timedelta(days=idle_days + 1)
    today = start_of_day(date_of_day(day), place)
    rows = await tx.all(
        queries.select_idle_soon,
        program_id=config.id,
        point_type_id=point_type_id,
        after=after,
        start=start_of_day(last_active, place),
        end=start_of_day(last_active + timedelta(days=1), place),
        now=today,
        limit=ROWS_PER_PIECE,
    )
    expires_at = micros(start_of_day(ends, place))
    notices = [
        _told(config, member_id, point_type_id, points, expires_at, days_before, micros(today))
        for member_id, _, points in rows
    ]
    return notices, rows[-1][0] if rows else None


async def tell(tx: Transaction, config: ProgramConfig, notices: list[dict[str, Any]], now: datetime) -> None:
    """Write notices into an outbox row."""
    await announce(tx, await next_batch_id(tx), config.id, now, notices)


def whole_members(rows: list[Any]) -> list[Any]:
    """Return rows without those of a last member who may have more of them, unless she is the only one."""
    if len(rows) < ROWS_PER_PIECE or rows[0][0] == rows[-1][0]:
        return rows
    return [row for row in rows if row[0] != rows[-1][0]]


def _told(
    config: ProgramConfig, member_id: int, point_type_id: int, points: int, ends: int, days: int, at: int
) -> dict[str, Any]:
    facts = {
        "point_type": config.point_types_by_id[point_type_id].code,
        "points": points,
        "expires_at": instant(ends).isoformat().replace("+00:00", "Z"),
        "days": days,
    }
    return notice(EXPIRING, member_id, at, facts)
