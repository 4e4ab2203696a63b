"""The months of a program as an accountant sees them: open, closed, opened again, and what they wait for."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final

import msgspec

from regulars.features.programs import ProgramConfig
from regulars.flows.finance.errors import PeriodBeforeFirst, PeriodNotBegun
from regulars.flows.finance.periods import Closed, closes, first_month
from regulars.infra.db import Transaction
from regulars.kit.zones import add_months, local_date, zone

OPEN: Final = "open"
CLOSED: Final = "closed"
REOPENED: Final = "reopened"


class PeriodState(msgspec.Struct, frozen=True):
    """How a month stands.

    `over`: it has ended by the program's clock. `waits_for`: earlier months that are open and must be closed before;
    until then its figures, which go on from theirs, may still change. `version` and what follows are those of its last
    close, which counts only while it is closed; 0 and None where it never was.
    """

    period: str
    ends: date
    status: str
    closed: bool
    over: bool
    waits_for: list[str]
    version: int = 0
    until_batch: int | None = None
    digest: str | None = None
    closed_by: str | None = None
    closed_at: datetime | None = None


async def period_states(tx: Transaction, config: ProgramConfig, now: datetime) -> list[PeriodState]:
    """Return every month from the first that has anything to the one that it is now, in order."""
    known = {one.period: one for one in await closes(tx, config.id)}
    current = local_date(now, zone(config.zone)).replace(day=1)
    month = await first_month(tx, config, current) if not known else min(known)
    found: list[PeriodState] = []
    waits_for: list[str] = []
    while month <= current or month in known:
        found.append(_state(month, known.get(month), current, list(waits_for)))
        if not found[-1].closed:
            waits_for.append(found[-1].period)
        month = add_months(month, 1)
    return found


def _state(month: date, close: Closed | None, current: date, waits_for: list[str]) -> PeriodState:
    name, ends, over = f"{month:%Y-%m}", add_months(month, 1), month < current
    if close is None:
        return PeriodState(name, ends, OPEN, False, over, waits_for)
    return PeriodState(
        name,
        ends,
        CLOSED if close.closed else REOPENED,
        close.closed,
        over,
        [] if close.closed else waits_for,
        close.version,
        close.until_batch,
        close.digest,
        close.closed_by,
        close.closed_at,
    )


async def state_of(tx: Transaction, config: ProgramConfig, period: date, now: datetime) -> PeriodState:
    """Return how a month stands. Refuses with PeriodNotBegun and PeriodBeforeFirst."""
    states = await period_states(tx, config, now)
    name = f"{period:%Y-%m}"
    for one in states:
        if one.period == name:
            return one
    if name > states[-1].period:
        raise PeriodNotBegun(current=states[-1].period)
    raise PeriodBeforeFirst(first=states[0].period)
