"""Breakage: how many of the outstanding points will never be redeemed, and how good such estimates were before."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

import msgspec

from regulars.features.programs import PointType, ProgramConfig
from regulars.flows.finance.curves import GROUPS, Cell, Counts, Estimate, Open, estimate, expected, hazards
from regulars.infra.db import Transaction, load_queries
from regulars.kit.zones import add_months, start_of_day, zone

queries = load_queries(__package__)

# Months of history without which there is nothing to estimate from.
HISTORY_MONTHS_MIN: Final = 3


class CohortBreakage(msgspec.Struct, frozen=True):
    """The open points of one month of earning: how many will be redeemed, and the share that will not."""

    cohort: str
    points: int
    redeemed: int
    breakage: str


class Breakage(msgspec.Struct, frozen=True):
    """An estimate at a moment. `breakage` = points that will not be redeemed ÷ open points, with its 95 % interval."""

    point_type: str
    at: datetime
    points: int
    redeemed: int
    breakage: str | None
    low: str | None
    high: str | None
    history_months: int
    cohorts: list[CohortBreakage]


class BackTest(msgspec.Struct, frozen=True):
    """An estimate made with what was known on `at`, of what would be redeemed before `until`, and what then was."""

    point_type: str
    at: datetime
    until: datetime
    points: int
    predicted: int
    low: int
    high: int
    actual: int
    error: str | None
    inside: bool


def month_of(day: date) -> int:
    """Return year * 12 + month - 1."""
    return day.year * 12 + day.month - 1


def name_of(month: int) -> str:
    """Return 2026-03."""
    return f"{month // 12:04d}-{month % 12 + 1:02d}"


def first_of(month: int) -> date:
    """Return the first day of a month."""
    return date(month // 12, month % 12 + 1, 1)


async def breakage_at(
    tx: Transaction, config: ProgramConfig, point_type: PointType, day: date, known_at: datetime | None = None
) -> Breakage:
    """Return the estimate at the beginning of the local month of `day`, from what was known by then (or `known_at`)."""
    await tx.run(queries.allow_long)
    month = month_of(day)
    at = start_of_day(first_of(month), zone(config.zone))
    cells, points = await _history(tx, config, point_type, at, known_at or at, at)
    plain = [Open(cohort, last, count) for cohort, last, count, _ in points]
    history = month - min((cell.cohort for cell in cells), default=month)
    whole = sum(one.points for one in plain)
    if history < HISTORY_MONTHS_MIN or not whole:
        return Breakage(point_type.code, at, whole, 0, None, None, None, history, [])
    found = estimate(cells, plain, month)
    return Breakage(
        point_type.code, at, whole, round(found.points),
        share(whole - found.points, whole), share(whole - found.high, whole), share(whole - found.low, whole),
        history, _by_cohort(cells, plain, month),
    )  # fmt: skip


def _by_cohort(cells: list[Cell], points: list[Open], month: int) -> list[CohortBreakage]:
    hazard = hazards(Counts(cells, month), range(GROUPS))
    found = []
    for cohort in sorted({one.cohort for one in points}):
        of_cohort = [one for one in points if one.cohort == cohort]
        whole = sum(one.points for one in of_cohort)
        redeemed = expected(hazard, of_cohort, month)
        found.append(CohortBreakage(name_of(cohort), whole, round(redeemed), share(whole - redeemed, whole)))
    return found


def share(part: float, whole: float) -> str:
    """Return part ÷ whole with four decimals."""
    return f"{Decimal(part) / Decimal(whole):.4f}"


async def back_test(
    tx: Transaction, config: ProgramConfig, point_type: PointType, now: datetime, months: int = 6
) -> list[BackTest]:
    """Return, for each month with history, what an estimate made then said about the next `months`, and what was.

    Each estimate sees only what was posted before its moment.
    """
    await tx.run(queries.allow_long)
    place = zone(config.zone)
    first = await tx.value(queries.select_first_month, program_id=config.id, zone=config.zone)
    if first is None:
        return []
    found = []
    for month in range(
        month_of(first) + HISTORY_MONTHS_MIN, month_of(now.astimezone(place).date()) - months + 1
    ):
        at = start_of_day(first_of(month), place)
        until = start_of_day(add_months(first_of(month), months), place)
        cells, rows = await _history(tx, config, point_type, at, at, until)
        if rows:
            plain = [Open(cohort, last, count) for cohort, last, count, _ in rows]
            said = estimate(cells, plain, month, month + months)
            found.append(_scored(point_type.code, (at, until), plain, said, sum(row[3] for row in rows)))
    return found


def _scored(
    code: str, span: tuple[datetime, datetime], points: list[Open], said: Estimate, actual: int
) -> BackTest:
    error = f"{(said.points - actual) / actual:.4f}" if actual else None
    low, high = round(said.low), round(said.high)
    whole = sum(one.points for one in points)
    return BackTest(code, *span, whole, round(said.points), low, high, actual, error, low <= actual <= high)


async def _history(
    tx: Transaction,
    config: ProgramConfig,
    point_type: PointType,
    at: datetime,
    known_at: datetime,
    until: datetime,
) -> tuple[list[Cell], list[tuple[Any, ...]]]:
    params = {
        "program_id": config.id,
        "point_type_id": point_type.id,
        "zone": config.zone,
        "at": at,
        "known_at": known_at,
    }
    cells = await tx.all(queries.select_exits, row=Cell, groups=GROUPS, **params)
    return cells, await tx.all(queries.select_open_points, until=until, **params)
