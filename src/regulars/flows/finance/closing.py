"""Closing a period for good, and opening it again.

A close keeps the whole report and the number of the batch up to which it knew. What is posted later belongs to the next
open period, with the date on which it happened; a closed period's figures never change.
"""

from __future__ import annotations

import asyncio
import hashlib
from datetime import date, datetime
from typing import Any, Final

import msgspec

from regulars.features.programs import ProgramConfig
from regulars.features.webhooks import tell
from regulars.flows.finance.dues import Ports
from regulars.flows.finance.errors import (
    BooksOpen,
    EarlierPeriodOpen,
    LaterPeriodClosed,
    PeriodClosed,
    PeriodNotClosed,
    PeriodNotOver,
)
from regulars.flows.finance.periods import BATCH_SHIFT, Books, Closed, PeriodReport, closes
from regulars.infra.db import ClosedNumbers, Transaction, failpoint, load_queries
from regulars.kit.errors import Bug
from regulars.kit.zones import add_months, start_of_day, zone

queries = load_queries(__package__)

SEQUENCE: Final = "events.batch_id_seq"
# How often and how long a close waits for transactions that began before it; they take milliseconds.
WAIT_S: Final = 0.05
WAITS_MAX: Final = 100

_encode = msgspec.json.Encoder(order="deterministic", decimal_format="string").encode


async def close_period(
    tx: Transaction, config: ProgramConfig, period: date, ports: Ports, *, actor: str, now: datetime
) -> PeriodReport:
    """Close the period that begins on `period`; return its report, which is kept as it is.

    Statements are drawn up with it, so that all that partners owe and are owed has its price.

    Refuses with PeriodNotOver, PeriodClosed, EarlierPeriodOpen and BooksOpen. `tx` must be READ COMMITTED.
    """
    await tx.run(queries.allow_long)
    await tx.run(queries.lock_program_closes, program_id=config.id)
    ends = add_months(period, 1)
    if now < start_of_day(ends, zone(config.zone)):
        raise PeriodNotOver
    closed = [one for one in await closes(tx, config.id) if one.closed]
    _check_order(closed, period)
    if not closed:
        await _check_first(tx, config, period)
    until = await _closed_batch(tx)
    await ports.draw_up(tx, config, now)
    books = Books(tx, config, ports, (until + 1) << BATCH_SHIFT)
    report = msgspec.structs.replace(await books.report(period), closed=True)
    if not report.ties_out:
        raise Bug(f"The period {period} of {config.code} does not tie to the ledger: {report.ties}")
    version = await tx.value(
        queries.insert_close,
        program_id=config.id,
        period=period,
        ends=ends,
        until_batch=until,
        report=_encode(report).decode(),
        digest=digest_of(report),
        closed_by=actor,
        closed_at=now,
    )
    await tx.run(queries.upsert_period, program_id=config.id, period=period, version=version, closed=True)
    facts = {"period": period.isoformat(), "version": version, "digest": digest_of(report)}
    await tell(tx, config.id, "period.closed", facts, now)
    failpoint("after_close_before_commit")
    return report


def digest_of(report: PeriodReport) -> str:
    """Return SHA-256 of a report: the same figures have the same digest."""
    return hashlib.sha256(_encode(report)).hexdigest()


def _check_order(closed: list[Closed], period: date) -> None:
    if any(one.period == period for one in closed):
        raise PeriodClosed
    if closed and closed[-1].ends != period:
        if closed[-1].ends > period:
            raise PeriodClosed
        raise EarlierPeriodOpen(next=f"{closed[-1].ends:%Y-%m}")


async def _check_first(tx: Transaction, config: ProgramConfig, period: date) -> None:
    """Refuse to begin behind the first month that has anything: nothing before it could be closed any more."""
    first = await tx.value(queries.select_first_month, program_id=config.id, zone=config.zone)
    if first is not None and first < period:
        raise EarlierPeriodOpen(next=f"{first:%Y-%m}")


async def _closed_batch(tx: Transaction) -> int:
    """Return a batch up to which everything is decided, every batch that began before now among them."""
    numbers = ClosedNumbers(SEQUENCE)
    last = await numbers.last(tx)
    for _ in range(WAITS_MAX):
        closed = await numbers.closed(tx)
        if closed >= last:
            return closed
        await asyncio.sleep(WAIT_S)
    raise BooksOpen


async def check_reopening(tx: Transaction, config: ProgramConfig, period: date) -> int:
    """Return the version of the last close, which is that of `period`; nobody closes another meanwhile.

    Refuses with PeriodNotClosed and LaterPeriodClosed.
    """
    await tx.run(queries.lock_program_closes, program_id=config.id)
    return (await _last_closed(tx, config, period)).version


async def reopen_period(tx: Transaction, config: ProgramConfig, period: date) -> int:
    """Open the last closed period again, once another person approved it; its closes stay on record.

    Return the version of the close that counts no more. Refuses with PeriodNotClosed and LaterPeriodClosed.
    """
    version = await check_reopening(tx, config, period)
    await tx.run(queries.upsert_period, program_id=config.id, period=period, version=version, closed=False)
    return version


async def _last_closed(tx: Transaction, config: ProgramConfig, period: date) -> Closed:
    closed = [one for one in await closes(tx, config.id) if one.closed]
    if not any(one.period == period for one in closed):
        raise PeriodNotClosed
    if closed[-1].period != period:
        raise LaterPeriodClosed
    return closed[-1]


async def late_items(
    tx: Transaction, config: ProgramConfig, period: date, limit: int = 1_000
) -> list[dict[str, Any]]:
    """Return transfers that count in `period` although they happened before it, because their own was closed: with
    the date on which they happened."""
    every = [one for one in await closes(tx, config.id) if one.closed]
    before = [one for one in every if one.ends == period]
    if not before:
        return []
    own = [one for one in every if one.period == period]
    rows = await tx.all(
        queries.select_late_items,
        program_id=config.id,
        opened_at=start_of_day(period, zone(config.zone)),
        opened_beyond=(before[0].until_batch + 1) << BATCH_SHIFT,
        beyond=(own[0].until_batch + 1) << BATCH_SHIFT if own else 2**62,
        limit=limit,
    )
    names = ("transfer", "member_id", "occurred_at", "posted_at", "point_type_id", "kind", "points")
    return [dict(zip(names, row, strict=True)) for row in rows]
