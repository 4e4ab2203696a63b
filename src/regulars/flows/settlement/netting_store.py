"""Reading nettings and their payments: one typed function per named query, no decisions."""

from __future__ import annotations

from datetime import datetime

from regulars.flows.settlement.errors import UnknownNetting
from regulars.flows.settlement.model import Netting, Payment
from regulars.flows.settlement.store import LATEST
from regulars.infra.db import Transaction, load_queries

queries = load_queries(__package__, "netting.sql")


async def select_nettings(
    tx: Transaction, program_id: int, before: int = LATEST, limit: int = 100
) -> list[Netting]:
    """Return nettings, the latest first."""
    return await tx.all(
        queries.select_nettings, row=Netting, program_id=program_id, before=before, limit=limit
    )


async def find_netting(tx: Transaction, program_id: int, number: int) -> Netting:
    """Return one netting to look at. Refuses with UnknownNetting."""
    found = await select_nettings(tx, program_id, number + 1, 1)
    if not found or found[0].id != number:
        raise UnknownNetting
    return found[0]


async def lock_netting(tx: Transaction, program_id: int, number: int) -> Netting:
    """Return one netting and hold it. Refuses with UnknownNetting."""
    found = await tx.maybe(queries.lock_netting, row=Netting, program_id=program_id, id=number)
    if found is None:
        raise UnknownNetting
    return found


async def select_payments(tx: Transaction, netting_id: int) -> list[Payment]:
    """Return who pays whom in a netting."""
    return await tx.all(queries.select_payments, row=Payment, netting_id=netting_id)


async def select_nettings_between(
    tx: Transaction, program_id: int, *, from_at: datetime, to_at: datetime
) -> list[tuple[int, bool, bool]]:
    """Return (number, made, paid) of nettings that were made or paid between two instants, and which of both."""
    rows = await tx.all(queries.select_nettings_between, program_id=program_id, from_at=from_at, to_at=to_at)
    return [(number, made, paid) for number, made, paid in rows]
